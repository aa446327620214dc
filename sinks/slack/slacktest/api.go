package slacktest

import (
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// apiPath is where the methods of the Web API are.
const apiPath = "/api/"

const (
	// Token is the bot's token until SetToken gives it another one.
	Token = "xoxb-0-" + Secret
	// Channel is the id of the channel that the bot is a member of.
	Channel = "C0TESTING"
)

// maxUpdateText is how many bytes of text chat.update takes.
const maxUpdateText = 4_000

// APIURL is the address of the Web API.
func (s *Server) APIURL() string { return s.server.URL + apiPath }

// call is one call of a method.
type call struct {
	method string
	body   []byte
	args   arguments
}

// arguments are those of chat.postMessage and chat.update.
type arguments struct {
	Channel   string `json:"channel"`
	Timestamp string `json:"ts"`
	Thread    string `json:"thread_ts"`
	Broadcast bool   `json:"reply_broadcast"`
	Text      string `json:"text"`
}

// serveAPI answers a call. An error comes with status 200, but for the one that asks for less.
// https://docs.slack.dev/apis/web-api/#responses
func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request, c call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.answersQuestion(w, r, c) {
		return
	}
	s.calls = append(s.calls, c.method)
	word := s.admit(r, &c)
	var answer map[string]any
	if word == "" {
		answer, word = s.answer(c)
	}
	if word != "" {
		answer = map[string]any{"ok": false, "error": word}
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if word == "ratelimited" {
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusTooManyRequests)
	}
	text, _ := json.Marshal(answer) // texts and numbers alone cannot fail
	_, _ = w.Write(ascii(text))
}

// admit reads the call and gives Slack's word for what is wrong with it, whatever the workspace
// holds; "" when nothing is.
func (s *Server) admit(r *http.Request, c *call) string {
	kind, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	token, isBearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	refuse := func(word string, err error) string {
		s.refused = append(s.refused, err)
		return word
	}
	switch {
	case r.Method != http.MethodPost:
		return refuse("invalid_post_type", errors.New("not a POST"))
	case err != nil || kind != "application/json":
		return refuse("invalid_post_type", errors.New("not application/json"))
	case !strings.EqualFold(parameters["charset"], "utf-8"):
		return refuse("invalid_charset", errors.New("without charset=utf-8"))
	case !slices.Contains([]string{"chat.postMessage", "chat.update", "views.open"}, c.method):
		return refuse("unknown_method", fmt.Errorf("there is no method %q here", c.method))
	case !isBearer:
		return refuse("not_authed", errors.New("without a bearer token"))
	case token != s.token:
		return s.wrongToken(token)
	case json.Unmarshal(c.body, &c.args) != nil:
		return refuse("invalid_arguments", errors.New("not the JSON of a message"))
	case c.method == "views.open": // which is judged with its view
		return ""
	case c.method == "chat.update" && len(c.args.Text) > maxUpdateText:
		return refuse("msg_too_long", fmt.Errorf("a text of %d bytes for chat.update", len(c.args.Text)))
	}
	if err := Check(c.body); err != nil {
		word, _, _ := strings.Cut(err.Error(), ":")
		if word == "invalid_payload" {
			word = "invalid_arguments"
		}
		return refuse(word, err)
	}
	return ""
}

// answer lets the workspace do what the call asks for.
func (s *Server) answer(c call) (answer map[string]any, word string) {
	if c.method == "views.open" {
		return s.openView(c.body)
	}
	if c.args.Channel != Channel {
		return nil, "channel_not_found"
	}
	var m *Message
	if c.method == "chat.update" {
		m, word = s.update(c)
	} else {
		m, word = s.postMessage(c)
	}
	if word != "" {
		return nil, word
	}
	return map[string]any{"ok": true, "channel": Channel, "ts": m.Timestamp, "message": m.shown()}, ""
}

// shown is the message as Slack repeats it.
func (m *Message) shown() map[string]any {
	var body map[string]any
	_ = json.Unmarshal(m.Body, &body) // it was read before
	shown := map[string]any{"type": "message", "user": "U0TESTBOT", "ts": m.Timestamp}
	for _, name := range []string{"text", "blocks", "attachments"} {
		if value, ok := body[name]; ok {
			shown[name] = value
		}
	}
	if m.Thread != "" {
		shown["thread_ts"] = m.Thread
	}
	return shown
}

// ascii writes what is not ASCII as \u escapes, as Slack does.
func ascii(document []byte) []byte {
	var text []byte
	for _, r := range string(document) {
		if r < 0x80 {
			text = utf8.AppendRune(text, r)
			continue
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			text = fmt.Appendf(text, `\u%04x`, unit)
		}
	}
	return text
}
