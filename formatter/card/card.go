// Package card renders a message as an Adaptive Card 1.4, in the envelope that a webhook of Microsoft
// Teams takes.
//
// What a finding says stands in text runs alone, which no client reads as Markdown, and what clients
// put dates or people in place of is broken. Links are those of the message, mentions those of the
// operator.
//
// https://adaptivecards.io/explorer/
// https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
package card

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

const (
	// maxBytes is how large a body gets. Teams takes about 28 KB, but counts more than the JSON: it
	// has refused a body of 24,453 bytes as one of 28,897, of 28,672 at most, and others have seen
	// the limit at 21,000. A flow that is refused says so in its own history alone.
	// https://github.com/MicrosoftDocs/msteams-docs/issues/11274
	maxBytes = 20_000
	// maxQuoted bounds the same where every quote and backslash counts twice, as in a card that has
	// become a JSON string: that is about what Teams counted.
	maxQuoted = 27_000
	// maxActions is how many buttons Teams shows.
	// https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/design-effective-cards
	maxActions = 6
	// maxLink is the longest address that a button gets, in bytes.
	maxLink = 2_000
	// maxHeadline and maxLabel bound the texts that never go, in characters.
	maxHeadline = 500
	maxLabel    = 60
)

// envelope is what a webhook of Teams is posted.
type envelope struct {
	Type        string       `json:"type"`
	Attachments []attachment `json:"attachments"`
}

type attachment struct {
	ContentType string  `json:"contentType"`
	ContentURL  *string `json:"contentUrl"` // always null
	Content     card    `json:"content"`
}

type card struct {
	Schema   string    `json:"$schema"`
	Type     string    `json:"type"`
	Version  string    `json:"version"`
	Fallback string    `json:"fallbackText"`
	Body     []element `json:"body"`
	Actions  []action  `json:"actions,omitempty"`
	Teams    teams     `json:"msteams"`
}

// teams is what Teams alone reads.
type teams struct {
	Width    string   `json:"width"`
	Entities []entity `json:"entities,omitempty"`
}

// element is a Container, a ColumnSet, a Column, a RichTextBlock or, for mentions, a TextBlock.
type element struct {
	Type    string    `json:"type"`
	Style   string    `json:"style,omitempty"`
	Bleed   bool      `json:"bleed,omitempty"`
	Spacing string    `json:"spacing,omitempty"`
	Width   string    `json:"width,omitempty"`
	Items   []element `json:"items,omitempty"`
	Columns []element `json:"columns,omitempty"`
	Inlines []run     `json:"inlines,omitempty"`
	Text    string    `json:"text,omitempty"`
	Wrap    bool      `json:"wrap,omitempty"`
}

// run is a TextRun: text that is shown as it is.
type run struct {
	Type     string  `json:"type"`
	Text     string  `json:"text"`
	Size     string  `json:"size,omitempty"`
	Weight   string  `json:"weight,omitempty"`
	Color    string  `json:"color,omitempty"`
	IsSubtle bool    `json:"isSubtle,omitempty"`
	Select   *action `json:"selectAction,omitempty"`
}

type action struct {
	Type  string `json:"type"`
	Title string `json:"title,omitempty"`
	URL   string `json:"url"`
}

// Render returns the message as the JSON body of a post to a webhook of Teams, of at most 20,000
// bytes. The header has the colour of the level; buttons lead on. What does not fit goes in the order
// of Message.Smaller; the header always fits, and of the mentions what is within their limit. The
// minimal form is header, mentions and the first button; what is over gets a short form, since it
// stands below the message that it ends.
func Render(m formatter.Message) []byte {
	if m.Kind == notify.KindResolved {
		m.Summary, m.Description, m.Facts = "", "", nil
	}
	called := calls(m.Mentions)
	for {
		body := encoded(cardOf(m, called))
		if fits(body) {
			return body
		}
		smaller, ok := m.Smaller()
		if !ok {
			m.Minimal = true
			m.Links = nil
			return encoded(cardOf(m, called)) // which is bounded by the constants
		}
		m = smaller
	}
}

// fits reports whether Teams takes a body.
func fits(body []byte) bool { return len(body) <= maxBytes && quoted(body) <= maxQuoted }

// quoted is how many bytes a body has within a JSON string.
func quoted(body []byte) int {
	return len(body) + bytes.Count(body, []byte{'"'}) + bytes.Count(body, []byte{'\\'})
}

// encoded returns the body of a card. Nothing of it becomes HTML, so that < needs no six bytes.
func encoded(c card) []byte {
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(envelope{"message", []attachment{{"application/vnd.microsoft.card.adaptive", nil, c}}}); err != nil {
		return nil // texts alone cannot fail
	}
	return bytes.TrimSpace(body.Bytes())
}

func cardOf(m formatter.Message, called []call) card {
	c := card{
		Schema: "http://adaptivecards.io/schemas/adaptive-card.json", Type: "AdaptiveCard", Version: "1.4",
		Fallback: words(cut(m.Line(" · "), maxHeadline)), Body: []element{header(m)}, Actions: actions(m.Links),
		Teams: teams{Width: "Full"},
	}
	if len(called) > 0 {
		c.Body = append(c.Body, mentionBlock(called))
		c.Teams.Entities = entities(called)
	}
	if m.Minimal {
		c.Actions = c.Actions[:min(len(c.Actions), 1)]
		return c
	}
	c.Body = append(c.Body, blocks(m)...)
	return c
}

// actions returns the links as buttons. One that is too long is left out: half a link leads
// elsewhere.
func actions(links []formatter.Link) []action {
	var all []action
	for _, link := range links {
		if len(all) < maxActions && isLink(link) {
			all = append(all, action{Type: "Action.OpenUrl", Title: inert(cut(link.Label, maxLabel)), URL: link.URL})
		}
	}
	return all
}

func isLink(link formatter.Link) bool {
	return strings.HasPrefix(link.URL, "https://") && len(link.URL) <= maxLink
}
