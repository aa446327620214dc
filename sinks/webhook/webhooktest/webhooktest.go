// Package webhooktest is a receiver of signed webhooks, for tests: a server on a loopback socket
// that checks signatures with the reference library of Standard Webhooks, and takes each message
// once.
package webhooktest

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/tocsin-sec/tocsin/sinks/internal/farendtest"
)

const (
	// Secret is what the receiver checks signatures with.
	Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" //nolint:gosec // the example of the reference library
	// Token is the part of URL that must never show.
	Token = "Zx3kV9secret" //nolint:gosec // it opens nothing

	path = "/hooks/" + Token
	// maxBody is the longest body that is taken, in bytes.
	maxBody = 256 << 10
)

// Delivery is one message that was taken.
type Delivery struct {
	ID     string
	Header http.Header
	Body   json.RawMessage
}

// Server is one receiver. It is safe for concurrent use.
type Server struct {
	farendtest.End

	taken []Delivery
	again int
}

// New starts a server; it stops when the test ends.
func New(t testing.TB) *Server {
	t.Helper()
	s := &Server{}
	s.Start(t, s.serve)
	return s
}

// URL is the address that takes messages.
func (s *Server) URL() string { return s.Address() + path }

// Deliveries returns the messages that were taken, each once, in their order.
func (s *Server) Deliveries() []Delivery { return farendtest.List(s, &s.taken) }

// Again returns how many messages came that had been taken before.
func (s *Server) Again() int { return farendtest.Value(s, &s.again) }

// serve takes a message or refuses it.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, body []byte) {
	status, err := Judge(r, body)
	id := r.Header.Get(standardwebhooks.HeaderWebhookID)
	switch {
	case err != nil:
		s.NoteRefusal(err)
		http.Error(w, "refused", status)
		return
	case slices.ContainsFunc(s.taken, func(d Delivery) bool { return d.ID == id }):
		s.again++
	default:
		s.taken = append(s.taken, Delivery{ID: id, Header: r.Header.Clone(), Body: body})
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, `{"accepted":true}`)
}

// Judge returns the receiver's answer to a request, with an error where it is refused.
func Judge(r *http.Request, body []byte) (status int, err error) {
	switch {
	case r.URL.Path != path:
		return http.StatusNotFound, errors.New("another path")
	case r.Method != http.MethodPost:
		return http.StatusMethodNotAllowed, errors.New("not a POST")
	case !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json"):
		return http.StatusUnsupportedMediaType, errors.New("not application/json")
	case len(body) > maxBody:
		return http.StatusRequestEntityTooLarge, errors.New("too large")
	}
	library, err := standardwebhooks.NewWebhook(Secret)
	if err != nil {
		return http.StatusInternalServerError, err
	}
	if err := library.Verify(body, r.Header); err != nil {
		return http.StatusUnauthorized, err
	}
	id := r.Header.Get(standardwebhooks.HeaderWebhookID)
	if strings.Contains(id, ".") || len(id) > 128 {
		return http.StatusBadRequest, errors.New("an id with a full stop, or a long one")
	}
	if !json.Valid(body) {
		return http.StatusBadRequest, errors.New("not JSON")
	}
	return http.StatusAccepted, nil
}
