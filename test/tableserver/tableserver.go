// Package tableserver is a small server that speaks DynamoDB's JSON protocol, for measurements and
// for tests that count calls. It does what Tocsin asks of a table at next to no cost, refuses what
// DynamoDB refuses, and counts calls and request units. What it does not know it answers with a
// ValidationException, so that it is seen. It is no emulator: the proofs of correctness run on those.
package tableserver

import (
	"encoding/json"
	"errors"
	"hash/crc32"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Server holds tables in memory. It is safe for concurrent use; the calls of all tables are one
// after another. Signatures are not checked.
type Server struct {
	// Latency is how long each call waits before it is done. It is set before the first one.
	Latency time.Duration

	mu     sync.Mutex
	tables map[string]*table
	counts Counts
}

// New returns a server with no table.
func New() *Server {
	return &Server{tables: map[string]*table{}, counts: Counts{}}
}

// Count is what calls of one kind have taken.
type Count struct {
	Calls, Refused        int // those whose condition did not hold are in both
	ReadUnits, WriteUnits float64
}

// Counts are the counts by the kind of call, such as "GetItem".
type Counts map[string]Count

// Total returns the sum of all kinds.
func (c Counts) Total() (total Count) {
	for _, one := range c {
		total.Calls += one.Calls
		total.Refused += one.Refused
		total.ReadUnits += one.ReadUnits
		total.WriteUnits += one.WriteUnits
	}
	return total
}

// Counts returns what was counted since the start or the last Reset.
func (s *Server) Counts() Counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	copied := Counts{}
	for kind, count := range s.counts {
		copied[kind] = count
	}
	return copied
}

// Size returns how many items all tables hold, and how many bytes these have as DynamoDB counts them.
func (s *Server) Size() (items, bytes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.tables {
		items += len(t.items)
		for _, item := range t.items {
			bytes += item.size()
		}
	}
	return items, bytes
}

// Reset begins to count anew.
func (s *Server) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts = Counts{}
}

// failure is an error that is answered.
type failure struct {
	kind, message string
	item          Item // the one that is there, for a condition that did not hold
}

// Error implements error.
func (f failure) Error() string { return f.message }

const (
	inDynamoDB = "com.amazonaws.dynamodb.v20120810#"
	inCoral    = "com.amazon.coral.validate#"
)

func invalid(message string) error {
	return failure{kind: inCoral + "ValidationException", message: message}
}

// MarshalJSON returns the body of an error.
func (f failure) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Type    string `json:"__type"`
		Item    Item   `json:",omitempty"`
		Message string `json:"message"`
	}{f.kind, f.item, f.message})
}

// ServeHTTP implements http.Handler. GET /counts gives the counts as JSON, DELETE /counts resets
// them, and everything else is a call of DynamoDB.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/counts" {
		s.serveCounts(w, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	time.Sleep(s.Latency)
	_, action, _ := strings.Cut(r.Header.Get("X-Amz-Target"), "DynamoDB_20120810.")
	status := http.StatusOK
	answer, err := s.call(action, body)
	if failed, is := errors.AsType[failure](err); is {
		status, answer = http.StatusBadRequest, failed
	} else if err != nil {
		status, answer = http.StatusBadRequest, failure{kind: "com.amazon.coral.service#SerializationException", message: err.Error()}
	}
	text, err := json.Marshal(answer)
	if err != nil {
		status, text = http.StatusInternalServerError, nil
	}
	w.Header()["X-Amz-Crc32"] = []string{strconv.FormatUint(uint64(crc32.ChecksumIEEE(text)), 10)}
	w.Header()["Content-Type"] = []string{"application/x-amz-json-1.0"}
	w.Header()["Content-Length"] = []string{strconv.Itoa(len(text))}
	w.WriteHeader(status)
	_, _ = w.Write(text)
}

func (s *Server) serveCounts(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet:
		_ = json.NewEncoder(w).Encode(s.Counts())
	case http.MethodDelete:
		s.Reset()
		w.WriteHeader(http.StatusNoContent)
	default:
		w.WriteHeader(http.StatusMethodNotAllowed)
	}
}
