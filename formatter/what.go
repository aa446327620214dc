package formatter

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// product returns the vendor's own spelling of who says so, which can be a name that an event
// states, else the source as it is called. The names of services such as "aws.events" are no address;
// the rest of what begins so may be one, for whoever writes to a queue can state any source.
func product(f *finding.Finding) string {
	if f.About.Product == "" && slices.Contains([]string{"aws.events", "aws.health", "aws.support"}, f.Source) {
		return f.Source
	}
	return clean(cmp.Or(f.About.Product, f.Source))
}

// findingType returns a type as it is if it is its source's own word.
func findingType(f *finding.Finding) string {
	if f.About.IsWord { // "CredentialAccess:IAMUser/PromptInjection.Direct" is no address
		return plain(f.Type)
	}
	return clean(f.Type)
}

// IsTelling reports whether a type says what was found and on what, as "Trojan:EC2/DropPoint" does.
// The type of other sources is a category, which a thousand findings have in common.
func IsTelling(findingType string) bool {
	purpose, rest, isFound := strings.Cut(findingType, ":")
	return isFound && purpose != "" && strings.Contains(rest, "/") && !strings.Contains(findingType, " ")
}

// aboutOf returns who has found it and what sort of finding it is: "Macie
// SensitiveData:S3Object/Personal", or "Inspector CVE-2026-1234" where the type is a category. A
// product that the type begins with is not said twice.
func aboutOf(f *finding.Finding) string {
	name, sort := source(f), findingType(f)
	if !IsTelling(f.Type) {
		sort = cmp.Or(clean(f.Check.Control), clean(f.Vulnerability.ID), sort)
	}
	sort = cutRunes(sort, maxSummary)
	if n := len(name); n > 0 && len(sort) >= n && strings.EqualFold(sort[:n], name) && !startsWithLetter(sort[n:]) {
		return sort
	}
	return joined(" ", name, sort)
}

func startsWithLetter(text string) bool {
	r, _ := utf8.DecodeRuneInString(text)
	return unicode.IsLetter(r)
}

// what says in a few words what a finding is about: "Data exfiltration through DNS". It returns ""
// if there are no words for it.
func (l *language) what(f *finding.Finding) string {
	words := l.words()
	for _, headline := range f.About.Headlines {
		text := words[headline.Key]
		if text != "" && !strings.Contains(text, "{}") {
			return text
		}
		if word := words[headline.With]; text != "" && word != "" {
			return strings.Replace(text, "{}", word, 1)
		}
	}
	if l.fallback == nil {
		return ""
	}
	return l.fallback.what(f)
}
