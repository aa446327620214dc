package e2e_test

import (
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// delayedQueue is a queue of SQS by the clock of a test: what is delayed waits for that.
type delayedQueue struct {
	url   string
	clock *clock

	mu       sync.Mutex
	messages []delayed
	sent     int
	// trap springs when a message was put into the queue, whose sender never hears of it; nil for none.
	trap *trap
}

// delayed is a message, and when it is handed over.
type delayed struct {
	body     string
	due      time.Time
	receives int
}

// newDelayedQueue starts a queue that takes what SQS takes of single messages.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
func newDelayedQueue(t *testing.T, c *clock) *delayedQueue {
	t.Helper()
	q := &delayedQueue{clock: c}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		answer, err := q.answer(r.Header.Get("X-Amz-Target"), body)
		if err != nil {
			t.Error(err)
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		q.mu.Lock()
		held := q.trap
		q.trap = nil
		q.mu.Unlock()
		if held != nil {
			held.hold(r)
			return
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	q.url = server.URL
	return q
}

func (q *delayedQueue) answer(target string, body []byte) (string, error) {
	var in struct {
		QueueURL     string `json:"QueueUrl"`
		MessageBody  string
		DelaySeconds int
	}
	err := json.Unmarshal(body, &in)
	isTaken := target == "AmazonSQS.SendMessage" && in.QueueURL == q.queueURL() && in.DelaySeconds >= 0 && in.DelaySeconds <= 900
	if err != nil || !isTaken {
		return "", fmt.Errorf("SQS would refuse %s with %s", target, body)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.sent++
	q.messages = append(q.messages, delayed{body: in.MessageBody, due: q.clock.now().Add(time.Duration(in.DelaySeconds) * time.Second)})
	sum := md5.Sum([]byte(in.MessageBody))
	return fmt.Sprintf(`{"MessageId":"m%d","MD5OfMessageBody":%q}`, q.sent, hex.EncodeToString(sum[:])), nil
}

func (q *delayedQueue) queueURL() string { return q.url + "/111122223333/findings" }

// take takes the message out of the queue that is due first, if that is by a moment.
func (q *delayedQueue) take(by time.Time) (delayed, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	slices.SortStableFunc(q.messages, func(a, b delayed) int { return a.due.Compare(b.due) })
	if len(q.messages) == 0 || q.messages[0].due.After(by) {
		return delayed{}, false
	}
	first := q.messages[0]
	q.messages = q.messages[1:]
	first.receives++
	return first, true
}

// payload returns the batch by which Lambda hands a message over.
func (m delayed) payload(t *testing.T) string {
	t.Helper()
	return fmt.Sprintf(`{"Records":[{"messageId":"m","eventSource":"aws:sqs","eventSourceARN":"arn:aws:sqs:us-east-1:111122223333:findings","body":%s,
		"attributes":{"ApproximateReceiveCount":"%d"}}]}`, quoted(t, m.body), m.receives)
}

func (q *delayedQueue) put(m delayed) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.messages = append(q.messages, m)
}

// until lets the time go by up to a moment: what is due goes to one process after the other, each with a copy as well
// where copies are wanted, and comes again a minute later where it is handed back.
func (q *delayedQueue) until(t *testing.T, at time.Time, copies bool, processes ...*function) {
	t.Helper()
	for turn := 0; ; turn++ {
		m, isThere := q.take(at)
		if !isThere {
			break
		}
		if m.receives > 20 || turn > 200 {
			t.Fatal("it goes round and round")
		}
		if m.due.After(q.clock.at) {
			q.clock.moveTo(t, m.due)
		}
		to := []*function{processes[turn%len(processes)]}
		if copies {
			to = processes
		}
		failed := make([]bool, len(to))
		var running sync.WaitGroup
		for i, f := range to {
			running.Go(func() { failed[i] = strings.Contains(f.succeeded(t, m.payload(t)), `"m"`) })
		}
		running.Wait()
		for _, isFailed := range failed {
			if isFailed {
				again := m
				again.due = q.clock.at.Add(time.Minute)
				q.put(again)
			}
		}
	}
	q.clock.moveTo(t, at)
}

// now returns what the clock says, for a server.
func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}
