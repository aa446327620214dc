package sinks_test

import (
	"net/http"
	"testing"

	"github.com/tocsin-sec/tocsin/sinks/eventbridge/eventbridgetest"
)

func eventBridgeEnd(t *testing.T) *remote {
	server := eventbridgetest.New(t)
	return &remote{
		handler: server, refused: server.Refused,
		// It looks for the bus before it sends the first event.
		sends: func(r *http.Request) bool { return r.Header.Get("X-Amz-Target") == "AWSEvents.PutEvents" },
		settings: func(base string) map[string]string {
			return map[string]string{"EVENTBRIDGE_BUS_ARN": eventbridgetest.BusARN, "AWS_ENDPOINT_URL_EVENTBRIDGE": base}
		},
		arrived: func() []string {
			var all []string
			for _, e := range server.Events() {
				all = append(all, e.Detail)
			}
			return all
		},
		throttle: func(w http.ResponseWriter, _ *http.Request) { eventbridgetest.Refuse(w, "ThrottlingException", "") },
		dead:     func(w http.ResponseWriter, _ *http.Request) { eventbridgetest.Refuse(w, "AccessDeniedException", "") },
		check:    checkDocument,
	}
}
