// Package markdown renders a message as CommonMark, for issue trackers, wikis and chats.
//
// Everything that a finding says is escaped, so that it makes no link, image, heading, list, quote,
// table, mention or HTML; the only links are those of the message.
package markdown

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tocsin-sec/tocsin/formatter"
)

// Render returns the message as CommonMark of at most limit characters. What does not fit goes in
// the order of Message.Smaller; the last resort is the headline alone, cut.
func Render(m formatter.Message, limit int) string {
	for {
		text := full(m)
		if utf8.RuneCountInString(text) <= limit {
			return text
		}
		smaller, ok := m.Smaller()
		if !ok {
			return cut(m.Line(" · "), limit)
		}
		m = smaller
	}
}

func full(m formatter.Message) string {
	var parts []string
	add := func(text string) {
		if text != "" {
			parts = append(parts, text)
		}
	}
	add("## " + escape(m.Line(" · ")))
	if m.About != "" {
		add("*" + escape(m.About) + "*")
	}
	if m.Minimal {
		add(links(m.Links[:min(len(m.Links), 1)]))
		return strings.Join(parts, "\n\n") + "\n"
	}
	var changes []string
	for _, change := range m.News() {
		changes = append(changes, "- "+escape(change))
	}
	add(strings.Join(changes, "\n"))
	add(lines(m.Summary))
	add(lines(m.Description))
	var facts []string
	for _, fact := range m.Facts {
		facts = append(facts, "- **"+escape(fact.Label)+":** "+escape(fact.Value))
	}
	add(strings.Join(facts, "\n"))
	for _, group := range m.Groups {
		add(groupOf(group))
	}
	add(entries(m))
	add(links(m.Links))
	return strings.Join(parts, "\n\n") + "\n"
}

// lines returns a text of several lines, each on a line of its own.
func lines(text string) string { return strings.ReplaceAll(escape(text), "\n", "\\\n") }

func groupOf(g formatter.Group) string {
	all := []string{"**" + escape(g.Label) + "**", ""}
	for _, count := range g.Counts {
		all = append(all, "- "+strconv.Itoa(count.N)+" × "+escape(count.Value))
	}
	if g.More != "" {
		all = append(all, "- "+escape(g.More))
	}
	return strings.Join(all, "\n")
}

func entries(m formatter.Message) string {
	var all []string
	for _, entry := range m.Entries {
		line := "- " + escape(entry.Line(" · "))
		if entry.Link.URL != "" {
			line += " " + link(entry.Link)
		}
		all = append(all, line)
	}
	if m.More != "" {
		all = append(all, "- "+escape(m.More))
	}
	return strings.Join(all, "\n")
}

func links(all []formatter.Link) string {
	var texts []string
	for _, one := range all {
		texts = append(texts, link(one))
	}
	return strings.Join(texts, " · ")
}

// link makes a link; both parts are of the formatter's own making.
func link(l formatter.Link) string {
	address := strings.NewReplacer("<", "%3C", ">", "%3E", "\\", "%5C", " ", "%20", "\n", "").Replace(l.URL)
	return "[" + escape(l.Label) + "](<" + address + ">)"
}

// escape puts a backslash before every ASCII mark, which is then only itself:
// https://spec.commonmark.org/0.31.2/#backslash-escapes
func escape(text string) string {
	var b strings.Builder
	for _, r := range text {
		if r < utf8.RuneSelf && strings.ContainsRune("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// cut returns at most limit characters of an escaped text, without half an escape.
func cut(text string, limit int) string {
	var b strings.Builder
	left := limit - 2 // for the ellipsis and the line break
	for _, r := range text {
		piece := escape(string(r))
		if left -= utf8.RuneCountInString(piece); left < 0 {
			b.WriteString("…")
			break
		}
		b.WriteString(piece)
	}
	return b.String() + "\n"
}
