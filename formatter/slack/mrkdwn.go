package slack

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tocsin-sec/tocsin/formatter"
)

// mrkdwn is a text in which Slack reads its markup. Verbatim keeps it from making links and mentions
// of what is none of it.
// https://docs.slack.dev/reference/block-kit/composition-objects/text-object
func mrkdwn(text string) textObject { return textObject{Type: "mrkdwn", Text: text, Verbatim: true} }

// label returns what stands before a value in bold; it is of the formatter's own making.
func label(text, separator string) string { return "*" + text + "*" + separator }

// writer writes texts of a finding into a mrkdwn text. Limit is how many characters there may be, left
// how many more.
type writer struct {
	strings.Builder
	limit, left int
	// between stands between a time in the reader's zone and the same in UTC.
	between string
	// callsNobody says that people stand by their names.
	callsNobody bool
}

// value returns a prefix of our own, which ends a line in half a column, and the value of a fact in at
// most maxField characters: ids as code, times also in the reader's own zone, the rest as prose.
func value(prefix string, fact formatter.Fact) string {
	var w writer
	w.begin(prefix, fact.Value, maxField)
	if strings.HasSuffix(prefix, "\n") { // half a column is too narrow for both
		w.between = "\n"
	}
	w.parts(fact)
	return w.orDash()
}

// parts writes the parts of a fact.
func (w *writer) parts(fact formatter.Fact) {
	for part := range fact.Parts() {
		switch part.Form {
		case formatter.FormID:
			w.code(part.Text)
		case formatter.FormTime:
			w.date(part.Time)
		case formatter.FormPerson:
			w.person(part)
		default:
			w.prose(part.Text)
		}
	}
}

// prose returns a prefix of our own, and a text in at most limit characters as prose.
func prose(prefix, text string, limit int) string {
	var w writer
	w.begin(prefix, text, limit)
	w.prose(text)
	return w.orDash()
}

// room is how much longer than itself a value is, as a rule, with what Slack's forms take.
const room = 80

// begin writes a prefix of our own, before a value of at most limit characters.
func (w *writer) begin(prefix, value string, limit int) {
	w.limit, w.left, w.between = limit, limit, " / "
	w.Grow(len(prefix) + min(len(value), limit) + room)
	w.WriteString(prefix)
}

// orDash returns what is written, with a dash where there is no value.
func (w *writer) orDash() string {
	if w.left == w.limit {
		w.WriteString("-")
	}
	return w.String()
}

// write writes a text between marks of our own, or as much of it as there is room for. Nothing stands
// behind what was cut.
func (w *writer) write(before, text, after string) {
	if text == "" || w.left == 0 {
		return
	}
	room := w.left - len(before) - len(after)
	if room < 1 {
		w.WriteString(ellipsis)
		w.left = 0
		return
	}
	escaped := escapeText(text)
	size := utf8.RuneCountInString(escaped)
	w.left = room - size
	if size > room {
		cut := strings.TrimSuffix(escapeAndCut(text, room), ellipsis)
		escaped, w.left = strings.TrimRight(cut, marks)+ellipsis, 0 // a mark at the end would be read
	}
	w.WriteString(before)
	w.WriteString(escaped)
	w.WriteString(after)
}

// code writes a text as inline code, in which Slack formats and links nothing.
func (w *writer) code(text string) {
	w.write("`", strings.ReplaceAll(text, "`", "'"), "`")
}

// dateLayout is how a time stands where Slack's date form is not read.
const dateLayout = "2006-01-02 15:04:05 UTC"

// date writes a time that Slack shows in the zone of its reader, before the same time in UTC. It is
// the only form of Slack's that begins with "<!", beside the operator's mentions.
// https://docs.slack.dev/messaging/formatting-message-text/#date-formatting
func (w *writer) date(t time.Time) {
	text := "<!date^" + strconv.FormatInt(t.Unix(), 10) + "^{date_short_pretty} {time}|" + t.UTC().Format(dateLayout) + ">" + w.between
	if year := t.Year(); len(text) <= w.left && 1970 <= year && year <= 9999 {
		w.WriteString(text)
		w.left -= len(text)
	}
}

// person writes somebody as Slack shows people, or their name where they have no id of Slack's.
func (w *writer) person(part formatter.Part) {
	mention := mentionText(formatter.Mention{Kind: formatter.MentionUser, ID: part.ID})
	if w.callsNobody || !isUser(part.ID) || len(mention) > w.left {
		w.prose(part.Text)
		return
	}
	w.WriteString(mention)
	w.left -= len(mention)
}

// prose writes a text as it is. Words that hold what Slack could read as markup, as a mention or as
// an emoji stand as code: that leaves them whole to be copied.
func (w *writer) prose(text string) {
	text = strings.ReplaceAll(text, "`", "'")
	if !strings.ContainsAny(text, marks) {
		w.write("", text, "")
		return
	}
	done := 0 // what is written
	for at := 0; at < len(text); {
		word, _, _ := strings.Cut(text[at:], " ")
		if isMarkup(word) {
			w.write("", text[done:at], "")
			w.code(word)
			done = at + len(word)
		}
		at += len(word) + 1
	}
	w.write("", text[done:], "")
}

// marks are the characters that can begin something that Slack reads.
const marks = "*_~@#:>"

// isMarkup reports whether a word could be read as something else than text.
func isMarkup(word string) bool {
	if strings.ContainsAny(word, "@#>") || holdsEmoji(word) {
		return true
	}
	for at := range len(word) {
		isMark := word[at] == '*' || word[at] == '_' || word[at] == '~'
		if isMark && (at == 0 || at == len(word)-1 || !isAlphanumeric(word[at-1]) || !isAlphanumeric(word[at+1])) {
			return true
		}
	}
	return false
}

// holdsEmoji reports whether there is something between two colons of a word, unless it is a number as
// in a time.
func holdsEmoji(word string) bool {
	_, rest, _ := strings.Cut(word, ":")
	for {
		name, after, isClosed := strings.Cut(rest, ":")
		if !isClosed {
			return false
		}
		if len(name) != 2 || strings.Trim(name, "0123456789") != "" {
			return true
		}
		rest = after
	}
}

// isAlphanumeric reports whether c is a letter or a digit of ASCII. Between two of them a mark is
// part of the word.
func isAlphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}
