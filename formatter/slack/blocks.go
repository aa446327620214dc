package slack

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tocsin-sec/tocsin/formatter"
)

// typicalBlocks is room for the blocks that a message has as a rule.
const typicalBlocks = 8

func blocksOf(m formatter.Message) []block {
	blocks := make([]block, 0, typicalBlocks)
	section := func(text textObject) { blocks = append(blocks, block{Type: "section", Text: &text}) }
	context := func(text textObject) { blocks = append(blocks, block{Type: "context", Elements: []textObject{text}}) }
	if m.About != "" {
		context(code("", m.About))
	}
	if len(m.Changes) > 0 {
		var lines []string
		for _, change := range m.Changes {
			lines = append(lines, code("", change).Text)
		}
		section(textObject{"mrkdwn", strings.Join(lines, "\n")})
	}
	if text := m.Paragraph(); text != "" {
		section(plain(text, maxSection))
	}
	blocks = append(blocks, factBlocks(m.Facts)...)
	if len(m.Groups) > 0 {
		blocks = append(blocks, block{Type: "section", Fields: groupFields(m.Groups)})
	}
	for _, entry := range m.Entries {
		section(entryText(entry))
	}
	if m.More != "" {
		context(plain(m.More, maxField))
	}
	if links := linkTexts(m.Links); links != "" {
		context(textObject{"mrkdwn", links})
	}
	if len(blocks) == 0 {
		section(plain(m.Title, maxSection))
	}
	return blocks
}

// factBlocks returns a fact a line of the whole width, but puts runs of short ones in two columns.
func factBlocks(facts []formatter.Fact) []block {
	var blocks []block
	for len(facts) > 0 {
		section := block{Type: "section"}
		n := min(shortRun(facts), maxFields)
		if n > 1 {
			section.Fields = make([]textObject, 0, n)
			for _, fact := range facts[:n] {
				section.Fields = append(section.Fields, code("*"+fact.Label+"*\n", fact.Value))
			}
		} else {
			var lines []string
			for n = 0; n < min(len(facts), maxLines) && shortRun(facts[n:]) < 2; n++ {
				lines = append(lines, code("*"+facts[n].Label+"*  ", facts[n].Value).Text)
			}
			section.Text = &textObject{"mrkdwn", strings.Join(lines, "\n")}
		}
		blocks, facts = append(blocks, section), facts[n:]
	}
	return blocks
}

// shortRun counts the short facts at the beginning.
func shortRun(facts []formatter.Fact) int {
	long := func(f formatter.Fact) bool { return utf8.RuneCountInString(f.Value) > maxLine }
	if i := slices.IndexFunc(facts, long); i >= 0 {
		return i
	}
	return len(facts)
}

// groupFields puts the counts of a digest in two columns.
func groupFields(groups []formatter.Group) (fields []textObject) {
	for _, group := range groups {
		lines := []string{"*" + group.Label + "*"}
		for _, count := range group.Counts {
			lines = append(lines, code(strconv.Itoa(count.N)+"  ", count.Value).Text)
		}
		if group.More != "" {
			lines = append(lines, group.More)
		}
		fields = append(fields, textObject{"mrkdwn", strings.Join(lines, "\n")})
	}
	return fields
}

func entryText(e formatter.Entry) textObject {
	text := code("*"+e.LevelName+"*  ", e.What(" · "))
	if e.Link.URL != "" {
		text.Text += "  " + linkText(e.Link)
	}
	return text
}

func linkTexts(links []formatter.Link) string {
	var all []string
	for _, link := range links {
		if text := linkText(link); utf8.RuneCountInString(text) <= maxSection/4 {
			all = append(all, text)
		}
	}
	return strings.Join(all, "  ·  ")
}

// linkText makes a link; both parts are of the formatter's own making.
func linkText(link formatter.Link) string {
	return "<" + escapeAddress(link.URL) + "|" + link.Label + ">"
}

// code returns a value as inline code of at most maxField characters, in which Slack formats and
// links nothing. The prefix is our own.
func code(prefix, value string) textObject {
	value = strings.ReplaceAll(value, "`", "'")
	if value == "" {
		value = "-"
	}
	return textObject{"mrkdwn", prefix + "`" + escapeAndCut(value, maxField) + "`"}
}

// plain returns text as plain_text, in which Slack formats and links nothing.
func plain(text string, limit int) textObject {
	if text == "" {
		text = "-"
	}
	return textObject{"plain_text", escapeAndCut(text, limit)}
}
