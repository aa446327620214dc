// Package discordtest is Discord's end of a webhook, for tests: a server on a loopback socket that
// refuses what Discord refuses, and keeps the channel.
package discordtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/sinks/internal/farendtest"
)

// Secret is the part of the webhook's URL that must never show.
const Secret = "Qw8-vT_secret" //nolint:gosec // it opens nothing

const hookID = "1165511591545143296"

// Thread is the id of the channel's one thread.
const Thread = "1165511591545143999"

// hookPath is where the webhook is.
const hookPath = "/api/webhooks/" + hookID + "/"

// Server is one webhook of one channel. It is safe for concurrent use.
type Server struct {
	farendtest.End

	token  string
	posted []*Posted
	clock  int
	limit  bucket
	// channel is that of the webhook; nil for none.
	channel any
}

// Posted is a message of the channel.
type Posted struct {
	// ID names it; Thread is that of its thread, or "".
	ID, Thread string
	// Body is what was posted, or what has taken its place.
	Body json.RawMessage
	// Edits is how often it was edited.
	Edits int
}

// bucket is how many messages are taken at once, and how many a second after them.
type bucket struct {
	isOn     bool
	burst    float64
	tokens   float64
	refilled time.Time
}

// Message returns the message that stands there.
func (p Posted) Message() Message {
	var m Message
	_ = json.Unmarshal(p.Body, &m) // it was read before
	return m
}

// New starts a server; it stops when the test ends.
func New(t testing.TB) *Server {
	t.Helper()
	s := &Server{token: Secret, channel: "1165511591545143297"}
	s.Start(t, s.serve)
	return s
}

// URL is the webhook's address.
func (s *Server) URL() string { return s.Address() + hookPath + Secret }

// Channel returns the messages of the channel and of its thread, in their order.
func (s *Server) Channel() []Posted {
	s.Lock()
	defer s.Unlock()
	var all []Posted
	for _, p := range s.posted {
		all = append(all, *p)
	}
	return all
}

// Delete lets somebody delete a message.
func (s *Server) Delete(id string) {
	s.Lock()
	defer s.Unlock()
	s.posted = slices.DeleteFunc(s.posted, func(p *Posted) bool { return p.ID == id })
}

// SetToken gives the webhook another token, as when it is made anew.
func (s *Server) SetToken(token string) { farendtest.Set(s, &s.token, token) }

// DeleteChannel leaves the webhook without a channel.
func (s *Server) DeleteChannel() { farendtest.Set(s, &s.channel, nil) }

// Limit lets the webhook take burst messages at once and one a second after them.
func (s *Server) Limit(burst int) {
	s.Lock()
	defer s.Unlock()
	s.limit = bucket{true, float64(burst), float64(burst), time.Now()}
}

// serve answers as Discord does.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, body []byte) {
	rest, isHook := strings.CutPrefix(r.URL.Path, hookPath)
	token, at, _ := strings.Cut(rest, "/")
	switch {
	case !isHook:
		fail(w, http.StatusNotFound, 10015, "Unknown Webhook")
	case token != s.token:
		fail(w, http.StatusUnauthorized, 50027, "Invalid Webhook Token")
	case !s.limit.hasRoom():
		w.Header().Set("Retry-After", "1")
		w.Header().Set("X-RateLimit-Reset-After", "0.75")
		farendtest.JSON(w, http.StatusTooManyRequests, map[string]any{"message": "You are being rate limited.", "retry_after": 0.75, "global": false})
	case r.Method == http.MethodGet && at == "":
		farendtest.JSON(w, http.StatusOK, map[string]any{"id": hookID, "type": 1, "channel_id": s.channel, "token": s.token})
	case r.Method == http.MethodPost && at == "":
		s.post(w, r, body)
	case r.Method == http.MethodPatch && strings.HasPrefix(at, "messages/"):
		s.edit(w, r, body)
	default:
		fail(w, http.StatusMethodNotAllowed, 0, "405: Method Not Allowed")
	}
}

// post adds a message. One that nobody waits for is taken without a word.
func (s *Server) post(w http.ResponseWriter, r *http.Request, body []byte) {
	thread := r.URL.Query().Get("thread_id")
	if !s.takes(w, r, body) || !isOfChannel(w, thread) {
		return
	}
	s.clock++
	p := &Posted{ID: fmt.Sprintf("12345678901234%05d", s.clock), Thread: thread, Body: body}
	s.posted = append(s.posted, p)
	if r.URL.Query().Get("wait") != "true" {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	farendtest.JSON(w, http.StatusOK, p.shown())
}

// edit replaces what is in the body of a message of the webhook's own.
func (s *Server) edit(w http.ResponseWriter, r *http.Request, body []byte) {
	thread := r.URL.Query().Get("thread_id")
	id := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	if !s.takes(w, r, body) || !isOfChannel(w, thread) {
		return
	}
	at := slices.IndexFunc(s.posted, func(p *Posted) bool { return p.ID == id && p.Thread == thread })
	if at < 0 {
		fail(w, http.StatusNotFound, 10008, "Unknown Message")
		return
	}
	p := s.posted[at]
	var stands, given map[string]json.RawMessage
	_ = json.Unmarshal(p.Body, &stands) // it was read before
	_ = json.Unmarshal(body, &given)
	for name, value := range given { // what is not in the body of an edit stays
		stands[name] = value
	}
	p.Body, _ = json.Marshal(stands) // what was read can be written
	p.Edits++
	farendtest.JSON(w, http.StatusOK, p.shown())
}

// takes reports whether Discord takes a body, and answers where it does not.
func (s *Server) takes(w http.ResponseWriter, r *http.Request, body []byte) bool {
	err := Check(body)
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		err = errors.New("not application/json")
	}
	if err == nil {
		return true
	}
	s.NoteRefusal(err)
	if errors.Is(err, errEmpty) {
		fail(w, http.StatusBadRequest, 50006, "Cannot send an empty message")
	} else {
		fail(w, http.StatusBadRequest, 50035, "Invalid Form Body")
	}
	return false
}

func isOfChannel(w http.ResponseWriter, thread string) bool {
	if thread == "" || thread == Thread {
		return true
	}
	fail(w, http.StatusBadRequest, 10003, "Unknown Channel")
	return false
}

// shown is the message as Discord repeats it.
func (p *Posted) shown() map[string]any {
	m := p.Message()
	return map[string]any{
		"id": p.ID, "type": 0, "channel_id": "1165511591545143000", "webhook_id": hookID, "content": m.Content, "embeds": m.Embeds,
		"timestamp": "2026-03-16T08:25:05.000000+00:00", "flags": m.Flags,
	}
}

func (b *bucket) hasRoom() bool {
	if !b.isOn {
		return true
	}
	now := time.Now()
	b.tokens = min(b.tokens+now.Sub(b.refilled).Seconds(), b.burst)
	b.refilled = now
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}

func fail(w http.ResponseWriter, status, code int, message string) {
	farendtest.JSON(w, status, map[string]any{"message": message, "code": code})
}
