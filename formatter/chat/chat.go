// Package chat renders a message as Google Chat takes it: a card, and the text beside it.
//
// Everything that a finding says is escaped, in the card as HTML and in the text by look-alikes of
// Chat's marks, for which it has no escape. So it calls nobody, makes no link and formats nothing.
// Links are those of the message alone, mentions those of the operator.
package chat

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// What Chat takes, and what Render keeps well below.
const (
	// chatMaxBytes bounds a whole message, text and cards:
	// https://developers.google.com/workspace/chat/api/reference/rest/v1/spaces.messages/create
	chatMaxBytes = 32_000
	maxBytes     = 30_000
	// maxWidgets is how many widgets a card shows. It leaves out the section that goes beyond, and
	// those after it, without a word: https://developers.google.com/workspace/chat/api/reference/rest/v1/Card
	maxWidgets = 100
	// maxText bounds the text beside the card, in bytes; Chat took 4,096 characters of it once.
	maxText = 4_000
	// maxMention leaves more than half of that to say what happened.
	maxMention = 1_500
	// maxAddress is the longest address of a link, in bytes.
	maxAddress = 2_000
)

type message struct {
	Text     string       `json:"text,omitempty"`
	Fallback string       `json:"fallbackText,omitempty"`
	Cards    []cardWithID `json:"cardsV2,omitempty"`
	Thread   *threadKey   `json:"thread,omitempty"`
}

type threadKey struct {
	Key string `json:"threadKey"`
}

type cardWithID struct {
	ID   string `json:"cardId"`
	Card card   `json:"card"`
}

type card struct {
	Sections []section `json:"sections"`
}

type section struct {
	Widgets []widget `json:"widgets"`
}

// widget is a paragraph or a row of buttons.
type widget struct {
	Paragraph *paragraph  `json:"textParagraph,omitempty"`
	Buttons   *buttonList `json:"buttonList,omitempty"`
}

type paragraph struct {
	Text string `json:"text"`
}

type buttonList struct {
	Buttons []button `json:"buttons"`
}

type button struct {
	Text    string  `json:"text"`
	OnClick onClick `json:"onClick"`
}

type onClick struct {
	OpenLink openLink `json:"openLink"`
}

type openLink struct {
	URL string `json:"url"`
}

// Render returns the message as the JSON body of spaces.messages.create, to stand in the thread of
// the given key, or in one of its own where that is empty: a card, and the headline as the text of
// notifications, which say nothing of a card. Where people are called, the message has a text too,
// since nobody can be called in a card. What does not fit goes in the order of Message.Smaller; the
// headline always fits. The minimal form is text alone. The end of a finding is a few lines: what
// it was stands above it in the thread.
func Render(m formatter.Message, thread string) []byte {
	var body message
	if thread != "" {
		body.Thread = &threadKey{thread}
	}
	if m.Kind == notify.KindResolved {
		m.Facts, m.Description = nil, ""
	}
	if m.Minimal {
		body.Text = minimal(m)
		return encoded(body)
	}
	body.Fallback = cut(escapeText(m.Line(" · ")), maxText)
	if mentions := mentionsText(m.Mentions); mentions != "" {
		body.Text = mentions + "\n" + cut(body.Fallback, maxText-maxMention-len("\n"))
	}
	for {
		sections := sectionsOf(m)
		body.Cards = []cardWithID{{"tocsin", card{sections}}}
		if all := encoded(body); len(all) <= maxBytes && widgets(sections) <= maxWidgets {
			return all
		}
		smaller, ok := m.Smaller()
		if !ok {
			break
		}
		m = smaller
	}
	body.Cards, body.Fallback, body.Text = nil, "", minimal(m)
	return encoded(body)
}

// minimal returns the mentions, the headline, what it is about and the first link, whole, in at most
// maxText bytes.
func minimal(m formatter.Message) string {
	mentions, link := mentionsText(m.Mentions), ""
	if mentions != "" {
		mentions += "\n"
	}
	if len(m.Links) > 0 && isShort(m.Links[0]) {
		link = "\n<" + escapeAddress(m.Links[0].URL) + "|" + escapeText(m.Links[0].Label) + ">"
	}
	text := m.Line(" · ")
	if m.About != "" {
		text += "\n" + m.About
	}
	return mentions + cut(escapeText(text), maxText-len(mentions)-len(link)) + link
}

// isShort reports whether a link leaves a message room.
func isShort(link formatter.Link) bool {
	return link.URL != "" && len(escapeAddress(link.URL)) <= maxAddress && len(link.Label) <= maxAddress/10
}

// encoded returns the JSON of a body, whose marks of HTML stand as they are: Chat counts bytes.
func encoded(body message) []byte {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(body) != nil {
		return nil // texts alone cannot fail
	}
	return bytes.TrimSpace(text.Bytes())
}

// widgets counts those of a card, with each button as one more.
func widgets(sections []section) int {
	n := 0
	for _, s := range sections {
		n += len(s.Widgets)
		for _, w := range s.Widgets {
			if w.Buttons != nil {
				n += len(w.Buttons.Buttons)
			}
		}
	}
	return n
}

// mentionsText returns the mentions that are within the limit, each of them once and whole. A Style
// takes no longer list, so that it is a message of another making that loses some.
func mentionsText(all []formatter.Mention) string {
	var kept []string
	left := maxMention + 1 // no blank follows the last
	for _, mention := range all {
		text := mentionText(mention)
		if text == "" || slices.Contains(kept, text) {
			continue
		}
		if left -= len(text) + 1; left < 0 {
			break
		}
		kept = append(kept, text)
	}
	return strings.Join(kept, " ")
}
