package formatter

import (
	"iter"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/catalogue"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// sourceName gives the vendor's own spelling of an EventBridge source.
func sourceName(source string) string {
	switch source {
	case "aws.guardduty":
		return "GuardDuty"
	case "aws.securityhub":
		return "Security Hub"
	case "aws.inspector2", "aws.inspector":
		return "Inspector"
	case "aws.macie", "aws.macie2":
		return "Macie"
	case "aws.access-analyzer":
		return "IAM Access Analyzer"
	case "aws.health":
		return "AWS Health"
	case "aws.config":
		return "AWS Config"
	case "aws.cloudwatch":
		return "CloudWatch"
	}
	return clean(source)
}

// findingType gives a type as it is where it is AWS's own word: only GuardDuty can publish as
// "aws.guardduty". "Impact:EC2/AbusedDomainRequest.Reputation" is no address.
func findingType(f *finding.Finding) string {
	if catalogue.Knows(f.Type) || f.Source == "aws.guardduty" && !strings.Contains(f.Type, "//") {
		return plain(f.Type)
	}
	return clean(f.Type)
}

// what says in a few words what a finding of GuardDuty is about: "Data exfiltration through DNS". It gives
// "" for a type that nobody has words for.
func (b *builder) what(f *finding.Finding) string {
	purpose, rest, _ := strings.Cut(f.Type, ":")
	if f.Source != "aws.guardduty" || len(f.Type) > maxTitle || strings.ContainsAny(f.Type, "|\n") {
		return ""
	}
	for _, l := range []language{b.language, b.style.inEnglish()} {
		for key := range typeKeys(f.Type, rest) {
			text := l.look(key)
			if !strings.Contains(text, "{}") {
				if text != "" {
					return text
				}
				continue
			}
			if word := l.look("purpose." + purpose); word != "" {
				return strings.Replace(text, "{}", word, 1)
			}
		}
	}
	return ""
}

// typeKeys gives the keys under which words for a type can stand, the most exact first. A name has the
// form Family.Detail!Artifact.
func typeKeys(findingType, rest string) iter.Seq[string] {
	return func(yield func(string) bool) {
		resource, name, found := strings.Cut(rest, "/")
		if !found || !yield(findingType) {
			return
		}
		withoutArtifact, _, _ := strings.Cut(name, "!")
		family, _, _ := strings.Cut(withoutArtifact, ".")
		shorter := [...]string{name, withoutArtifact, family}
		for _, short := range shorter {
			if !yield(resource + "/" + short) {
				return
			}
		}
		for _, short := range shorter {
			if !yield(short) {
				return
			}
		}
	}
}
