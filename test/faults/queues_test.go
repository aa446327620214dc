package faults_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// queueServer is SQS for all worlds: it counts the letters to each world's dead-letter queue.
type queueServer struct {
	mu      sync.Mutex
	letters map[string]*atomic.Int32 // by URL; nil: the queue is down
}

func newQueueServer(t *testing.T) (*queueServer, string) {
	t.Helper()
	q := &queueServer{letters: map[string]*atomic.Int32{}}
	server := httptest.NewServer(http.HandlerFunc(q.answer))
	t.Cleanup(server.Close)
	return q, server.URL
}

// add makes a queue, which counts what it is sent; its URL is given.
func (q *queueServer) add(name string, letters *atomic.Int32) string {
	url := "https://sqs.eu-west-1.amazonaws.com/111122223333/" + strings.NewReplacer("/", "-", " ", "-").Replace(name)
	q.mu.Lock()
	defer q.mu.Unlock()
	q.letters[url] = letters
	return url
}

func (q *queueServer) answer(w http.ResponseWriter, r *http.Request) {
	var request struct {
		QueueURL string `json:"QueueUrl"`
	}
	body, _ := io.ReadAll(r.Body)
	_ = json.Unmarshal(body, &request)
	q.mu.Lock()
	letters, exists := q.letters[request.QueueURL]
	q.mu.Unlock()
	if strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".SendMessage") {
		if !exists || letters == nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		letters.Add(1)
	}
	_, _ = io.WriteString(w, `{"MessageId":"m"}`)
}
