package formatter

import "strings"

// maxSubject is how long SNS lets a subject be: fewer than 100 characters.
// https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
const maxSubject = 99

// Subject renders the message as one line of at most 99 printable ASCII characters, such as
// "[HIGH] GuardDuty: Trojan:EC2/DNSDataExfiltration in prod (ap-northeast-1)". What is too long is cut:
// the account's name first, then the type. A title of the operator's template takes the place of all but
// level and marks where it can be written in ASCII.
func Subject(m Message) string {
	h := m.inEnglish
	if h.Title == "" {
		h = m.Headline // a message that New did not make
	}
	head := "[" + strings.ToUpper(m.Level.String()) + "] " + ascii(h.marked())
	if m.isOwn && isMostlyASCII(m.Title) {
		return cutASCII(strings.TrimSpace(head+ascii(m.Title)), maxSubject)
	}
	if h.isOwn {
		h.Title = ""
	}
	what := ascii(joined(": ", m.Source, firstOf(m.Type, h.Title)))
	account, region := ascii(firstOf(m.accountName, m.Account)), ascii(m.Region)
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

// isMostlyASCII reports whether a text can be read when its other letters are question marks.
func isMostlyASCII(text string) bool {
	all, others := 0, 0
	for _, r := range text {
		all++
		if r > '~' {
			others++
		}
	}
	return 8*others <= all
}

// ascii replaces everything but printable ASCII, runs of it by one question mark.
func ascii(text string) string {
	if !strings.ContainsFunc(text, isNoASCII) {
		return text
	}
	var b strings.Builder
	replaced := false
	for _, r := range text {
		if !isNoASCII(r) {
			b.WriteRune(r)
			replaced = false
		} else if !replaced {
			b.WriteByte('?')
			replaced = true
		}
	}
	return b.String()
}

// isNoASCII reports whether a rune is anything but printable ASCII.
func isNoASCII(r rune) bool { return r < ' ' || r > '~' }

func cutASCII(text string, limit int) string {
	const mark = "..."
	if len(text) <= limit {
		return text
	}
	return strings.TrimRight(text[:max(limit-len(mark), 0)], " ") + mark
}
