package sinks_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/sinks/jsm/jsmtest"
)

// jsmEnd is the alert API. What stands there is what it has taken: an alert that is created again as it is
// counts up. An update is a note beside the alert.
func jsmEnd(t *testing.T) *remote {
	server := jsmtest.New(t)
	return &remote{
		handler: server, refused: server.Refused, hidden: jsmtest.Key, secret: "JSM_API_KEY",
		settings: func(base string) map[string]string {
			return map[string]string{"JSM_API_KEY": jsmtest.Key, "JSM_HOST": base}
		},
		arrived:  func() []string { return distinct(texts(server.Bodies())) },
		throttle: asks(`{"message":"You are making too many requests!"}`), wait: time.Second,
		dead: says(http.StatusForbidden, `{"message":"Your API key is not authorized"}`),
		rotate: func() string {
			renewed := strings.Replace(jsmtest.Key, "7", "8", 1)
			server.Rotate(renewed)
			return renewed
		},
		check: func(t testing.TB, message string) {
			err := jsmtest.Check([]byte(message))
			if err != nil && jsmtest.CheckNote([]byte(message)) != nil {
				t.Error(err)
			}
		},
	}
}
