package slack

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/slack"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// Slack's limits for one message.
// https://docs.slack.dev/reference/block-kit/blocks/
// https://docs.slack.dev/reference/methods/chat.postMessage/#truncating
const (
	mostBlocks    = 50
	maxHeader     = 150
	maxSection    = 3_000
	maxField      = 2_000
	maxText       = 4_000
	maxBlocksText = 13_200 // undocumented: https://github.com/slackapi/bolt-js/issues/2509
)

// Preview gives the body that the webhook would be posted.
func (w *webhook) Preview(n notify.Notification) (notify.Preview, error) {
	return preview(slack.Render(formatter.New(n, w.style), w.post))
}

// Preview gives the body of the first message that the bot would post about n.
func (b *bot) Preview(n notify.Notification) (notify.Preview, error) {
	return preview(slack.Render(formatter.New(n, b.style), b.post))
}

type measured struct {
	Text        string  `json:"text"`
	Blocks      []block `json:"blocks"`
	Attachments []struct {
		Blocks []block `json:"blocks"`
	} `json:"attachments"`
}

type block struct {
	Type     string `json:"type"`
	Text     text   `json:"text"`
	Fields   []text `json:"fields"`
	Elements []text `json:"elements"`
}

type text struct {
	Text string `json:"text"`
}

func (t text) len() int { return utf8.RuneCountInString(t.Text) }

// preview measures a body as Slack does: in characters, as they stand in the body.
func preview(body []byte) (notify.Preview, error) {
	var m measured
	if err := json.Unmarshal(body, &m); err != nil {
		return notify.Preview{}, fmt.Errorf("measuring the message: %w", err)
	}
	blocks := m.Blocks
	for _, attachment := range m.Attachments {
		blocks = append(blocks, attachment.Blocks...)
	}
	var total, header, section, field int
	for _, b := range blocks {
		total += b.Text.len()
		if b.Type == "header" {
			header = max(header, b.Text.len())
		} else {
			section = max(section, b.Text.len())
		}
		for _, t := range b.Fields {
			total, field = total+t.len(), max(field, t.len())
		}
		for _, t := range b.Elements {
			total += t.len()
		}
	}
	return notify.Preview{Form: notify.FormSlack, Body: body, Sizes: []notify.Size{
		{What: "blocks", Value: len(blocks), Limit: mostBlocks},
		{What: "characters in all blocks", Value: total, Limit: maxBlocksText},
		{What: "characters in the header", Value: header, Limit: maxHeader},
		{What: "characters in the longest section", Value: section, Limit: maxSection},
		{What: "characters in the longest field", Value: field, Limit: maxField},
		{What: "characters of the notification's text", Value: utf8.RuneCountInString(m.Text), Limit: maxText},
	}}, nil
}
