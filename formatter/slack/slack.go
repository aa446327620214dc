// Package slack renders a message as Slack takes it: blocks, and the text beside them.
//
// Everything that a finding says is escaped, and stands as plain text, as code, or as prose without
// anything that Slack reads, so that it calls nobody and makes no link. Links are those of the message
// alone, mentions those of the operator.
package slack

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/text"
)

// Slack's limits, in characters; text is counted after escaping.
// https://docs.slack.dev/reference/block-kit/blocks/
const (
	maxHeader  = 150
	maxSection = 3_000
	maxField   = 400 // Slack takes 2,000; nobody reads that in half a column
	maxCount   = 300 // of what a digest counts, five of which are a field
	maxLine    = 40  // a longer fact has the whole width
	maxFields  = 10  // in one section
	maxLines   = 5   // of maxField each, in one section
	maxBlocks  = 50
	maxButtons = 25
	maxButton  = 75    // the text of one
	maxURL     = 3_000 // where one leads to
	// maxFallback bounds the text beside the blocks. chat.update counts it in bytes and refuses
	// more than 4,000, which 1,500 bytes do not exceed once they are escaped to 1,500 characters.
	maxFallback = 1_500
	// maxMention leaves a third of that to say what happened, in the minimal form.
	maxMention = 1_000
	maxTitle   = 100 // where nothing else fits
	// maxTotal bounds the text of all blocks together. Slack documents no such limit, and refuses a
	// message with msg_blocks_too_long at about 13,200:
	// https://github.com/slackapi/bolt-js/issues/2509
	maxTotal = 12_000
	// headerCost is what each header counts beside its text, by the same report.
	headerCost = 100
)

// Post says where and in whose name a Slack message is posted: what stands beside the message
// itself in the body. A webhook needs none of it.
// https://docs.slack.dev/reference/methods/chat.postMessage/
type Post struct {
	// Username is the name to post under, IconEmoji the icon, such as ":rotating_light:".
	Username  string `json:"username,omitempty"`
	IconEmoji string `json:"icon_emoji,omitempty"`
	// Channel is the channel's id.
	Channel string `json:"channel,omitempty"`
	// Thread is the timestamp of the message that this answers. Broadcast shows it to all.
	Thread    string `json:"thread_ts,omitempty"`
	Broadcast bool   `json:"reply_broadcast,omitempty"`
	// Replaces is the timestamp of the message that this one takes the place of, for chat.update.
	Replaces string `json:"ts,omitempty"`
}

type message struct {
	Post
	Text        string       `json:"text"`
	Blocks      []block      `json:"blocks,omitempty"`
	Attachments []attachment `json:"attachments,omitempty"`
	UnfurlLinks bool         `json:"unfurl_links"`
	UnfurlMedia bool         `json:"unfurl_media"`
}

type attachment struct {
	Color  string  `json:"color"`
	Blocks []block `json:"blocks"`
}

type block struct {
	Type     string       `json:"type"`
	Text     *textObject  `json:"text,omitempty"`
	Fields   []textObject `json:"fields,omitempty"`
	Elements elements     `json:"elements,omitempty"`
	ID       string       `json:"block_id,omitempty"`
}

type textObject struct {
	Type     string `json:"type"`
	Text     string `json:"text"`
	Verbatim bool   `json:"verbatim,omitempty"`
}

// Render returns the message as the JSON body of an incoming webhook, of chat.postMessage or of
// chat.update: a header, or a line about what somebody did, the operator's mentions, and an attachment in the colour of the level; the
// plain text beside them is for notifications and screen readers. It keeps Slack's limits (see the
// constants). What does not fit goes in the order of Message.Smaller; the header always fits, and
// of the mentions what is within their limit. The minimal form is text alone.
func Render(m formatter.Message, post Post) []byte {
	mentions := mentionsText(m.Mentions)
	body := message{Post: post}
	if m.Minimal {
		body.Text = fallback(m, mentions)
	} else {
		body.Text = fallback(m, "")
		header := plain(headline(m), maxHeader)
		body.Blocks = []block{{Type: "header", Text: &header}}
		if m.Said.Value != "" {
			body.Blocks[0] = said(m)
		}
		if mentions != "" {
			body.Blocks = append(body.Blocks, block{Type: "section", Text: &textObject{Type: "mrkdwn", Text: mentions}})
		}
		attached := fittingBlocks(m, body.Blocks, post.Replaces != "")
		body.Attachments = []attachment{{Color: fmt.Sprintf("#%06X", m.Colour()), Blocks: attached}}
	}
	encoded, err := json.Marshal(body)
	if err != nil {
		return nil // texts alone cannot fail
	}
	return encoded
}

// fallback returns the message for the one line of a notification, or all of the minimal form; the
// facts stand in the blocks. It begins with the mentions, where they are given.
func fallback(m formatter.Message, mentions string) string {
	prefix := ""
	if mentions != "" {
		prefix = mentions + "\n"
	}
	m.Facts, m.Groups = m.Facts[:min(len(m.Facts), 4)], nil
	m.Links = m.Links[:min(len(m.Links), 1)]
	left := maxFallback - utf8.RuneCountInString(prefix)
	for limit := left; ; limit = limit * 3 / 4 { // so that no link is cut when the text grows by escaping
		plain := text.Render(m, limit)
		if all := escapeText(plain); utf8.RuneCountInString(all) <= left {
			return prefix + all
		}
	}
}

// fittingBlocks returns the attachment's blocks, of smaller and smaller messages until all fits.
func fittingBlocks(m formatter.Message, above []block, isEdit bool) []block {
	for {
		blocks := blocksOf(m, isEdit)
		if fits(above, blocks) {
			return blocks
		}
		smaller, ok := m.Smaller()
		if !ok {
			title := plain(m.Title, maxTitle)
			return []block{{Type: "section", Text: &title}}
		}
		m = smaller
	}
}
