package slacktest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// responsePath begins the addresses at which somebody who has pressed a button can be told something.
const responsePath = "/actions/T0TESTING/"

// triggerLife is how long a trigger opens a modal. https://docs.slack.dev/interactivity/#modal_responses
const triggerLife = 3 * time.Second

// maxResponses is how often one address can be used.
const maxResponses = 5

// interactions is what comes of pressing buttons. The Server's lock guards it.
type interactions struct {
	calls    []string
	triggers map[string]*trigger
	views    []View
	told     []Told
	uses     map[string]int
	groups   map[string][]string
	pressed  int
}

// trigger is what a press gives to open one modal with.
type trigger struct {
	at     time.Time
	isUsed bool
}

// View is a modal that was opened.
type View struct {
	// Trigger is that of the press that it was opened with.
	Trigger string
	Body    json.RawMessage
}

// Told is what somebody was told whom nobody else sees it with.
type Told struct {
	// Response is the last part of the address.
	Response, Text string
}

// Calls returns the names of the methods that were asked, in their order.
func (s *Server) Calls() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// Views returns the modals that were opened, in their order.
func (s *Server) Views() []View {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.views)
}

// Told returns what those who pressed were told, in its order.
func (s *Server) Told() []Told {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.told)
}

// SetGroup gives the workspace a user group.
func (s *Server) SetGroup(id string, users ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.groups == nil {
		s.groups = map[string][]string{}
	}
	s.groups[id] = users
}

// press notes a press, of which trigger and response address are good from then on.
func (s *Server) press(at time.Time) (triggerID, response string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pressed++
	if s.triggers == nil {
		s.triggers, s.uses = map[string]*trigger{}, map[string]int{}
	}
	triggerID = fmt.Sprintf("13345224609.738474920.%08x", s.pressed)
	name := fmt.Sprintf("%d/response", s.pressed)
	s.triggers[triggerID], s.uses[name] = &trigger{at: at}, 0
	return triggerID, s.server.URL + responsePath + name
}

// openView opens a modal. https://docs.slack.dev/reference/methods/views.open/
func (s *Server) openView(body []byte) (answer map[string]any, word string) {
	var args struct {
		Trigger string          `json:"trigger_id"`
		View    json.RawMessage `json:"view"`
	}
	if err := json.Unmarshal(body, &args); err != nil {
		s.refused = append(s.refused, errors.New("not the JSON of a view"))
		return nil, "invalid_arguments"
	}
	t := s.triggers[args.Trigger]
	switch {
	case t == nil:
		return nil, "invalid_trigger_id"
	case time.Since(t.at) > triggerLife:
		return nil, "expired_trigger_id"
	case t.isUsed:
		return nil, "exchanged_trigger_id"
	}
	if err := CheckView(args.View); err != nil {
		s.refused = append(s.refused, err)
		return nil, "invalid_arguments"
	}
	t.isUsed = true
	s.views = append(s.views, View{args.Trigger, args.View})
	return map[string]any{"ok": true, "view": args.View}, ""
}

// serveResponse takes what somebody who has pressed is told.
// https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
func (s *Server) serveResponse(w http.ResponseWriter, r *http.Request, name string, body []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var said struct {
		Type     string `json:"response_type"`
		Replaces *bool  `json:"replace_original"`
		Text     string `json:"text"`
	}
	uses, isKnown := s.uses[name]
	switch {
	case !isKnown || uses >= maxResponses:
		http.Error(w, "used_url", http.StatusNotFound)
		return
	case r.Method != http.MethodPost || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json"),
		json.Unmarshal(body, &said) != nil, said.Type != "ephemeral", said.Replaces == nil || *said.Replaces, said.Text == "":
		s.refused = append(s.refused, errors.New("what is told to one person alone has another form"))
		http.Error(w, "invalid_payload", http.StatusBadRequest)
		return
	}
	s.uses[name]++
	s.told = append(s.told, Told{name, said.Text})
	_, _ = w.Write([]byte("ok"))
}

// Post lets the bot post a message to the channel and gives its timestamp.
func (s *Server) Post(t testing.TB, body string) string {
	t.Helper()
	if err := Check([]byte(body)); err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.add(&Message{Body: json.RawMessage(body)}).Timestamp
}
