package slack_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/sinks/slack"
)

const elsewhere = "https://chat.example.com/hooks/" + hookSecret

func hook(t *testing.T, address string) notify.Notifier {
	t.Helper()
	sink, err := slack.New(t.Context(), "slack", slack.Config{WebhookURL: secret.New(address)}, formatter.Style{})
	if err != nil {
		t.Fatal(err)
	}
	return sink
}

// What proves that a message was taken depends on whose webhook it is.
func TestProof(t *testing.T) {
	const accepted notify.ErrorKind = -1
	const services, triggers = "https://hooks.slack.com/services/T0/B0/x", "https://hooks.slack.com/triggers/T0/1/x"
	for name, test := range map[string]struct {
		address string
		status  int
		body    string
		want    notify.ErrorKind
	}{
		"ok":                           {services, 200, "ok\n", accepted},
		"ok of a capital host":         {"https://HOOKS.Slack.com./services/x", 200, `{"success":true}`, notify.Broken},
		"JSON of a webhook":            {services, 200, `{"ok":true}`, notify.Broken},
		"another JSON of a webhook":    {services, 200, `{"success":true}`, notify.Broken},
		"nothing from GovSlack":        {"https://hooks.slack-gov.com/services/T0/B0/x", 200, "", notify.Broken},
		"ok of GovSlack":               {"https://hooks.slack-gov.com/services/T0/B0/x", 200, "ok", accepted},
		"JSON of GovSlack's trigger":   {"https://hooks.slack-gov.com/triggers/x", 200, `{"ok":true}`, accepted},
		"ok of a trigger":              {triggers, 200, "ok", accepted},
		"JSON of a trigger":            {triggers, 200, ` {"ok": true} `, accepted},
		"JSON of a workflow":           {"https://hooks.slack.com/workflows/T0/A0/1/x", 200, `{"ok":true}`, accepted},
		"a trigger's ok with an error": {triggers, 200, `{"ok":true,"error":"no_text"}`, notify.Unacceptable},
		"a trigger's refusal":          {triggers, 200, `{"ok":false,"error":"trigger_disabled"}`, notify.Broken},
		"an error named ok":            {triggers, 200, `{"ok":false,"error":"ok"}`, notify.Broken},
		"a trigger's page":             {triggers, 200, "<html>", notify.Broken},
		"a trigger's 202":              {triggers, 202, `{"ok":true}`, notify.Broken},
		"elsewhere: JSON":              {elsewhere, 200, `{"success":true}`, accepted},
		"elsewhere: ok":                {elsewhere, 200, "ok", accepted},
		"elsewhere: nothing":           {elsewhere, 204, "", accepted},
		"elsewhere: queued":            {elsewhere, 202, "queued", accepted},
		"elsewhere: throttled":         {elsewhere, 200, "rate_limited", notify.Throttled},
		"elsewhere: refused":           {elsewhere, 200, "invalid_blocks", notify.Unacceptable},
		"elsewhere: refused in JSON":   {elsewhere, 200, `{"ok":false,"error":"no_text"}`, notify.Unacceptable},
		"elsewhere: gone":              {elsewhere, 200, "no_service", notify.Broken},
		"elsewhere: another refusal":   {elsewhere, 200, `{"ok":false,"error":"not_authed"}`, notify.Broken},
		"elsewhere: not found":         {elsewhere, 404, `{"success":true}`, notify.Broken},
		"elsewhere: redirect":          {elsewhere, 302, "ok", notify.Broken},
		"elsewhere: down":              {elsewhere, 500, "ok", notify.Transient},
		"a host that only looks alike": {"https://hooks.slack.com.example.com/services/x", 200, "{}", accepted},
	} {
		t.Run(name, func(t *testing.T) {
			posts := 0
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				posts++
				w.WriteHeader(test.status)
				_, _ = io.WriteString(w, test.body)
			}))
			defer server.Close()
			sink := hook(t, server.URL+"/services/"+hookSecret)
			slack.JudgeAs(sink, test.address)
			_, err := sink.Notify(t.Context(), notification())
			if test.want == accepted {
				if err != nil {
					t.Errorf("got %v", err)
				}
			} else if err == nil || notify.KindOf(err) != test.want {
				t.Errorf("got %v (%v), want %v", err, notify.KindOf(err), test.want)
			}
			if posts != 1 {
				t.Errorf("%d posts", posts)
			}
		})
	}
}

// The rule is that of the URL that is posted to, and nobody need say it.
func TestProofOfItsOwnAddress(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"success":true}`)
	}))
	defer server.Close()
	if _, err := hook(t, server.URL+"/hooks/x").Notify(t.Context(), notification()); err != nil {
		t.Errorf("got %v", err)
	}
}

func TestNotes(t *testing.T) {
	for address, want := range map[string]int{
		elsewhere: 1, "https://hooks.slack.com/services/x": 0, "https://hooks.slack-gov.com/services/x": 0,
		"https://hooks.slack.com/triggers/x":                               0,
		"arn:aws:secretsmanager:eu-west-1:111122223333:secret:hook-AbCdEf": 0,
	} {
		noted, ok := hook(t, address).(notify.Noted)
		if !ok {
			t.Fatal("a webhook has no notes")
		}
		notes := noted.Notes(t.Context())
		if len(notes) != want || strings.Contains(strings.Join(notes, ""), hookSecret) {
			t.Errorf("got %q, want %d", notes, want)
		}
	}
}
