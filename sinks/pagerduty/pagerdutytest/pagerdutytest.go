// Package pagerdutytest is PagerDuty's Events API v2 for tests: a server on a loopback socket that
// refuses what PagerDuty refuses, and keeps the alerts of one service.
package pagerdutytest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/sinks/internal/farendtest"
)

// Key is the integration key of the service. It must never show.
const Key = "0f3a9c5e7b1d42868ac4e6f0b2d4f608"

// The paths of the API.
const (
	basePath    = "/v2/"
	enqueuePath = basePath + "enqueue"
	changePath  = basePath + "change/enqueue"
)

// Alert is one alert of the service.
type Alert struct {
	DedupKey string
	// Summary and Severity are those of the first event.
	Summary, Severity string
	// Triggers is how many trigger events it has had.
	Triggers int
	// IsAcknowledged says that somebody has taken it on: nobody is called for it any more.
	IsAcknowledged bool
	IsResolved     bool
}

// Server is the Events API with one integration. It is safe for concurrent use.
type Server struct {
	farendtest.End

	key     string
	events  []json.RawMessage
	changes []json.RawMessage
	alerts  []Alert
	dropped int
}

// New starts a server; it stops when the test ends.
func New(t testing.TB) *Server {
	t.Helper()
	s := &Server{key: Key}
	s.Start(t, s.serve)
	return s
}

// URL is the address of the Events API, for API_URL.
func (s *Server) URL() string { return s.Address() + basePath }

// Rotate gives the integration another key; the old one is refused from now on.
func (s *Server) Rotate(key string) { farendtest.Set(s, &s.key, key) }

// Events returns the bodies of the alert events that were taken, in their order.
func (s *Server) Events() []json.RawMessage { return farendtest.List(s, &s.events) }

// Changes returns the bodies of the change events that were taken.
func (s *Server) Changes() []json.RawMessage { return farendtest.List(s, &s.changes) }

// Alerts returns the alerts of the service, the oldest first.
func (s *Server) Alerts() []Alert { return farendtest.List(s, &s.alerts) }

// Dropped returns how many events that open no alert were taken for one that there is not, and dropped in
// silence.
func (s *Server) Dropped() int { return farendtest.Value(s, &s.dropped) }

// Close resolves an alert on PagerDuty's side, as a person does.
func (s *Server) Close(dedupKey string) {
	s.Lock()
	defer s.Unlock()
	if at := s.open(dedupKey); at >= 0 {
		s.alerts[at].IsResolved = true
	}
}

// serve answers as PagerDuty does.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, body []byte) {
	status, answer := s.judge(r, body)
	farendtest.JSON(w, status, answer)
}

// judge takes an event or refuses it, and returns the answer.
func (s *Server) judge(r *http.Request, body []byte) (int, map[string]any) {
	switch {
	case r.URL.Path != enqueuePath && r.URL.Path != changePath, r.URL.RawQuery != "":
		return http.StatusNotFound, map[string]any{"message": "Not Found"}
	case r.Method != http.MethodPost:
		return http.StatusMethodNotAllowed, map[string]any{"message": "Method Not Allowed"}
	case len(body) > maxEvent:
		s.NoteRefusal(fmt.Errorf("%d bytes", len(body)))
		return http.StatusRequestEntityTooLarge, map[string]any{"message": "Request Entity Too Large"}
	case !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json"):
		return refusal("Event object is invalid")
	}
	e, mistakes := read(body, r.URL.Path == changePath)
	if e.RoutingKey != s.key && len(mistakes) == 0 {
		return refusal("Invalid routing key") // not for what the event is
	}
	if len(mistakes) > 0 {
		s.NoteRefusal(fmt.Errorf("%s", strings.Join(mistakes, "; ")))
		return refusal(mistakes...)
	}
	if r.URL.Path == changePath {
		s.changes = append(s.changes, body)
		return http.StatusAccepted, map[string]any{"status": "success", "message": "Change event processed"}
	}
	s.events = append(s.events, body)
	s.apply(e)
	return http.StatusAccepted, map[string]any{"status": "success", "message": "Event processed", "dedup_key": e.DedupKey}
}

func refusal(mistakes ...string) (int, map[string]any) {
	return http.StatusBadRequest, map[string]any{"status": "invalid event", "message": "Event object is invalid", "errors": mistakes}
}

// apply does what PagerDuty does with an event: one open alert for each dedup key.
// https://developer.pagerduty.com/docs/send-alert-event
func (s *Server) apply(e event) {
	at := s.open(e.DedupKey)
	switch {
	case e.Action == "trigger" && at < 0:
		s.alerts = append(s.alerts, Alert{DedupKey: e.DedupKey, Summary: e.Payload.Summary, Severity: e.Payload.Severity, Triggers: 1})
	case e.Action == "trigger":
		s.alerts[at].Triggers++
	case at < 0:
		s.dropped++
	case e.Action == "acknowledge":
		s.alerts[at].IsAcknowledged = true
	case e.Action == "resolve":
		s.alerts[at].IsResolved = true
	}
}

// open returns where the open alert of a dedup key is, or -1.
func (s *Server) open(dedupKey string) int {
	return slices.IndexFunc(s.alerts, func(a Alert) bool { return a.DedupKey == dedupKey && !a.IsResolved })
}
