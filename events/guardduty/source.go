// Package guardduty is the source of Amazon GuardDuty's findings: their parser, their types,
// samples, links and words.
package guardduty

import (
	_ "embed"
	"strings"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/events/source"
)

// What EventBridge calls GuardDuty and the events of its findings.
const (
	sourceName = "aws.guardduty"
	detailType = "GuardDuty Finding"
)

// The words for the finding types: words/en.txt says how a type finds its own.
var (
	//go:embed words/en.txt
	en string
	//go:embed words/ja.txt
	ja string
)

// Source returns the source of GuardDuty's findings.
func Source() source.Source {
	return source.Source{
		Name: sourceName, Product: "GuardDuty", DetailTypes: []string{detailType},
		Parse: parse, About: about, Recognises: recognises, TypePage: typePage,
		IsRuledBySeverity: true, Samples: samples(), Words: map[string]string{"en": en, "ja": ja},
	}
}

// recognises reports whether an object is a GuardDuty finding. Findings of Macie look alike, but
// say what they affected.
func recognises(d lenient.Document) bool {
	if strings.Contains(d.Text("arn"), ":guardduty:") {
		return true
	}
	return d.Text("type") != "" && d.Get("resourcesAffected").IsNull() &&
		(d.Get("resource").Kind() == '{' || d.Get("service").Kind() == '{')
}
