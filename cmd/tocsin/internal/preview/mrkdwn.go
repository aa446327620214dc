package preview

import (
	"html"
	"html/template"
	"strconv"
	"strings"
	"time"
)

// mrkdwn draws Slack's markup: code, bold, italic, strike-through, links and mentions.
// https://docs.slack.dev/messaging/formatting-message-text/
func mrkdwn(text string) template.HTML {
	var out strings.Builder
	writeMrkdwn(&out, text)
	return template.HTML(out.String()) //nolint:gosec // each part went through escape
}

// plain draws plain_text, in which nothing is markup.
func plain(text string) template.HTML {
	return template.HTML(escape(text)) //nolint:gosec // escaped
}

// escape undoes Slack's three escapes and makes HTML's of them. It is the one way of a finding's
// text into the page beside the template.
func escape(text string) string {
	text = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(text)
	return strings.ReplaceAll(html.EscapeString(text), "\n", "<br>")
}

func writeMrkdwn(out *strings.Builder, text string) {
	for text != "" {
		at := strings.IndexAny(text, "`<*_~")
		if at < 0 {
			out.WriteString(escape(text))
			return
		}
		out.WriteString(escape(text[:at]))
		mark := text[at]
		startsWord := at == 0 || strings.IndexByte(" \n(", text[at-1]) >= 0
		text = text[at+1:]
		closing := mark
		if mark == '<' {
			closing = '>'
		}
		end := strings.IndexByte(text, closing)
		spans := end > 0 && !strings.Contains(text[:end], "\n")
		switch {
		case spans && mark == '`':
			out.WriteString("<code>" + escape(text[:end]) + "</code>")
		case spans && mark == '<':
			writeReference(out, text[:end])
		case spans && startsWord && text[0] != ' ' && text[end-1] != ' ':
			tag := map[byte]string{'*': "b", '_': "i", '~': "s"}[mark]
			out.WriteString("<" + tag + ">")
			writeMrkdwn(out, text[:end])
			out.WriteString("</" + tag + ">")
		default:
			out.WriteString(escape(string(mark)))
			continue
		}
		text = text[end+1:]
	}
}

// writeReference draws what stands between < and >: a mention, or a link, which is one where it
// leads to https.
func writeReference(out *strings.Builder, reference string) {
	target, label, hasLabel := strings.Cut(reference, "|")
	if !hasLabel {
		label = target
	}
	switch {
	case strings.HasPrefix(target, "!date^"):
		writeDate(out, target, label)
	case target != "" && strings.ContainsRune("!@#", rune(target[0])):
		out.WriteString(`<span class="mention">` + escape("@"+strings.TrimLeft(label, "!@#")) + `</span>`)
	case strings.HasPrefix(target, "https://"):
		out.WriteString(`<a href="` + escape(target) + `" target="_blank" rel="noopener noreferrer">` + escape(label) + `</a>`)
	default:
		out.WriteString(escape(label))
	}
}

// writeDate draws a date as Slack does for a reader in UTC; the page's script turns it into the zone of
// who looks at it. One that cannot be read stands as its fallback.
// https://docs.slack.dev/messaging/formatting-message-text/#date-formatting
func writeDate(out *strings.Builder, target, fallback string) {
	parts := strings.Split(target, "^")
	seconds, err := strconv.ParseInt(parts[min(1, len(parts)-1)], 10, 64)
	if err != nil || len(parts) < 3 {
		out.WriteString(escape(fallback))
		return
	}
	t := time.Unix(seconds, 0).UTC()
	shown := strings.NewReplacer("{date_short_pretty}", t.Format("Jan 2, 2006"), "{time}", t.Format("3:04 PM")).Replace(parts[2])
	out.WriteString(`<time datetime="` + t.Format(time.RFC3339) + `">` + escape(shown) + `</time>`)
}
