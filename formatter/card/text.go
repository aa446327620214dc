package card

import (
	"strings"
	"unicode/utf8"
)

// inert returns a text without what a client puts something else in place of: {{DATE(...)}} and
// {{TIME(...)}} in every element, and <at> where the text of a mention is the same. A blank is put
// into both.
// https://learn.microsoft.com/adaptive-cards/authoring-cards/text-features
func inert(text string) string {
	if !strings.ContainsAny(text, "{<") {
		return text
	}
	var out strings.Builder
	for i := range len(text) {
		out.WriteByte(text[i])
		rest := text[i+1:]
		isBraces := text[i] == '{' && strings.HasPrefix(rest, "{")
		isMention := text[i] == '<' && (hasPrefixFold(rest, "at") || hasPrefixFold(rest, "/at"))
		if isBraces || isMention {
			out.WriteByte(' ')
		}
	}
	return out.String()
}

func hasPrefixFold(text, prefix string) bool {
	return len(text) >= len(prefix) && strings.EqualFold(text[:len(prefix)], prefix)
}

// words returns a text without the characters of Markdown, as which a client reads the text that it
// shows where it cannot show the card.
func words(text string) string {
	const markdown = "*_[]()~`<>#!|\\{}&"
	plain := strings.Map(func(r rune) rune {
		if strings.ContainsRune(markdown, r) {
			return ' '
		}
		return r
	}, text)
	return strings.Join(strings.Fields(plain), " ")
}

// cut returns at most limit characters of a text.
func cut(text string, limit int) string {
	if utf8.RuneCountInString(text) <= limit {
		return text
	}
	runes := []rune(text)
	return string(runes[:limit-1]) + "…"
}
