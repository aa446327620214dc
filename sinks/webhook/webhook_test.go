package webhook_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/notify/notifytest"
	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/sinks/webhook"
	"github.com/tocsin-sec/tocsin/sinks/webhook/webhooktest"
)

func build(t testing.TB, c webhook.Config) *webhook.Sink {
	t.Helper()
	sink, err := webhook.New(t.Context(), "webhook", c, formattertest.Style(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	return sink
}

func notification() notify.Notification {
	return notify.Notification{Findings: []finding.Finding{formattertest.Exfiltration()}}
}

// unsigned returns a sink without anything but an address, where answer answers.
func unsigned(t testing.TB, answer http.HandlerFunc) *webhook.Sink {
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	return build(t, webhook.Config{URL: secret.New(server.URL + "/x")})
}

func TestConformance(t *testing.T) {
	for name, template := range map[string]string{"documented JSON": "", "template": everywhere} {
		t.Run(name, func(t *testing.T) {
			server := webhooktest.New(t)
			notifytest.Run(t, notifytest.Kit{
				New: func(t testing.TB, baseURL string) notify.Notifier {
					return build(t, webhook.Config{
						URL: secret.New(strings.Replace(server.URL(), serverOf(server.URL()), baseURL, 1)), Secret: secret.New(webhooktest.Secret),
						Headers: secret.New("X-Team: " + webhooktest.Token), Success: "body.accepted == true", PayloadTemplate: template,
					})
				},
				Accept: server.ServeHTTP,
				Secret: webhooktest.Token,
			})
			for _, err := range server.Refused() {
				t.Errorf("refused: %v", err)
			}
		})
	}
}

// serverOf returns the part of an address before its path.
func serverOf(address string) string {
	server, _, _ := strings.Cut(address, "/hooks/")
	return server
}

// Without SUCCESS every 2xx is the proof and nothing else is, as Standard Webhooks has it.
func TestStatuses(t *testing.T) {
	status := 0
	sink := unsigned(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
	for status = 200; status <= 599; status++ {
		_, err := sink.Notify(t.Context(), notification())
		want := notify.Transient
		switch status {
		case 401, 403, 404, 405, 406, 410, 415:
			want = notify.Broken
		case 429:
			want = notify.Throttled
		case 408, 425:
		default:
			switch status / 100 {
			case 2:
				if err != nil {
					t.Errorf("%d: %v", status, err)
				}
				continue
			case 3:
				want = notify.Broken
			case 4:
				want = notify.Unacceptable
			}
		}
		if err == nil || notify.KindOf(err) != want {
			t.Errorf("%d: got %v (%v), want %v", status, err, notify.KindOf(err), want)
		}
	}
}

// A conflict is a refusal unless the condition asks for that very status: most conditions over a body
// that says nothing of an error hold for it.
func TestConflict(t *testing.T) {
	for success, isProof := range map[string]bool{
		"": false, "200,201": false, "200,409": true, "status == 409": true, "status in [201, 409]": true,
		"body.ok == true or status == 409": true, "status == 409 and body.error == nil": true,
		"body.error == nil": false, "body.ok != false": false, "status < 500 and body.error == nil": false, "status == 201": false,
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusConflict)
			_, _ = io.WriteString(w, `{"message":"the version is another one"}`)
		}))
		_, err := build(t, webhook.Config{URL: secret.New(server.URL), Success: success}).Notify(t.Context(), notification())
		server.Close()
		if (err == nil) != isProof || err != nil && notify.KindOf(err) != notify.Unacceptable {
			t.Errorf("%s: got %v", success, err)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	for _, status := range []int{403, 429, 503} {
		sink := unsigned(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(status)
		})
		if _, err := sink.Notify(t.Context(), notification()); notify.Delay(err) != 7*time.Second || notify.KindOf(err) != notify.Throttled {
			t.Errorf("%d: got %v", status, notify.Delay(err))
		}
	}
}

// What the answer says, and the address's own secret, are in no error.
func TestRemedies(t *testing.T) {
	for status, want := range map[int]string{
		401: "see that WEBHOOK_HEADERS or WEBHOOK_SECRET", 403: "see that WEBHOOK_HEADERS or WEBHOOK_SECRET",
		404: "see that WEBHOOK_URL", 405: "see WEBHOOK_METHOD and WEBHOOK_HEADERS",
		410: "wants no more messages", 302: "status 302 Found (redirects are not followed",
	} {
		sink := unsigned(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "https://s3cr3t.example")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, "s3cr3t")
		})
		_, err := sink.Notify(t.Context(), notification())
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cr3t") || notify.KindOf(err) != notify.Broken {
			t.Errorf("%d: got %v", status, err)
		}
	}
}

