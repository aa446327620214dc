package chat

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/tocsin-sec/tocsin/formatter"
)

// lineBreak is one in a card's text:
// https://developers.google.com/workspace/chat/format-messages#card-formatting
const lineBreak = "<br>"

// gap stands between a label and its value: two blanks would be drawn as one.
const gap = "\u00a0 "

// sectionsOf returns the card: the headline with what is new, the facts, the counts of a digest, the
// findings in it, and the links.
func sectionsOf(m formatter.Message) []section {
	var all []section
	add := func(widgets ...widget) {
		if len(widgets) > 0 {
			all = append(all, section{widgets})
		}
	}
	add(head(m)...)
	if len(m.Facts) > 0 {
		var lines []string
		for _, fact := range m.Facts {
			lines = append(lines, "<b>"+escapeHTML(fact.Label)+"</b>"+gap+escapeHTML(fact.Value))
		}
		add(lined(lines))
	}
	var groups []widget
	for _, group := range m.Groups {
		groups = append(groups, groupOf(group))
	}
	add(groups...)
	add(entries(m)...)
	if buttons := buttonsOf(m.Links); len(buttons) > 0 {
		add(widget{Buttons: &buttonList{buttons}})
	}
	return all
}

// head returns the headline, who says so, what has changed and what happened.
func head(m formatter.Message) []widget {
	headline := coloured(m)
	if m.About != "" {
		headline += lineBreak + escapeHTML(m.About)
	}
	all := []widget{lined([]string{headline})}
	if news := m.News(); len(news) > 0 {
		var lines []string
		for _, change := range news {
			lines = append(lines, escapeHTML(change))
		}
		all = append(all, lined(lines))
	}
	if text := m.Paragraph(); text != "" {
		all = append(all, lined(strings.Split(escapeHTML(text), "\n")))
	}
	return all
}

// coloured returns the headline with its level in the level's colour.
func coloured(m formatter.Message) string {
	what := "<b>" + escapeHTML(m.What(" · ")) + "</b>"
	if m.LevelName == "" {
		return what
	}
	return fmt.Sprintf(`<font color="#%06X"><b>`, m.Colour()) + escapeHTML(m.LevelName) + "</b></font> · " + what
}

// lined makes a paragraph of lines of HTML.
func lined(lines []string) widget {
	return widget{Paragraph: &paragraph{strings.Join(lines, lineBreak)}}
}

func groupOf(g formatter.Group) widget {
	lines := []string{"<b>" + escapeHTML(g.Label) + "</b>"}
	for _, count := range g.Counts {
		lines = append(lines, strconv.Itoa(count.N)+gap+escapeHTML(count.Value))
	}
	if g.More != "" {
		lines = append(lines, escapeHTML(g.More))
	}
	return lined(lines)
}

func entries(m formatter.Message) []widget {
	var all []widget
	for _, entry := range m.Entries {
		text := "<b>" + escapeHTML(entry.LevelName) + "</b>" + gap + escapeHTML(entry.What(" · "))
		if isShort(entry.Link) {
			text += gap + `<a href="` + escapeHTML(escapeAddress(entry.Link.URL)) + `">` + escapeHTML(entry.Link.Label) + "</a>"
		}
		all = append(all, lined([]string{text}))
	}
	if m.More != "" {
		all = append(all, lined([]string{escapeHTML(m.More)}))
	}
	return all
}

func buttonsOf(links []formatter.Link) []button {
	var all []button
	for _, link := range links {
		if isShort(link) {
			all = append(all, button{link.Label, onClick{openLink{escapeAddress(link.URL)}}})
		}
	}
	return all
}
