package card

import (
	"encoding/json"
	"fmt"

	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// Sizes measures a body against what Tocsin keeps to.
func Sizes(body []byte) ([]notify.Size, error) {
	var e envelope
	if err := json.Unmarshal(body, &e); err != nil {
		return nil, fmt.Errorf("measuring the card: %w", err)
	}
	buttons := 0
	for _, a := range e.Attachments {
		buttons += len(a.Content.Actions)
	}
	return []notify.Size{
		{What: "bytes of the body", Value: len(body), Limit: maxBytes},
		{What: "bytes of the body within a JSON string", Value: quoted(body), Limit: maxQuoted},
		{What: "buttons", Value: buttons, Limit: maxActions},
	}, nil
}
