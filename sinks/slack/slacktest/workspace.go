package slacktest

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// workspace is what the Web API keeps. The Server's lock guards it.
type workspace struct {
	token     string
	revoked   []string
	posted    []*Message
	deleted   []string
	clock     int
	tokens    float64
	burst     int
	refilled  time.Time
	isLimited bool
}

// Message is a message of the channel.
type Message struct {
	// Timestamp names it.
	Timestamp string
	// Thread is the timestamp of the message that it answers; "" outside a thread.
	Thread string
	// Broadcast reports whether an answer is shown in the channel too.
	Broadcast bool
	// Body is what was posted, or what has taken its place.
	Body json.RawMessage
	// Edits is how often it was replaced.
	Edits int
	// Deleted marks what stands for a deleted message that has answers.
	Deleted bool
	// Replies are the answers to it, in their order.
	Replies []Message

	byOther bool
}

// Conversation returns the messages of the channel, each with its thread, in their order.
func (s *Server) Conversation() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Message
	for _, m := range s.posted {
		if m.Thread != "" {
			continue
		}
		first := *m
		for _, reply := range s.replies(m.Timestamp) {
			first.Replies = append(first.Replies, *reply)
		}
		all = append(all, first)
	}
	return all
}

// SetToken returns the bot another token; the one before is revoked.
func (s *Server) SetToken(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revoked, s.token = append(s.revoked, s.token), token
}

// Say lets somebody else post to the channel and gives the message's timestamp.
func (s *Server) Say(text string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	body, _ := json.Marshal(map[string]string{"text": text}) // a text cannot fail
	return s.add(&Message{Body: body, byOther: true}).Timestamp
}

// Delete lets somebody delete a message. While it has answers, a mark that it was deleted stays in
// its place.
func (s *Server) Delete(timestamp string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.find(timestamp)
	if m == nil {
		return
	}
	if len(s.replies(timestamp)) > 0 {
		m.Deleted = true
		return
	}
	s.deleted = append(s.deleted, timestamp)
	s.posted = slices.DeleteFunc(s.posted, func(one *Message) bool { return one == m })
}

// Limit lets the channel take burst messages at once and one a second after them.
// https://docs.slack.dev/apis/web-api/rate-limits/
func (s *Server) Limit(burst int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.isLimited, s.burst, s.tokens, s.refilled = true, burst, float64(burst), time.Now()
}

// wrongToken returns Slack's word for a token that is not the bot's.
func (w *workspace) wrongToken(token string) string {
	if slices.Contains(w.revoked, token) {
		return "token_revoked"
	}
	return "invalid_auth"
}

// postMessage adds a message to the channel or to a thread.
func (w *workspace) postMessage(c call) (m *Message, word string) {
	if !w.hasRoom() {
		return nil, "ratelimited"
	}
	m = &Message{Body: c.body}
	if thread := c.args.Thread; thread != "" {
		parent := w.find(thread)
		switch {
		case parent != nil && parent.Thread != "":
			return nil, "cannot_reply_to_message" // threads have one level
		case parent != nil:
			m.Thread, m.Broadcast = thread, c.args.Broadcast
		case !slices.Contains(w.deleted, thread):
			return nil, "thread_not_found"
		}
		// An answer to a message that is gone without a trace silently becomes a message of the
		// channel:
		// https://github.com/slack-go/slack/issues/1571
	}
	return w.add(m), ""
}

// update replaces a message of the bot's own.
func (w *workspace) update(c call) (m *Message, word string) {
	m = w.find(c.args.Timestamp)
	switch {
	case m == nil || m.Deleted:
		return nil, "message_not_found"
	case m.byOther:
		return nil, "cant_update_message"
	}
	m.Body = c.body
	m.Edits++
	return m, ""
}

// hasRoom takes one message off what the channel takes now.
func (w *workspace) hasRoom() bool {
	if !w.isLimited {
		return true
	}
	now := time.Now()
	w.tokens = min(w.tokens+now.Sub(w.refilled).Seconds(), float64(w.burst))
	w.refilled = now
	if w.tokens < 1 {
		return false
	}
	w.tokens--
	return true
}

func (w *workspace) add(m *Message) *Message {
	w.clock++
	m.Timestamp = fmt.Sprintf("1503435956.%06d", w.clock)
	w.posted = append(w.posted, m)
	return m
}

func (w *workspace) find(timestamp string) *Message {
	at := slices.IndexFunc(w.posted, func(m *Message) bool { return m.Timestamp == timestamp })
	if at < 0 {
		return nil
	}
	return w.posted[at]
}

func (w *workspace) replies(timestamp string) []*Message {
	var all []*Message
	for _, m := range w.posted {
		if m.Thread == timestamp {
			all = append(all, m)
		}
	}
	return all
}
