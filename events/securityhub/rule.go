//go:build !lambda.norpc

package securityhub

import (
	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// rules returns what a deployment has to know to ask for Security Hub's findings.
func rules() source.Rules {
	return source.Rules{
		Matching: rule, WithoutEndings: ruleWithoutEndings,
		Volume: "one whenever a finding of any of the services that feed it is new or updated, in Security Hub itself too",
	}
}

// rule matches findings at or above the threshold, those without a readable severity, and those
// that are over.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
func rule(threshold finding.Threshold) map[string]any {
	return source.AnyOf(
		in("severity_id", urgent(threshold)),
		in("activity_name", []any{"Close"}),
		in("activity_id", []any{3}),
		in("status_id", []any{3, 4, 5, 6}),
		in("status", []any{"Suppressed", "Resolved", "Archived", "Deleted"}),
		in("status_code", []any{"PASS"}),
		in("compliance", map[string]any{"status_id": []any{1}}),
		in("compliance", map[string]any{"status": []any{"Pass"}}),
	)
}

// ruleWithoutEndings is rule without what is below the threshold and over.
func ruleWithoutEndings(threshold finding.Threshold) map[string]any {
	return in("severity_id", urgent(threshold))
}

// urgent returns what matches the id of a severity that is not below the threshold.
func urgent(threshold finding.Threshold) []any {
	known, ids := []any{}, []any{}
	for _, id := range ocsfIDs() {
		known = append(known, id)
		if lenient.SeverityWord(severityWord(id)).AtLeast(threshold) {
			ids = append(ids, id)
		}
	}
	return append(ids, map[string]any{"anything-but": known}, map[string]any{"exists": false})
}

// in returns what matches a member of a finding.
func in(member string, value any) map[string]any {
	return map[string]any{"findings": map[string]any{member: value}}
}

// ocsfIDs are the ids of the severities from informational to fatal:
// https://schema.ocsf.io/1.6.0/classes/detection_finding (0 is unknown, 99 other)
func ocsfIDs() [6]int { return [...]int{1, 2, 3, 4, 5, 6} }
