package faults_test

import (
	"context"
	"fmt"
	"hash/crc32"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

func newTLS(t *testing.T) string {
	t.Helper()
	server := httptest.NewUnstartedServer(http.HandlerFunc(accept))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // the handshakes are to fail
	server.StartTLS()
	t.Cleanup(server.Close)
	return server.URL
}

// inputFaults are records and payloads that are not as they should be.
func (s *site) inputFaults() []fault {
	one := func(injection, expected, body string) fault {
		return fault{"input", injection, expected, func(t *testing.T) string {
			got := s.world(t, accept, nil).batch(30*time.Second, record("m", body))
			return strings.TrimSuffix(got, ", SNS was not sent")
		}}
	}
	detail := func(text string) string {
		return `{"source":"aws.guardduty","detail-type":"GuardDuty Finding","detail":` + text + `}`
	}
	return []fault{
		one("an empty body", "1 unreadable", ""),
		one("null", "1 unreadable", "null"),
		one("cut off in the middle", "1 unreadable", event("f")[:80]),
		one("text after the end", "1 unreadable", event("f")+"}"),
		one("a byte order mark", "1 delivered", "\ufeff"+event("f")),
		one("a lone surrogate in the title", "1 delivered", detail(`{"id":"f","title":"a\ud800b"}`)),
		one("the same key twice", "1 delivered", detail(`{"id":"f","id":"g","title":"a","title":"b"}`)),
		one("1,000 levels deep", "1 delivered", detail(strings.Repeat(`{"resource":`, 1000)+"1"+strings.Repeat("}", 1000))),
		one("1 MB of title", "1 delivered", detail(`{"title":"`+strings.Repeat("x", 1<<20)+`"}`)),
		one("an unknown source", "1 delivered", `{"source":"com.example","detail-type":"x","detail":{}}`),
		one("unknown type, resource and action", "1 delivered", detail(`{"type":"New:Thing/Happened","resource":{"resourceType":"Thing"},"service":{"action":{"actionType":"NEW"}}}`)),
		one("no severity", "1 delivered", detail(`{"id":"f"}`)),
		one("severity -1", "1 delivered", detail(`{"severity":-1}`)),
		one(`severity "8"`, "1 delivered", detail(`{"severity":"8"}`)),
		one("severity 1e1", "1 delivered", detail(`{"severity":1e1}`)),
		one("everything null", "1 delivered", detail(`{"service":null,"action":null,"resource":null,"title":null}`)),
		one("mentions, script, RTL override, NUL in the title", "1 delivered", detail(`{"title":"<!channel> @everyone <script> \u202e \u0000 ](javascript:"}`)),
		one("a detail that is a text", "1 delivered", detail(`"oops"`)),
		{"input", "ten records, two of them bad", "8 delivered, 2 unreadable", func(t *testing.T) string {
			var records []string
			for i := range 10 {
				body := event(fmt.Sprint(i))
				if i == 2 || i == 7 {
					body = "bad"
				}
				records = append(records, record(fmt.Sprint(i), body))
			}
			w := s.world(t, accept, map[string]string{"SINKS": "slack=sns", "SLACK_WEBHOOK_URL": "", "SLACK_TOPIC_ARN": "arn:aws:sns:eu-west-1:111122223333:t", "SNS_TOPIC_ARN": ""})
			return w.batch(30*time.Second, records...)
		}},
		{"input", "the same record twice in a batch", "2 delivered: 1 request", func(t *testing.T) string {
			w := s.world(t, accept, nil)
			got := w.batch(30*time.Second, record("a", event("f")), record("b", event("f")))
			return fmt.Sprintf("%s: %d request", got, w.requests.Load())
		}},
		{"input", "the same event again", "1 duplicate: 1 request", func(t *testing.T) string {
			w := s.world(t, accept, nil)
			_ = w.batch(30*time.Second, record("a", event("f")))
			w.published.Store(-1)
			got := w.batch(30*time.Second, record("b", event("f")))
			return fmt.Sprintf("%s: %d request", strings.TrimSuffix(got, ", SNS was not sent"), w.requests.Load())
		}},
	}
}

// newTable is DynamoDB in one of the ways in which it can fail.
func newTable(t *testing.T, answer http.HandlerFunc) map[string]string {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return map[string]string{"LEDGER": "dynamodb", "LEDGER_TABLE": "t", "AWS_ENDPOINT_URL_DYNAMODB": server.URL}
}

// ledgerFaults hurt the ledger; the sinks are well.
func (s *site) ledgerFaults() []fault {
	code := func(status int, code string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			body := []byte(`{"__type":"com.amazonaws.dynamodb.v20120810#` + code + `"}`)
			w.Header().Set("Content-Type", "application/x-amz-json-1.0")
			w.Header().Set("X-Amz-Crc32", fmt.Sprint(crc32.ChecksumIEEE(body)))
			w.WriteHeader(status)
			_, _ = w.Write(body)
		}
	}
	one := func(injection, expected string, table http.HandlerFunc) fault {
		return fault{"ledger", injection, expected, func(t *testing.T) string {
			w := s.world(t, accept, newTable(t, table))
			got := w.batch(30*time.Second, record("m", event("f")))
			if strings.Contains(w.log.String(), `"LedgerUnavailable":0`) {
				return got
			}
			return got + ", counted"
		}}
	}
	return []fault{
		one("500", "1 delivered, counted", code(500, "InternalServerError")),
		one("throttled", "1 delivered, counted", code(400, "ProvisionedThroughputExceededException")),
		one("no such table", "1 delivered, counted", code(400, "ResourceNotFoundException")),
		one("access denied", "1 delivered, counted", code(400, "AccessDeniedException")),
		one("slow: no answer for 3 s", "1 delivered, counted", func(_ http.ResponseWriter, r *http.Request) {
			select {
			case <-r.Context().Done():
			case <-time.After(3 * time.Second):
			}
		}),
		one("an answer that is no JSON", "1 delivered, counted", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") }),
		one("somebody else always wins the write", "1 retry, kept, SNS was not sent", func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".PutItem") {
				code(400, "ConditionalCheckFailedException")(w, r)
				return
			}
			_, _ = io.WriteString(w, `{}`)
		}),
		{"dead letters", "SQS is down while the webhook is gone", "1 dead, kept", func(t *testing.T) string {
			w := s.world(t, func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusNotFound) }, map[string]string{"DEAD_LETTER_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/111122223333/down"})
			return w.batch(30*time.Second, record("m", event("f")))
		}},
	}
}

