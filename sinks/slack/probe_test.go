package slack_test

import (
	"net/http"
	"testing"

	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/sinks/internal/sinktest"
	"github.com/tocsin-sec/tocsin/sinks/slack"
	"github.com/tocsin-sec/tocsin/sinks/slack/slacktest"
)

// Slack's words for a message without a text say whether the webhook is there. Nothing is posted.
func TestProbeOfAWebhook(t *testing.T) {
	server := slacktest.New(t)
	sink, err := slack.New(t.Context(), "slack", slack.Config{WebhookURL: secret.New(server.URL())}, formattertest.Style(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	sinktest.Probes(t, sink, slacktest.Secret, "webhook: ok: the URL has the form of one")
	if len(server.Refused()) > 0 {
		t.Error("something was posted to a receiver of which nothing is known")
	}
	slack.JudgeAs(sink, "https://hooks.slack.com/services/T0/B0/x")
	sinktest.Probes(t, sink, slacktest.Secret, "webhook: ok: it is there")
	if len(server.Messages()) > 0 {
		t.Error("a probe has posted a message")
	}
	slack.JudgeAs(sink, "https://hooks.slack.com/triggers/T0/1/x")
	before := len(server.Refused())
	sinktest.Probes(t, sink, slacktest.Secret, "webhook: ok: the URL has the form of one")
	if len(server.Refused()) > before {
		t.Error("something was posted to a workflow")
	}
	for answer, want := range map[string]string{
		"missing_text_or_fallback_or_attachments": "webhook: ok: it is there", "no_service": "webhook: fault: no_service (make a webhook anew",
		"channel_is_archived": "webhook: fault: channel_is_archived", "<html>" + hookSecret: "webhook: fault: status 404",
	} {
		status := http.StatusBadRequest
		if want != "webhook: ok: it is there" {
			status = http.StatusNotFound
		}
		sinktest.Probes(t, build(t, sinktest.Answering(t, status, nil, answer)), hookSecret, want)
	}
	sinktest.Probes(t, build(t, sinktest.Answering(t, http.StatusOK, nil, "ok")), hookSecret, "webhook: not known: status 200")
	sinktest.Probes(t, build(t, sinktest.Answering(t, http.StatusTooManyRequests, nil, "rate_limited")), hookSecret, "webhook: not known: status 429")
	sinktest.Probes(t, build(t, "http://127.0.0.1:1"), hookSecret, "webhook: not known: no answer from 127.0.0.1")
}

func TestProbeOfABot(t *testing.T) {
	const token, form = "token: ok: Slack knows it", "form of a message: ok: no fault"
	for name, test := range map[string]struct {
		with func(*slacktest.Server)
		want []string
	}{
		"good":       {func(*slacktest.Server) {}, []string{token, "channel: ok: in it", form}},
		"revoked":    {func(s *slacktest.Server) { s.SetToken("xoxb-other") }, []string{"token: fault: auth.test: token_revoked (put a valid token"}},
		"outside":    {func(s *slacktest.Server) { s.SetMember(false, false) }, []string{token, "channel: fault: invite the app", form}},
		"archived":   {func(s *slacktest.Server) { s.SetMember(true, true) }, []string{token, "channel: fault: archived", form}},
		"may not":    {func(s *slacktest.Server) { s.SetScopes("channels:read") }, []string{"token: fault: lacks chat:write;", "channel: ok: in it", form}},
		"cannot see": {func(s *slacktest.Server) { s.SetScopes("chat:write") }, []string{token, "channel: not known: channels:read", form}},
		"public": {func(s *slacktest.Server) {
			s.SetMember(false, false)
			s.SetScopes("chat:write", "chat:write.public", "channels:read")
		}, []string{token, "channel: ok: may post to public channels", form}},
	} {
		server := slacktest.New(t)
		test.with(server)
		sinktest.Probes(t, buildBot(t, server.APIURL()), slacktest.Secret, test.want...)
		if len(server.Conversation()) > 0 || len(server.Refused()) > 0 && name != "revoked" {
			t.Errorf("%s: %d messages, refused %v", name, len(server.Conversation()), server.Refused())
		}
	}
	for _, test := range map[string]struct {
		status     int
		body, want string
	}{
		"not Slack": {200, "<html>", "token: fault: see that API_URL"}, "down": {502, "", "token: not known: status 502"},
		"busy": {429, `{"ok":false,"error":"ratelimited"}`, "token: not known: ratelimited"},
	} {
		sinktest.Probes(t, buildBot(t, sinktest.Answering(t, test.status, nil, test.body)+"/api/"), slacktest.Secret, test.want)
	}
}

// What Slack says of a message's form is shown by its number, and an older Slack says nothing.
func TestProbeOfAMessage(t *testing.T) {
	server := slacktest.New(t)
	for answer, want := range map[string][]string{
		`{"ok":false,"error":"invalid_message","errors":[{"pointer":"/blocks/0"}]}`: {"token: ok: ", "channel: ok: ", "form of a message: fault: 1 mistakes"},
		`{"ok":false,"error":"unknown_method"}`:                                     {"token: ok: ", "channel: ok: "},
		`{"ok":false,"error":"fatal_error"}`:                                        {"token: ok: ", "channel: ok: ", "form of a message: not known: fatal_error"},
	} {
		server.Answer(func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path != "/api/blocks.validate" {
				return false
			}
			_, _ = w.Write([]byte(answer))
			return true
		})
		sinktest.Probes(t, buildBot(t, server.APIURL()), slacktest.Secret, want...)
	}
}
