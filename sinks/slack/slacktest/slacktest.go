// Package slacktest is Slack's end of an incoming webhook and of the Web API, for tests: a server
// on a loopback socket that refuses what Slack refuses, and keeps the conversations.
package slacktest

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
)

// hookPath is the secret part of the webhook's URL.
const hookPath = "/services/T0TESTING/B0TESTING/" + Secret

// Secret is the part of URL and of Token that must never show.
const Secret = "Zx3kV9secret" //nolint:gosec // it opens nothing

// Server is one webhook, and the Web API of a workspace with one bot and one channel. It is safe
// for concurrent use.
type Server struct {
	server *httptest.Server

	mu       sync.Mutex
	override func(http.ResponseWriter, *http.Request) bool
	messages []json.RawMessage
	refused  []error
	workspace
	place
	interactions
}

// New starts a server; it stops when the test ends.
func New(t testing.TB) *Server {
	t.Helper()
	s := &Server{workspace: workspace{token: Token}}
	s.server = httptest.NewServer(s)
	t.Cleanup(func() {
		s.server.CloseClientConnections()
		s.server.Close()
	})
	return s
}

// URL is the webhook's address.
func (s *Server) URL() string { return s.server.URL + hookPath }

// Answer lets answer reply in Slack's place. It is called first and returns whether it has replied.
func (s *Server) Answer(answer func(http.ResponseWriter, *http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.override = answer
}

// Messages returns the bodies that the webhook accepted, in their order.
func (s *Server) Messages() []json.RawMessage {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.messages)
}

// Refused returns why messages were refused for what they are, in their order.
func (s *Server) Refused() []error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.refused)
}

// ServeHTTP answers as Slack does.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	override := s.override
	s.mu.Unlock()
	if override != nil && override(w, r) {
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	if method, ok := strings.CutPrefix(r.URL.Path, apiPath); ok {
		s.serveAPI(w, r, call{method: method, body: body})
		return
	}
	if name, ok := strings.CutPrefix(r.URL.Path, responsePath); ok {
		s.serveResponse(w, r, name, body)
		return
	}
	status, word, err := judge(r, body)
	s.mu.Lock()
	if err == nil {
		s.messages = append(s.messages, body)
	} else {
		s.refused = append(s.refused, err)
	}
	s.mu.Unlock()
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, word)
}

// judge returns Slack's answer to a request.
func judge(r *http.Request, body []byte) (status int, word string, err error) {
	switch {
	case r.URL.Path != hookPath:
		return http.StatusNotFound, "no_service", errors.New("another path")
	case r.Method != http.MethodPost:
		return http.StatusBadRequest, "invalid_payload", errors.New("not a POST")
	case !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json"):
		return http.StatusBadRequest, "invalid_payload", errors.New("not application/json")
	}
	if err := Check(body); err != nil {
		word, _, _ := strings.Cut(err.Error(), ":")
		return http.StatusBadRequest, word, err
	}
	return http.StatusOK, "ok", nil
}
