// Package accessanalyzer is the source of the findings of IAM Access Analyzer: who can reach what,
// and which rights nobody uses.
package accessanalyzer

import (
	_ "embed"
	"strings"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// What EventBridge calls Access Analyzer and its events:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-eventbridge.html
const (
	sourceName   = "aws.access-analyzer"
	externalType = "Access Analyzer Finding"
	internalType = "Internal Access Finding"
	unusedType   = "Unused Access Finding for IAM entities"
	previewType  = "Access Preview State Change"
)

// The types of findings, as the API has them, and three of this package: what anybody can reach, what
// could not be looked into, and a preview.
const (
	external = "ExternalAccess"
	internal = "InternalAccess"
	unused   = "Unused" // what the types of unused access begin with
	public   = "PublicAccess"
	failure  = "AnalysisError"
	preview  = "AccessPreview"
)

// The words for the finding types and for the facts.
var (
	//go:embed words/en.txt
	en string
	//go:embed words/ja.txt
	ja string
)

// Source returns the source of Access Analyzer's findings.
func Source() source.Source {
	return source.Source{
		ID: "access-analyzer", Name: sourceName, Product: "IAM Access Analyzer",
		DetailTypes: []string{externalType, internalType, unusedType, previewType},
		Parse:       parse, About: about, Recognises: recognises, TypePage: typePage,
		Native: source.Native{Product: "aws/access-analyzer", ID: nativeID},
		Rules:  rules(), Samples: samples(), Words: map[string]string{"en": en, "ja": ja},
	}
}

// recognises reports whether an object is a finding as the API returns it.
func recognises(d lenient.Document) bool {
	return strings.HasPrefix(d.Text("resourceType"), "AWS::") && d.Text("status") != "" && d.Text("analyzedAt") != ""
}

// nativeID returns the id of a finding that is passed on by its id, or by the page of the finding.
// The ARN by which Security Hub has it names an analyzer and a resource, which can have several.
func nativeID(alias string) string {
	if _, id, isPage := strings.Cut(alias, "#/findings/"); isPage {
		alias = strings.TrimPrefix(id, "details/")
	}
	if strings.ContainsAny(alias, ":/ ?&") {
		return ""
	}
	return alias
}

// The severities, for Access Analyzer states none. What anybody can reach is urgent; what another
// account can reach, or somebody inside, may be meant so; unused rights are work for a quiet hour.
// An error hides whether there is access at all.
const (
	publicSeverity   finding.Severity = 8
	externalSeverity finding.Severity = 5
	internalSeverity finding.Severity = 5
	errorSeverity    finding.Severity = 3
	unusedSeverity   finding.Severity = 2
	previewSeverity  finding.Severity = 2 // of one that has failed
)
