// Package inspector is the source of Amazon Inspector: its findings, and what it says of scans and
// of what it watches.
package inspector

import (
	_ "embed"
	"slices"
	"strings"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/events/source"
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
		IsGraded: true, IsBursty: true,
		Rules: rules(), Samples: samples(), Words: map[string]string{"en": en, "ja": ja},
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

// isFinding reports whether a document is a finding, whatever event it came in.
func isFinding(e source.Envelope, d lenient.Document) bool {
	others := []string{scanType, scanDoneType, coverageType, autoEnableType}
	isOther := slices.ContainsFunc(others, func(other string) bool { return lenient.SameName(other, e.DetailType) })
	return !isOther || strings.HasPrefix(d.Text("findingArn"), "arn:")
}
