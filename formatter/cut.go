package formatter

import (
	"strings"
	"unicode/utf8"
)

const ellipsis = "…"

// cutRunes returns text of at most limit runes; what was cut shows as an ellipsis.
func cutRunes(text string, limit int) string {
	if len(text) <= limit || utf8.RuneCountInString(text) <= limit {
		return text
	}
	if limit <= 0 {
		return ""
	}
	count := 0
	for i := range text {
		if count == limit-1 {
			return strings.TrimRight(text[:i], " ") + ellipsis
		}
		count++
	}
	return text
}
