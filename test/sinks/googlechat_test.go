package sinks_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/sinks/googlechat/googlechattest"
)

func chatEnd(t *testing.T) *remote {
	server := googlechattest.New(t)
	return &remote{
		handler: server, refused: server.Refused, hidden: googlechattest.Secret, secret: "GOOGLECHAT_WEBHOOK_URL",
		settings: func(base string) map[string]string {
			return map[string]string{"GOOGLECHAT_WEBHOOK_URL": moved(server.URL(), base)}
		},
		arrived: func() []string {
			var all []string
			for _, m := range server.Messages() {
				all = append(all, string(m.Body))
			}
			return all
		},
		throttle: says(http.StatusTooManyRequests, `{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","details":[
			{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"1s"}]}}`),
		wait: time.Second, dead: says(http.StatusNotFound, `{"error":{"code":404,"status":"NOT_FOUND"}}`),
		check: func(t testing.TB, message string) {
			if err := googlechattest.Check([]byte(message)); err != nil || strings.Contains(message, "<users/") {
				t.Errorf("%v in %.300s", err, message)
			}
		},
	}
}
