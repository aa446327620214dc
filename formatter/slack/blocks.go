package slack

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// typicalBlocks is room for the blocks that a message has as a rule.
const typicalBlocks = 8

// blocksOf returns the attachment's blocks: type and severity, what is new, what the source says, the
// facts, the counts and entries of a digest, who has it and what can be done, the links, and at the end the
// finding's id.
func blocksOf(m formatter.Message, isEdit bool) []block {
	blocks := make([]block, 0, typicalBlocks)
	section := func(text textObject) { blocks = append(blocks, block{Type: "section", Text: &text}) }
	context := func(text textObject) {
		blocks = append(blocks, block{Type: "context", Elements: texts{text}})
	}
	if m.About != "" {
		context(plain(m.About, maxField))
	}
	if len(m.Changes) > 0 {
		section(plain(strings.Join(m.Changes, "\n"), maxSection))
	}
	if text := m.Paragraph(); text != "" {
		section(plain(text, maxSection))
	}
	facts, id := withoutID(m.Facts)
	blocks = append(blocks, factBlocks(facts)...)
	if len(m.Groups) > 0 {
		blocks = append(blocks, block{Type: "section", Fields: groupFields(m.Groups)})
	}
	for _, entry := range m.Entries {
		section(entryText(entry))
	}
	if m.More != "" {
		context(plain(m.More, maxField))
	}
	blocks = append(blocks, actBlocks(m, isEdit)...)
	row, others := buttonsOf(m.Links)
	if len(row) > 0 {
		blocks = append(blocks, block{Type: "actions", ID: blockID(linksBlock, m), Elements: row})
	}
	if len(others) > 0 {
		context(mrkdwn(strings.Join(others, "  ")))
	}
	if id.Name != "" {
		context(mrkdwn(value(id.Label+"  ", id)))
	}
	if len(blocks) == 0 {
		section(plain(m.Title, maxSection))
	}
	return blocks
}

// withoutID returns the facts but for the finding's id, and that.
func withoutID(facts []formatter.Fact) (others []formatter.Fact, id formatter.Fact) {
	at := slices.IndexFunc(facts, func(f formatter.Fact) bool { return f.Name == "id" })
	if at < 0 {
		return facts, id
	}
	return slices.Concat(facts[:at], facts[at+1:]), facts[at]
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
				section.Fields = append(section.Fields, mrkdwn(value(label(fact.Label, "\n"), fact)))
			}
		} else {
			var lines []string
			for n = 0; n < min(len(facts), maxLines) && shortRun(facts[n:]) < 2; n++ {
				lines = append(lines, value(label(facts[n].Label, "  "), facts[n]))
			}
			text := mrkdwn(strings.Join(lines, "\n"))
			section.Text = &text
		}
		blocks, facts = append(blocks, section), facts[n:]
	}
	return blocks
}

// shortRun counts the short facts at the beginning.
func shortRun(facts []formatter.Fact) int {
	long := func(f formatter.Fact) bool { return width(f) > maxLine }
	if i := slices.IndexFunc(facts, long); i >= 0 {
		return i
	}
	return len(facts)
}

// width returns how many characters a value has without the operator's own zone, in place of which
// Slack's form stands, in a line of its own where there is no room.
func width(f formatter.Fact) int {
	n := utf8.RuneCountInString(f.Value)
	if n <= maxLine {
		return n
	}
	for part := range f.Parts() {
		if part.Form == formatter.FormTime {
			n -= utf8.RuneCountInString(part.Text)
		}
	}
	return n
}

// groupFields puts the counts of a digest in two columns.
func groupFields(groups []formatter.Group) (fields []textObject) {
	for _, group := range groups {
		lines := []string{label(group.Label, "")}
		for _, count := range group.Counts {
			lines = append(lines, prose(strconv.Itoa(count.N)+"  ", count.Value, maxCount))
		}
		if group.More != "" {
			lines = append(lines, group.More)
		}
		fields = append(fields, mrkdwn(strings.Join(lines, "\n")))
	}
	return fields
}

func entryText(e formatter.Entry) textObject {
	text := prose(sign(e.Level, false)+" "+label(e.LevelName, "  "), e.What(" · "), maxField)
	if e.Link.URL != "" {
		text += "  " + linkText(e.Link)
	}
	return mrkdwn(text)
}

// buttonsOf returns the links as buttons, but for those that are longer than Slack takes. Those in whose
// place there would be no button stand as texts.
func buttonsOf(links []formatter.Link) (row buttons, others []string) {
	row = make(buttons, 0, len(links))
	for _, link := range links {
		switch address := percented(link.URL); {
		case len(address) > maxURL || len(row) == maxButtons:
		case isForButton(address):
			row = append(row, button{Type: "button", Text: plain(link.Label, maxButton), ActionID: link.Name, URL: address})
		case len(address) <= maxField:
			others = append(others, linkText(link))
		}
	}
	return row, others
}

// isForButton reports whether Slack takes an address in a button. It refuses all of a message for one that it
// takes for none, and does not say which those are; it has left out buttons to a host of one word.
// https://github.com/louislam/uptime-kuma/pull/6014, https://github.com/prometheus/alertmanager/issues/2344
func isForButton(address string) bool {
	rest, isWeb := strings.CutPrefix(address, "https://")
	host, _, _ := strings.Cut(rest, "/")
	isOdd := strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r > '~' })
	return isWeb && strings.Contains(host, ".") && !isOdd
}

// blockID names a block, such as the row of buttons. Slack wants another name for another state of a message, of
// which this is a hash (FNV-1a).
// https://docs.slack.dev/reference/block-kit/blocks/actions-block
func blockID(prefix string, m formatter.Message) string {
	const offset, prime = 14695981039346656037, 1099511628211
	sum := uint64(offset)
	add := func(text string) {
		for i := range len(text) {
			sum = (sum ^ uint64(text[i])) * prime
		}
		sum *= prime // so that what follows does not go on with it
	}
	for _, text := range [...]string{m.LevelName, m.Title, m.Target, m.Place} {
		add(text)
	}
	for _, change := range m.Changes {
		add(change)
	}
	for i := range m.Facts {
		add(m.Facts[i].Value)
	}
	if m.Taken.Value != "" {
		add(m.Taken.Value)
	}
	return prefix + strconv.FormatUint(sum, 16)
}

// linkText makes a link; both parts are of the formatter's own making.
func linkText(link formatter.Link) string {
	return "<" + strings.ReplaceAll(percented(link.URL), "&", "&amp;") + "|" + link.Label + ">"
}

// plain returns text as plain_text, in which Slack formats and links nothing.
func plain(text string, limit int) textObject {
	if text == "" {
		text = "-"
	}
	return textObject{Type: "plain_text", Text: escapeAndCut(text, limit)}
}

// sign returns a coloured sign for a level, which a notification shows too. The worst differs in its
// shape as well.
func sign(level finding.Level, isOver bool) string {
	if isOver {
		return "⚪"
	}
	switch level {
	case finding.LevelLow:
		return "🔵"
	case finding.LevelMedium:
		return "🟠"
	case finding.LevelHigh:
		return "🔴"
	case finding.LevelCritical:
		return "🟥"
	case finding.LevelUntriaged:
		return "🟣"
	default:
		return "⚫"
	}
}

// headline returns what stands in the first block: the sign and the word of the level, and what
// happened, to what and where. A message about no finding has no level.
func headline(m formatter.Message) string {
	if m.LevelName == "" {
		return m.Line(" · ")
	}
	return sign(m.Level, m.IsOver) + " " + m.Line(" · ")
}
