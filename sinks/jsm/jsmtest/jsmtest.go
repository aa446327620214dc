// Package jsmtest is the alert API of Jira Service Management and of Opsgenie for tests: a server on a
// loopback socket that refuses what they refuse, and keeps the alerts of one site.
package jsmtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/sinks/internal/farendtest"
)

// Key is the key of the API integration. It must never show.
const Key = "7c1d2e90-5a4b-4c3d-8e6f-0123456789ab"

// The paths of the API, at Atlassian's host and at Opsgenie's.
const (
	atlassianPath = "/jsm/ops/integration/v2/alerts"
	opsgeniePath  = "/v2/alerts"
)

// noPath is said of what the API does not have.
const noPath = "The path is not found"

// Alert is one alert of the site.
type Alert struct {
	Alias string
	// Message and Priority are those of the first request: later ones count up and change neither.
	Message, Priority string
	// Count is how often it was created.
	Count int
	// Notes are those that were added, also by acknowledging or closing it.
	Notes []string
	// IsAcknowledged says that somebody has taken it on: nobody is called for it any more.
	IsAcknowledged bool
	IsClosed       bool
}

// Server is the API with one integration. It is safe for concurrent use.
type Server struct {
	farendtest.End

	key      string
	bodies   []json.RawMessage
	alerts   []Alert
	dropped  int
	requests int
	unknown  string
}

// New starts a server; it stops when the test ends.
func New(t testing.TB) *Server {
	t.Helper()
	s := &Server{key: Key}
	s.Start(t, s.serve)
	return s
}

// URL is the address of the host, for HOST: it takes what Jira Service Management takes.
func (s *Server) URL() string { return s.Address() }

// OpsgenieURL is the address of all alerts by Opsgenie's path.
func (s *Server) OpsgenieURL() string { return s.Address() + opsgeniePath }

// Rotate gives the integration another key; the old one is refused from now on.
func (s *Server) Rotate(key string) { farendtest.Set(s, &s.key, key) }

// Forget lets the service not know an action on alerts, such as unacknowledge, of which Atlassian's page says
// nothing.
func (s *Server) Forget(action string) { farendtest.Set(s, &s.unknown, action) }

// Bodies returns the bodies of all requests that were taken, in their order.
func (s *Server) Bodies() []json.RawMessage { return farendtest.List(s, &s.bodies) }

// Alerts returns the alerts of the site, the oldest first.
func (s *Server) Alerts() []Alert { return farendtest.List(s, &s.alerts) }

// Dropped returns how many notes, ends and other actions were taken for alerts that are not open, and did
// nothing.
func (s *Server) Dropped() int { return farendtest.Value(s, &s.dropped) }

// Close closes an alert on the service's side, as a person does.
func (s *Server) Close(alias string) {
	s.Lock()
	defer s.Unlock()
	if at := s.open(alias); at >= 0 {
		s.alerts[at].IsClosed = true
	}
}

// serve answers as the service does.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, body []byte) {
	status, answer := s.judge(r, body)
	s.requests++
	if answer["message"] != noPath { // to which no request was made
		answer["took"], answer["requestId"] = 0.01, fmt.Sprintf("43a29c5c-3dbf-4fa4-9c26-%012d", s.requests)
	}
	farendtest.JSON(w, status, answer)
}

// judge takes a request or refuses it, and returns the answer.
func (s *Server) judge(r *http.Request, body []byte) (int, map[string]any) {
	path, isAtlassian := strings.CutPrefix(r.URL.Path, atlassianPath)
	path, isOpsgenie := strings.CutPrefix(path, opsgeniePath)
	alias, action, isAction := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	key, isGenie := strings.CutPrefix(r.Header.Get("Authorization"), "GenieKey ")
	isQuestion := alias == "requests" && r.Method == http.MethodGet
	switch {
	case isQuestion && isGenie && key == s.key: // https://docs.opsgenie.com/docs/alert-api#get-request-status
		return http.StatusNotFound, map[string]any{"message": "Request not found. It might not be processed, yet."}
	case isQuestion && isGenie && len(key) == len(Key):
		return http.StatusUnauthorized, map[string]any{"message": "Could not authenticate"}
	case isAtlassian == isOpsgenie, path != "" && !isAction, isAction && (!isKnown(action) || action == s.unknown):
		return http.StatusNotFound, map[string]any{"message": noPath}
	case r.Method != http.MethodPost:
		return http.StatusMethodNotAllowed, map[string]any{"message": "Method not allowed"}
	case !isGenie || len(key) != len(Key):
		return http.StatusUnprocessableEntity, map[string]any{"message": "Key format is not valid!"}
	case key != s.key:
		return http.StatusUnauthorized, map[string]any{"message": "Could not authenticate"}
	case isAction && r.URL.RawQuery != "identifierType=alias": // the alias would be taken for an id
		return http.StatusUnprocessableEntity, map[string]any{"message": "Identifier is not valid"}
	}
	check := Check
	switch action {
	case "":
	case "acknowledge", "unacknowledge":
		check = CheckAction
	default:
		check = CheckNote
	}
	if err := check(body); err != nil {
		s.NoteRefusal(err)
		field, _, _ := strings.Cut(err.Error(), ":")
		return http.StatusUnprocessableEntity, map[string]any{"message": "Request body is not processable. Please check the errors.",
			"errors": map[string]string{field: err.Error()}}
	}
	s.bodies = append(s.bodies, body)
	s.apply(alias, action, body)
	return http.StatusAccepted, map[string]any{"result": "Request will be processed"}
}

// apply does what the service does later, in its own time: one open alert for each alias.
// https://support.atlassian.com/opsgenie/docs/what-is-alert-de-duplication/
func (s *Server) apply(alias, action string, body []byte) {
	var a alert
	if err := json.Unmarshal(body, &a); err != nil {
		s.NoteRefusal(errors.New("a body that was checked cannot be read"))
		return
	}
	if action == "" {
		if at := s.open(a.Alias); at >= 0 {
			s.alerts[at].Count++
			return
		}
		s.alerts = append(s.alerts, Alert{Alias: a.Alias, Message: a.Message, Priority: a.Priority, Count: 1})
		return
	}
	at := s.open(alias)
	if at < 0 {
		s.dropped++
		return
	}
	if a.Note != "" {
		s.alerts[at].Notes = append(s.alerts[at].Notes, a.Note)
	}
	switch action {
	case "close":
		s.alerts[at].IsClosed = true
	case "acknowledge", "unacknowledge":
		s.alerts[at].IsAcknowledged = action == "acknowledge"
	}
}

// isKnown reports whether the service can do something to an alert, of what is asked for here.
func isKnown(action string) bool {
	return slices.Contains([]string{"acknowledge", "close", "notes", "unacknowledge"}, action)
}

// open returns where the open alert of an alias is, or -1.
func (s *Server) open(alias string) int {
	return slices.IndexFunc(s.alerts, func(a Alert) bool { return a.Alias == alias && !a.IsClosed })
}
