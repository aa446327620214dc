package slacktest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Slack's limits: https://docs.slack.dev/reference/block-kit/blocks/
const (
	maxText        = 40_000
	maxHeader      = 150
	maxSection     = 3_000
	maxField       = 2_000
	maxTexts       = 10 // fields of a section, elements of a context
	maxButtons     = 25
	maxButton      = 75
	maxURL         = 3_000
	maxValue       = 2_000
	maxID          = 255
	maxBlocks      = 50
	maxAttached    = 100
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
	Type     string          `json:"type"`
	ID       string          `json:"block_id"`
	Text     *text           `json:"text"`
	Fields   []text          `json:"fields"`
	Elements json.RawMessage `json:"elements"`
}

// button is an element of a row of actions: it leads to a page, or is pressed.
// https://docs.slack.dev/reference/block-kit/block-elements/button-element
type button struct {
	Type     string   `json:"type"`
	Text     text     `json:"text"`
	ActionID string   `json:"action_id"`
	URL      *string  `json:"url"`
	Value    string   `json:"value"`
	Style    string   `json:"style"`
	Confirm  *confirm `json:"confirm"`
}

// confirm is what is asked before a button counts as pressed.
// https://docs.slack.dev/reference/block-kit/composition-objects/confirmation-dialog-object
type confirm struct {
	Title   text   `json:"title"`
	Text    text   `json:"text"`
	Confirm text   `json:"confirm"`
	Deny    text   `json:"deny"`
	Style   string `json:"style"`
}

type text struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

// Check says why Slack would refuse the body of a message; nil when it would not. The error begins
// with Slack's own word for it and a colon.
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
	case len(m.Attachments) > maxAttached:
		return errors.New("too_many_attachments: at most 100")
	}
	blocks := slices.Clone(m.Blocks)
	for _, a := range m.Attachments {
		blocks = append(blocks, a.Blocks...)
	}
	return checkBlocks(blocks)
}

func checkBlocks(blocks []block) error {
	if len(blocks) > maxBlocks {
		return fmt.Errorf("invalid_blocks: %d blocks", len(blocks))
	}
	total, ids := 0, map[string]bool{}
	for i, b := range blocks {
		if len(b.ID) > maxID || b.ID != "" && ids[b.ID] {
			return fmt.Errorf("invalid_blocks: block %d: an id that is too long, or another's", i)
		}
		ids[b.ID] = true
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

// checkBlock returns what the block counts, in characters.
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
		if b.Text == nil && len(b.Fields) == 0 || len(b.Fields) > maxTexts {
			return 0, fmt.Errorf("a section with %d fields", len(b.Fields))
		}
		total, err := checkTexts(b.Fields, maxField)
		if b.Text != nil {
			size, textErr := checkText(*b.Text, maxSection)
			total, err = total+size, errors.Join(err, textErr)
		}
		return total, err
	case "context":
		var texts []text
		if err := json.Unmarshal(b.Elements, &texts); err != nil || len(texts) == 0 || len(texts) > maxTexts {
			return 0, fmt.Errorf("a context with %d texts as elements", len(texts))
		}
		return checkTexts(texts, maxField)
	case "actions":
		return checkButtons(b.Elements)
	}
	return 0, errors.New("an unknown type of block")
}

func checkButtons(elements json.RawMessage) (int, error) {
	var buttons []button
	if err := json.Unmarshal(elements, &buttons); err != nil || len(buttons) == 0 || len(buttons) > maxButtons {
		return 0, fmt.Errorf("actions with %d buttons as elements", len(buttons))
	}
	total, ids := 0, map[string]bool{}
	for _, b := range buttons {
		if b.Type != "button" || b.Text.Type != "plain_text" || b.URL != nil && (!strings.HasPrefix(*b.URL, "https://") || len(*b.URL) > maxURL) {
			return 0, errors.New("a button without plain text, or with an odd page")
		}
		if b.URL == nil && b.Value == "" || len([]rune(b.Value)) > maxValue || !isStyle(b.Style) {
			return 0, errors.New("a button without a page or a value, with too long a value, or an odd style")
		}
		if err := b.Confirm.check(); err != nil {
			return 0, fmt.Errorf("the question of a button: %w", err)
		}
		if b.ActionID == "" || len(b.ActionID) > maxID || ids[b.ActionID] {
			return 0, errors.New("a button without an id of its own")
		}
		ids[b.ActionID] = true
		size, err := checkText(b.Text, maxButton)
		if err != nil {
			return 0, err
		}
		total += size
	}
	return total, nil
}

// isStyle reports whether Slack has a style of buttons.
func isStyle(name string) bool { return name == "" || name == "primary" || name == "danger" }

func (c *confirm) check() error {
	if c == nil {
		return nil
	}
	if !isStyle(c.Style) {
		return errors.New("an odd style")
	}
	for _, part := range []struct {
		text
		limit int
	}{{c.Title, 100}, {c.Text, 300}, {c.Confirm, 30}, {c.Deny, 30}} {
		if part.Type != "plain_text" {
			return errors.New("no plain text")
		}
		if _, err := checkText(part.text, part.limit); err != nil {
			return err
		}
	}
	return nil
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
