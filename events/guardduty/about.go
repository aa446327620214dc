package guardduty

import (
	"net/url"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// about returns what GuardDuty says of its finding beside the event.
func about(f *finding.Finding) finding.About {
	if isOperational(f.Type) {
		return operationalAbout(f.Type)
	}
	return finding.About{Headlines: headlines(f.Type), Links: links(f)}
}

// operationalAbout returns words and page for what is no finding, and stands in no list of findings.
func operationalAbout(eventType string) finding.About {
	page := documentation + "monitor-with-eventbridge-s3-malware-protection.html"
	if eventType == runtimeHealthy || eventType == runtimeUnhealthy {
		page = documentation + "runtime-monitoring-assessing-coverage.html"
	}
	var words []finding.Headline
	if len(eventType) <= longestType {
		words = []finding.Headline{{Key: "guardduty." + eventType}}
	}
	return finding.About{Headlines: words, Links: finding.Links{Type: page}}
}

// longestType bounds the types that there can be words for.
const longestType = 100

// headlines returns the keys under which words for a type can stand, the most exact first. A type
// has the form Purpose:Resource/Family.Detail!Artifact.
func headlines(findingType string) []finding.Headline {
	purpose, rest, _ := strings.Cut(findingType, ":")
	resource, name, found := strings.Cut(rest, "/")
	if !found || len(findingType) > longestType {
		return nil
	}
	withoutArtifact, _, _ := strings.Cut(name, "!")
	family, _, _ := strings.Cut(withoutArtifact, ".")
	const prefix = "guardduty." // as source.Source.WordPrefix says
	with := prefix + "purpose." + purpose
	all := make([]finding.Headline, 1, 7)
	all[0] = finding.Headline{Key: prefix + findingType, With: with}
	for _, start := range [...]string{prefix + resource + "/", prefix} {
		last := ""
		for _, short := range [...]string{name, withoutArtifact, family} {
			if short != last {
				all = append(all, finding.Headline{Key: start + short, With: with})
			}
			last = short
		}
	}
	return all
}

// links returns a finding in the console of its own account, region and partition, and the
// documentation of its type.
func links(f *finding.Finding) finding.Links {
	shown := "current"
	if f.State.Over() {
		shown = "all"
	}
	list := "/guardduty/home?region=" + f.Region + "#/findings?macros=" + shown
	one := list
	if f.ID != "" {
		one += "&fId=" + url.QueryEscape(f.ID)
	}
	page := typePage(f.Type)
	if page == "" {
		page = typesPage
	}
	return finding.Links{Finding: f.ConsoleURL(one), Findings: f.ConsoleURL(list), Type: page}
}

// typePage returns the documentation of a finding type, or "" if it is not known.
func typePage(findingType string) string {
	entry, _ := Lookup(findingType)
	return entry.Documentation
}
