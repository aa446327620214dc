package slack_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	slackgo "github.com/slack-go/slack"

	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/notify/notifytest"
	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/sinks/slack"
	"github.com/tocsin-sec/tocsin/sinks/slack/slacktest"
)

const hookSecret = "Xv1pQ0secret"

func build(t testing.TB, baseURL string) notify.Notifier {
	t.Helper()
	sink, err := slack.New(t.Context(), "slack", slack.Config{WebhookURL: secret.New(baseURL + "/services/T0/B0/" + hookSecret)}, formattertest.Style(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	slack.JudgeAs(sink, "https://hooks.slack.com/services/T0/B0/"+hookSecret)
	return sink
}

func TestConformance(t *testing.T) {
	notifytest.Run(t, notifytest.Kit{
		New: build,
		Accept: func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err == nil {
				err = slacktest.Check(body)
			}
			if err != nil {
				http.Error(w, "invalid_blocks", http.StatusBadRequest)
				return
			}
			_, _ = io.WriteString(w, "ok")
		},
		Throttle: func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusTooManyRequests)
			_, _ = io.WriteString(w, "rate_limited")
		},
		Secret: hookSecret,
	})
}

func TestAnswers(t *testing.T) {
	for name, test := range map[string]struct {
		status int
		body   string
		want   notify.ErrorKind
	}{
		"no_active_hooks":      {404, "no_active_hooks", notify.Broken},
		"archived":             {410, "channel_is_archived", notify.Broken},
		"prohibited":           {403, "action_prohibited", notify.Broken},
		"no_team under 400":    {400, "no_team", notify.Broken},
		"invalid blocks":       {400, "invalid_blocks", notify.Unacceptable},
		"no text":              {400, "no_text", notify.Unacceptable},
		"unknown 400":          {400, "what_is_this", notify.Unacceptable},
		"rate limited":         {429, "rate_limited", notify.Throttled},
		"limited under 400":    {400, "rate_limited", notify.Throttled},
		"limited under 200":    {200, "rate_limited", notify.Throttled},
		"rollup error":         {500, "rollup_error", notify.Transient},
		"HTML under 200":       {200, "<html>", notify.Broken},
		"nothing under 200":    {200, "", notify.Broken},
		"ok under 202":         {202, "ok", notify.Broken},
		"redirect":             {302, "ok", notify.Broken},
		"a sink's word in 5xx": {503, "no_service", notify.Transient},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(test.status)
				_, _ = io.WriteString(w, test.body)
			}))
			defer server.Close()
			_, err := build(t, server.URL).Notify(t.Context(), notification())
			if err == nil || notify.KindOf(err) != test.want {
				t.Errorf("got %v (%v), want %v", err, notify.KindOf(err), test.want)
			}
		})
	}
}

func TestRetryAfter(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(http.StatusTooManyRequests)
	}))
	defer server.Close()
	_, err := build(t, server.URL).Notify(t.Context(), notification())
	if notify.Delay(err) != 7*time.Second {
		t.Errorf("got %v", notify.Delay(err))
	}
}

func notification() notify.Notification {
	return notify.Notification{Findings: []finding.Finding{formattertest.Described(finding.Finding{
		ID: "f1", Source: "aws.guardduty", Type: "Trojan:EC2/DNSDataExfiltration", Title: "Data leaves <!channel>",
		Description: "Through DNS.", Severity: 8, Place: finding.Place{Account: finding.Account{ID: "111122223333"}, Region: "eu-west-1", Partition: "aws"},
	})}}
}

// What is sent is read by somebody else's decoder of Block Kit.
func TestBody(t *testing.T) {
	server := slacktest.New(t)
	sink, err := slack.New(t.Context(), "oncall", slack.Config{
		WebhookURL: secret.New(server.URL()), Username: "GuardDuty", IconEmoji: ":rotating_light:",
	}, formattertest.Style(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sink.Notify(t.Context(), notification()); err != nil {
		t.Fatal(err)
	}
	var message slackgo.WebhookMessage
	if err := json.Unmarshal(server.Messages()[0], &message); err != nil {
		t.Fatal(err)
	}
	header, ok := message.Blocks.BlockSet[0].(*slackgo.HeaderBlock)
	if !ok || header.Text.Text != "🔴 HIGH · Data exfiltration through DNS · 111122223333 / eu-west-1" {
		t.Errorf("got %+v", message.Blocks.BlockSet)
	}
	if message.Username != "GuardDuty" || message.IconEmoji != ":rotating_light:" || message.Attachments[0].Color != "#D93025" {
		t.Errorf("got %+v", message)
	}
	if len(message.Attachments[0].Blocks.BlockSet) < 4 || !strings.Contains(message.Text, "Data leaves &lt;!channel&gt;.\nThrough DNS.") {
		t.Errorf("got %+v", message.Attachments)
	}
}
