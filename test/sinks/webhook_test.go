package sinks_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/sinks/webhook/webhooktest"
)

func webhookEnd(t *testing.T) *remote {
	server := webhooktest.New(t)
	return &remote{
		handler: server, refused: server.Refused, hidden: webhooktest.Token, secret: "WEBHOOK_URL",
		settings: func(base string) map[string]string {
			return map[string]string{"WEBHOOK_URL": moved(server.URL(), base), "WEBHOOK_SECRET": webhooktest.Secret}
		},
		arrived: func() []string {
			var all []string
			for _, d := range server.Deliveries() {
				all = append(all, string(d.Body))
			}
			return all
		},
		throttle: asks(""), wait: time.Second, dead: says(http.StatusGone, ""),
		check: checkDocument,
	}
}
