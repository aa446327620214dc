// Package text renders a message as plain text, for an e-mail, a terminal or the subject of either.
package text

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// between separates the parts of a headline in plain text.
const between = "  "

// Render returns the message as plain text of at most limit bytes of UTF-8. It ends without a line
// break. What does not fit goes in the order of Message.Smaller; headline and first link stay.
func Render(m formatter.Message, limit int) string {
	if m.Minimal {
		return minimal(m, limit)
	}
	for {
		if text := full(m, max(min(limit, typicalText), 0)); len(text) <= limit {
			return text
		}
		smaller, ok := m.Smaller()
		if !ok {
			return minimal(m, limit)
		}
		m = smaller
	}
}

// Coloured returns the same text as Render for a terminal that shows colours: the headline has that
// of its level. The escape sequences come on top of limit.
func Coloured(m formatter.Message, limit int) string {
	headline, rest, _ := strings.Cut(Render(m, limit), "\n")
	return colour(m) + headline + "\x1b[0m\n" + rest
}

// colour returns the escape sequence of the level; what is over is grey.
func colour(m formatter.Message) string {
	if m.IsOver {
		return "\x1b[1;90m"
	}
	return map[finding.Level]string{
		finding.LevelUnknown:   "\x1b[1m",
		finding.LevelLow:       "\x1b[1;34m",
		finding.LevelMedium:    "\x1b[1;33m",
		finding.LevelHigh:      "\x1b[1;31m",
		finding.LevelCritical:  "\x1b[1;97;41m",
		finding.LevelUntriaged: "\x1b[1;35m",
	}[m.Level]
}

// full returns the text whatever its size; room is how much of it is made room for.
func full(m formatter.Message, room int) string {
	var t paragraphs
	t.Grow(room)
	t.add(m.Line(between))
	t.add(m.About)
	t.end()
	for _, change := range m.News() {
		t.add("  ", change)
	}
	t.end()
	t.add(m.Paragraph())
	t.end()
	t.addFacts(m.Facts)
	for _, group := range m.Groups {
		t.add(groupLines(group))
		t.end()
	}
	t.add(entryLines(m))
	t.end()
	for _, link := range m.Links {
		t.add(link.Label, ": ", link.URL)
	}
	return t.String()
}

// typicalText is room for a message as it is as a rule, in bytes.
const typicalText = 1_280

// paragraphs are lines, with an empty one between paragraphs.
type paragraphs struct {
	strings.Builder
	isOpen bool
}

// add adds a line that is made of parts, unless it is empty.
func (p *paragraphs) add(parts ...string) {
	isBegun := false
	for _, part := range parts {
		if part == "" {
			continue
		}
		if !isBegun && p.Len() > 0 {
			if !p.isOpen {
				p.WriteByte('\n')
			}
			p.WriteByte('\n')
		}
		isBegun, p.isOpen = true, true
		p.WriteString(part)
	}
}

func (p *paragraphs) end() { p.isOpen = false }

func (p *paragraphs) addFacts(facts []formatter.Fact) {
	const blanks = "                                        "
	width := 0
	for _, fact := range facts {
		width = max(width, columns(fact.Label))
	}
	for _, fact := range facts {
		p.add("  ", fact.Label, blanks[:min(width-columns(fact.Label), len(blanks))], "  ", fact.Value)
	}
	p.end()
}

// columns returns how wide a label is in a terminal: East Asian letters take two columns.
func columns(text string) int {
	n := 0
	for _, r := range text {
		if r >= 0x2e80 && r < 0xfffe {
			n++
		}
		n++
	}
	return n
}

func groupLines(g formatter.Group) string {
	lines := []string{g.Label}
	for _, count := range g.Counts {
		lines = append(lines, "  "+strconv.Itoa(count.N)+between+count.Value)
	}
	if g.More != "" {
		lines = append(lines, "  "+g.More)
	}
	return strings.Join(lines, "\n")
}

func entryLines(m formatter.Message) string {
	var lines []string
	for _, entry := range m.Entries {
		lines = append(lines, entry.Line(between))
		if entry.Link.URL != "" {
			lines = append(lines, "  "+entry.Link.URL)
		}
	}
	if m.More != "" {
		lines = append(lines, m.More)
	}
	return strings.Join(lines, "\n")
}

// minimal returns the headline, what it is about and the first link, whole, in at most limit bytes.
func minimal(m formatter.Message, limit int) string {
	const least = 40 // bytes of a headline that still say something
	text, link := joined("\n", m.Line(between), m.About), ""
	if len(m.Links) > 0 && len(m.Links[0].URL)+1+least <= limit {
		link = "\n" + m.Links[0].URL
	}
	return cutBytes(text, limit-len(link)) + link
}

// joined returns the two texts with separator between them, or the one that is not empty.
func joined(separator, one, other string) string {
	if one == "" || other == "" {
		return one + other
	}
	return one + separator + other
}

// cutBytes returns text of at most limit bytes, without a rune cut in two.
// What was cut shows as an ellipsis.
func cutBytes(text string, limit int) string {
	const ellipsis = "…"
	if len(text) <= limit {
		return text
	}
	end := limit - len(ellipsis)
	if end < 0 {
		return ""
	}
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + ellipsis
}
