package sinks_test

import (
	"net/http"
	"testing"

	"github.com/tocsin-sec/tocsin/sinks/sqs/sqstest"
)

func sqsEnd(queue string) func(t *testing.T) *remote {
	return func(t *testing.T) *remote {
		server := sqstest.New(t)
		return &remote{
			handler: server, refused: server.Refused,
			settings: func(base string) map[string]string {
				return map[string]string{"SQS_QUEUE_URL": moved(server.URL(queue), base)}
			},
			arrived: func() []string {
				var all []string
				for _, m := range server.Messages() {
					all = append(all, m.Body)
				}
				return all
			},
			throttle: func(w http.ResponseWriter, _ *http.Request) { sqstest.Refuse(w, "RequestThrottled", "") },
			dead:     func(w http.ResponseWriter, _ *http.Request) { sqstest.Refuse(w, "QueueDoesNotExist", "") },
			check:    checkDocument,
		}
	}
}
