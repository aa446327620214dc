// Package macie is the source of Amazon Macie's findings, and of the alerts of Macie Classic, which
// went before it.
package macie

import (
	_ "embed"
	"strings"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
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
		IsGraded: true, Rule: rule, RuleWithoutEndings: urgent,
		Volume:  "one for each object with sensitive data and each weakened bucket, the latter again each time it happens",
		Samples: samples(), Words: map[string]string{"en": en, "ja": ja},
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

// either is the member of a pattern that lists other ones, one of which is enough:
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
const either = "$or"

// rule matches what urgent does, and what is archived.
func rule(threshold finding.Threshold) map[string]any {
	return map[string]any{either: append(branches(threshold), map[string]any{"archived": []any{true}})}
}

// urgent matches findings by the word of their severity, alerts by their risk, and those that state
// neither in a way that is known.
func urgent(threshold finding.Threshold) map[string]any {
	return map[string]any{either: branches(threshold)}
}

func branches(threshold finding.Threshold) []any {
	var words, known []any
	for _, word := range []string{"Low", "Medium", "High"} {
		known = append(known, word)
		if lenient.SeverityWord(word).AtLeast(threshold) {
			words = append(words, word)
		}
	}
	missing := []any{map[string]any{"exists": false}}
	risky := map[string]any{"numeric": []any{">=", riskScale * float64(threshold)}}
	if finding.Lowest.AtLeast(threshold) {
		risky = map[string]any{"exists": true} // a risk below the scale counts as its lowest end
	}
	return []any{
		map[string]any{"severity": map[string]any{"description": append(words, map[string]any{"anything-but": known})}},
		map[string]any{"severity": map[string]any{"description": missing}, "risk-score": missing},
		map[string]any{"risk-score": []any{risky, map[string]any{"prefix": ""}}},
	}
}
