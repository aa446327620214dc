package json

import (
	"bytes"
	"fmt"
	"unicode"
	"unicode/utf8"
)

// Escape returns the same JSON with its last control characters, U+007F to U+009F, and with what is
// invisible or changes the direction of a line written as \u009b. JSON lets them stand as they are,
// and a terminal obeys them. The text must be valid JSON in UTF-8, where they stand in strings only.
func Escape(text []byte) []byte {
	if bytes.IndexFunc(text, isControl) < 0 {
		return text
	}
	escaped := make([]byte, 0, len(text)+len(text)/8)
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		if isControl(r) {
			escaped = fmt.Appendf(escaped, `\u%04x`, r)
		} else {
			escaped = append(escaped, text[:size]...)
		}
		text = text[size:]
	}
	return escaped
}

func isControl(r rune) bool {
	return r >= 0x7f && r <= 0x9f || r <= 0xffff && unicode.Is(unicode.Cf, r)
}
