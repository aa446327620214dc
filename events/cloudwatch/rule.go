//go:build !lambda.norpc

package cloudwatch

import (
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// rules returns what a deployment has to know to ask for CloudWatch's alarms.
func rules() source.Rules {
	return source.Rules{
		Matching: rule, WithoutEndings: ruleWithoutEndings,
		Volume: "one for each change of each alarm's state, of which one that flaps makes hundreds a day",
	}
}

// rule matches what is at or above a threshold, and every ending.
func rule(threshold finding.Threshold) map[string]any {
	return source.AnyOf(append(graded(threshold),
		state(stateOK),
		map[string]any{"operation": []any{operationDelete}},
		map[string]any{"muteDetail": map[string]any{"mutedByArn": exists(true)}},
		map[string]any{"state": map[string]any{"actionsSuppressedBy": exists(true)}, "operation": exists(false)},
	)...)
}

// ruleWithoutEndings matches what rule does, but for what is over.
func ruleWithoutEndings(threshold finding.Threshold) map[string]any {
	return source.AnyOf(graded(threshold)...)
}

// graded returns the alternatives that match what is at or above a threshold. A severity in the tags
// is a text, which a rule cannot compare, so that every alarm with such a tag is taken.
func graded(threshold finding.Threshold) []map[string]any {
	other := map[string]any{"anything-but": []any{stateOK, stateNoData}}
	var either []map[string]any
	for _, name := range severityTags() {
		tagged := state(other, map[string]any{"exists": false})
		tagged["alarmTags"] = map[string]any{name: exists(true)}
		either = append(either, tagged)
	}
	if inAlarm.AtLeast(threshold) {
		either = append(either, state(other, map[string]any{"exists": false}))
	}
	if noData.AtLeast(threshold) {
		either = append(either, state(stateNoData))
	}
	if finding.Lowest.AtLeast(threshold) {
		either = append(either, map[string]any{"operation": exists(true)}, state(stateOK))
	}
	return either
}

// state matches a change to one of the states.
func state(values ...any) map[string]any {
	return map[string]any{"state": map[string]any{"value": values}, "operation": exists(false)}
}

func exists(is bool) []any { return []any{map[string]any{"exists": is}} }
