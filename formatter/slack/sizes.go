package slack

import (
	"encoding/json"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// Slack's limits that Render stays well below.
// https://docs.slack.dev/reference/methods/chat.postMessage/#truncating
const (
	slackMaxField = 2_000
	slackMaxText  = 4_000
	slackMaxTotal = 13_200 // see maxTotal
)

// Sizes measures a body as Slack does, in characters as they stand in it, and holds it against Slack's limits.
func Sizes(body []byte) ([]notify.Size, error) {
	var m message
	if err := json.Unmarshal(body, &m); err != nil {
		return nil, fmt.Errorf("measuring the message: %w", err)
	}
	blocks := m.Blocks
	for _, attachment := range m.Attachments {
		blocks = append(blocks, attachment.Blocks...)
	}
	var total, header, section, field int
	for _, b := range blocks {
		if b.Text != nil {
			size := utf8.RuneCountInString(b.Text.Text)
			total += size
			if b.Type == "header" {
				header = max(header, size)
			} else {
				section = max(section, size)
			}
		}
		for _, text := range b.Fields {
			field = max(field, utf8.RuneCountInString(text.Text))
		}
		for _, text := range slices.Concat(b.Fields, b.Elements) {
			total += utf8.RuneCountInString(text.Text)
		}
	}
	return []notify.Size{
		{What: "blocks", Value: len(blocks), Limit: mostBlocks},
		{What: "characters in all blocks", Value: total, Limit: slackMaxTotal},
		{What: "characters in the header", Value: header, Limit: maxHeader},
		{What: "characters in the longest section", Value: section, Limit: maxSection},
		{What: "characters in the longest field", Value: field, Limit: slackMaxField},
		{What: "characters of the notification's text", Value: utf8.RuneCountInString(m.Text), Limit: slackMaxText},
	}, nil
}
