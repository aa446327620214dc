package faults_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// storm delivers 500 findings to a webhook that takes two of each batch of ten and refuses the rest
// with 429. Time in the queue is played, not waited for: each batch finds the webhook with room for
// two again, and a record that is kept goes to the end of the queue.
func (s *site) storm(t *testing.T) string {
	const findings, each, roomForEach = 500, 10, 2
	var mu sync.Mutex
	room, shown := 0, map[string]int{}
	title := regexp.MustCompile(`scan-[0-9]+`)
	w := s.world(t, func(rw http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if room == 0 {
			rw.Header().Set("Retry-After", "30")
			rw.WriteHeader(http.StatusTooManyRequests)
			return
		}
		room--
		body, _ := r.Context().Value(bodyOf{}).([]byte)
		shown[title.FindString(string(body))]++
		_, _ = io.WriteString(rw, "ok")
	}, map[string]string{"SINKS": "slack", "SLACK_RATE": "0"})

	receives, most := map[string]int{}, 0
	var queue []string
	for i := range findings {
		queue = append(queue, fmt.Sprint("scan-", i))
	}
	for len(queue) > 0 {
		batch := queue[:min(each, len(queue))]
		for _, id := range batch {
			receives[id]++
			most = max(most, receives[id])
		}
		mu.Lock()
		room = roomForEach
		mu.Unlock()
		queue = append(queue[len(batch):], w.receive(batch)...)
	}
	for id, times := range shown {
		if times > 1 {
			return fmt.Sprintf("%s was sent %d times", id, times)
		}
	}
	if most > 30 {
		return fmt.Sprintf("a record was received %d times", most)
	}
	return fmt.Sprintf("%d sent, none twice, no record received more than 30 times", len(shown))
}

// receive hands over a batch and gives the ids that are kept.
func (w *world) receive(ids []string) []string {
	w.t.Helper()
	var records []string
	for _, id := range ids {
		records = append(records, record(id, strings.Replace(event(id), "A scan", id, 1)))
	}
	ctx, cancel := context.WithTimeout(w.t.Context(), 30*time.Second)
	defer cancel()
	text, err := w.app.Invoke(ctx, []byte(`{"Records":[`+strings.Join(records, ",")+`]}`))
	if err != nil {
		w.t.Fatal(err)
	}
	var answer struct {
		BatchItemFailures []struct{ ItemIdentifier string }
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		w.t.Fatal(err)
	}
	var failed []string
	for _, failure := range answer.BatchItemFailures {
		failed = append(failed, failure.ItemIdentifier)
	}
	return failed
}
