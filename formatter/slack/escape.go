package slack

import (
	"strings"
	"unicode/utf8"
)

const ellipsis = "…"

// percented escapes what would end an address in a link of Slack's.
func percented(address string) string {
	address = strings.ReplaceAll(address, "<", "%3C")
	address = strings.ReplaceAll(address, ">", "%3E")
	return strings.ReplaceAll(address, "|", "%7C")
}

// escapeText escapes Slack's three control characters, which disarms mentions and links.
// https://docs.slack.dev/messaging/formatting-message-text/#escaping
func escapeText(text string) string {
	text = strings.ReplaceAll(text, "&", "&amp;")
	text = strings.ReplaceAll(text, "<", "&lt;")
	return strings.ReplaceAll(text, ">", "&gt;")
}

// escapeAndCut escapes a text and gives at most limit runes of the result, without half an escape.
func escapeAndCut(text string, limit int) string {
	escaped := escapeText(text)
	if len(escaped) <= limit || utf8.RuneCountInString(escaped) <= limit {
		return escaped
	}
	runes := 0
	for at := range escaped {
		if runes++; runes == limit {
			escaped = escaped[:at]
			break
		}
	}
	if at := strings.LastIndexByte(escaped, '&'); at >= 0 && !strings.Contains(escaped[at:], ";") {
		escaped = escaped[:at]
	}
	return escaped + ellipsis
}
