package sinks_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/sinks/discord/discordtest"
)

func discordEnd(t *testing.T) *remote {
	server := discordtest.New(t)
	return &remote{
		handler: server, refused: server.Refused, hidden: discordtest.Secret, secret: "DISCORD_WEBHOOK_URL",
		settings: func(base string) map[string]string {
			return map[string]string{"DISCORD_WEBHOOK_URL": moved(server.URL(), base)}
		},
		arrived: func() []string {
			var all []string
			for _, m := range server.Channel() {
				all = append(all, string(m.Body))
			}
			return all
		},
		throttle: says(http.StatusTooManyRequests, `{"message":"You are being rate limited.","retry_after":0.75,"global":false}`),
		wait:     750 * time.Millisecond, dead: says(http.StatusNotFound, `{"message":"Unknown Webhook","code":10015}`),
		check: func(t testing.TB, message string) {
			if err := discordtest.Check([]byte(message)); err != nil {
				t.Error(err)
			}
		},
	}
}
