package json

import (
	"fmt"
	"unicode"
	"unicode/utf8"
)

// Escape returns the same JSON with its last control characters, U+007F to U+009F, and with what is
// invisible or changes the direction of a line written as \u009b. JSON lets them stand as they are,
// and a terminal obeys them. The text must be valid JSON in UTF-8, where they stand in strings only.
func Escape(text []byte) []byte {
	var escaped []byte
	from := 0
	for i, r := range string(text) { // without a copy of it
		if r < 0x7f || !isControl(r) {
			continue
		}
		if escaped == nil {
			escaped = make([]byte, 0, len(text)+len(text)/8)
		}
		escaped = fmt.Appendf(append(escaped, text[from:i]...), `\u%04x`, r)
		from = i + utf8.RuneLen(r)
	}
	if escaped == nil {
		return text
	}
	return append(escaped, text[from:]...)
}

// isControl asks the table of Unicode last: most of a document is not in it.
func isControl(r rune) bool {
	return r >= 0x7f && (r <= 0x9f || r <= 0xffff && unicode.Is(unicode.Cf, r))
}
