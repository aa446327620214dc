//go:build !lambda.norpc

package health

import (
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// rules returns what a deployment has to know to ask for AWS Health's events.
func rules() source.Rules {
	return source.Rules{
		Matching: rule, WithoutEndings: ruleWithoutEndings, Whole: whole,
		Volume: "each notice about an event, also the public ones of the region: a few a day",
	}
}

// rule matches what the severities of grade make of a threshold, and what is closed.
func rule(threshold finding.Threshold) map[string]any {
	closed := map[string]any{"statusCode": []any{"closed"}}
	return source.AnyOf(append(graded(threshold), closed)...)
}

// whole returns the detail-type of abuse events, which says what they are also where their code is one
// that is not known, unless the rest of the rule takes all that there is.
func whole(threshold finding.Threshold) []string {
	if !abuse.AtLeast(threshold) || notice.AtLeast(threshold) {
		return nil
	}
	return []string{detailAbuse}
}

// ruleWithoutEndings matches what rule does, but for what is closed.
func ruleWithoutEndings(threshold finding.Threshold) map[string]any {
	return source.AnyOf(graded(threshold)...)
}

// graded returns the alternatives that match what is at or above a threshold. Exposed credentials
// are always among them.
func graded(threshold finding.Threshold) []map[string]any {
	prefix := func(text string) []any { return []any{map[string]any{"prefix": text}} }
	isMissing := []any{map[string]any{"exists": false}}
	either := []map[string]any{
		{"service": []any{serviceRisk}},
		{"eventTypeCode": prefix(codeRisk)},
	}
	add := func(severity finding.Severity, alternatives ...map[string]any) {
		if severity.AtLeast(threshold) {
			either = append(either, alternatives...)
		}
	}
	// An abuse event is known by its detail-type, too: see whole.
	add(abuse,
		map[string]any{"service": []any{serviceAbuse}},
		map[string]any{"eventTypeCode": prefix(codeAbuse)},
		map[string]any{"eventTypeCode": isMissing})
	but := []any{categoryChange, categoryNotice}
	add(issue,
		map[string]any{"eventTypeCategory": []any{map[string]any{"anything-but": but}}},
		map[string]any{"eventTypeCategory": isMissing})
	add(change, map[string]any{"eventTypeCategory": []any{categoryChange}})
	add(notice, map[string]any{"eventTypeCategory": []any{categoryNotice}})
	return either
}
