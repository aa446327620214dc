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
		ID: "guardduty", Name: sourceName, Product: "GuardDuty", DetailTypes: detailTypes(),
		Parse: parseEvent, About: about, Recognises: recognises, TypePage: typePage, Types: documentedTypes,
		IsGraded: true, Native: source.Native{Product: "aws/guardduty", ID: nativeID},
		Archive: &source.Archive{Takes: archives, Set: archive},
		Rules:   rules(), Samples: samples(), Words: map[string]string{"en": en, "ja": ja},
	}
}

// detailTypes returns the detail-types of GuardDuty, that of its findings first.
func detailTypes() []string {
	return []string{
		detailType, scanResult, postScanFailed, planActive, planWarning, planWarningToo, planError, runtimeHealthy, runtimeUnhealthy,
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

// nativeID returns the id of a finding that is passed on by its ARN or its id.
func nativeID(alias string) string {
	if _, id, isARN := strings.Cut(alias, "/finding/"); isARN {
		return id
	}
	if len(alias) == 32 && strings.Trim(alias, "0123456789abcdef") == "" {
		return alias
	}
	return ""
}
