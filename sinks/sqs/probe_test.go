package sqs_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/sinks/internal/sinktest"
	"github.com/tocsin-sec/tocsin/sinks/sqs/sqstest"
)

func TestProbe(t *testing.T) {
	queue := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		switch {
		case r.Header.Get("X-Amz-Target") != "AmazonSQS.GetQueueAttributes" || !strings.Contains(r.Header.Get("Authorization"), "/us-east-1/sqs/"):
			sqstest.Refuse(w, "InvalidAction", "")
		case strings.Contains(string(body), "/111122223333/gone"):
			sqstest.Refuse(w, "QueueDoesNotExist", "")
		case strings.Contains(string(body), "/111122223333/secret"):
			sqstest.Refuse(w, "AccessDenied", keySecret)
		case strings.Contains(string(body), "/111122223333/odd"):
			_, _ = io.WriteString(w, "{}")
		default:
			_, _ = io.WriteString(w, `{"Attributes":{"QueueArn":"arn:aws:sqs:us-east-1:111122223333:alerts"}}`)
		}
	}))
	defer queue.Close()
	for name, want := range map[string]string{
		"alerts": "queue: ok: it is there", "gone": "queue: fault: QueueDoesNotExist",
		"secret": "queue: not known: needs the right sqs:GetQueueAttributes", "odd": "queue: fault: see that the endpoint",
	} {
		sinktest.Probes(t, build(t, queue.URL+"/111122223333/"+name), keySecret, want)
	}
	sinktest.Probes(t, build(t, "http://127.0.0.1:1/111122223333/alerts"), keySecret, "queue: not known: no answer from 127.0.0.1")
}
