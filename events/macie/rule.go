//go:build !lambda.norpc

package macie

import (
	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// rules returns what a deployment has to know to ask for Macie's findings.
func rules() source.Rules {
	return source.Rules{
		Matching: rule, WithoutEndings: urgent,
		Volume: "one for each object with sensitive data and each weakened bucket, the latter again each time it happens",
	}
}

// rule matches what urgent does, and what is archived.
func rule(threshold finding.Threshold) map[string]any {
	return source.AnyOf(append(branches(threshold), map[string]any{"archived": []any{true}})...)
}

// urgent matches findings by the word of their severity, alerts by their risk, and those that state
// neither in a way that is known.
func urgent(threshold finding.Threshold) map[string]any {
	return source.AnyOf(branches(threshold)...)
}

func branches(threshold finding.Threshold) []map[string]any {
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
	return []map[string]any{
		{"severity": map[string]any{"description": append(words, map[string]any{"anything-but": known})}},
		{"severity": map[string]any{"description": missing}, "risk-score": missing},
		{"risk-score": []any{risky, map[string]any{"prefix": ""}}},
	}
}
