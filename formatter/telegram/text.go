package telegram

import (
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// writer makes a text and the entities in it.
type writer struct {
	text     strings.Builder
	units    int // of UTF-16
	entities []entity
}

// raw adds what is of our own making, as it is.
func (w *writer) raw(text string) {
	w.text.WriteString(text)
	w.units += units(text)
}

// plain adds a text in which Telegram finds nothing.
func (w *writer) plain(text string) { w.raw(inert(text)) }

// mark adds a text that is an entity of the given type.
func (w *writer) mark(e entity, text string) {
	if text == "" {
		return
	}
	e.Offset, e.Length = w.units, units(text)
	w.raw(text)
	w.entities = append(w.entities, e)
}

// bold adds a text in bold, in which Telegram finds nothing.
func (w *writer) bold(text string) { w.mark(entity{Type: "bold"}, inert(text)) }

// code adds a value as code, which is copied when it is touched, and in which Telegram finds nothing.
func (w *writer) code(value string) {
	if value == "" {
		value = "-"
	}
	w.mark(entity{Type: "code"}, value)
}

// link adds a link; both parts are of the formatter's own making.
func (w *writer) link(l formatter.Link) {
	if len(l.URL) > maxURL {
		return // half of one leads elsewhere
	}
	w.mark(entity{Type: "text_link", URL: l.URL}, inert(l.Label))
}

// full returns the whole message, whatever its size.
func full(m formatter.Message) writer {
	var w writer
	w.raw(sign(m))
	w.headline(m.Headline)
	w.mentions(m.Mentions)
	if m.About != "" {
		w.raw("\n")
		w.code(m.About)
	}
	news := m.News()
	w.paragraph(len(news))
	for _, change := range news {
		w.raw("\n")
		w.code(change)
	}
	if text := m.Paragraph(); text != "" {
		w.raw("\n\n")
		w.plain(text)
	}
	w.paragraph(len(m.Facts))
	for _, fact := range m.Facts {
		w.raw("\n")
		w.plain(fact.Label)
		w.raw(": ")
		w.code(fact.Value)
	}
	for _, group := range m.Groups {
		w.group(group)
	}
	w.paragraph(len(m.Entries))
	for _, entry := range m.Entries {
		w.entry(entry)
	}
	if m.More != "" {
		w.raw("\n")
		w.plain(m.More)
	}
	w.paragraph(len(m.Links))
	for _, link := range m.Links {
		w.raw("\n")
		w.link(link)
	}
	return w
}

// paragraph adds the empty line before so many lines, each of which begins with a line break.
func (w *writer) paragraph(lines int) {
	if lines > 0 {
		w.raw("\n")
	}
}

// headline adds how bad and what in bold, to what and where as code.
func (w *writer) headline(h formatter.Headline) {
	title := h.Brackets() + h.Title
	if h.LevelName != "" {
		title = strings.TrimSuffix(h.LevelName+" · "+title, " · ")
	}
	if title = strings.TrimSpace(title); title == "" {
		title = "-"
	}
	w.bold(title)
	for _, part := range []string{h.Target, h.Place} {
		if part != "" {
			w.raw(" · ")
			w.code(part)
		}
	}
}

func (w *writer) group(g formatter.Group) {
	w.raw("\n\n")
	w.bold(g.Label)
	for _, count := range g.Counts {
		w.raw("\n" + strconv.Itoa(count.N) + " × ")
		w.code(count.Value)
	}
	if g.More != "" {
		w.raw("\n")
		w.plain(g.More)
	}
}

func (w *writer) entry(e formatter.Entry) {
	w.raw("\n")
	w.headline(e.Headline)
	if e.Link.URL != "" {
		w.raw(" · ")
		w.link(e.Link)
	}
}

// minimal returns headline, mentions, the first change, what it is about, and the first link where
// all of it fits. Everything but the link is short by the formatter's own limits, and cut in any case.
func minimal(m formatter.Message) writer {
	var w writer
	parts := []string{m.Line(" · ")}
	if parts[0] == "" {
		parts[0] = "-"
	}
	if news := m.News(); len(news) > 0 {
		parts = append(parts, news[0])
	}
	if m.About != "" {
		parts = append(parts, m.About)
	}
	const room = maxText - maxMention - maxURL
	for i, part := range parts {
		if i > 0 {
			w.raw("\n")
		}
		w.raw(cut(inert(part), room/len(parts)-1))
		if i == 0 {
			w.mentions(m.Mentions)
		}
	}
	if len(m.Links) > 0 && units(m.Links[0].URL) < maxURL {
		w.raw("\n" + m.Links[0].URL)
	}
	return w
}

// cut returns text of at most limit UTF-16 units; what was cut shows as an ellipsis.
func cut(text string, limit int) string {
	if units(text) <= limit {
		return text
	}
	n := 0
	for at, r := range text {
		if n += utf16.RuneLen(r); n >= limit {
			return text[:at] + "…"
		}
	}
	return text
}

// units counts the UTF-16 code units of a text.
func units(text string) int {
	n := 0
	for _, r := range text {
		n += max(utf16.RuneLen(r), 1)
	}
	return n
}

// sign returns a circle in the colour of the level, since the text has none.
func sign(m formatter.Message) string {
	switch {
	case m.LevelName == "":
		return ""
	case m.IsOver:
		return "✅ "
	}
	return map[finding.Level]string{
		finding.LevelUnknown:   "⚪ ",
		finding.LevelLow:       "🔵 ",
		finding.LevelMedium:    "🟡 ",
		finding.LevelHigh:      "🟠 ",
		finding.LevelCritical:  "🔴 ",
		finding.LevelUntriaged: "🟣 ",
	}[m.Level]
}
