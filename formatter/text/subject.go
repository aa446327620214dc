package text

import (
	"cmp"
	"regexp"
	"strings"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// maxSubject is how long SNS lets a subject be: fewer than 100 characters.
// https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
const maxSubject = 99

// Subject returns the message as one line of at most 99 printable ASCII characters, such as "[HIGH]
// Macie: SensitiveData:S3Object/Personal in prod (ap-northeast-1)". What is too long is cut: the
// account's name first, then the type. A title of the operator's template takes the place of all
// but level and marks where it can be written in ASCII.
func Subject(m formatter.Message) string {
	h := m.English
	if h.Title == "" {
		h = m.Headline // a message that New did not make
	}
	if m.Kind == notify.KindHeartbeat {
		return cutASCII(ascii(h.Title), maxSubject)
	}
	head := "[" + strings.ToUpper(m.Level.String()) + "] " + ascii(h.Brackets())
	if m.IsOwn && isMostlyASCII(m.Title) {
		return cutASCII(strings.TrimSpace(head+ascii(m.Title)), maxSubject)
	}
	if h.IsOwn {
		h.Title = ""
	}
	what := ascii(joined(": ", m.Source, cmp.Or(m.Type, h.Title)))
	account, region := ascii(cmp.Or(m.AccountName, m.Account)), ascii(m.Region)
	place := func(account string) string {
		if region != "" {
			account = joined(" ", account, "("+region+")")
		}
		if account == "" {
			return ""
		}
		return " in " + account
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
	return regexp.MustCompile(`[^ -~]+`).ReplaceAllString(text, "?")
}

func isNoASCII(r rune) bool { return r < ' ' || r > '~' }

func cutASCII(text string, limit int) string {
	const mark = "..."
	if len(text) <= limit {
		return text
	}
	return strings.TrimRight(text[:max(limit-len(mark), 0)], " ") + mark
}
