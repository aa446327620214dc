// Package teamstest is Microsoft's end of a webhook of Workflows, for tests: a server on a loopback
// socket that starts a flow for each request, and a flow that posts the card or fails.
package teamstest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/sinks/internal/farendtest"
)

// Secret is the part of the URL that must never show.
const Secret = "Zx3kV9-secret_7Q" //nolint:gosec // it opens nothing

// hookPath and hookQuery are those of a webhook's URL. Their bytes count: what is encoded anew is
// another URL.
const (
	hookPath  = "/powerautomate/automations/direct/workflows/0a1b2c3d/triggers/manual/paths/invoke"
	hookQuery = "?api-version=1&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=" + Secret
)

// Server is one webhook and its flow. It is safe for concurrent use.
type Server struct {
	farendtest.End

	query    string
	messages []json.RawMessage
	failed   []error
	runs     int
}

// New starts a server; it stops when the test ends.
func New(t testing.TB) *Server {
	t.Helper()
	s := &Server{query: hookQuery}
	s.Start(t, s.serve)
	return s
}

// URL is the webhook's address.
func (s *Server) URL() string { return s.Address() + hookPath + farendtest.Value(s, &s.query) }

// MakeAnew makes the webhook anew, with a signature that has one more end; its URL until now is refused
// from then on.
func (s *Server) MakeAnew(end string) {
	s.Lock()
	defer s.Unlock()
	s.query += end
}

// Hook returns the address of a webhook on the server at baseURL.
func Hook(baseURL string) string { return baseURL + hookPath + hookQuery }

// Messages returns the bodies whose cards the flow has posted, in their order.
func (s *Server) Messages() []json.RawMessage { return farendtest.List(s, &s.messages) }

// Failed returns why runs of the flow have failed, of which the answer says nothing.
func (s *Server) Failed() []error { return farendtest.List(s, &s.failed) }

// serve answers as Microsoft does: with 202 when the flow was started, whatever comes of it.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, body []byte) {
	if no := s.judge(r, body); no != nil {
		s.NoteRefusal(no)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(no.status)
		_, _ = fmt.Fprintf(w, `{"error":{"code":%q,"message":%q}}`, no.code, no.message)
		return
	}
	s.runs++
	if err := Check(body); err != nil {
		s.failed = append(s.failed, err)
	} else {
		s.messages = append(s.messages, body)
	}
	w.Header().Set("X-Ms-Workflow-Run-Id", fmt.Sprintf("0858%024dCU16", s.runs))
	w.WriteHeader(http.StatusAccepted)
}

// refusal is an answer that the flow was not started.
type refusal struct {
	status        int
	code, message string
}

func (r *refusal) Error() string { return r.code + ": " + r.message }

// judge returns why a request starts no flow, or nil.
func (s *Server) judge(r *http.Request, body []byte) *refusal {
	_, query, _ := strings.Cut(r.RequestURI, "?")
	switch {
	case r.URL.Path != hookPath:
		return &refusal{http.StatusNotFound, "WorkflowNotFound", "there is no such flow"}
	case !strings.Contains("&"+query, "&sig="):
		return &refusal{http.StatusUnauthorized, "DirectApiAuthorizationRequired", "a scheme of authorization is wanted"}
	case "?"+query != s.query:
		return &refusal{http.StatusUnauthorized, "AuthorizationFailed", "the signature is of another URL"}
	case r.Method != http.MethodPost:
		return &refusal{http.StatusBadRequest, "TriggerRequestMethodNotValid", "not a POST"}
	case !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json"):
		return &refusal{http.StatusBadRequest, "InvalidRequestContent", "not application/json"}
	}
	if err := checkEnvelope(body); err != nil {
		return &refusal{http.StatusBadRequest, "TriggerInputSchemaMismatch", err.Error()}
	}
	return nil
}

// Accept answers a request at any path as a webhook does that starts its flow, and refuses what the
// flow could not post.
func Accept(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = errors.Join(checkEnvelope(body), Check(body))
	}
	if err != nil {
		http.Error(w, `{"error":{"code":"TriggerInputSchemaMismatch"}}`, http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusAccepted)
}
