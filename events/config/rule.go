//go:build !lambda.norpc

package config

import (
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// rules returns what a deployment has to know to ask for AWS Config's events.
func rules() source.Rules {
	return source.Rules{
		Matching: rule, WithoutEndings: ruleWithoutEndings,
		Volume: "one for each resource and rule whose result changes, and for the first result of each new resource; " +
			"changes of resources at a threshold of low, and at any where SOURCE_SEVERITY names config; " +
			"the rules of Security Hub's controls come here too, under other names than there",
	}
}

// rule matches results that are at or above a threshold, those that are not known, and those that
// end what was not compliant; changes of resources and AWS Config's own work as they are graded.
func rule(threshold finding.Threshold) map[string]any {
	const completed = "Completed"
	return matching(below(threshold), append(messages(threshold), map[string]any{"suffix": completed}))
}

// ruleWithoutEndings leaves out what complies, what a rule does not apply to, and work that is done.
func ruleWithoutEndings(threshold finding.Threshold) map[string]any {
	return matching(append([]any{compliant, notApplicable}, below(threshold)...), messages(threshold))
}

// below returns the open results that are below a threshold.
func below(threshold finding.Threshold) []any {
	var all []any
	for _, result := range []string{nonCompliant, insufficientData} {
		if severity, _ := grade(result); !severity.AtLeast(threshold) {
			all = append(all, result)
		}
	}
	return all
}

// messages returns what matches the types of the open messages beside results that are at or above
// a threshold.
func messages(threshold finding.Threshold) []any {
	var all []any
	if low := finding.Severity(2); low.AtLeast(threshold) {
		all = append(all, item, oversizedItem, map[string]any{"suffix": "Failed"})
	}
	if finding.Lowest.AtLeast(threshold) {
		all = append(all, map[string]any{"suffix": "Started"})
	}
	return all
}

// matching matches every result but some, results that say nothing, and some types of messages.
func matching(leftOut, messageTypes []any) map[string]any {
	results := map[string]any{"exists": true}
	if len(leftOut) > 0 {
		results = map[string]any{"anything-but": leftOut}
	}
	alternatives := []map[string]any{
		{"newEvaluationResult": map[string]any{"complianceType": []any{results}}},
		{
			"messageType":         []any{compliance},
			"newEvaluationResult": map[string]any{"complianceType": []any{map[string]any{"exists": false}}},
		},
	}
	if len(messageTypes) > 0 {
		alternatives = append(alternatives, map[string]any{"messageType": messageTypes})
	}
	return source.AnyOf(alternatives...)
}
