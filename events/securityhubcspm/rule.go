//go:build !lambda.norpc

package securityhubcspm

import (
	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// rules returns what a deployment has to know to ask for Security Hub CSPM's findings.
func rules() source.Rules {
	return source.Rules{
		Matching: rule, WithoutEndings: ruleWithoutEndings,
		Volume: "one whenever a finding is imported or updated; controls update theirs at least once a day, those that passed too",
	}
}

// rule matches findings at or above the threshold, those whose severity stands in neither of its two
// usual places, those that are over, and what a person has sent here.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
func rule(threshold finding.Threshold) map[string]any {
	return source.AnyOf(append(urgent(threshold),
		in("Workflow", map[string]any{"Status": []any{"RESOLVED", "SUPPRESSED"}}),
		in("RecordState", []any{"ARCHIVED"}),
		in("Compliance", map[string]any{"Status": []any{"PASSED"}}),
	)...)
}

// ruleWithoutEndings is rule without what is below the threshold and over.
func ruleWithoutEndings(threshold finding.Threshold) map[string]any {
	return source.AnyOf(urgent(threshold)...)
}

// urgent returns the ways in which something matches that is not over.
func urgent(threshold finding.Threshold) []map[string]any {
	known, label := []any{}, []any{}
	for _, word := range labels() {
		known = append(known, word)
		if lenient.SeverityWord(word).AtLeast(threshold) {
			label = append(label, word)
		}
	}
	label = append(label, map[string]any{"anything-but": known})
	missing := map[string]any{"exists": false}
	// How high a score is that is a text, a rule cannot tell.
	score := []any{map[string]any{"numeric": []any{">=", lowestScore(threshold)}}, missing, map[string]any{"prefix": ""}}
	return []map[string]any{
		in("Severity", map[string]any{"Label": label}),
		in("Severity", map[string]any{"Label": []any{missing}, "Normalized": score}),
		{"actionName": []any{map[string]any{"exists": true}}},
	}
}

// in returns what matches a member of a finding.
func in(member string, value any) map[string]any {
	return map[string]any{"findings": map[string]any{member: value}}
}

// lowestScore returns the lowest score on the scale of 0 to 100 that is at or above a threshold.
func lowestScore(threshold finding.Threshold) float64 {
	for _, from := range []float64{0, 1, 40, 70, 90} {
		if lenient.HundredSeverity(from).AtLeast(threshold) {
			return from
		}
	}
	return 101 // nothing is
}

// labels returns the labels of a severity, the least urgent first.
func labels() [5]string { return [...]string{"INFORMATIONAL", "LOW", "MEDIUM", "HIGH", "CRITICAL"} }