// timeFaults leave little time, or come at once.
func (s *site) timeFaults() []fault {
	left := func(timeout time.Duration, expected string) fault {
		return fault{"time", fmt.Sprintf("%v left, the webhook hangs", timeout), expected, func(t *testing.T) string {
			w := s.world(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, nil)
			got := ""
			for range 5 { // a busy machine may stall for longer than there is left
				if got = w.batch(timeout, record("m", event("f"))); got == expected {
					break
				}
			}
			return got
		}}
	}
	return []fault{
		left(3*time.Second, "1 retry, kept"),
		left(time.Second, "1 retry, kept"),
		left(200*time.Millisecond, "1 retry, kept"),
		{"time", "the same event in two invocations at once", "1 request", func(t *testing.T) string {
			w := s.world(t, func(rw http.ResponseWriter, r *http.Request) {
				time.Sleep(200 * time.Millisecond)
				accept(rw, r)
			}, nil)
			var both sync.WaitGroup
			for range 2 {
				both.Go(func() {
					ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
					defer cancel()
					_, _ = w.app.Invoke(ctx, []byte(`{"Records":[`+record("m", event("f"))+`]}`))
				})
			}
			both.Wait()
			return fmt.Sprint(w.requests.Load(), " request")
		}},
		{"time", "all sinks down, then up", "1 retry, kept; 1 delivered", func(t *testing.T) string {
			isDown := true
			w := s.world(t, func(rw http.ResponseWriter, r *http.Request) {
				if isDown {
					rw.WriteHeader(http.StatusServiceUnavailable)
					return
				}
				accept(rw, r)
			}, nil)
			before := w.batch(30*time.Second, record("m", event("f")))
			isDown = false
			w.published.Store(-1)
			after := w.batch(30*time.Second, record("m", event("f")))
			return before + "; " + strings.TrimSuffix(after, ", SNS was not sent")
		}},
		{"storm", "500 findings, the webhook takes two of ten and answers 429 to the rest", "500 sent, none twice, no record received more than 30 times", s.storm},
	}
}
