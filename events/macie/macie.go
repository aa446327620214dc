// Package macie is the source of Amazon Macie's findings, and of the alerts of Macie Classic, which
// went before it.
package macie

import (
	_ "embed"
	"strings"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/events/source"
)

// What EventBridge calls Macie and its events:
// https://docs.aws.amazon.com/macie/latest/user/findings-publish-event-schemas.html
const (
	sourceName = "aws.macie"
	detailType = "Macie Finding"
	alertType  = "Macie Alert"
)

// The words for the finding types and for the facts.
var (
	//go:embed words/en.txt
	en string
	//go:embed words/ja.txt
	ja string
)

// Source returns the source of Macie's findings.
func Source() source.Source {
	return source.Source{
		ID: "macie", Name: sourceName, Product: "Macie", DetailTypes: []string{detailType, alertType},
		Parse: parse, About: about, Recognises: recognises, TypePage: typePage,
		Native:   source.Native{Product: "aws/macie", ID: nativeID},
		IsGraded: true,
		Rules:    rules(), Samples: samples(), Words: map[string]string{"en": en, "ja": ja},
	}
}

// recognises reports whether an object is a finding of Macie, as its API returns it.
func recognises(d lenient.Document) bool {
	return typePage(d.Text("type")) != "" && !d.Get("resourcesAffected").Absent()
}

// nativeID returns the id of a finding that is passed on by its id or ARN, and the ARN of an alert
// of Macie Classic, which is its id.
func nativeID(alias string) string {
	name := lenient.ParseARN(alias)
	switch {
	case name.Service == "macie":
		return alias
	case name.Service == "macie2":
		_, id, _ := strings.Cut(name.Resource, "finding/")
		return id
	case strings.ContainsAny(alias, ":/ "):
		return ""
	}
	return alias
}

// riskScale is how many points of risk of Macie Classic there are to one of the common scale.
const riskScale = 10
