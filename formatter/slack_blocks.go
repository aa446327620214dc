package formatter

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// usualBlocks is room for the blocks that a message has as a rule.
const usualBlocks = 8

func slackBlocks(m Message) []slackBlock {
	blocks := make([]slackBlock, 0, usualBlocks)
	section := func(text slackText) { blocks = append(blocks, slackBlock{Type: "section", Text: &text}) }
	if m.About != "" {
		blocks = append(blocks, slackBlock{Type: "context", Elements: []slackText{codeSlack("", m.About)}})
	}
	if len(m.Changes) > 0 {
		var lines []string
		for _, change := range m.Changes {
			lines = append(lines, codeSlack("", change.Text).Text)
		}
		section(slackText{"mrkdwn", strings.Join(lines, "\n")})
	}
	if text := m.paragraph(); text != "" {
		section(plainSlack(text, maxSlackSection))
	}
	blocks = append(blocks, factsSlack(m.Facts)...)
	blocks = append(blocks, groupsSlack(m.Groups)...)
	for _, entry := range m.Entries {
		section(entrySlack(entry))
	}
	if m.More != "" {
		blocks = append(blocks, slackBlock{Type: "context", Elements: []slackText{plainSlack(m.More, maxSlackField)}})
	}
	if links := linksSlack(m.Links); links != "" {
		blocks = append(blocks, slackBlock{Type: "context", Elements: []slackText{{"mrkdwn", links}}})
	}
	if len(blocks) == 0 {
		section(plainSlack(m.Title, maxSlackSection))
	}
	return blocks
}

// factsSlack gives a fact a line of the whole width, but puts runs of short ones in two columns.
func factsSlack(facts []Fact) []slackBlock {
	var blocks []slackBlock
	for len(facts) > 0 {
		section := slackBlock{Type: "section"}
		n := min(shortRun(facts), mostSlackFields)
		if n > 1 {
			section.Fields = make([]slackText, 0, n)
			for _, fact := range facts[:n] {
				section.Fields = append(section.Fields, codeSlack("*"+fact.Label+"*\n", fact.Value))
			}
		} else {
			var lines []string
			for n = 0; n < min(len(facts), mostSlackLines) && shortRun(facts[n:]) < 2; n++ {
				lines = append(lines, codeSlack("*"+facts[n].Label+"*  ", facts[n].Value).Text)
			}
			section.Text = &slackText{"mrkdwn", strings.Join(lines, "\n")}
		}
		blocks, facts = append(blocks, section), facts[n:]
	}
	return blocks
}

// shortRun counts the short facts at the beginning.
func shortRun(facts []Fact) int {
	long := func(f Fact) bool { return utf8.RuneCountInString(f.Value) > maxSlackLine }
	if i := slices.IndexFunc(facts, long); i >= 0 {
		return i
	}
	return len(facts)
}

// groupsSlack puts the counts of a digest in two columns.
func groupsSlack(groups []Group) []slackBlock {
	if len(groups) == 0 {
		return nil
	}
	section := slackBlock{Type: "section"}
	for _, group := range groups {
		lines := []string{"*" + group.Label + "*"}
		for _, count := range group.Counts {
			lines = append(lines, codeSlack(strconv.Itoa(count.N)+"  ", count.Value).Text)
		}
		if group.More != "" {
			lines = append(lines, group.More)
		}
		section.Fields = append(section.Fields, slackText{"mrkdwn", strings.Join(lines, "\n")})
	}
	return []slackBlock{section}
}

func entrySlack(e Entry) slackText {
	text := codeSlack("*"+e.LevelName+"*  ", joined(" · ", e.marked()+e.Title, e.Target, e.Place))
	if e.Link.URL != "" {
		text.Text += "  " + linkSlack(e.Link)
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
	return "<" + escaped(link.URL, longestEscape*len(link.URL), specialAddress, escapeAddress) + "|" + link.Label + ">"
}

// The characters that are escaped in an address, and in any other text.
const (
	specialAddress = "&<>|"
	specialSlack   = "&<>"
)

// escapeAddress escapes what would end an address, or stand for something else in it.
func escapeAddress(r rune) string {
	switch r {
	case '&':
		return "&amp;"
	case '<':
		return "%3C"
	case '>':
		return "%3E"
	case '|':
		return "%7C"
	}
	return ""
}

// codeSlack gives a value as inline code of at most maxSlackField characters, in which Slack formats and links nothing. The prefix is our own.
func codeSlack(prefix, value string) slackText {
	value = strings.ReplaceAll(value, "`", "'")
	if value == "" {
		value = "-"
	}
	return slackText{"mrkdwn", prefix + "`" + escaped(value, maxSlackField, specialSlack, escapeSlack) + "`"}
}

// plainSlack gives text as plain_text, in which Slack formats and links nothing.
func plainSlack(text string, limit int) slackText {
	if text == "" {
		text = "-"
	}
	return slackText{"plain_text", escaped(text, limit, specialSlack, escapeSlack)}
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
	return ""
}

// fits measures blocks as Slack does.
func fits(above, attached []slackBlock) bool {
	total := 0
	for _, blocks := range [...][]slackBlock{above, attached} {
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
			for _, texts := range [...][]slackText{block.Fields, block.Elements} {
				for _, text := range texts {
					total += utf8.RuneCountInString(text.Text)
				}
			}
		}
	}
	return total <= maxSlackTotal && len(above)+len(attached) <= mostSlackBlocks
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
