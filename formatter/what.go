package formatter

import (
	"cmp"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// product returns the vendor's own spelling of who says so, else the source as it is called. Only
// AWS publishes under a name such as "aws.health", which is no address.
func product(f *finding.Finding) string {
	name := cmp.Or(f.About.Product, f.Source)
	if service, isAWS := strings.CutPrefix(name, "aws."); isAWS && !strings.ContainsFunc(service, isNoLetter) {
		return plain(name)
	}
	return clean(name)
}

func isNoLetter(r rune) bool { return !isAlphanumeric(r) && r != '-' }

// findingType returns a type as it is if it is its source's own word.
func findingType(f *finding.Finding) string {
	if isWord(f) {
		return plain(f.Type)
	}
	return clean(f.Type)
}

// isWord reports whether a finding's type is its source's own word, which the source documents:
// "Impact:EC2/AbusedDomainRequest.Reputation" is no address.
func isWord(f *finding.Finding) bool {
	return f.About.Links.Type != "" && !strings.Contains(f.Type, "//")
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
