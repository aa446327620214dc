package sinks_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/sinks/teams/teamstest"
)

func teamsEnd(t *testing.T) *remote {
	server := teamstest.New(t)
	return &remote{
		handler: server, hidden: teamstest.Secret, secret: "TEAMS_WEBHOOK_URL",
		refused: func() []error { return append(server.Refused(), server.Failed()...) },
		settings: func(base string) map[string]string {
			return map[string]string{"TEAMS_WEBHOOK_URL": moved(server.URL(), base)}
		},
		arrived:  func() []string { return texts(server.Messages()) },
		throttle: asks(""), wait: time.Second, dead: says(http.StatusNotFound, `{"error":{"code":"WorkflowNotFound"}}`),
		check: func(t testing.TB, message string) {
			if err := teamstest.Check([]byte(message)); err != nil {
				t.Error(err)
			}
		},
	}
}
