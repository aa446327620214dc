package slack

import (
	"strings"
	"unicode/utf8"
)

const ellipsis = "…"

// The characters that are escaped in an address, and in any other text.
const (
	specialAddress = "&<>|"
	specialText    = "&<>"
)

// escapeAddress escapes what would end an address, or stand for something else in it.
func escapeAddress(r rune) string {
	switch r {
	case '&':
		return "&amp;"
	case '<':
		return "%3C"
	case '>':
		return "%3E"
	case '|':
		return "%7C"
	}
	return ""
}

// escapeText escapes Slack's three control characters, which disarms mentions and links.
// https://docs.slack.dev/messaging/formatting-message-text/#escaping
func escapeText(r rune) string {
	switch r {
	case '&':
		return "&amp;"
	case '<':
		return "&lt;"
	case '>':
		return "&gt;"
	}
	return ""
}

// longestEscape is how many runes an escape has at most.
const longestEscape = 5

// escapedWhole escapes a text whose length does not matter.
func escapedWhole(text, special string, escape func(rune) string) string {
	at := strings.IndexAny(text, special)
	if at < 0 {
		return text
	}
	var b strings.Builder
	b.Grow(len(text) + len(text)/8)
	for ; at >= 0; at = strings.IndexAny(text, special) {
		b.WriteString(text[:at])
		b.WriteString(escape(rune(text[at]))) // special is ASCII
		text = text[at+1:]
	}
	b.WriteString(text)
	return b.String()
}

// escaped escapes rune by rune and gives at most limit runes of the result, so that no escape is cut
// in two. A rune that stays as it is has the empty text for its escape; only those of special, which are
// ASCII, have another.
func escaped(text string, limit int, special string, escape func(rune) string) string {
	fits := longestEscape*len(text) <= limit || len(text) <= limit && !strings.ContainsAny(text, special)
	if fits && utf8.ValidString(text) {
		return escapedWhole(text, special, escape)
	}
	var b strings.Builder
	b.Grow(len(text))
	total, end := 0, 0 // end is where the text is cut to make room for the ellipsis
	for _, r := range text {
		piece := escape(r)
		if total += max(utf8.RuneCountInString(piece), 1); total > limit {
			if limit <= 0 {
				return ""
			}
			return b.String()[:end] + ellipsis
		}
		if piece == "" {
			b.WriteRune(r)
		} else {
			b.WriteString(piece)
		}
		if total < limit {
			end = b.Len()
		}
	}
	return b.String()
}
