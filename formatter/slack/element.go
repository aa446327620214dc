package slack

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// elements are those of a block.
type elements interface{ size() int }

// texts are the elements of a context.
type texts []textObject

// buttons are the elements of a row of actions.
type buttons []button

// button leads to a page, or is pressed.
// https://docs.slack.dev/reference/block-kit/block-elements/button-element
type button struct {
	Type     string     `json:"type"`
	Text     textObject `json:"text"`
	ActionID string     `json:"action_id"`
	URL      string     `json:"url,omitempty"`
	Style    string     `json:"style,omitempty"`
	Value    string     `json:"value,omitempty"`
	Confirm  *confirm   `json:"confirm,omitempty"`
}

func (all texts) size() int {
	total := 0
	for i := range all {
		total += all[i].size()
	}
	return total
}

// size counts the addresses and the values too, and what is asked: whether Slack does is not known.
func (all buttons) size() int {
	total := 0
	for i := range all {
		b := &all[i]
		total += b.Text.size() + len(b.URL) + utf8.RuneCountInString(b.Value) + b.Confirm.size()
	}
	return total
}

// sentElement is an element of either sort as it is read again.
type sentElement struct {
	Text    sentText `json:"text"`
	URL     string   `json:"url"`
	Value   string   `json:"value"`
	Confirm *confirm `json:"confirm"`
}

// sentText is the text of an element, which of a button is an object of its own.
type sentText string

// UnmarshalJSON reads a text, or that of an object.
func (t *sentText) UnmarshalJSON(encoded []byte) error {
	var object textObject
	into := any(&object)
	if len(encoded) > 0 && encoded[0] == '"' {
		into = &object.Text
	}
	if err := json.Unmarshal(encoded, into); err != nil {
		return fmt.Errorf("an element's text: %w", err)
	}
	*t = sentText(object.Text)
	return nil
}

// sentElements are the elements of a block as they are read again.
type sentElements []sentElement

func (all sentElements) size() int {
	total := 0
	for _, e := range all {
		total += utf8.RuneCountInString(string(e.Text)) + len(e.URL) + utf8.RuneCountInString(e.Value) + e.Confirm.size()
	}
	return total
}
