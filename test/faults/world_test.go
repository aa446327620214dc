package faults_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/app"
	"github.com/tocsin-sec/tocsin/sinks/sns/snstest"
)

const hookSecret = "Xv1pQ0secret"

// world is Tocsin with a webhook that is hurt and a topic that is well.
type world struct {
	t         *testing.T
	site      *site
	app       *app.App
	log       *syncBuffer
	requests  atomic.Int32 // that reached the webhook
	published atomic.Int32 // to the topic
	letters   atomic.Int32 // in the dead-letter queue
}

type syncBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}

// bodyOf is the key under which a webhook finds the body of its request.
type bodyOf struct{}

func accept(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }

// world starts the remote ends and builds the app against them. webhook is Slack's end; further
// variables win over the usual ones.
func (s *site) world(t *testing.T, webhook http.HandlerFunc, variables map[string]string) *world {
	t.Helper()
	w := &world{t: t, site: s, log: &syncBuffer{}}
	return w.build(w.serve(func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.requests.Add(1)
		webhook(rw, r.WithContext(context.WithValue(r.Context(), bodyOf{}, body)))
	}), variables)
}

// rawWorld is world with a webhook that answers below HTTP.
func (s *site) rawWorld(t *testing.T, answer func(net.Conn)) *world {
	t.Helper()
	w := &world{t: t, site: s, log: &syncBuffer{}}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			w.requests.Add(1)
			go answer(conn)
		}
	}()
	return w.build("http://"+listener.Addr().String(), nil)
}

func (w *world) serve(handler http.HandlerFunc) string {
	server := httptest.NewServer(handler)
	w.t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return server.URL
}

func (w *world) build(webhook string, variables map[string]string) *world {
	w.t.Helper()
	topic := w.serve(func(rw http.ResponseWriter, r *http.Request) {
		w.published.Add(1)
		proof, accepted := snstest.Published("m"), ""
		for _, entry := range snstest.Entries(r) {
			if id := entry.Get("Id"); id != "" {
				accepted += snstest.Accepted(id, "m")
			}
		}
		if accepted != "" {
			proof = snstest.Batch("", accepted)
		}
		_, _ = io.WriteString(rw, proof)
	})
	usual := map[string]string{
		"SINKS": "slack,sns", "SLACK_WEBHOOK_URL": webhook + "/services/T/B/" + hookSecret, "MIN_SEVERITY": "", "LEDGER": "memory",
		"LEDGER_TABLE": "", "AWS_ENDPOINT_URL_DYNAMODB": "", "SLACK_TOPIC_ARN": "", "SNS_TOPIC_ARN": "arn:aws:sns:eu-west-1:111122223333:t", "AWS_ENDPOINT_URL_SNS": topic,
		"DEAD_LETTER_QUEUE_URL": w.site.queues.add(w.t.Name(), &w.letters), "ACCOUNT_NAMES": "",
	}
	for name, value := range variables {
		usual[name] = value
	}
	w.app = w.site.load(w.t, usual, w.log)
	return w
}

func event(id string) string {
	return fmt.Sprintf(`{"source":"aws.guardduty","detail-type":"GuardDuty Finding","account":"111122223333","region":"eu-west-1",
		"detail":{"id":%q,"type":"Recon:EC2/Portscan","title":"A scan","severity":8,"updatedAt":"2026-03-16T08:25:10Z"}}`, id)
}

// record makes a record of a queue of a body.
func record(id, body string) string {
	text, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf(`{"messageId":%q,"receiptHandle":"h","eventSourceARN":"arn:aws:sqs:eu-west-1:111122223333:q","eventSource":"aws:sqs","body":%s}`, id, text)
}

// batch hands over records within the time that a Lambda has, and says what came of it in short:
// the outcomes at Slack, the requests that it got, and whether the records are kept.
func (w *world) batch(timeout time.Duration, records ...string) string {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), timeout)
	defer cancel()
	published := w.published.Load()
	answer, err := w.app.Invoke(ctx, []byte(`{"Records":[`+strings.Join(records, ",")+`]}`))
	if ctx.Err() != nil {
		return "the deadline was missed"
	}
	if err != nil {
		return "error: " + err.Error()
	}
	if strings.Contains(w.log.String(), hookSecret) {
		return "the secret is in the log"
	}
	var failed struct{ BatchItemFailures []any }
	if err := json.Unmarshal(answer, &failed); err != nil {
		return "the answer is no JSON"
	}
	parts := []string{w.outcomes()}
	if kept := len(failed.BatchItemFailures); kept > 0 {
		parts = append(parts, "kept")
	}
	if w.published.Load() == published && w.app.SinkNames()[len(w.app.SinkNames())-1] == "sns" && timeout >= 3*time.Second {
		parts = append(parts, "SNS was not sent")
	}
	return strings.Join(parts, ", ")
}

// outcomes returns the outcomes at Slack in the last metrics line: "1 delivered".
func (w *world) outcomes() string {
	lines := strings.Split(strings.TrimSpace(w.log.String()), "\n")
	var metrics struct {
		Outcomes   map[string]map[string]int
		Unreadable int
	}
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &metrics); err != nil {
		return "the log is no JSON"
	}
	var parts []string
	for _, outcome := range []string{"delivered", "degraded", "duplicate", "repeat", "digested", "retry", "dead"} {
		if n := metrics.Outcomes["slack"][outcome]; n > 0 {
			parts = append(parts, fmt.Sprint(n, " ", outcome))
		}
	}
	if metrics.Unreadable > 0 {
		parts = append(parts, fmt.Sprint(metrics.Unreadable, " unreadable"))
	}
	return strings.Join(parts, ", ")
}
