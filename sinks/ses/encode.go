package ses

import (
	"encoding/base64"
	"mime/quotedprintable"
	"strings"
	"unicode/utf8"
)

const (
	// maxLine is how long a line gets where it can be broken:
	// https://www.rfc-editor.org/rfc/rfc2047#section-2
	maxLine = 76
	// maxWord is the size of an encoded word. It could be 75, but then none would fit on a line
	// behind the name of a field.
	maxWord = 64
	crlf    = "\r\n"
)

// isASCII reports whether a text is nothing but printable ASCII.
func isASCII(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' })
}

// isPlain reports whether a text can stand in a header as it is: nobody takes a part of it for an
// encoded word, and no blank of it is lost where a line ends.
func isPlain(text string) bool {
	return isASCII(text) && !strings.Contains(text, "=?") && !strings.Contains(text, "  ") && strings.TrimSpace(text) == text
}

// field returns a header field with a text of any characters, on as many lines as it needs.
func field(name, text string) string {
	if isPlain(text) {
		return folded(name, strings.Split(text, " "))
	}
	return folded(name, encodedWords(text))
}

// folded returns a header field of words, each of which stays whole. Line breaks in a word would be
// new fields: there are none, since words come from encodedWords, from printable ASCII and from
// addresses that were checked.
func folded(name string, words []string) string {
	var out strings.Builder
	out.WriteString(name + ":")
	column := len(name) + 1
	for i, word := range words {
		if i > 0 && column+1+len(word) > maxLine {
			out.WriteString(crlf)
			column = 0
		}
		out.WriteString(" " + word)
		column += 1 + len(word)
	}
	out.WriteString(crlf)
	return out.String()
}

// encodedWords returns a text as encoded words, each with whole characters.
// https://www.rfc-editor.org/rfc/rfc2047#section-5
func encodedWords(text string) []string {
	const begin, end = "=?UTF-8?B?", "?="
	const most = (maxWord - len(begin) - len(end)) / 4 * 3 // bytes of one word
	var words []string
	text = strings.ToValidUTF8(text, "\ufffd")
	for text != "" {
		size := min(len(text), most)
		for size < len(text) && !utf8.RuneStart(text[size]) {
			size--
		}
		words = append(words, begin+base64.StdEncoding.EncodeToString([]byte(text[:size]))+end)
		text = text[size:]
	}
	return words
}

// encoded returns a body in the encoding that takes less room, and the encoding's name. Japanese has
// half the size in base64, and English nearly its own size in quoted-printable, which is also what a
// spam filter expects of it. Line breaks of the body are CRLF.
func encoded(body string) (encoding, text string) {
	var quoted strings.Builder
	w := quotedprintable.NewWriter(&quoted)
	_, _ = w.Write([]byte(body)) // into memory
	_ = w.Close()
	packed := base64.StdEncoding.EncodeToString([]byte(body))
	if quoted.Len() <= len(packed) {
		return "quoted-printable", quoted.String()
	}
	var lines strings.Builder
	for len(packed) > maxLine {
		lines.WriteString(packed[:maxLine] + crlf)
		packed = packed[maxLine:]
	}
	lines.WriteString(packed)
	return "base64", lines.String()
}
