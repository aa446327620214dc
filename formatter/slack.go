package formatter

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// Slack's limits, in characters; text is counted after escaping.
// https://docs.slack.dev/reference/block-kit/blocks/
const (
	maxSlackHeader  = 150
	maxSlackSection = 3_000
	maxSlackField   = 400 // Slack takes 2,000; nobody reads that in half a column
	maxSlackLine    = 40  // a longer fact has the whole width
	mostSlackFields = 10  // in one section
	mostSlackLines  = 5   // of maxSlackField each, in one section
	mostSlackBlocks = 50
	// maxSlackFallback bounds the text beside the blocks. chat.update counts it in bytes and refuses more than
	// 4,000, which 1,500 bytes do not exceed once they are escaped to 1,500 characters.
	maxSlackFallback = 1_500
	// maxSlackMention leaves a third of that to say what happened, in the minimal form.
	maxSlackMention = 1_000
	// maxSlackTotal bounds the text of all blocks together. Slack documents no such limit, and refuses a
	// message with msg_blocks_too_long at about 13,200:
	// https://github.com/slackapi/bolt-js/issues/2509
	maxSlackTotal = 12_000
	// headerCost is what each header counts beside its text, by the same report.
	headerCost = 100
)

// SlackPost says where and in whose name a Slack message is posted: what stands beside the message itself
// in the body. A webhook needs none of it.
// https://docs.slack.dev/reference/methods/chat.postMessage/
type SlackPost struct {
	// Username is the name to post under, IconEmoji the icon, such as ":rotating_light:".
	Username  string `json:"username,omitempty"`
	IconEmoji string `json:"icon_emoji,omitempty"`
	// Channel is the channel's id.
	Channel string `json:"channel,omitempty"`
	// Thread is the timestamp of the message that this one answers. Broadcast shows the answer in the
	// channel too.
	Thread    string `json:"thread_ts,omitempty"`
	Broadcast bool   `json:"reply_broadcast,omitempty"`
	// Replaces is the timestamp of the message that this one takes the place of, for chat.update.
	Replaces string `json:"ts,omitempty"`
}

type slackMessage struct {
	SlackPost
	Text        string            `json:"text"`
	Blocks      []slackBlock      `json:"blocks,omitempty"`
	Attachments []slackAttachment `json:"attachments,omitempty"`
	UnfurlLinks bool              `json:"unfurl_links"`
	UnfurlMedia bool              `json:"unfurl_media"`
}

type slackAttachment struct {
	Color  string       `json:"color"`
	Blocks []slackBlock `json:"blocks"`
}

type slackBlock struct {
	Type     string      `json:"type"`
	Text     *slackText  `json:"text,omitempty"`
	Fields   []slackText `json:"fields,omitempty"`
	Elements []slackText `json:"elements,omitempty"`
}

type slackText struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

// Slack renders the message as the JSON body of an incoming webhook, of chat.postMessage or of chat.update:
// a header, the operator's mention, and an attachment in the colour of the level; the plain text beside them
// is for notifications and screen readers. It keeps Slack's limits (see the constants). What does not fit
// goes in the order of Message.Smaller; the header always fits, and of the mention what is within its limit.
// The minimal form is text alone.
func Slack(m Message, post SlackPost) []byte {
	m.Mention = mentionSlack(m.Mention)
	message := slackMessage{SlackPost: post, Text: fallbackSlack(m)}
	if !m.Minimal {
		header := plainSlack(m.Line(" · "), maxSlackHeader)
		message.Blocks = []slackBlock{{Type: "header", Text: &header}}
		if m.Mention != "" {
			mention := slackBlock{Type: "section", Text: &slackText{"mrkdwn", m.Mention}}
			message.Blocks = append(message.Blocks, mention)
		}
		attached := fittingBlocks(m, message.Blocks)
		message.Attachments = []slackAttachment{{Color: slackColor(m.Level), Blocks: attached}}
	}
	body, err := json.Marshal(message)
	if err != nil {
		return nil // texts alone cannot fail
	}
	return body
}

// fallbackSlack is the message for the one line of a notification, or all of the minimal form; the
// facts stand in the blocks. The mention stands in one place only.
func fallbackSlack(m Message) string {
	prefix := ""
	if m.Minimal && m.Mention != "" {
		prefix = m.Mention + "\n"
	}
	m.Facts, m.Groups = m.Facts[:min(len(m.Facts), 4)], nil
	m.Links = m.Links[:min(len(m.Links), 1)]
	left := maxSlackFallback - utf8.RuneCountInString(prefix)
	for limit := left; ; limit = limit * 3 / 4 { // so that no link is cut when the text grows by escaping
		text := Text(m, limit)
		if all := escaped(text, longestEscape*len(text), specialSlack, escapeSlack); utf8.RuneCountInString(all) <= left {
			return prefix + all
		}
	}
}

// mentionSlack gives the mentions that are within the limit, each of them whole. NewStyle takes no longer list, so
// that it is a message of another making that loses some.
func mentionSlack(text string) string {
	if utf8.RuneCountInString(text) <= maxSlackMention {
		return text
	}
	var kept []string
	left := maxSlackMention + 1 // no blank follows the last
	for mention := range strings.FieldsSeq(text) {
		if left -= utf8.RuneCountInString(mention) + 1; left < 0 {
			break
		}
		kept = append(kept, mention)
	}
	return strings.Join(kept, " ")
}

// fittingBlocks gives the blocks of the attachment, of smaller and smaller messages until all is within
// the limits.
func fittingBlocks(m Message, above []slackBlock) []slackBlock {
	for {
		blocks := slackBlocks(m)
		if fits(above, blocks) {
			return blocks
		}
		smaller, ok := m.Smaller()
		if !ok {
			title := plainSlack(m.Title, maxTitle)
			return []slackBlock{{Type: "section", Text: &title}}
		}
		m = smaller
	}
}
