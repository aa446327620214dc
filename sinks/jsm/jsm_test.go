package jsm_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/notify/notifytest"
	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/sinks/internal/sinktest"
	"github.com/tocsin-sec/tocsin/sinks/jsm"
	"github.com/tocsin-sec/tocsin/sinks/jsm/jsmtest"
)

func build(t testing.TB, host string) *jsm.Sink {
	t.Helper()
	return buildAs(t, "oncall", host)
}

func buildAs(t testing.TB, instance, host string) *jsm.Sink {
	t.Helper()
	sink, err := jsm.New(t.Context(), instance, jsm.Config{ApiKey: secret.New(jsmtest.Key), Host: host}, formattertest.Style(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	return sink
}

func TestConformance(t *testing.T) {
	action := func(r *http.Request) string {
		_, path, _ := strings.Cut(r.URL.Path, "/v2/alerts")
		return path[strings.LastIndex(path, "/")+1:]
	}
	var hasCreated atomic.Bool // the request before
	notifytest.Run(t, notifytest.Kit{
		New: func(t testing.TB, baseURL string) notify.Notifier { return build(t, baseURL) },
		Accept: func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			check := jsmtest.CheckNote
			switch action(r) {
			case "":
				check = jsmtest.Check
			case "acknowledge", "unacknowledge":
				check = jsmtest.CheckAction
			}
			if err == nil {
				err = check(body)
			}
			if err != nil || r.Header.Get("Authorization") != "GenieKey "+jsmtest.Key {
				w.WriteHeader(http.StatusUnprocessableEntity)
				return
			}
			w.WriteHeader(http.StatusAccepted)
			_, _ = io.WriteString(w, `{"result":"Request will be processed","took":0.1,"requestId":"43a29c5c-3dbf-4fa4-9c26-f4f71023e120"}`)
		},
		Messages: func(r *http.Request) int {
			isBeside := action(r) == "unacknowledge" || action(r) == "notes" && hasCreated.Load()
			hasCreated.Store(action(r) == "")
			if isBeside { // it belongs to the message before
				return 0
			}
			return 1
		},
		Throttle: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-RateLimit-State", "THROTTLED")
			w.Header().Set("X-RateLimit-Period-In-Sec", "60")
			w.WriteHeader(http.StatusTooManyRequests)
		},
		Secret: jsmtest.Key,
	})
}

func about(f finding.Finding, kind notify.Kind) notify.Notification {
	return notify.Notification{Kind: kind, Findings: []finding.Finding{f}}
}

func send(t *testing.T, sink notify.Notifier, n notify.Notification) {
	t.Helper()
	receipt, err := sink.Notify(t.Context(), n)
	if err != nil || receipt.ID == "" {
		t.Fatalf("the receipt %+v: %v", receipt, err)
	}
}

// A finding is one alert. What becomes of it stands in its notes, since an alert that is created
// again is no more than counted up, and its end closes it.
func TestLifeOfAnAlert(t *testing.T) {
	server := jsmtest.New(t)
	sink := build(t, server.URL())
	f := formattertest.Exfiltration()
	send(t, sink, about(f, notify.KindFinding))
	send(t, build(t, server.URL()), about(f, notify.KindFinding)) // by another process, after a lost answer
	f.Count, f.Updated = f.Count+100, f.Updated.Add(time.Hour)
	update := about(f, notify.KindUpdate)
	update.Changes = []notify.Change{{What: "count", From: "3", To: "103"}}
	send(t, sink, update)
	f.State = finding.Archived
	send(t, sink, about(f, notify.KindResolved))
	alerts := server.Alerts()
	if len(alerts) != 1 {
		t.Fatalf("got %+v", alerts)
	}
	notes := alerts[0].Notes
	alerts[0].Notes = nil
	want := jsmtest.Alert{
		Alias: about(f, notify.KindFinding).FindingID() + "-oncall", Priority: "P2", Count: 3, IsClosed: true,
		Message: "HIGH · Data exfiltration through DNS · i-0a1b2c3d4e5f60718 (web-1) · prod / ap-northeast-1",
	}
	if diff := cmp.Diff(want, alerts[0]); diff != "" {
		t.Error(diff)
	}
	if len(notes) != 2 || !strings.Contains(notes[0], "count 3 → 103") || !strings.Contains(notes[1], "This finding is over: archived") {
		t.Errorf("got the notes %q", notes)
	}
}

