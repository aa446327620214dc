package formatter

import (
	"strings"
	"unicode/utf8"
)

const ellipsis = "…"

// cutRunes gives text of at most limit runes; what was cut shows as an ellipsis.
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

// cutBytes gives text of at most limit bytes, without a rune cut in two.
func cutBytes(text string, limit int) string {
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

// escaped escapes rune by rune and gives at most limit runes of the result, so that no escape is cut
// in two.
func escaped(text string, limit int, escape func(rune) string) string {
	var pieces []string
	total := 0
	for _, r := range text {
		piece := escape(r)
		total += utf8.RuneCountInString(piece)
		pieces = append(pieces, piece)
		if total > limit {
			break
		}
	}
	if total <= limit {
		return strings.Join(pieces, "")
	}
	for len(pieces) > 0 && total > limit-1 {
		last := len(pieces) - 1
		total -= utf8.RuneCountInString(pieces[last])
		pieces = pieces[:last]
	}
	if limit <= 0 {
		return ""
	}
	return strings.Join(pieces, "") + ellipsis
}
