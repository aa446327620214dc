package discord

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tocsin-sec/tocsin/formatter"
)

// What is shown of one text, in characters: less than Discord takes where nobody reads more.
const (
	maxLine  = 40 // a longer fact has the whole width
	maxCount = 100
)

// embedOf returns the whole message, whatever its size.
func embedOf(m formatter.Message) embed {
	e := embed{Title: escape(orDash(m.Line(" · ")), maxTitle), Color: m.Colour()}
	if len(m.Links) > 0 && len(m.Links[0].URL) <= maxURL {
		e.URL = address(m.Links[0].URL)
	}
	e.Description = description(m)
	for _, group := range m.Groups {
		e.Fields = append(e.Fields, groupField(group))
	}
	for _, entry := range m.Entries {
		e.Fields = append(e.Fields, entryField(entry))
	}
	for _, fact := range m.Facts {
		e.Fields = append(e.Fields, field{
			Name: escape(orDash(fact.Label), maxName), Value: code(fact.Value, maxValue),
			Inline: utf8.RuneCountInString(fact.Value) <= maxLine,
		})
	}
	// A footer knows no markup: https://discordjs.guide/popular-topics/embeds.html#notes
	if text := joined(" · ", m.About, m.More); text != "" {
		e.Footer = &footer{cut(calm(text), maxFooter)}
	}
	return e
}

// description returns what is new, what happened, and where to read on.
func description(m formatter.Message) string {
	var changes, links []string
	for _, change := range m.News() {
		changes = append(changes, code(change, maxValue))
	}
	for _, link := range m.Links {
		links = append(links, linkText(link))
	}
	text := m.Paragraph()
	if text != "" {
		text = escape(text, maxDescription)
	}
	return joined("\n\n", strings.Join(changes, "\n"), text, strings.Join(links, " · "))
}

func groupField(g formatter.Group) field {
	var lines []string
	for _, count := range g.Counts {
		lines = append(lines, strconv.Itoa(count.N)+" "+code(count.Value, maxCount))
	}
	if g.More != "" {
		lines = append(lines, escape(g.More, maxCount))
	}
	return field{Name: escape(orDash(g.Label), maxName), Value: orDash(strings.Join(lines, "\n")), Inline: true}
}

func entryField(e formatter.Entry) field {
	value := code(e.About, maxCount)
	if e.Link.URL != "" {
		if link := linkText(e.Link); utf8.RuneCountInString(link) <= maxValue {
			value = link
		}
	}
	return field{Name: escape(orDash(e.Line(" · ")), maxName), Value: value}
}

// fits reports whether Discord takes the embed.
func (e embed) fits() bool {
	for _, size := range e.sizes() {
		if size.Value > size.Limit {
			return false
		}
	}
	return true
}

// joined joins the texts that are not empty.
func joined(separator string, texts ...string) string {
	var all []string
	for _, text := range texts {
		if text != "" {
			all = append(all, text)
		}
	}
	return strings.Join(all, separator)
}
