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

// Subject returns the message as one line of at most 99 printable ASCII characters: "[HIGH] Macie:
// SensitiveData:S3Object/Personal in prod (ap-northeast-1)" where the type says what was found,
// otherwise "[HIGH] S3.9 buckets should log access: example-logs in prod (us-west-1)". What is too
// long is cut: the account's name first, then the type or title, then the resource. A title of the
// operator's template takes the place of all but level and marks where it can be written in ASCII.
func Subject(m formatter.Message) string {
	h := m.English
	if h.Title == "" {
		h = m.Headline // a message that New did not make
	}
	if m.Kind.CallsNobody() || m.Kind == notify.KindNotice && m.LevelName == "" {
		return cutASCII(ascii(h.Title), maxSubject)
	}
	head := "[" + strings.ToUpper(m.Level.String()) + "] " + ascii(h.Brackets())
	if m.IsOwn && isMostlyASCII(m.Title) {
		return cutASCII(strings.TrimSpace(head+ascii(m.Title)), maxSubject)
	}
	s := subject{head: head, account: ascii(cmp.Or(m.AccountName, m.Account)), region: ascii(m.Region)}
	switch {
	case h.IsOwn || m.Type != "" && !isMostlyASCII(h.Title):
		s.what = ascii(joined(": ", m.Source, m.Type))
	case m.Type == "" && m.Source != "" || formatter.IsTelling(m.Type):
		s.what = ascii(joined(": ", m.Source, cmp.Or(m.Type, h.Title)))
	default:
		s.what, s.target = ascii(h.Title), ascii(h.Target)
		if id, _, _ := strings.Cut(s.target, " "); strings.Contains(s.what, id) {
			s.target = ""
		}
	}
	return s.fitting()
}

// subject is a subject in its parts.
type subject struct{ head, what, target, account, region string }

func (s subject) String() string {
	place := s.account
	if s.region != "" {
		place = joined(" ", place, "("+s.region+")")
	}
	if place != "" {
		place = " in " + place
	}
	return s.head + joined(": ", s.what, s.target) + place
}

// fitting returns the subject with its parts cut until it fits.
func (s subject) fitting() string {
	for _, part := range []struct {
		text  *string
		least int
	}{{&s.account, 12}, {&s.what, 30}, {&s.target, 12}} {
		if over := len(s.String()) - maxSubject; over > 0 {
			*part.text = cutASCII(*part.text, max(len(*part.text)-over, part.least))
		}
	}
	return cutASCII(strings.TrimSpace(s.String()), maxSubject)
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
