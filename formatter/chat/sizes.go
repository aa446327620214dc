package chat

import (
	"encoding/json"
	"fmt"

	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// Sizes measures a body as Chat does, in bytes, against Chat's limits.
func Sizes(body []byte) ([]notify.Size, error) {
	var m message
	if err := json.Unmarshal(body, &m); err != nil {
		return nil, fmt.Errorf("measuring the message: %w", err)
	}
	n := 0
	for _, one := range m.Cards {
		n = max(n, widgets(one.Card.Sections))
	}
	return []notify.Size{
		{What: "bytes of the message", Value: len(body), Limit: chatMaxBytes},
		{What: "widgets of the card", Value: n, Limit: maxWidgets},
	}, nil
}
