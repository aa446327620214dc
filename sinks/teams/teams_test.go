package teams_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/notify/notifytest"
	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/sinks/internal/sinktest"
	"github.com/tocsin-sec/tocsin/sinks/teams"
	"github.com/tocsin-sec/tocsin/sinks/teams/teamstest"
)

func build(t testing.TB, url string) *teams.Sink {
	t.Helper()
	sink, err := teams.New(t.Context(), "teams", teams.Config{WebhookURL: secret.New(url)}, formattertest.Style(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	return sink
}

func notification() notify.Notification {
	return notify.Notification{Findings: []finding.Finding{formattertest.Exfiltration()}}
}

func TestConformance(t *testing.T) {
	notifytest.Run(t, notifytest.Kit{
		New:    func(t testing.TB, baseURL string) notify.Notifier { return build(t, teamstest.Hook(baseURL)) },
		Accept: teamstest.Accept,
		Throttle: func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429 with ContextId tcid=0,server=x")
		},
		Secret: teamstest.Secret,
	})
}

// answering returns a sink whose webhook always answers the same.
func answering(t *testing.T, status int, header http.Header, body string) *teams.Sink {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		for name, values := range header {
			w.Header()[name] = values
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	return build(t, teamstest.Hook(server.URL))
}

func TestAnswers(t *testing.T) {
	code := func(code string) string {
		return `{"error":{"code":"` + code + `","message":"s3cr3t words about ` + teamstest.Secret + `"}}`
	}
	const legacy = "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error "
	for name, test := range map[string]struct {
		status int
		body   string
		want   notify.ErrorKind
		says   string
	}{
		"signed in callers only": {401, code("DirectApiAuthorizationRequired"), notify.Broken, "to Anyone"},
		"wrong signature":        {401, code("AuthorizationFailed"), notify.Broken, "copy the URL again"},
		"two schemes":            {401, code("DirectApiInvalidAuthorizationScheme"), notify.Broken, "copy the URL again"},
		"bare 401":               {401, "", notify.Broken, "see that the flow is on"},
		"policy":                 {403, "<html>", notify.Broken, "see that the flow is on"},
		"no flow":                {404, code("WorkflowNotFound"), notify.Broken, "make a new one"},
		"no trigger":             {404, code("WorkflowTriggerNotFound"), notify.Broken, "make a new one"},
		"bare 404":               {404, "", notify.Broken, "see that the flow is on"},
		"gone":                   {410, "", notify.Broken, "see that the flow is on"},
		"off, 400":               {400, code("WorkflowTriggerIsNotEnabled"), notify.Broken, "switch it on"},
		"off, 409":               {409, code("WorkflowTriggerIsNotEnabled"), notify.Broken, "switch it on"},
		"disabled":               {400, code("WorkflowDisabled"), notify.Broken, "switch it on"},
		"schema":                 {400, code("TriggerInputSchemaMismatch"), notify.Unacceptable, "TriggerInputSchemaMismatch"},
		"content":                {400, code("InvalidRequestContent"), notify.Unacceptable, "InvalidRequestContent"},
		"unknown 400":            {400, code("SomethingNew"), notify.Unacceptable, "status 400"},
		"no JSON":                {400, "bad", notify.Unacceptable, "status 400"},
		"too large":              {413, "", notify.Unacceptable, "status 413"},
		"slow":                   {408, "", notify.Transient, "status 408"},
		"throttled":              {429, code("WorkflowTriggerIsNotEnabled"), notify.Throttled, "status 429"},
		"broken":                 {500, code("WorkflowNotFound"), notify.Transient, "status 500"},
		"gateway":                {502, "", notify.Transient, "status 502"},
		"unavailable":            {503, "", notify.Transient, "status 503"},
		"late":                   {504, "", notify.Transient, "status 504"},
		"redirect":               {302, "", notify.Broken, "status 302"},
		"legacy 400":             {200, legacy + "400 with ContextId x", notify.Unacceptable, "status 400"},
		"legacy 403":             {200, legacy + "403 with ContextId x", notify.Broken, "status 403"},
		"legacy 404":             {200, legacy + "404", notify.Broken, "status 404"},
		"legacy 413":             {200, legacy + "413 with ContextId x", notify.Unacceptable, "status 413"},
		"legacy 429":             {200, legacy + "429 with ContextId x", notify.Throttled, "status 429"},
		"legacy 502":             {200, legacy + "502 with ContextId x", notify.Transient, "status 502"},
		"legacy in 202":          {202, legacy + "413 with ContextId x", notify.Unacceptable, "status 413"},
		"200 with nothing":       {200, "", notify.Broken, "without Teams' word"},
		"200 of a connector":     {200, "1", notify.Broken, "without Teams' word"},
		"page under 202":         {202, "<html>", notify.Broken, "without Teams' word"},
		"204":                    {204, "", notify.Broken, "without Teams' word"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := answering(t, test.status, nil, test.body).Notify(t.Context(), notification())
			if err == nil || notify.KindOf(err) != test.want || !strings.Contains(err.Error(), test.says) {
				t.Fatalf("got %v (%v), want %v", err, notify.KindOf(err), test.want)
			}
			if strings.Contains(err.Error(), "s3cr3t") || strings.Contains(err.Error(), teamstest.Secret) {
				t.Errorf("the error shows the answer: %v", err)
			}
		})
	}
}

// The proof is 202 without a text, or the name of the flow's run, which the receipt keeps.
func TestProof(t *testing.T) {
	run := func(name string) http.Header { return http.Header{"X-Ms-Workflow-Run-Id": {name}} }
	for name, test := range map[string]struct {
		status     int
		header     http.Header
		body, want string
	}{
		"nothing but 202":       {202, nil, "", ""},
		"blank":                 {202, nil, "\r\n", ""},
		"with the run":          {202, run("08584412345678901234567890CU16"), "", "08584412345678901234567890CU16"},
		"run and text":          {202, run("0858CU16"), `{"id":1}`, "0858CU16"},
		"a flow that answers":   {200, run("0858CU16"), "done", "0858CU16"},
		"a run that is no name": {202, run("<script> " + teamstest.Secret), "", ""},
	} {
		receipt, err := answering(t, test.status, test.header, test.body).Notify(t.Context(), notification())
		if err != nil || receipt.ID != test.want {
			t.Errorf("%s: got %+v, %v", name, receipt, err)
		}
	}
	if _, err := answering(t, 200, run("not a name"), "done").Notify(t.Context(), notification()); notify.KindOf(err) != notify.Broken {
		t.Errorf("a run that is no name was taken for a proof: %v", err)
	}
}

func TestRetryAfter(t *testing.T) {
	_, err := answering(t, 429, http.Header{"Retry-After": {"12"}}, "").Notify(t.Context(), notification())
	if notify.Delay(err) != 12*time.Second {
		t.Errorf("got %v", notify.Delay(err))
	}
}

// Each kind of message, each hostile one and the longest ones are posted by the flow. What becomes of
// a finding is a new message.
func TestMessages(t *testing.T) {
	server := teamstest.New(t)
	sink := build(t, server.URL())
	sent := 0
	send := func(name string, n notify.Notification) {
		t.Helper()
		sent++
		receipt, err := sink.Notify(t.Context(), n)
		if err != nil || receipt.ID == "" {
			t.Errorf("%s: %+v, %v", name, receipt, err)
		}
	}
	for name, c := range formattertest.Cases() {
		send(name, c.Notification)
	}
	for name, attack := range formattertest.Attacks() {
		send(name, formattertest.Filled(attack))
	}
	for name, n := range formattertest.Huge() {
		send(name, n)
		n.Minimal = true
		send(name, n)
	}
	update := notification()
	update.Kind, update.Previous = notify.KindUpdate, notify.Receipt{ID: "0858CU16", Place: "C0123ABCD"}
	send("with the receipt of another place", update)
	if posted := len(server.Messages()); posted != sent {
		t.Errorf("%d of %d messages were posted: %v %v", posted, sent, server.Refused(), server.Failed())
	}
}

func TestPreviewIsWhatIsSent(t *testing.T) {
	server := teamstest.New(t)
	shown := sinktest.Preview{Sink: build(t, server.URL()), Form: notify.FormTeams, Sent: func() []string {
		var all []string
		for _, body := range server.Messages() {
			all = append(all, string(body))
		}
		return all
	}}.Of(t, notification())
	if len(shown.Sizes) != 3 || slices.ContainsFunc(shown.Sizes, func(size notify.Size) bool { return size.Value == 0 }) {
		t.Errorf("sizes %v", shown.Sizes)
	}
}

// What a delivery to Teams is worth is said without reading the URL.
func TestNotes(t *testing.T) {
	var noted notify.Noted = build(t, teamstest.Hook("http://127.0.0.1:1"))
	if notes := noted.Notes(t.Context()); len(notes) != 1 || !strings.Contains(notes[0], "started the flow") {
		t.Errorf("got %q", notes)
	}
}

// A user is called by a sign-in name in a card about a severe finding, and by nothing in a finding.
func TestMentions(t *testing.T) {
	server := teamstest.New(t)
	get := func(setting string) (string, string) {
		return setting, map[string]string{"MENTION": "<at>ann_lee@example.com</at>", "MENTION_MIN_SEVERITY": "high"}[setting]
	}
	parse := func(text string) (formatter.Mention, error) {
		if m, ok := teams.Traits().Mentions.Parse(text); ok {
			return m, nil
		}
		return formatter.Mention{}, errors.New("no mention")
	}
	style, err := formatter.NewStyle(get, parse, nil)
	if err != nil {
		t.Fatal(err)
	}
	sink, err := teams.New(t.Context(), "teams", teams.Config{WebhookURL: secret.New(server.URL())}, style)
	if err != nil {
		t.Fatal(err)
	}
	n := formattertest.Filled("<at>ann lee</at> <at>everyone</at> <AT>ann lee</AT>")
	n.Kind = notify.KindFinding
	if _, err := sink.Notify(t.Context(), n); err != nil || len(server.Messages()) != 1 {
		t.Fatal(err, server.Failed())
	}
	var body struct {
		Attachments []struct {
			Content struct {
				MSTeams struct {
					Entities []struct {
						Text      string
						Mentioned struct{ ID, Name string }
					}
				}
			}
		}
	}
	if err := json.Unmarshal(server.Messages()[0], &body); err != nil {
		t.Fatal(err)
	}
	entities := body.Attachments[0].Content.MSTeams.Entities
	if len(entities) != 1 || entities[0].Mentioned.ID != "ann_lee@example.com" || entities[0].Text != "<at>ann lee</at>" {
		t.Errorf("got %+v", entities)
	}
	text := string(server.Messages()[0])
	if n := strings.Count(strings.ToLower(text), "<at>"); n != 2 { // in its block, and in the entity
		t.Errorf("%d tags of a mention in %s", n, text)
	}
}

// The query of the URL is sent byte for byte: encoded anew, its signature would be of another one.
func TestURLByteForByte(t *testing.T) {
	const query = "?api-version=1&sp=%2ftriggers%2Fmanual%2Frun&sv=1.0&sig=a-b_c%2B%3d"
	var got []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.RequestURI)
		w.WriteHeader(http.StatusAccepted)
	}))
	defer server.Close()
	if _, err := build(t, server.URL+"/a%2Fb"+query).Notify(t.Context(), notification()); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, []string{"/a%2Fb" + query}) {
		t.Errorf("got %q", got)
	}
}