func TestMethods(t *testing.T) {
	for method, want := range map[string]string{"": "POST", "PUT": "PUT", "PATCH": "PATCH"} {
		var got string
		server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.Method }))
		defer server.Close()
		if _, err := build(t, webhook.Config{URL: secret.New(server.URL), Method: method}).Notify(t.Context(), notification()); err != nil || got != want {
			t.Errorf("got %s, %v", got, err)
		}
	}
}

// The longest findings arrive, whole or shortened.
func TestHugeFindings(t *testing.T) {
	server := webhooktest.New(t)
	sink := build(t, webhook.Config{URL: secret.New(server.URL()), Secret: secret.New(webhooktest.Secret)})
	sent := 0
	for name, n := range formattertest.Huge() {
		sent++
		if _, err := sink.Notify(t.Context(), n); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := len(server.Deliveries()); got != sent {
		t.Errorf("%d of %d arrived; refused: %v", got, sent, server.Refused())
	}
}

func TestPreviewIsWhatIsSent(t *testing.T) {
	server := webhooktest.New(t)
	sink := build(t, webhook.Config{URL: secret.New(server.URL()), Secret: secret.New(webhooktest.Secret)})
	shown, err := sink.Preview(notification())
	if err != nil || shown.Form != notify.FormJSON || len(server.Deliveries()) != 0 {
		t.Fatalf("%s: %v", shown.Form, err)
	}
	if _, err := sink.Notify(t.Context(), notification()); err != nil {
		t.Fatal(err)
	}
	if got := server.Deliveries()[0]; string(got.Body) != string(shown.Body) {
		t.Errorf("sent %s, shown %s", got.Body, shown.Body)
	}
	if want := []notify.Size{{What: "bytes of the body", Value: len(shown.Body), Limit: 256 << 10}}; !slices.Equal(shown.Sizes, want) {
		t.Errorf("got %v", shown.Sizes)
	}
}

// The rules of the only way out hold here: neither the function's own Runtime API nor the cloud's
// metadata service is reached, whatever the URL.
func TestForbiddenAddresses(t *testing.T) {
	called := false
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called = true }))
	defer server.Close()
	t.Setenv("AWS_LAMBDA_RUNTIME_API", strings.TrimPrefix(server.URL, "http://"))
	t.Setenv("HTTPS_PROXY", "")
	for _, address := range []string{
		server.URL + "/2018-06-01/runtime/invocation/next", strings.Replace(server.URL, "127.0.0.1", "localhost", 1),
		"https://169.254.169.254/latest/meta-data/", "https://[fd00:ec2::254]/latest/", "https://[::ffff:169.254.169.254]/",
	} {
		_, err := build(t, webhook.Config{URL: secret.New(address)}).Notify(t.Context(), notification())
		if err == nil || called || notify.KindOf(err) != notify.Broken || !strings.Contains(err.Error(), "refused") {
			t.Errorf("%s: got %v, called %v", address, err, called)
		}
	}
}

func TestNotes(t *testing.T) {
	reference := secret.New("arn:aws:secretsmanager:eu-west-1:111122223333:secret:hook-AbCdEf")
	for want, c := range map[int]webhook.Config{
		2: {URL: reference},
		1: {URL: reference, Secret: reference},
		0: {URL: reference, Headers: reference, Success: "201"},
	} {
		if got := build(t, c).Notes(t.Context()); len(got) != want {
			t.Errorf("got %q, want %d", got, want)
		}
	}
}

