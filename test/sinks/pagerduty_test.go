package sinks_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/sinks/pagerduty/pagerdutytest"
)

// pagerDutyEnd is the Events API. What stands there are the events that it has taken: one that says the
// same of the same alert as another changes nothing.
func pagerDutyEnd(t *testing.T) *remote {
	server := pagerdutytest.New(t)
	return &remote{
		handler: server, refused: server.Refused, hidden: pagerdutytest.Key, secret: "PAGERDUTY_ROUTING_KEY",
		settings: func(base string) map[string]string {
			return map[string]string{"PAGERDUTY_ROUTING_KEY": pagerdutytest.Key, "PAGERDUTY_API_URL": moved(server.URL(), base)}
		},
		arrived:  func() []string { return distinct(texts(server.Events())) },
		throttle: asks(`{"message":"Request Limit Exceeded"}`), wait: time.Second,
		dead: says(http.StatusBadRequest, `{"status":"invalid event","message":"Event object is invalid","errors":["Invalid routing key"]}`),
		rotate: func() string {
			renewed := strings.Repeat("7", len(pagerdutytest.Key))
			server.Rotate(renewed)
			return renewed
		},
		check: func(t testing.TB, message string) {
			if err := pagerdutytest.Check([]byte(message)); err != nil {
				t.Error(err)
			}
		},
	}
}
