package ses

import (
	"slices"
	"strings"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/html"
	"github.com/tocsin-sec/tocsin/formatter/text"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

const (
	// maxMail is the largest mail that SES takes, with its attachments and as it is encoded:
	// https://docs.aws.amazon.com/ses/latest/dg/quotas.html
	maxMail = 40 << 20
	// maxShown is how much of an HTML mail Gmail shows.
	maxShown = 102 << 10
	// maxText bounds the plain text, in bytes: more than anybody reads of a mail.
	maxText = 20_000
	// maxSubject bounds the subject, in characters. Mail programs show half of it.
	maxSubject = 150
)

// boundary separates the parts. It cannot stand in one: in quoted-printable "=" is followed by two
// digits or ends the line, and base64 has no "_".
const boundary = "=_tocsin"

// letter is a mail, and what it is made of.
type letter struct {
	subject, text, html string
	// level is how bad it is, in English; empty for a heartbeat.
	level string
	// whole is all of it, as RFC 5322 has it.
	whole []byte
}

func (s *Sink) mailOf(n notify.Notification) letter {
	content := formatter.New(n, s.style)
	m := letter{subject: s.subject(n, content), text: lines(text.Render(content, maxText)), html: lines(html.Render(content))}
	if content.LevelName != "" {
		m.level = content.Level.String()
	}
	var w strings.Builder
	w.WriteString(s.header(n, content, m.subject))
	for _, part := range []struct{ kind, body string }{{"text/plain", m.text}, {"text/html", m.html}} { // the best one last
		encoding, body := encoded(part.body)
		w.WriteString("--" + boundary + crlf + "Content-Type: " + part.kind + "; charset=utf-8" + crlf +
			"Content-Transfer-Encoding: " + encoding + crlf + crlf + body + crlf)
	}
	w.WriteString("--" + boundary + "--" + crlf)
	m.whole = []byte(w.String())
	return m
}

// lines returns a text whose lines end as in a mail.
func lines(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, "\r", ""), "\n", crlf)
}

// header returns the header and the empty line behind it. SES writes Message-ID and Date itself:
// https://docs.aws.amazon.com/ses/latest/dg/header-fields.html
func (s *Sink) header(n notify.Notification, m formatter.Message, subject string) string {
	var w strings.Builder
	w.WriteString(folded("From", s.head.from.words()) + folded("To", list(s.head.to)))
	if len(s.head.replyTo) > 0 {
		w.WriteString(folded("Reply-To", list(s.head.replyTo)))
	}
	w.WriteString(field("Subject", subject))
	if isThreaded(n) {
		id := "<tocsin." + n.FindingID()[:32] + "@" + s.head.from.domain() + ">"
		w.WriteString(folded("In-Reply-To", []string{id}) + folded("References", []string{id}))
	}
	if m.Level == finding.LevelCritical && !m.IsOver {
		w.WriteString("Importance: high" + crlf + "X-Priority: 1" + crlf)
	}
	// Nobody's holiday notice is to come back: https://www.rfc-editor.org/rfc/rfc3834#section-5 and
	// https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxcmail/ced68690-498a-4567-9d14-5c01f974d8b1
	w.WriteString("Auto-Submitted: auto-generated" + crlf + "X-Auto-Response-Suppress: All" + crlf)
	w.WriteString("X-Tocsin-Kind: " + n.Kind.String() + crlf)
	if m.LevelName != "" {
		w.WriteString("X-Tocsin-Level: " + m.Level.String() + crlf)
	}
	if isASCII(m.Lang) && m.Lang != "" {
		w.WriteString("Content-Language: " + m.Lang + crlf)
	}
	w.WriteString("MIME-Version: 1.0" + crlf + `Content-Type: multipart/alternative; boundary="` + boundary + `"` + crlf + crlf)
	return w.String()
}

// list returns addresses as words of a header, with commas between the addresses.
func list(all []address) []string {
	var words []string
	for i, one := range all {
		words = append(words, one.words()...)
		if i < len(all)-1 {
			words[len(words)-1] += ","
		}
	}
	return words
}

// isThreaded reports whether a mail belongs to those about one finding. The thread begins with a
// mail that never was, whose name can be told from the finding alone: so a redrive, another process
// or a mail that was lost make no second thread.
func isThreaded(n notify.Notification) bool {
	return len(n.Findings) == 1 && slices.Contains([]notify.Kind{notify.KindFinding, notify.KindUpdate, notify.KindResolved}, n.Kind)
}

// subject returns what stands above the mail. All mail about a finding has the same but for "Re: ",
// so that a program that goes by subjects keeps it together, as long as the level stays: a level
// that is out of date would mislead.
func (s *Sink) subject(n notify.Notification, m formatter.Message) string {
	again := ""
	if isThreaded(n) && n.Kind != notify.KindFinding {
		again = "Re: "
	}
	if isThreaded(n) && (again != "" || n.Findings[0].State.Over()) {
		n.Kind, n.Findings = notify.KindFinding, slices.Clone(n.Findings)
		n.Findings[0].State = finding.Open // what has become of it is a mark, and stands in the mail
		m = formatter.New(n, s.style)
	}
	head := ""
	if m.LevelName != "" {
		head = "[" + m.LevelName + "] "
	}
	head += m.Brackets()
	var parts []string
	for _, part := range []string{m.Title, m.Target, m.Place} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return again + cut(strings.TrimSpace(head+strings.Join(parts, " - ")))
}

// cut returns a subject that is not too long. What was cut shows as an ellipsis.
func cut(subject string) string {
	all := []rune(subject)
	if len(all) <= maxSubject {
		return subject
	}
	return strings.TrimSpace(string(all[:maxSubject-1])) + "…"
}