// An update of what a person has closed is news, and opens a new alert that holds it; the end of what
// is closed, or was never there, does nothing.
func TestClosedByAPerson(t *testing.T) {
	server := jsmtest.New(t)
	sink := build(t, server.URL())
	f := formattertest.Exfiltration()
	send(t, sink, about(f, notify.KindResolved))
	send(t, sink, about(f, notify.KindFinding))
	server.Close(server.Alerts()[0].Alias)
	send(t, sink, about(f, notify.KindResolved))
	if server.Dropped() != 2 {
		t.Errorf("%d ends did nothing, want 2", server.Dropped())
	}
	send(t, sink, about(f, notify.KindUpdate))
	if alerts := server.Alerts(); len(alerts) != 2 || alerts[1].IsClosed {
		t.Errorf("got %+v", alerts)
	}
}

// An alias holds for the whole site, so that two instances, for two teams, have two alerts.
func TestTwoTeams(t *testing.T) {
	server := jsmtest.New(t)
	f := formattertest.Exfiltration()
	send(t, buildAs(t, "red", server.URL()), about(f, notify.KindFinding))
	send(t, buildAs(t, "blue", server.OpsgenieURL()), about(f, notify.KindFinding))
	if alerts := server.Alerts(); len(alerts) != 2 || alerts[0].Alias == alerts[1].Alias {
		t.Errorf("got %+v", alerts)
	}
}

// A digest is an alert of its own, the same one when it is sent again, and closes what ended: the
// worst first.
func TestDigest(t *testing.T) {
	server := jsmtest.New(t)
	sink := build(t, server.URL())
	digest := notify.Notification{Kind: notify.KindDigest, Findings: []finding.Finding{formattertest.Exfiltration()}}
	for i := range 30 {
		f := formattertest.ConsoleLogin()
		f.ID, f.Severity = fmt.Sprint("f", i), finding.NewSeverity(1+float64(i)/4)
		send(t, sink, about(f, notify.KindFinding))
		f.State = finding.Closed
		digest.Findings = append(digest.Findings, f)
	}
	send(t, sink, digest)
	send(t, sink, digest)
	send(t, sink, about(formattertest.Exfiltration(), notify.KindDigest))
	send(t, sink, about(formattertest.Exfiltration(), notify.KindNotice))
	send(t, sink, about(formattertest.Exfiltration(), notify.KindFinding))
	alerts := server.Alerts()
	if len(alerts) != 34 || alerts[30].Count != 2 || alerts[30].IsClosed {
		t.Fatalf("%d alerts: %+v", len(alerts), alerts)
	}
	for i, alert := range alerts[:30] {
		if isWorst := i >= 20; alert.IsClosed != isWorst {
			t.Errorf("alert %d of 30 is closed: %v", i, alert.IsClosed)
		}
	}
}

func TestHeartbeat(t *testing.T) {
	server := jsmtest.New(t)
	sink := build(t, server.URL())
	send(t, sink, notify.Notification{Kind: notify.KindHeartbeat})
	send(t, sink, notify.Notification{Kind: notify.KindHeartbeat})
	if alerts := server.Alerts(); len(alerts) != 1 || alerts[0].Priority != "P5" || alerts[0].Count != 2 {
		t.Errorf("got %+v", alerts)
	}
}

// Whatever is in a finding, the service takes it, also in the minimal form.
func TestEverythingArrives(t *testing.T) {
	server := jsmtest.New(t)
	sinktest.Arrives(t, build(t, server.URL()), server.Refused)
}

func TestPriorities(t *testing.T) {
	for severity, want := range map[finding.Severity]string{
		0: "P1", 10: "P1", 9: "P1", 8.9: "P2", 7: "P2", 6.9: "P3", 4: "P3", 3.9: "P4", 1: "P4", finding.Unstated: "P3", finding.Untriaged: "P3",
	} {
		server := jsmtest.New(t)
		f := formattertest.Exfiltration()
		f.Severity = severity
		send(t, build(t, server.URL()), about(f, notify.KindFinding))
		if got := server.Alerts()[0].Priority; got != want {
			t.Errorf("%v: got %s, want %s", severity, got, want)
		}
	}
}

func TestPreviewIsWhatIsSent(t *testing.T) {
	server := jsmtest.New(t)
	preview := sinktest.Preview{Sink: build(t, server.URL()), Form: notify.FormJSON, Sent: func() []string {
		var all []string
		for _, body := range server.Bodies() {
			all = append(all, string(body))
		}
		return all
	}}
	for _, c := range formattertest.Cases() {
		preview.Of(t, c.Notification)
	}
}

