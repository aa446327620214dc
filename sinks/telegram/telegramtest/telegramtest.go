// Package telegramtest is the Bot API's end, for tests: a server on a loopback socket that refuses
// what Telegram refuses, and keeps the chat.
package telegramtest

import (
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/sinks/internal/farendtest"
)

const (
	// Secret is the part of Token that must never show.
	Secret = "AAH-Zx3kV9secret" //nolint:gosec // it opens nothing
	// Token is the bot's token until SetToken gives it another one.
	Token = "123456:" + Secret
	// Chat is the number of the group that the bot is a member of.
	Chat = "-1001234567890"
	// Name is the public name of the same group.
	Name = "@tocsin_alerts"
	// Topic is the number of a topic of the group.
	Topic = 42
)

// Server is a bot that is a member of one group. It is safe for concurrent use.
type Server struct {
	farendtest.End

	token    string
	migrated string
	posted   []*Posted
	clock    int64
	room     int
	isFull   bool
	is       membership
}

// Posted is a message of the chat.
type Posted struct {
	ID      int64
	Message Message
	// Body is what was posted, or what has taken its place.
	Body json.RawMessage
	// Chat is where it stands.
	Chat string
	// ReplyTo is the message that it answers; 0 for none.
	ReplyTo int64
	// Edits is how often it was edited.
	Edits int
}

// New starts a server; it stops when the test ends.
func New(t testing.TB) *Server {
	t.Helper()
	s := &Server{token: Token, is: membership{kind: "supergroup", status: "member"}}
	s.Start(t, s.serve)
	return s
}

// URL is the address of the Bot API.
func (s *Server) URL() string { return s.Address() }

// Messages returns the messages of the chat, in their order.
func (s *Server) Messages() []Posted {
	s.Lock()
	defer s.Unlock()
	var all []Posted
	for _, p := range s.posted {
		all = append(all, *p)
	}
	return all
}

// Delete lets somebody delete a message.
func (s *Server) Delete(id int64) {
	s.Lock()
	defer s.Unlock()
	s.posted = slices.DeleteFunc(s.posted, func(p *Posted) bool { return p.ID == id })
}

// SetToken gives the bot another token; the one before is revoked.
func (s *Server) SetToken(token string) { farendtest.Set(s, &s.token, token) }

// Migrate lets the group become a supergroup, which has another number and counts its messages from
// one on.
func (s *Server) Migrate(chat string) {
	s.Lock()
	defer s.Unlock()
	s.migrated, s.clock = chat, 0
}

// Limit lets the group take so many more messages, and then none for seven seconds.
func (s *Server) Limit(room int) {
	s.Lock()
	defer s.Unlock()
	s.room, s.isFull = room, true
}

// serve answers as the Bot API does.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, body []byte) {
	token, method, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/bot"), "/")
	switch {
	case !strings.Contains(token, ":") || !strings.HasPrefix(r.URL.Path, "/bot"):
		fail(w, http.StatusNotFound, "Not Found", nil)
		return
	case token != s.token:
		fail(w, http.StatusUnauthorized, "Unauthorized", nil)
		return
	case r.Method != http.MethodPost || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json"):
		fail(w, http.StatusBadRequest, "Bad Request: "+empty, nil)
		return
	}
	if s.answersQuestion(w, method, body) {
		return
	}
	m, err := Check(body)
	if err != nil {
		s.NoteRefusal(err)
		description, _, _ := strings.Cut(err.Error(), ":")
		fail(w, http.StatusBadRequest, "Bad Request: "+description, nil)
		return
	}
	if !s.isOfChat(w, m) {
		return
	}
	p := &Posted{Message: m, Body: body, Chat: m.Chat}
	switch method {
	case "sendMessage":
		s.send(w, p)
	case "editMessageText":
		s.edit(w, p)
	default:
		fail(w, http.StatusNotFound, "Not Found: method not found", nil)
	}
}

// isOfChat reports whether a message is for the group, and answers where it is not.
func (s *Server) isOfChat(w http.ResponseWriter, m Message) bool {
	switch {
	case s.migrated != "" && m.Chat == Chat:
		to := json.Number(s.migrated)
		fail(w, http.StatusBadRequest, "Bad Request: group chat was upgraded to a supergroup chat", map[string]any{"migrate_to_chat_id": to})
	case m.Chat != Chat && m.Chat != Name && (s.migrated == "" || m.Chat != s.migrated):
		fail(w, http.StatusBadRequest, "Bad Request: chat not found", nil)
	case m.Thread != 0 && m.Thread != Topic:
		fail(w, http.StatusBadRequest, "Bad Request: message thread not found", nil)
	case s.isFull && s.room == 0:
		fail(w, http.StatusTooManyRequests, "Too Many Requests: retry after 7", map[string]any{"retry_after": 7})
	default:
		s.room--
		return true
	}
	return false
}

func (s *Server) find(p *Posted, id int64) *Posted {
	at := slices.IndexFunc(s.posted, func(other *Posted) bool { return other.ID == id && other.Chat == p.Chat })
	if at < 0 {
		return nil
	}
	return s.posted[at]
}

func (s *Server) send(w http.ResponseWriter, p *Posted) {
	if reply := p.Message.Reply; reply != nil {
		switch first := s.find(p, reply.Message); {
		case first != nil:
			p.ReplyTo = first.ID
		case !reply.Anyway:
			fail(w, http.StatusBadRequest, "Bad Request: message to be replied not found", nil)
			return
		}
	}
	s.clock++
	p.ID = s.clock
	s.posted = append(s.posted, p)
	shown(w, p)
}

// edit replaces text and entities of a message.
func (s *Server) edit(w http.ResponseWriter, p *Posted) {
	first := s.find(p, p.Message.ID)
	switch {
	case first == nil:
		fail(w, http.StatusBadRequest, "Bad Request: message to edit not found", nil)
		return
	case first.Message.Text == p.Message.Text && reflect.DeepEqual(first.Message.Entities, p.Message.Entities):
		fail(w, http.StatusBadRequest, "Bad Request: message is not modified: specified new message content and reply markup are exactly "+
			"the same as a current content and reply markup of the message", nil)
		return
	}
	first.Message.Text, first.Message.Entities, first.Body = p.Message.Text, p.Message.Entities, p.Body
	first.Edits++
	shown(w, first)
}

// shown answers with the message as Telegram repeats it.
func shown(w http.ResponseWriter, p *Posted) {
	result := map[string]any{"message_id": p.ID, "date": 1773649505, "chat": map[string]any{"id": -1001234567890, "type": "supergroup"}, "text": p.Message.Text}
	if p.ReplyTo != 0 {
		result["reply_to_message"] = map[string]any{"message_id": p.ReplyTo}
	}
	farendtest.JSON(w, http.StatusOK, map[string]any{"ok": true, "result": result})
}

func fail(w http.ResponseWriter, status int, description string, parameters map[string]any) {
	document := map[string]any{"ok": false, "error_code": status, "description": description}
	if parameters != nil {
		document["parameters"] = parameters
	}
	farendtest.JSON(w, status, document)
}
