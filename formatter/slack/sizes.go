package slack

import (
	"encoding/json"
	"fmt"
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

func (t *textObject) size() int {
	if t == nil {
		return 0
	}
	return utf8.RuneCountInString(t.Text)
}

// size is how many characters all texts of a block have.
func (b block) size() int {
	total := b.Text.size()
	for i := range b.Fields {
		total += b.Fields[i].size()
	}
	if b.Elements != nil {
		total += b.Elements.size()
	}
	return total
}

// sent is a message as it is read again.
type sent struct {
	Text        string      `json:"text"`
	Blocks      []sentBlock `json:"blocks"`
	Attachments []struct {
		Blocks []sentBlock `json:"blocks"`
	} `json:"attachments"`
}

type sentBlock struct {
	Type     string       `json:"type"`
	Text     *textObject  `json:"text"`
	Fields   []textObject `json:"fields"`
	Elements sentElements `json:"elements"`
}

// fits reports whether Slack takes blocks beside one another.
func fits(above, attached []block) bool {
	total := 0
	for _, blocks := range [...][]block{above, attached} {
		for _, block := range blocks {
			if block.Text.size() > maxSection {
				return false
			}
			if total += block.size(); block.Type == "header" {
				total += headerCost
			}
		}
	}
	return total <= maxTotal && len(above)+len(attached) <= maxBlocks
}

// Sizes measures a body as Slack does, in characters as they stand in it, against Slack's limits.
func Sizes(body []byte) ([]notify.Size, error) {
	var m sent
	if err := json.Unmarshal(body, &m); err != nil {
		return nil, fmt.Errorf("measuring the message: %w", err)
	}
	blocks := m.Blocks
	for _, attachment := range m.Attachments {
		blocks = append(blocks, attachment.Blocks...)
	}
	var total, header, section, field int
	for _, b := range blocks {
		total += block{Text: b.Text, Fields: b.Fields, Elements: b.Elements}.size()
		if b.Type == "header" {
			header = max(header, b.Text.size())
		} else {
			section = max(section, b.Text.size())
		}
		for _, text := range b.Fields {
			field = max(field, text.size())
		}
	}
	return []notify.Size{
		{What: "blocks", Value: len(blocks), Limit: maxBlocks},
		{What: "characters in all blocks", Value: total, Limit: slackMaxTotal},
		{What: "characters in the header", Value: header, Limit: maxHeader},
		{What: "characters in the longest section", Value: section, Limit: maxSection},
		{What: "characters in the longest field", Value: field, Limit: slackMaxField},
		{What: "characters of the notification's text", Value: utf8.RuneCountInString(m.Text), Limit: slackMaxText},
	}, nil
}