func TestNotes(t *testing.T) {
	for host, want := range map[string]int{"": 0, "api.atlassian.com": 0, "api.opsgenie.com": 1, "https://api.eu.opsgenie.com": 1} {
		if notes := build(t, host).Notes(t.Context()); len(notes) != want || want == 1 && !strings.Contains(notes[0], "2027-04-05") {
			t.Errorf("%q: got %q", host, notes)
		}
	}
}

func TestMistakes(t *testing.T) {
	const value = "s3cr3t"
	key := secret.New(jsmtest.Key)
	for name, test := range map[string]struct {
		config jsm.Config
		want   []string
	}{
		"nothing":         {jsm.Config{}, []string{"API_KEY: is not set; give the key of an API integration"}},
		"short":           {jsm.Config{ApiKey: secret.New(value)}, []string{"API_KEY: is not the key of an integration"}},
		"with its header": {jsm.Config{ApiKey: secret.New("GenieKey " + jsmtest.Key)}, []string{"API_KEY: is not the key of an integration"}},
		"person's token":  {jsm.Config{ApiKey: secret.New("ATATT3xFfGF0" + strings.Repeat(value, 5) + "_x=7A")}, []string{"API_KEY: is not the key"}},
		"with a break":    {jsm.Config{ApiKey: secret.New(jsmtest.Key + "\r\nX: y")}, []string{"API_KEY: is not the key"}},
		"path alone":      {jsm.Config{ApiKey: key, Host: "api.opsgenie.com/" + value}, []string{"HOST: is no host's name; give one"}},
		"plain http":      {jsm.Config{ApiKey: key, Host: "http://api.opsgenie.com"}, []string{"HOST: must begin with https://"}},
		"query":           {jsm.Config{ApiKey: key, Host: "https://x.example.com/?" + value}, []string{"HOST: has a query"}},
		"empty query":     {jsm.Config{ApiKey: key, Host: "https://x.example.com/v2/alerts?"}, []string{"HOST: "}},
		"a site":          {jsm.Config{ApiKey: key, Host: value + ".atlassian.net"}, []string{"HOST: is that of a site; alerts of all sites go to api.atlassian.com"}},
		"all at once":     {jsm.Config{ApiKey: secret.New(value), Host: value + "/"}, []string{"API_KEY: is not the key", "HOST: is no host's name"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := jsm.New(t.Context(), "oncall", test.config, formatter.Style{})
			sinktest.Mistakes(t, err, test.want, value, jsmtest.Key)
		})
	}
}

// A host's name leads to the path that its service has; a URL with a path is taken as it is.
func TestAddresses(t *testing.T) {
	got := map[string]string{}
	for _, host := range []string{
		"", "api.atlassian.com", "https://api.atlassian.com/", "api.opsgenie.com", "API.EU.opsgenie.com", "https://api.opsgenie.com",
		"https://gateway.example.com/opsgenie/v2/alerts/", "http://127.0.0.1:8080",
	} {
		address, err := jsm.AlertsAt(host)
		if err != nil {
			t.Errorf("%q: %v", host, err)
		}
		got[host] = address
	}
	const atlassian = "https://api.atlassian.com/jsm/ops/integration/v2/alerts"
	want := map[string]string{
		"": atlassian, "api.atlassian.com": atlassian, "https://api.atlassian.com/": atlassian,
		"api.opsgenie.com": "https://api.opsgenie.com/v2/alerts", "https://api.opsgenie.com": "https://api.opsgenie.com/v2/alerts",
		"API.EU.opsgenie.com":                             "https://API.EU.opsgenie.com/v2/alerts",
		"https://gateway.example.com/opsgenie/v2/alerts/": "https://gateway.example.com/opsgenie/v2/alerts",
		"http://127.0.0.1:8080":                           "http://127.0.0.1:8080/jsm/ops/integration/v2/alerts",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// What ends a word of Tocsin closes its alert.
func TestWord(t *testing.T) {
	server := jsmtest.New(t)
	sink := build(t, server.URL())
	send(t, sink, formattertest.Dead())
	send(t, sink, formattertest.Works())
	if alerts := server.Alerts(); len(alerts) != 1 || alerts[0].Priority != "P2" || !alerts[0].IsClosed {
		t.Errorf("got %+v", alerts)
	}
}
