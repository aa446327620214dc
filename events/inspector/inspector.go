// Package inspector is the source of Amazon Inspector: its findings, and what it says of scans and
// of what it watches.
package inspector

import (
	_ "embed"
	"slices"
	"strings"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// What EventBridge calls Inspector and its events:
// https://docs.aws.amazon.com/inspector/latest/user/eventbridge-integration.html
// The findings of a scan on demand come under another name than all others.
const (
	sourceName     = "aws.inspector2"
	onDemandName   = "inspector2.ami.ondemand"
	findingType    = "Inspector2 Finding"
	onDemandType   = "OnDemand AMI Scan Findings"
	scanType       = "Inspector2 Scan"
	scanDoneType   = "Inspector2 OnDemand Scan Complete"
	coverageType   = "Inspector2 Coverage"
	autoEnableType = "Inspector2 AutoEnable"
)

// The words for the finding types and for the facts.
var (
	//go:embed words/en.txt
	en string
	//go:embed words/ja.txt
	ja string
)

// Source returns the source of Inspector's events.
func Source() source.Source {
	return source.Source{
		ID: "inspector2", Name: sourceName, AlsoNamed: []string{onDemandName}, Product: "Inspector",
		DetailTypes: []string{findingType, onDemandType, scanType, scanDoneType, coverageType, autoEnableType},
		Parse:       parse, About: about, Recognises: recognises, TypePage: typePage,
		Native:   source.Native{Product: "aws/inspector", ID: nativeID},
		IsGraded: true, IsBursty: true, Rule: rule, RuleWithoutEndings: ruleWithoutEndings,
		Volume:  "each vulnerability of each resource when it is new, changes or is closed: thousands with a push of images or a new CVE",
		Samples: samples(), Words: map[string]string{"en": en, "ja": ja},
	}
}

// recognises reports whether an object is a finding of Inspector, as its API returns it.
func recognises(d lenient.Document) bool { return nativeID(d.Text("findingArn")) != "" }

// nativeID returns the id of a finding that is passed on, which is its ARN. Those of Inspector
// Classic have another form, and no source of their own.
func nativeID(alias string) string {
	if lenient.ParseARN(alias).Service == "inspector2" {
		return alias
	}
	return ""
}

// grades are the severities that Inspector states, the lowest first:
// https://docs.aws.amazon.com/inspector/v2/APIReference/API_Finding.html
func grades() []string {
	return []string{"UNTRIAGED", "INFORMATIONAL", "LOW", "MEDIUM", "HIGH", "CRITICAL"}
}

// rule matches findings by the word of their severity, those with another word, and those that are
// over. Scans, coverage and the like have no severity, and most of them are an ending: a clean scan,
// a resource that is watched again.
func rule(threshold finding.Threshold) map[string]any {
	return source.AnyOf(append(urgent(threshold), map[string]any{"status": []any{"SUPPRESSED", "CLOSED"}})...)
}

func ruleWithoutEndings(threshold finding.Threshold) map[string]any {
	return source.AnyOf(urgent(threshold)...)
}

// urgent returns the alternatives of the rule that are no endings of findings.
func urgent(threshold finding.Threshold) []map[string]any {
	var taken []any
	known := grades()
	for _, word := range known {
		if lenient.SeverityWord(word).AtLeast(threshold) {
			taken = append(taken, word)
		}
	}
	odd := map[string]any{"anything-but": anyList(known)}
	return []map[string]any{
		{"severity": append(taken, odd)},
		{"severity": []any{map[string]any{"exists": false}}},
	}
}

func anyList(texts []string) []any {
	list := make([]any, len(texts))
	for i, text := range texts {
		list[i] = text
	}
	return list
}

// isFinding reports whether a document is a finding, whatever event it came in.
func isFinding(e source.Envelope, d lenient.Document) bool {
	others := []string{scanType, scanDoneType, coverageType, autoEnableType}
	isOther := slices.ContainsFunc(others, func(other string) bool { return lenient.SameName(other, e.DetailType) })
	return !isOther || strings.HasPrefix(d.Text("findingArn"), "arn:")
}
