package preview

import (
	_ "embed" // for the card's head
	"encoding/json"
	"html"
	"regexp"
	"slices"
	"strings"
)

// cardHead is what stands before a card: its styles, in the look of Teams, and who posts it.
//
//go:embed card.html
var cardHead string

// cardPart is an element of an Adaptive Card. It is read from the payload itself, so that the page
// shows what Teams is sent and nothing else.
type cardPart struct {
	Type    string     `json:"type"`
	Style   string     `json:"style"`
	Spacing string     `json:"spacing"`
	Width   string     `json:"width"`
	Items   []cardPart `json:"items"`
	Columns []cardPart `json:"columns"`
	Inlines []cardRun  `json:"inlines"`
	Text    string     `json:"text"`
}

type cardRun struct {
	Text     string      `json:"text"`
	Size     string      `json:"size"`
	Weight   string      `json:"weight"`
	Color    string      `json:"color"`
	IsSubtle bool        `json:"isSubtle"`
	Select   *cardButton `json:"selectAction"`
}

type cardButton struct {
	Title string `json:"title"`
	URL   string `json:"url"`
}

// drawCard returns an Adaptive Card as Teams draws it. It knows what Tocsin sends, and leaves out
// everything else; nil stands for a payload without a card.
func drawCard(payload []byte) []byte {
	var message struct {
		Attachments []struct {
			Content struct {
				Type    string       `json:"type"`
				Body    []cardPart   `json:"body"`
				Actions []cardButton `json:"actions"`
			} `json:"content"`
		} `json:"attachments"`
	}
	if json.Unmarshal(payload, &message) != nil || len(message.Attachments) == 0 || message.Attachments[0].Content.Type != "AdaptiveCard" {
		return nil
	}
	card := message.Attachments[0].Content
	w := &cardWriter{}
	w.raw(cardHead)
	w.parts(card.Body)
	if len(card.Actions) > 0 {
		w.raw(`<div class="actions">`)
		for _, button := range card.Actions {
			w.link("button", button.URL, button.Title)
		}
		w.raw("</div>")
	}
	w.raw("\n</div></div></div>\n</body>\n</html>\n")
	return []byte(w.String())
}

// cardWriter writes HTML; only raw takes it as it is.
type cardWriter struct{ strings.Builder }

func (w *cardWriter) raw(markup string) { w.WriteString(markup) }

func (w *cardWriter) text(text string) { w.WriteString(html.EscapeString(text)) }

func (w *cardWriter) parts(all []cardPart) {
	for _, part := range all {
		w.part(part)
	}
}

func (w *cardWriter) part(p cardPart) {
	space := ""
	if p.Spacing == "Small" {
		space = " small"
	}
	switch p.Type {
	case "Container":
		w.raw("\n" + `<div class="container ` + known(p.Style, "plain", "attention", "warning", "accent", "good", "emphasis") + `">`)
		w.parts(p.Items)
		w.raw("</div>")
	case "ColumnSet":
		w.raw("\n" + `<div class="columns` + space + `">`)
		for _, column := range p.Columns {
			w.raw(`<div class="column"` + widthOf(column.Width) + `>`)
			w.parts(column.Items)
			w.raw("</div>")
		}
		w.raw("</div>")
	case "RichTextBlock":
		w.raw("\n" + `<p class="text` + space + `">`)
		for _, run := range p.Inlines {
			w.run(run)
		}
		w.raw("</p>")
	case "TextBlock":
		w.raw("\n" + `<p class="text` + space + `">`)
		w.mentions(p.Text)
		w.raw("</p>")
	}
}

// widthOf returns the style of a column of a width in pixels; the others share what is left.
func widthOf(width string) string {
	if !regexp.MustCompile(`^[0-9]{1,3}px$`).MatchString(width) {
		return ` style="flex:1 1 0"`
	}
	return ` style="flex:0 0 ` + width + `"`
}

func (w *cardWriter) run(r cardRun) {
	class := "colour-" + known(strings.ToLower(r.Color), "default", "attention", "warning", "accent", "good") +
		" size-" + known(strings.ToLower(r.Size), "default", "small", "medium", "large")
	if r.IsSubtle {
		class += " subtle"
	}
	if r.Weight == "Bolder" {
		class += " bold"
	}
	w.raw(`<span class="` + class + `">`)
	if r.Select != nil {
		w.link("", r.Select.URL, r.Text)
	} else {
		w.text(r.Text)
	}
	w.raw("</span>")
}

// link writes a link of https, and the bare text of any other.
func (w *cardWriter) link(class, url, text string) {
	if !strings.HasPrefix(url, "https://") {
		w.text(text)
		return
	}
	w.raw(`<a class="` + class + `" href="` + html.EscapeString(url) + `" target="_blank" rel="noreferrer noopener">`)
	w.text(text)
	w.raw("</a>")
}

// mentions writes a text, with what stands in the tags of a mention as a name.
func (w *cardWriter) mentions(text string) {
	for text != "" {
		before, rest, isOpened := strings.Cut(text, "<at>")
		w.text(before)
		name, after, isClosed := strings.Cut(rest, "</at>")
		if isOpened && isClosed {
			w.raw(`<span class="mention">`)
			w.text(name)
			w.raw("</span>")
		}
		text = after
	}
}

// known returns a word that is one of those that are known, or the first of them.
func known(word string, all ...string) string {
	if slices.Contains(all, word) {
		return word
	}
	return all[0]
}
