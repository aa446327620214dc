// Package html renders a message as an HTML e-mail, with a plain look that every reader's program
// shows alike: tables, inline styles, no image, nothing from elsewhere, and a dark scheme.
//
// Everything that a finding says is escaped. The only links are those of the message.
package html

import (
	_ "embed" // for head.html
	"fmt"
	"html"
	"strconv"
	"strings"

	"github.com/tocsin-sec/tocsin/formatter"
)

// maxBytes is how large an e-mail gets: Gmail hides what comes after 102 KB.
const maxBytes = 90_000

// Render returns the message as an HTML document of at most 90,000 bytes. What does not fit goes in
// the order of Message.Smaller, the last of which always fits.
func Render(m formatter.Message) string {
	for {
		text := document(m)
		if len(text) <= maxBytes {
			return text
		}
		smaller, ok := m.Smaller()
		if !ok {
			return text // headline and link are bounded by the formatter
		}
		m = smaller
	}
}

// head is what stands before the headline. The styles that a dark scheme changes have a class
// beside the inline style.
//
//go:embed head.html
var head string

const (
	font  = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;"
	text  = font + "color:#1f2328;font-size:15px;line-height:1.5;"
	mild  = font + "color:#59636e;font-size:13px;line-height:1.5;"
	cells = "padding:6px 12px 6px 0;vertical-align:top;border-top:1px solid #e4e7ea;"
)

func document(m formatter.Message) string {
	w := &writer{}
	headline := m.Line(" · ")
	w.raw(strings.NewReplacer(
		"LANG", html.EscapeString(m.Lang), "TITLE", html.EscapeString(headline), "COLOUR", fmt.Sprintf("#%06x", m.Colour()),
	).Replace(head))
	w.element("h1", "text", font+"color:#1f2328;font-size:20px;line-height:1.35;margin:0 0 4px;", headline)
	w.element("p", "mild", mild+"margin:0 0 16px;", m.About)
	if !m.Minimal {
		w.body(m)
	}
	w.links(m.Links)
	w.raw("</td></tr></table>\n</td></tr></table>\n</body>\n</html>\n")
	return w.String()
}

// writer writes HTML; only raw takes it as it is.
type writer struct{ strings.Builder }

func (w *writer) raw(markup string) { w.WriteString(markup) }

// element writes an element with a text, and nothing for no text.
func (w *writer) element(name, class, style, content string) {
	if content == "" {
		return
	}
	escaped := strings.ReplaceAll(html.EscapeString(content), "\n", "<br>")
	w.raw("<" + name + ` class="` + class + `" style="` + style + `">` + escaped + "</" + name + ">\n")
}

func (w *writer) body(m formatter.Message) {
	if news := m.News(); len(news) > 0 {
		w.raw(`<ul style="margin:0 0 16px;padding:0 0 0 20px;">` + "\n")
		for _, change := range news {
			w.element("li", "text", text, change)
		}
		w.raw("</ul>\n")
	}
	w.element("p", "text", text+"margin:0 0 8px;", m.Summary)
	w.element("p", "text", text+"margin:0 0 16px;", m.Description)
	if len(m.Facts) > 0 {
		w.raw(`<table class="facts" width="100%" cellpadding="0" cellspacing="0" style="margin:0 0 16px;border-collapse:collapse;">` + "\n")
		for _, fact := range m.Facts {
			w.row(fact.Label, fact.Value)
		}
		w.raw("</table>\n")
	}
	for _, group := range m.Groups {
		w.element("h2", "mild", mild+"font-weight:600;margin:16px 0 4px;", group.Label)
		w.raw(`<table class="facts" width="100%" cellpadding="0" cellspacing="0" style="margin:0 0 8px;border-collapse:collapse;">` + "\n")
		for _, count := range group.Counts {
			w.row(strconv.Itoa(count.N), count.Value)
		}
		w.raw("</table>\n")
		w.element("p", "mild", mild+"margin:0 0 8px;", group.More)
	}
	for _, entry := range m.Entries {
		w.element("p", "text", text+"margin:12px 0 0;", entry.Line(" · "))
		if entry.Link.URL != "" {
			w.raw(`<p style="margin:0 0 4px;">`)
			w.link(entry.Link, "link", font+"font-size:13px;color:#0a64c8;")
			w.raw("</p>\n")
		}
	}
	w.element("p", "mild", mild+"margin:8px 0 16px;", m.More)
}

func (w *writer) row(label, value string) {
	w.raw(`<tr><th class="mild line" align="left" scope="row" width="130" style="` + mild + cells + `font-weight:400;">` + html.EscapeString(label) +
		`</th><td class="text line" style="` + text + cells + `word-break:break-word;">` + html.EscapeString(value) + "</td></tr>\n")
}

// links writes the first link as a button, the others below it.
func (w *writer) links(all []formatter.Link) {
	for i, link := range all {
		w.raw(`<p style="margin:8px 0 0;">`)
		if i == 0 {
			w.link(link, "button", font+"display:inline-block;padding:9px 18px;background:#0a64c8;color:#ffffff;font-size:14px;font-weight:600;text-decoration:none;border-radius:4px;")
		} else {
			w.link(link, "link", font+"font-size:14px;color:#0a64c8;")
		}
		w.raw("</p>\n")
	}
}

func (w *writer) link(l formatter.Link, class, style string) {
	w.raw(`<a class="` + class + `" href="` + html.EscapeString(l.URL) + `" style="` + style + `">` + html.EscapeString(l.Label) + "</a>")
}