func TestMistakes(t *testing.T) {
	const value = "s3cr3t"
	short := "whsec_" + strings.Repeat("QUFB", 7)
	url := secret.New("https://hooks.example/" + value)
	for name, test := range map[string]struct {
		config webhook.Config
		want   []string
	}{
		"nothing":           {webhook.Config{}, []string{"URL: is not set"}},
		"plain http":        {webhook.Config{URL: secret.New("http://hooks.example/" + value)}, []string{"URL: must begin with https://"}},
		"user info":         {webhook.Config{URL: secret.New("https://u:" + value + "@hooks.example/")}, []string{"URL: must not hold a user name"}},
		"no prefix":         {webhook.Config{URL: url, Secret: secret.New(value)}, []string{"SECRET: does not begin with whsec_"}},
		"asymmetric":        {webhook.Config{URL: url, Secret: secret.New("whsk_" + value)}, []string{"SECRET: does not begin with whsec_"}},
		"empty secret":      {webhook.Config{URL: url, Secret: secret.New("whsec_")}, []string{"SECRET: has 0 bytes before base64"}},
		"white space":       {webhook.Config{URL: url, Secret: secret.New(" ")}, []string{"SECRET: is empty"}},
		"not padded":        {webhook.Config{URL: url, Secret: secret.New(short + "QQ")}, []string{"SECRET: is not padded base64"}},
		"URL's base64":      {webhook.Config{URL: url, Secret: secret.New(short + "--__QUFB")}, []string{"SECRET: is not padded base64"}},
		"short":             {webhook.Config{URL: url, Secret: secret.New(short)}, []string{"SECRET: has 21 bytes before base64, not 24 to 64"}},
		"long":              {webhook.Config{URL: url, Secret: secret.New("whsec_" + strings.Repeat("QUFB", 22))}, []string{"SECRET: has 66 bytes"}},
		"three":             {webhook.Config{URL: url, Secret: secret.New("whsec_a whsec_b whsec_" + value)}, []string{"SECRET: holds more than two"}},
		"twice the same":    {webhook.Config{URL: url, Secret: secret.New(strings.Repeat("whsec_a ", 2))}, []string{"SECRET: holds the same secret twice"}},
		"GET":               {webhook.Config{URL: url, Method: "GET"}, []string{"METHOD: is none of POST, PUT and PATCH"}},
		"no header":         {webhook.Config{URL: url, Headers: secret.New(value)}, []string{"HEADERS: number 1 is no header"}},
		"odd name":          {webhook.Config{URL: url, Headers: secret.New("A b: " + value)}, []string{"HEADERS: number 1 is no header"}},
		"Host":              {webhook.Config{URL: url, Headers: secret.New("host: " + value)}, []string{"HEADERS: Host is not yours to set"}},
		"webhook-id":        {webhook.Config{URL: url, Headers: secret.New("webhook-id: " + value)}, []string{"HEADERS: Webhook-Id is not yours"}},
		"a length":          {webhook.Config{URL: url, Headers: secret.New("A: b | content-length: 1")}, []string{"HEADERS: Content-Length is not yours"}},
		"injection":         {webhook.Config{URL: url, Headers: secret.New("A: b\rX: " + value)}, []string{"HEADERS: A holds what no header can"}},
		"no value":          {webhook.Config{URL: url, Headers: secret.New("A: ")}, []string{"HEADERS: A has no value"}},
		"twice":             {webhook.Config{URL: url, Headers: secret.New("A: b\na: " + value)}, []string{"HEADERS: A stands twice"}},
		"many":              {webhook.Config{URL: url, Headers: secret.New(manyHeaders())}, []string{"HEADERS: are 21 headers"}},
		"status 500":        {webhook.Config{URL: url, Success: "200,500"}, []string{"SUCCESS: is neither a condition nor a list"}},
		"class of redirect": {webhook.Config{URL: url, Success: "2xx,3xx"}, []string{"SUCCESS: is neither a condition nor a list"}},
		"no condition":      {webhook.Config{URL: url, Success: `bdy == "` + value + `"`}, []string{"SUCCESS: line 1, column 1: unknown name bdy"}},
		"all at once": {webhook.Config{URL: secret.New(value), Secret: secret.New(value), Method: value, Headers: secret.New(value), Success: value}, []string{
			"URL: is not a URL", "SECRET: does not", "METHOD: is none", "HEADERS: number 1", "SUCCESS: line 1",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := webhook.New(t.Context(), "oncall", test.config, formattertest.Style(t, nil))
			if err == nil {
				t.Fatal("want an error")
			}
			lines := strings.Split(err.Error(), "\n")
			if len(lines) != len(test.want) {
				t.Fatalf("%d mistakes, want %d", len(lines), len(test.want))
			}
			for i, line := range lines {
				if !strings.HasPrefix(line, test.want[i]) || strings.Contains(line, value) && name != "all at once" {
					t.Errorf("mistake %d does not begin with %q, or shows a value: %s", i+1, test.want[i], strings.ReplaceAll(line, value, "***"))
				}
			}
		})
	}
}

func manyHeaders() string {
	var lines []string
	for i := range 21 {
		lines = append(lines, fmt.Sprintf("A%d: b", i))
	}
	return strings.Join(lines, "|")
}
