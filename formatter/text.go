package formatter

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	// maxSubject is how long SNS lets a subject be: fewer than 100 characters.
	// https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
	maxSubject = 99
	// mostEntries is how many findings of a digest are listed.
	mostEntries = 50
)

// Text renders the message as plain text of at most limit bytes of UTF-8, for a terminal or an e-mail.
// It ends without a line break. What does not fit goes in this order: the facts from the last, the
// entries from the last, the description, then everything but headline and console link; the last
// resort is to cut that.
func Text(m Message, limit int) string {
	if m.Minimal {
		return cutBytes(minimalText(m), limit)
	}
	for {
		text := fullText(m)
		switch {
		case len(text) <= limit:
			return text
		case len(m.Facts) > 0:
			m.Facts = m.Facts[:len(m.Facts)-1]
		case len(m.Entries) > 0:
			m.Entries = m.Entries[:len(m.Entries)/2]
		case len(m.Changes) > 0:
			m.Changes = nil
		case m.Description != "":
			m.Description = cutBytes(m.Description, max(len(m.Description)-(len(text)-limit), 0))
			if len(fullText(m)) > limit {
				m.Description = ""
			}
		default:
			return cutBytes(minimalText(m), limit)
		}
	}
}

func fullText(m Message) string {
	var b strings.Builder
	fmt.Fprintf(&b, "[%s] %s%s\n", m.Label(), m.marked(), m.Title)
	if about := joined(": ", m.Source, m.Type); about != "" {
		b.WriteString(about + "\n")
	}
	if len(m.Changes) > 0 {
		b.WriteString("\n")
	}
	for _, change := range m.Changes {
		b.WriteString("  " + changeText(change.What, change.From, change.To) + "\n")
	}
	if m.Description != "" && m.Description != m.Title {
		b.WriteString("\n" + m.Description + "\n")
	}
	writeFacts(&b, m.Facts)
	writeEntries(&b, m.Entries)
	if len(m.Links) > 0 {
		b.WriteString("\n")
	}
	for _, link := range m.Links {
		b.WriteString(link.Label + ": " + link.URL + "\n")
	}
	return strings.TrimRight(b.String(), "\n")
}

func writeFacts(b *strings.Builder, facts []Fact) {
	width := 0
	for _, fact := range facts {
		width = max(width, utf8.RuneCountInString(fact.Label))
	}
	if len(facts) > 0 {
		b.WriteString("\n")
	}
	for _, fact := range facts {
		fmt.Fprintf(b, "  %-*s  %s\n", width, fact.Label, fact.Value)
	}
}

func writeEntries(b *strings.Builder, entries []Entry) {
	if len(entries) > 0 {
		b.WriteString("\n")
	}
	for _, entry := range entries[:min(len(entries), mostEntries)] {
		fmt.Fprintf(b, "  [%s] %s%s\n", entry.Label(), entry.marked(), entry.line())
		if entry.URL != "" {
			b.WriteString("    " + entry.URL + "\n")
		}
	}
	if more := len(entries) - mostEntries; more > 0 {
		b.WriteString("  and " + strconv.Itoa(more) + " more\n")
	}
}

// changeText gives "severity: 5.0 -> 8.0".
func changeText(what, from, to string) string {
	switch {
	case from == "":
		return what + ": " + to
	case to == "":
		return what + ": " + from + " (gone)"
	}
	return what + ": " + from + " -> " + to
}

// minimalText is the headline and the console link.
func minimalText(m Message) string {
	text := fmt.Sprintf("[%s] %s%s", m.Label(), m.marked(), cutRunes(m.Title, 200))
	text = joined("\n", text, joined(": ", m.Source, m.Type), m.place())
	if len(m.Links) > 0 {
		text += "\n" + m.Links[0].URL
	}
	return text
}

// Subject renders the message as one line of at most 99 printable ASCII characters, such as
// "[HIGH] GuardDuty: Trojan:EC2/DNSDataExfiltration in prod (ap-northeast-1)". What is too long is cut:
// the account's name first, then the type.
func Subject(m Message) string {
	head := "[" + strings.ToUpper(m.Level.String()) + "] " + ascii(m.marked())
	what := ascii(joined(": ", m.Source, firstOf(m.Type, m.Title)))
	account, region := ascii(accountName(m.Account)), ascii(m.Region)
	place := func(account string) string {
		text := account
		if region != "" {
			text = joined(" ", account, "("+region+")")
		}
		return prefixed(" in ", text)
	}
	subject := head + what + place(account)
	if over := len(subject) - maxSubject; over > 0 {
		account = cutASCII(account, max(len(account)-over, 12))
		subject = head + what + place(account)
	}
	if over := len(subject) - maxSubject; over > 0 {
		what = cutASCII(what, max(len(what)-over, 30))
		subject = head + what + place(account)
	}
	return cutASCII(strings.TrimSpace(subject), maxSubject)
}

// accountName gives the name alone where there is one: "prod" of "prod (111122223333)".
func accountName(account string) string {
	if name, id, found := strings.Cut(account, " ("); found && strings.HasSuffix(id, ")") {
		return name
	}
	return account
}

// ascii replaces everything but printable ASCII, runs of it by one question mark.
func ascii(text string) string {
	var b strings.Builder
	replaced := false
	for _, r := range text {
		if r >= ' ' && r <= '~' {
			b.WriteRune(r)
			replaced = false
		} else if !replaced {
			b.WriteByte('?')
			replaced = true
		}
	}
	return b.String()
}

func cutASCII(text string, limit int) string {
	const mark = "..."
	if len(text) <= limit {
		return text
	}
	return strings.TrimRight(text[:max(limit-len(mark), 0)], " ") + mark
}
