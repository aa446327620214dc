package discord

import (
	"strings"
	"unicode/utf8"

	"github.com/tocsin-sec/tocsin/formatter"
)

const (
	ellipsis = "…"
	// gap shows nothing and takes a word apart.
	gap = "\u200b"
)

// escape returns at most limit characters of a text, in which Discord formats, links and calls
// nothing: a backslash stands before every mark that means something, and is not shown. What
// begins with "<", such as mentions, times, commands and emoji of a server's own, needs it there.
// https://support.discord.com/hc/en-us/articles/210298617
// https://docs.discord.com/developers/reference#message-formatting
func escape(text string, limit int) string {
	text = calm(text)
	var b strings.Builder
	left, isStart := limit, true
	for at, r := range text {
		piece := string(r)
		if isMark(text[at:], isStart) {
			piece = `\` + piece
		}
		rest := 0
		if at+utf8.RuneLen(r) < len(text) {
			rest = 1 // for the ellipsis
		}
		if left -= utf8.RuneCountInString(piece); left < rest {
			b.WriteString(ellipsis)
			break
		}
		b.WriteString(piece)
		isStart = r == '\n' || isStart && (r == ' ' || '0' <= r && r <= '9')
	}
	return b.String()
}

// isMark reports whether the first character of a text is markup. Some is so at the start of a line
// alone, where only blanks and digits stand before it: headings, lists, small print.
func isMark(text string, isStart bool) bool {
	switch text[0] {
	case '\\', '*', '_', '~', '|', '`', '<', '>', '[', ']':
		return true
	case '#', '-', '+', '.', ')':
		return isStart
	case ':':
		return isEmoji(text[1:])
	}
	return false
}

// isEmoji reports whether a text goes on as the name of an emoji does, up to the second colon.
func isEmoji(text string) bool {
	end := strings.IndexByte(text, ':')
	if end < 1 {
		return false
	}
	isOther := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' && r != '+' && r != '-'
	}
	return !strings.ContainsFunc(text[:end], isOther)
}

// calm takes @everyone and @here apart, which look like calls even where they call nobody.
func calm(text string) string {
	if !strings.Contains(text, "@") {
		return text
	}
	var b strings.Builder
	for at := 0; ; {
		before, after, found := strings.Cut(text[at:], "@")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		b.WriteByte('@')
		if hasPrefixFold(after, "everyone") || hasPrefixFold(after, "here") {
			b.WriteString(gap)
		}
		at += len(before) + 1
	}
}

func hasPrefixFold(text, prefix string) bool {
	return len(text) >= len(prefix) && strings.EqualFold(text[:len(prefix)], prefix)
}

// code returns a value as inline code of at most limit characters, in which Discord formats, links
// and calls nothing.
func code(value string, limit int) string {
	value = strings.ReplaceAll(calm(orDash(value)), "`", "'")
	return "`" + cut(value, limit-2) + "`"
}

// cut returns text of at most limit characters; what was cut shows as an ellipsis.
func cut(text string, limit int) string {
	if utf8.RuneCountInString(text) <= limit {
		return text
	}
	n := 0
	for at := range text {
		if n++; n == limit {
			return strings.TrimRight(text[:at], " ") + ellipsis
		}
	}
	return text
}

// linkText makes a link; both parts are of the formatter's own making. The angle brackets keep
// Discord from showing a preview of the page.
func linkText(link formatter.Link) string {
	return "[" + escape(link.Label, maxName) + "](<" + address(link.URL) + ">)"
}

// address encodes what would end an address, or stand for something else in it.
func address(url string) string {
	return strings.NewReplacer("(", "%28", ")", "%29", "<", "%3C", ">", "%3E", "\\", "%5C", " ", "%20", "*", "%2A", "|", "%7C", "`", "%60").Replace(url)
}
