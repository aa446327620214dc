package outside_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// slack is a webhook and the Web API. It keeps the requests as they came.
type slack struct {
	server *httptest.Server

	mu       sync.Mutex
	requests []string
	answer   func(http.ResponseWriter) bool
}

func newSlack(t *testing.T) *slack {
	t.Helper()
	s := &slack{}
	s.server = httptest.NewServer(s)
	t.Cleanup(func() {
		s.server.CloseClientConnections()
		s.server.Close()
	})
	return s
}

func (s *slack) webhook() string { return s.server.URL + "/services/T0/B0/secret" }
func (s *slack) api() string     { return s.server.URL + "/api/" }

// ServeHTTP accepts a message, unless another answer was asked for.
func (s *slack) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	answer := s.answer
	s.mu.Unlock()
	isAnswered := answer != nil && answer(w)
	s.mu.Lock()
	s.requests = append(s.requests, r.Method+" "+r.URL.Path+"\n"+string(body)+"\n")
	s.mu.Unlock()
	switch {
	case isAnswered:
	case r.URL.Path == "/services/T0/B0/secret":
		_, _ = io.WriteString(w, "ok")
	default:
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"ok":true,"channel":"C0123ABCD","ts":"1773649510.000100"}`)
	}
}

// answers lets answer reply in Slack's place; it returns whether it has.
func (s *slack) answers(answer func(http.ResponseWriter) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = answer
}

// refuses answers every request, or the first alone, with a status and a text.
func (s *slack) refuses(status int, text string, onlyFirst bool) {
	isFirst := true
	s.answers(func(w http.ResponseWriter) bool {
		if !isFirst && onlyFirst {
			return false
		}
		isFirst = false
		if status == http.StatusTooManyRequests {
			w.Header().Set("Retry-After", "60")
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
		return true
	})
}

// took gives the requests since the last call.
func (s *slack) took() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	taken := s.requests
	s.requests = nil
	return taken
}
