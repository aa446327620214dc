package slacktest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// Slack's limits of modals.
// https://docs.slack.dev/reference/views/modal-views
// https://docs.slack.dev/reference/block-kit/blocks/input-block
const (
	maxView        = 250 << 10 // bytes
	maxViewWord    = 24        // title, submit, close
	maxViewBlocks  = 100
	maxMetadata    = 3_000
	maxInputLabel  = 2_000
	maxOptionText  = 75
	maxOptionValue = 150
	maxInputLength = 3_000
)

type view struct {
	Type     string      `json:"type"`
	Callback string      `json:"callback_id"`
	Metadata string      `json:"private_metadata"`
	Title    *text       `json:"title"`
	Submit   *text       `json:"submit"`
	Close    *text       `json:"close"`
	Blocks   []viewBlock `json:"blocks"`
}

type viewBlock struct {
	block
	Label    *text        `json:"label"`
	Hint     *text        `json:"hint"`
	Element  inputElement `json:"element"`
	Optional bool         `json:"optional"`
}

type inputElement struct {
	Type      string   `json:"type"`
	ActionID  string   `json:"action_id"`
	MaxLength int      `json:"max_length"`
	Options   []option `json:"options"`
	Initial   *option  `json:"initial_option"`
}

type option struct {
	Text  text   `json:"text"`
	Value string `json:"value"`
}

// CheckView says why Slack would refuse a modal; nil when it would not.
func CheckView(body []byte) error {
	var v view
	if err := json.Unmarshal(body, &v); err != nil {
		return errors.New("invalid_arguments: it is not the JSON of a view")
	}
	hasInput := slices.ContainsFunc(v.Blocks, func(b viewBlock) bool { return b.Type == "input" })
	switch {
	case len(body) > maxView:
		return errors.New("view_too_large")
	case v.Type != "modal" || v.Title == nil || len(v.Blocks) == 0 || len(v.Blocks) > maxViewBlocks:
		return errors.New("invalid_arguments: no modal with a title and up to 100 blocks")
	case hasInput && v.Submit == nil:
		return errors.New("invalid_arguments: input without a word to submit it by")
	case len([]rune(v.Metadata)) > maxMetadata || len(v.Callback) > maxID:
		return errors.New("invalid_arguments: it carries too much")
	}
	for _, word := range []*text{v.Title, v.Submit, v.Close} {
		if err := checkPlain(word, maxViewWord); err != nil {
			return fmt.Errorf("invalid_arguments: a word of the view: %w", err)
		}
	}
	ids := map[string]bool{}
	for i, b := range v.Blocks {
		if len(b.ID) > maxID || b.ID != "" && ids[b.ID] {
			return fmt.Errorf("invalid_arguments: block %d: an id that is too long, or another's", i)
		}
		ids[b.ID] = true
		if err := b.check(); err != nil {
			return fmt.Errorf("invalid_arguments: block %d: %w", i, err)
		}
	}
	return nil
}

// checkPlain judges a plain text that may be missing.
func checkPlain(t *text, limit int) error {
	if t == nil {
		return nil
	}
	if t.Type != "plain_text" {
		return errors.New("no plain text")
	}
	_, err := checkText(*t, limit)
	return err
}

func (b viewBlock) check() error {
	if b.Type != "input" {
		_, err := checkBlock(b.block)
		return err
	}
	if b.Label == nil {
		return errors.New("an input without a label")
	}
	if err := errors.Join(checkPlain(b.Label, maxInputLabel), checkPlain(b.Hint, maxInputLabel)); err != nil {
		return err
	}
	most := map[string]int{"static_select": 100, "radio_buttons": 10, "checkboxes": 10, "plain_text_input": 0}
	limit, isKnown := most[b.Element.Type]
	e := b.Element
	switch {
	case !isKnown:
		return errors.New("an unknown element of an input")
	case e.ActionID == "" || len(e.ActionID) > maxID:
		return errors.New("an element without an id")
	case e.MaxLength < 0 || e.MaxLength > maxInputLength:
		return errors.New("a text that may be too long")
	case limit > 0 && (len(e.Options) == 0 || len(e.Options) > limit):
		return fmt.Errorf("%d options", len(e.Options))
	case e.Initial != nil && !slices.Contains(e.Options, *e.Initial):
		return errors.New("what is chosen first is no option")
	}
	values := map[string]bool{}
	for _, o := range e.Options {
		if err := checkPlain(&o.Text, maxOptionText); err != nil {
			return err
		}
		if o.Value == "" || len(o.Value) > maxOptionValue || values[o.Value] {
			return errors.New("an option without a value of its own")
		}
		values[o.Value] = true
	}
	return nil
}
