// Package slacktest is Slack's end of an incoming webhook, for tests: a server on a loopback socket that
// refuses what Slack refuses.
package slacktest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
)

// hookPath is the secret part of the webhook's URL.
const hookPath = "/services/T0TESTING/B0TESTING/" + Secret

// Secret is the part of URL that must never show.
const Secret = "Zx3kV9secret" //nolint:gosec // it opens nothing

// Server is one webhook. It is safe for concurrent use.
type Server struct {
	server *httptest.Server

	mu       sync.Mutex
	override func(http.ResponseWriter, *http.Request) bool
	messages []json.RawMessage
	refused  []error
}

// New starts a webhook; it stops when the test ends.
func New(t testing.TB) *Server {
	t.Helper()
	s := &Server{}
	s.server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(func() {
		s.server.CloseClientConnections()
		s.server.Close()
	})
	return s
}

// URL is the webhook's address.
func (s *Server) URL() string { return s.server.URL + hookPath }

// Answer lets answer reply in Slack's place. It is called first and returns whether it has replied.
func (s *Server) Answer(answer func(http.ResponseWriter, *http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.override = answer
}

// Messages gives the bodies that were accepted, in their order.
func (s *Server) Messages() []json.RawMessage {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.messages)
}

// Refused gives why messages were refused, in their order.
func (s *Server) Refused() []error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.refused)
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	override := s.override
	s.mu.Unlock()
	if override != nil && override(w, r) {
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	status, word, err := judge(r, body)
	s.mu.Lock()
	if err == nil {
		s.messages = append(s.messages, body)
	} else {
		s.refused = append(s.refused, err)
	}
	s.mu.Unlock()
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, word)
}

// judge gives Slack's answer to a request.
func judge(r *http.Request, body []byte) (status int, word string, err error) {
	switch {
	case r.URL.Path != hookPath:
		return http.StatusNotFound, "no_service", errors.New("another path")
	case r.Method != http.MethodPost:
		return http.StatusBadRequest, "invalid_payload", errors.New("not a POST")
	case !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json"):
		return http.StatusBadRequest, "invalid_payload", errors.New("not application/json")
	}
	if err := Check(body); err != nil {
		word, _, _ := strings.Cut(err.Error(), ":")
		return http.StatusBadRequest, word, err
	}
	return http.StatusOK, "ok", nil
}

// Slack's limits: https://docs.slack.dev/reference/block-kit/blocks/
const (
	maxText        = 40_000
	maxHeader      = 150
	maxSection     = 3_000
	maxField       = 2_000
	mostTexts      = 10 // fields of a section, elements of a context
	mostBlocks     = 50
	mostAttached   = 100
	maxBlockText   = 13_000 // undocumented: https://github.com/slackapi/bolt-js/issues/2509
	headerOverhead = 100
)

type message struct {
	Text        string       `json:"text"`
	Blocks      []block      `json:"blocks"`
	Attachments []attachment `json:"attachments"`
}

type attachment struct {
	Text     string  `json:"text"`
	Fallback string  `json:"fallback"`
	Blocks   []block `json:"blocks"`
}

type block struct {
	Type     string `json:"type"`
	Text     *text  `json:"text"`
	Fields   []text `json:"fields"`
	Elements []text `json:"elements"`
}

type text struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

// Check says why Slack would refuse the body of a message; nil when it would not. The error begins with
// Slack's own word for it and a colon.
func Check(body []byte) error {
	var m message
	if err := json.Unmarshal(body, &m); err != nil {
		return errors.New("invalid_payload: it is not the JSON of a message")
	}
	switch {
	case m.Text == "" && len(m.Blocks) == 0 && len(m.Attachments) == 0:
		return errors.New("no_text: there is nothing in it")
	case len([]rune(m.Text)) > maxText:
		return errors.New("invalid_payload: the text is too long")
	case len(m.Attachments) > mostAttached:
		return errors.New("too_many_attachments: at most 100")
	}
	blocks := slices.Clone(m.Blocks)
	for _, a := range m.Attachments {
		blocks = append(blocks, a.Blocks...)
	}
	return checkBlocks(blocks)
}

func checkBlocks(blocks []block) error {
	if len(blocks) > mostBlocks {
		return fmt.Errorf("invalid_blocks: %d blocks", len(blocks))
	}
	total := 0
	for i, b := range blocks {
		size, err := checkBlock(b)
		if err != nil {
			return fmt.Errorf("invalid_blocks: block %d: %w", i, err)
		}
		total += size
	}
	if total > maxBlockText {
		return fmt.Errorf("msg_blocks_too_long: %d characters", total)
	}
	return nil
}

// checkBlock gives what the block counts, in characters.
func checkBlock(b block) (int, error) {
	switch b.Type {
	case "divider":
		return 0, nil
	case "header":
		if b.Text == nil || b.Text.Type != "plain_text" {
			return 0, errors.New("a header without plain text")
		}
		size, err := checkText(*b.Text, maxHeader)
		return size + headerOverhead, err
	case "section":
		if b.Text == nil && len(b.Fields) == 0 || len(b.Fields) > mostTexts {
			return 0, fmt.Errorf("a section with %d fields", len(b.Fields))
		}
		total, err := checkTexts(b.Fields, maxField)
		if b.Text != nil {
			size, textErr := checkText(*b.Text, maxSection)
			total, err = total+size, errors.Join(err, textErr)
		}
		return total, err
	case "context":
		if len(b.Elements) == 0 || len(b.Elements) > mostTexts {
			return 0, fmt.Errorf("a context with %d elements", len(b.Elements))
		}
		return checkTexts(b.Elements, maxField)
	}
	return 0, errors.New("an unknown type of block")
}

func checkTexts(texts []text, limit int) (int, error) {
	total := 0
	for _, t := range texts {
		size, err := checkText(t, limit)
		if err != nil {
			return 0, err
		}
		total += size
	}
	return total, nil
}

func checkText(t text, limit int) (int, error) {
	size := len([]rune(t.Text))
	switch {
	case t.Type != "plain_text" && t.Type != "mrkdwn":
		return 0, errors.New("an unknown type of text")
	case strings.TrimSpace(t.Text) == "":
		return 0, errors.New("an empty text")
	case size > limit:
		return 0, fmt.Errorf("a text of %d characters, of at most %d", size, limit)
	}
	return size, nil
}
