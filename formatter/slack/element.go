package slack

import (
	"encoding/json"
	"fmt"
)

// button is an element as JSON has it where it is a button.
type button struct {
	Type     string      `json:"type"`
	Text     *textObject `json:"text"`
	ActionID string      `json:"action_id"`
	URL      string      `json:"url"`
}

// MarshalJSON returns the element as Slack takes it: the text of a button is an object of its own.
func (e element) MarshalJSON() ([]byte, error) {
	if e.Label == nil {
		return json.Marshal(e.textObject)
	}
	return json.Marshal(button{e.Type, e.Label, e.ActionID, e.URL})
}

// UnmarshalJSON reads what MarshalJSON has written.
func (e *element) UnmarshalJSON(encoded []byte) error {
	var kind struct{ Type string }
	if err := json.Unmarshal(encoded, &kind); err != nil {
		return fmt.Errorf("an element: %w", err)
	}
	if kind.Type != "button" {
		return json.Unmarshal(encoded, &e.textObject)
	}
	var b button
	err := json.Unmarshal(encoded, &b)
	*e = element{textObject: textObject{Type: b.Type}, Label: b.Text, ActionID: b.ActionID, URL: b.URL}
	return err
}

// size is how many characters an element has, with the address that it leads to.
func (e *element) size() int {
	return e.textObject.size() + e.Label.size() + len(e.URL)
}
