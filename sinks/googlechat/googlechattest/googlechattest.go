// Package googlechattest is Google Chat's end of an incoming webhook, for tests: a server on a
// loopback socket that refuses what Chat refuses, and keeps the threads of a space.
package googlechattest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/sinks/internal/farendtest"
)

const (
	// Space is the name of the space that the webhook posts to.
	Space = "spaces/AAAATESTING"
	// Secret is the part of the webhook's token that must never show.
	Secret = "Zx3kV9secret" //nolint:gosec // it opens nothing

	path = "/v1/" + Space + "/messages"
	key  = "AIzaTesting"
	// maxThreadKey is how long the key of a thread may be, in characters:
	// https://developers.google.com/workspace/chat/api/reference/rest/v1/spaces.messages#Thread
	maxThreadKey = 4_000
)

// Message is one message of the space.
type Message struct {
	// Name and Thread are Chat's names for it and for its thread.
	Name, Thread string
	// RequestID is what the request called it; ThreadKey what it called the thread.
	RequestID, ThreadKey string
	Body                 json.RawMessage
}

// Server is one webhook of one space. It is safe for concurrent use.
type Server struct {
	farendtest.End

	token    string
	messages []Message
	repeats  int
	limit    int
	times    []time.Time
	// senders are the tokens with which the names of requests came.
	senders map[string]string
	// threads are the names of the threads by their keys.
	threads map[string]string
}

// New starts a server; it stops when the test ends.
func New(t testing.TB) *Server {
	t.Helper()
	s := &Server{token: "0-" + Secret, senders: map[string]string{}, threads: map[string]string{}}
	s.Start(t, s.serve)
	return s
}

// URL is the webhook's address.
func (s *Server) URL() string {
	s.Lock()
	defer s.Unlock()
	return s.Address() + path + "?key=" + key + "&token=" + s.token
}

// SetToken replaces the webhook by a new one: URL has another token, and the old one is no longer
// valid.
func (s *Server) SetToken(token string) { farendtest.Set(s, &s.token, token) }

// Limit lets the space take so many messages a minute; 0 means as many as come.
func (s *Server) Limit(messages int) { farendtest.Set(s, &s.limit, messages) }

// Messages returns the messages of the space in their order.
func (s *Server) Messages() []Message { return farendtest.List(s, &s.messages) }

// Repeats returns how many requests were answered with a message that stood there already.
func (s *Server) Repeats() int { return farendtest.Value(s, &s.repeats) }

// serve answers as Chat does.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, body []byte) {
	request := request{Request: r, body: body}
	if refusal := s.admit(&request); refusal != nil {
		s.NoteRefusal(refusal)
		refusal.write(w)
		return
	}
	m := s.post(request)
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	_ = json.NewEncoder(w).Encode(map[string]any{
		"name": m.Name, "thread": map[string]any{"name": m.Thread}, "space": map[string]any{"name": Space},
	})
}

// post puts a message into the space, or finds the one of the same request. It answers in the thread
// of its key where it asks for it, and begins one otherwise, which is then not that of its key.
// https://developers.google.com/workspace/chat/api/reference/rest/v1/spaces.messages/create#MessageReplyOption
func (s *Server) post(r request) Message {
	query := r.URL.Query()
	m := Message{RequestID: query.Get("requestId"), ThreadKey: r.threadKey, Body: r.body}
	n := len(s.messages) + 1
	m.Name, m.Thread = fmt.Sprintf("%s/messages/M%d.M%d", Space, n, n), fmt.Sprintf("%s/threads/T%d", Space, n)
	for _, old := range s.messages {
		if m.RequestID != "" && old.RequestID == m.RequestID {
			s.repeats++
			return old
		}
	}
	if m.ThreadKey != "" && query.Get("messageReplyOption") == replyOrNew {
		m.Thread = cmp.Or(s.threads[m.ThreadKey], m.Thread)
		s.threads[m.ThreadKey] = m.Thread
	}
	s.messages, s.senders[m.RequestID] = append(s.messages, m), s.token
	return m
}
