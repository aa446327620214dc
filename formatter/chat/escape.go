package chat

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tocsin-sec/tocsin/formatter"
)

// lookalikes returns what stands for Chat's marks in a text. Chat has no escape for them:
// https://developers.google.com/workspace/chat/format-messages#format-texts
func lookalikes() map[rune]rune {
	return map[rune]rune{
		'<': '‹', '>': '›', // links and mentions; single angle quotation marks
		'*': '∗', '~': '∼', // bold, struck out; the operators
		'`': 'ˋ', // code; the modifier letter
	}
}

// escapeText puts look-alikes in the place of the marks of a text beside a card. An underscore
// within a word is no mark, and stays, as in the name of a role; a hyphen is one where it begins a
// line.
func escapeText(text string) string {
	var out strings.Builder
	out.Grow(len(text))
	like, runes, isStart := lookalikes(), []rune(text), true
	at := func(i int) rune {
		if i < 0 || i >= len(runes) {
			return '\n'
		}
		return runes[i]
	}
	for i, r := range runes {
		switch other, isMark := like[r]; {
		case isMark:
			r = other
		case r == '_' && (!inWord(at(i-1)) || !inWord(at(i+1))):
			r = 'ˍ'
		case r == '-' && isStart && unicode.IsSpace(at(i+1)):
			r = '‐'
		}
		out.WriteRune(r)
		isStart = r == '\n' || isStart && unicode.IsSpace(r)
	}
	return out.String()
}

// inWord reports whether a character is part of a word.
func inWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// escapeHTML makes text of a card's HTML. A mention is broken besides: the pages on cards do not say
// that there is none in them.
func escapeHTML(text string) string {
	return strings.NewReplacer("<users/", "‹users/", "&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
}

// escapeAddress escapes what would end an address, or stand for something else around it.
func escapeAddress(address string) string {
	return strings.NewReplacer("<", "%3C", ">", "%3E", "|", "%7C", `"`, "%22", " ", "%20", "\n", "").Replace(address)
}

// cut returns text of at most limit bytes, without a rune cut in two. What was cut shows as an
// ellipsis.
func cut(text string, limit int) string {
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

// userStart begins the ID of a user, so that it is told from the numbers of other channels.
const userStart = "users/"

// ParseMention reads one mention as Google Chat writes it: <users/all>, <users/123456789012345678901>.
func ParseMention(text string) (formatter.Mention, bool) {
	name, isOpen := strings.CutPrefix(text, "<")
	name, isClosed := strings.CutSuffix(name, ">")
	switch {
	case !isOpen || !isClosed:
		return formatter.Mention{}, false
	case name == userStart+"all":
		return formatter.Mention{Kind: formatter.MentionChannel}, true
	case isUser(name):
		return formatter.Mention{Kind: formatter.MentionUser, ID: name}, true
	}
	return formatter.Mention{}, false
}

// isUser reports whether text is the name of a user: users/ and a number.
// https://developers.google.com/workspace/chat/api/reference/rest/v1/User
func isUser(text string) bool {
	const longest = 32 // digits; they are 21 as a rule
	number, ok := strings.CutPrefix(text, userStart)
	return ok && number != "" && len(number) <= longest && strings.Trim(number, "0123456789") == ""
}

// mentionText returns a mention as Chat writes it, or "" for one that it has no form of: it knows a
// user and all of the space.
func mentionText(m formatter.Mention) string {
	switch m.Kind {
	case formatter.MentionUser:
		if isUser(m.ID) {
			return "<" + m.ID + ">"
		}
	case formatter.MentionEveryone, formatter.MentionChannel, formatter.MentionHere:
		if m.ID == "" {
			return "<" + userStart + "all>"
		}
	case formatter.MentionGroup: // Chat has none
	}
	return ""
}
