package formatter

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// Slack's limits, in characters; text is counted after escaping.
// https://docs.slack.dev/reference/block-kit/blocks/
const (
	maxSlackHeader  = 150
	maxSlackSection = 3_000
	maxSlackField   = 400 // Slack takes 2,000; nobody reads that in half a column
	mostSlackFields = 10  // in one section
	mostSlackBlocks = 50
	// maxSlackFallback bounds the text beside the blocks. chat.update counts it in bytes and refuses more than
	// 4,000, which 1,500 bytes do not exceed once they are escaped to 1,500 characters.
	maxSlackFallback = 1_500
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
// a header, and an attachment in the colour of the level; the plain text beside them is for notifications and
// screen readers. It keeps Slack's limits (see the constants). What does not fit goes in this order: the facts
// from the last, the entries from the last, the description; header and links always fit. The minimal form is
// text alone.
func Slack(m Message, post SlackPost) []byte {
	message := slackMessage{
		SlackPost: post,
		Text:      escaped(Text(fallback(m), maxSlackFallback), maxSlackFallback, escapeSlack),
	}
	if !m.Minimal {
		header := slackBlock{Type: "header", Text: plainSlack(m.headline(), maxSlackHeader)}
		message.Blocks = []slackBlock{header}
		message.Attachments = []slackAttachment{{Color: slackColor(m.Level), Blocks: fittingBlocks(m, header)}}
	}
	body, err := json.Marshal(message)
	if err != nil {
		return nil // texts alone cannot fail
	}
	return body
}

// fallback is the message for the one line of a notification: the facts stand in the blocks.
func fallback(m Message) Message {
	m.Facts = m.Facts[:min(len(m.Facts), 4)]
	m.Entries = m.Entries[:min(len(m.Entries), 5)]
	if len(m.Links) > 1 {
		m.Links = m.Links[:1]
	}
	return m
}

// headline gives "HIGH 8.0 [SAMPLE] Data exfiltration ...".
func (h Headline) headline() string {
	return h.Label() + " · " + h.marked() + h.Title
}

// fittingBlocks gives the blocks of the attachment, fewer and fewer until all is within the limits.
func fittingBlocks(m Message, header slackBlock) []slackBlock {
	for {
		blocks := slackBlocks(m)
		if fits(append([]slackBlock{header}, blocks...)) {
			return blocks
		}
		switch {
		case len(m.Facts) > 0:
			m.Facts = m.Facts[:len(m.Facts)-1]
		case len(m.Entries) > 0:
			m.Entries = m.Entries[:len(m.Entries)-1]
		case len(m.Changes) > 0:
			m.Changes = m.Changes[:len(m.Changes)-1]
		default:
			m.Description = ""
		}
	}
}

func slackBlocks(m Message) []slackBlock {
	var blocks []slackBlock
	if about := joined(": ", m.Source, m.Type); about != "" {
		blocks = append(blocks, slackBlock{Type: "context", Elements: []slackText{*codeSlack("", about)}})
	}
	if len(m.Changes) > 0 {
		var lines []string
		for _, change := range m.Changes {
			lines = append(lines, codeSlack("", changeText(change.What, change.From, change.To)).Text)
		}
		blocks = append(blocks, slackBlock{Type: "section", Text: &slackText{"mrkdwn", strings.Join(lines, "\n")}})
	}
	if m.Description != "" && m.Description != m.Title {
		blocks = append(blocks, slackBlock{Type: "section", Text: plainSlack(m.Description, maxSlackSection)})
	}
	for facts := m.Facts; len(facts) > 0; {
		n := min(len(facts), mostSlackFields)
		section := slackBlock{Type: "section"}
		for _, fact := range facts[:n] {
			section.Fields = append(section.Fields, *codeSlack("*"+fact.Label+"*\n", fact.Value))
		}
		blocks, facts = append(blocks, section), facts[n:]
	}
	for _, entry := range m.Entries {
		blocks = append(blocks, slackBlock{Type: "section", Text: entrySlack(entry)})
	}
	if links := linksSlack(m.Links); links != "" {
		blocks = append(blocks, slackBlock{Type: "context", Elements: []slackText{{"mrkdwn", links}}})
	}
	if len(blocks) == 0 {
		blocks = append(blocks, slackBlock{Type: "section", Text: plainSlack(m.Title, maxSlackSection)})
	}
	return blocks
}

func entrySlack(e Entry) *slackText {
	text := codeSlack("*"+e.Label()+"* "+e.marked(), e.line())
	if e.URL != "" {
		text.Text += " " + linkSlack(Link{"Open", e.URL})
	}
	return text
}

func linksSlack(links []Link) string {
	var all []string
	for _, link := range links {
		if text := linkSlack(link); utf8.RuneCountInString(text) <= maxSlackSection/4 {
			all = append(all, text)
		}
	}
	return strings.Join(all, "  ·  ")
}

// linkSlack makes a link; both parts are of the formatter's own making.
func linkSlack(link Link) string {
	address := strings.NewReplacer("&", "&amp;", "<", "%3C", ">", "%3E", "|", "%7C").Replace(link.URL)
	return "<" + address + "|" + link.Label + ">"
}

// codeSlack gives a value as inline code of at most maxSlackField characters, in which Slack formats and links nothing. The prefix is our own.
func codeSlack(prefix, value string) *slackText {
	value = strings.ReplaceAll(value, "`", "'")
	if value == "" {
		value = "-"
	}
	return &slackText{"mrkdwn", prefix + "`" + escaped(value, maxSlackField, escapeSlack) + "`"}
}

// plainSlack gives text as plain_text, in which Slack formats and links nothing.
func plainSlack(text string, limit int) *slackText {
	if text == "" {
		text = "-"
	}
	return &slackText{"plain_text", escaped(text, limit, escapeSlack)}
}

// escapeSlack escapes Slack's three control characters, which disarms mentions and links.
// https://docs.slack.dev/messaging/formatting-message-text/#escaping
func escapeSlack(r rune) string {
	switch r {
	case '&':
		return "&amp;"
	case '<':
		return "&lt;"
	case '>':
		return "&gt;"
	}
	return string(r)
}

// fits measures blocks as Slack does.
func fits(blocks []slackBlock) bool {
	total := 0
	for _, block := range blocks {
		if block.Type == "header" {
			total += headerCost
		}
		if block.Text != nil {
			size := utf8.RuneCountInString(block.Text.Text)
			if size > maxSlackSection {
				return false
			}
			total += size
		}
		for _, text := range slices.Concat(block.Fields, block.Elements) {
			total += utf8.RuneCountInString(text.Text)
		}
	}
	return total <= maxSlackTotal && len(blocks) <= mostSlackBlocks
}

func slackColor(level finding.Level) string {
	switch level {
	case finding.LevelCritical:
		return "#8B0000"
	case finding.LevelHigh:
		return "#D93025"
	case finding.LevelMedium:
		return "#F29900"
	case finding.LevelLow:
		return "#1A73E8"
	default:
		return "#5F6368"
	}
}
