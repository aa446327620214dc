package faults_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// orderFaults hand findings over again, in another order, or many at once.
func (s *site) orderFaults() []fault {
	version := func(minute, count int) string {
		text := strings.Replace(event("f"), "08:25:10", fmt.Sprintf("08:%02d:10", minute), 1)
		return strings.Replace(text, `"severity":8`, fmt.Sprintf(`"severity":8,"service":{"count":%d}`, count), 1)
	}
	// under delivers one event after another, with a rule for repeats, and gives what came of the
	// last one, and all requests.
	under := func(repeat, injection, expected string, bodies ...string) fault {
		return fault{"order", injection, expected, func(t *testing.T) string {
			w := s.world(t, accept, map[string]string{"REPEAT": repeat})
			got := ""
			for _, body := range bodies {
				got = strings.TrimSuffix(w.batch(30*time.Second, record("m", body)), ", SNS was not sent")
			}
			return fmt.Sprintf("%s: requests in all %d", got, w.requests.Load())
		}}
	}
	then := func(injection, expected string, bodies ...string) fault {
		return under("always", injection, expected, bodies...)
	}
	large := strings.Replace(event("f"), "A scan", strings.Repeat("x", 1<<20), 1)
	var many []string
	for i := range 10 {
		many = append(many, fmt.Sprintf(`{"Id":"f%d","Title":"t","Severity":{"Label":"HIGH"},"AwsAccountId":"012345678901","ProductArn":"p"}`, i))
	}
	return []fault{
		then("a newer version after an older one", "1 delivered: requests in all 2", version(10, 1), version(20, 2)),
		then("an older version after a newer one", "1 duplicate: requests in all 1", version(20, 2), version(10, 1)),
		then("the same time with a higher count", "1 delivered: requests in all 2", version(10, 1), version(10, 2)),
		then("the old one again after an update", "1 duplicate: requests in all 2", version(10, 1), version(20, 2), version(10, 1)),
		under("changes", "a newer version that says nothing new", "1 repeat: requests in all 1", version(10, 1), version(20, 2)),
		under("changes", "a newer version with ten times the count", "1 delivered: requests in all 2", version(10, 1), version(20, 10)),
		under("never", "a newer version, where each finding is sent once", "1 repeat: requests in all 1", version(10, 1), version(20, 100)),
		{"order", "ten findings of Security Hub in one event", "10 delivered", func(t *testing.T) string {
			w := s.world(t, accept, map[string]string{"SLACK_RATE": "0"})
			return w.batch(30*time.Second, record("m", `{"source":"aws.securityhub","detail-type":"Security Hub Findings - Imported","account":"111122223333","detail":{"findings":[`+strings.Join(many, ",")+`]}}`))
		}},
		{"order", "ten records of 1 MB in one batch", "10 delivered", func(t *testing.T) string {
			w := s.world(t, accept, map[string]string{"SLACK_RATE": "0"})
			var records []string
			for i := range 10 {
				records = append(records, record(fmt.Sprint(i), strings.Replace(large, `"id":"f"`, fmt.Sprintf(`"id":"f%d"`, i), 1)))
			}
			return w.batch(30*time.Second, records...)
		}},
	}
}

// newSecrets is Secrets Manager, in which each secret is out of order in its own way, and gives its
// address.
func newSecrets(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		fail := func(status int, code string) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, `{"__type":"`+code+`"}`)
		}
		switch {
		case strings.Contains(string(body), "secret:down"):
			fail(http.StatusInternalServerError, "InternalServiceError")
		case strings.Contains(string(body), "secret:denied"):
			fail(http.StatusBadRequest, "AccessDeniedException")
		case strings.Contains(string(body), "secret:empty"):
			fail(http.StatusBadRequest, "ResourceNotFoundException")
		default:
			_, _ = io.WriteString(w, `{"SecretString":"not a URL"}`)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// secretFaults hurt the secret that the webhook's URL is in; the topic is well.
func (s *site) secretFaults() []fault {
	one := func(injection, secret, expected string) fault {
		return fault{"secret", injection, expected, func(t *testing.T) string {
			w := s.world(t, accept, map[string]string{"SLACK_WEBHOOK_URL": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:" + secret})
			return w.batch(30*time.Second, record("m", event("f")))
		}}
	}
	return []fault{
		one("Secrets Manager answers 500", "down", "1 retry, kept"),
		one("the role may not read it", "denied", "1 retry, kept"),
		one("it has no value yet", "empty", "1 retry, kept"),
		one("its value is no URL", "odd", "1 dead"),
	}
}
