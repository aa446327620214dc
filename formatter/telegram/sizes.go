package telegram

import (
	"encoding/json"
	"fmt"

	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// Sizes measures a body as Telegram does, in UTF-16 code units, against Telegram's limits.
func Sizes(encoded []byte) ([]notify.Size, error) {
	var b body
	if err := json.Unmarshal(encoded, &b); err != nil {
		return nil, fmt.Errorf("measuring the message: %w", err)
	}
	return []notify.Size{
		{What: "UTF-16 units of the text", Value: units(b.Text), Limit: maxText},
		{What: "entities", Value: len(b.Entities), Limit: maxEntities},
	}, nil
}
