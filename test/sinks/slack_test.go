package sinks_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/sinks/slack/slacktest"
)

func slackEnd(t *testing.T) *remote {
	server := slacktest.New(t)
	return &remote{
		handler: server, refused: server.Refused, hidden: slacktest.Secret, secret: "SLACK_WEBHOOK_URL",
		settings: func(base string) map[string]string {
			return map[string]string{"SLACK_WEBHOOK_URL": moved(server.URL(), base)}
		},
		arrived:  func() []string { return texts(server.Messages()) },
		throttle: asks("rate_limited"), wait: time.Second, dead: says(http.StatusNotFound, "no_service"),
		check: func(t testing.TB, message string) { formattertest.CheckSlack(t, []byte(message)) },
	}
}

// botEnd is the Web API. What stands there is a channel with its threads.
func botEnd(t *testing.T) *remote {
	server := slacktest.New(t)
	return &remote{
		handler: server, refused: server.Refused, hidden: slacktest.Secret, secret: "SLACK_BOT_TOKEN",
		settings: func(base string) map[string]string {
			return map[string]string{
				"SLACK_BOT_TOKEN": slacktest.Token, "SLACK_CHANNEL": slacktest.Channel, "SLACK_API_URL": moved(server.APIURL(), base),
			}
		},
		arrived: func() []string {
			var all []string
			for _, m := range server.Conversation() {
				all = append(all, string(m.Body))
				for _, answer := range m.Replies {
					all = append(all, string(answer.Body))
				}
			}
			return all
		},
		throttle: asks(`{"ok":false,"error":"ratelimited"}`), wait: time.Second,
		dead: says(http.StatusOK, `{"ok":false,"error":"channel_not_found"}`),
		rotate: func() string {
			const renewed = slacktest.Token + "-2"
			server.SetToken(renewed)
			return renewed
		},
		check: func(t testing.TB, message string) { formattertest.CheckSlack(t, []byte(message)) },
	}
}
