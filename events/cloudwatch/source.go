// Package cloudwatch is the source of CloudWatch's alarms: their parser, samples, links and words.
package cloudwatch

import (
	_ "embed"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// What EventBridge calls CloudWatch and the events of its alarms:
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
const (
	sourceName        = "aws.cloudwatch"
	detailState       = "CloudWatch Alarm State Change"
	detailContributor = "CloudWatch Alarm Contributor State Change"
	detailConfig      = "CloudWatch Alarm Configuration Change"
)

// The words for states and changes: words/en.txt says how one finds its own.
var (
	//go:embed words/en.txt
	en string
	//go:embed words/ja.txt
	ja string
)

// Source returns the source of CloudWatch's alarms.
func Source() source.Source {
	return source.Source{
		ID: "cloudwatch", Name: sourceName, Product: "CloudWatch",
		DetailTypes: []string{detailState, detailContributor, detailConfig},
		Parse:       parse, About: about, Recognises: recognises, Rule: rule, RuleWithoutEndings: ruleWithoutEndings,
		Volume:  "one for each change of each alarm's state, of which one that flaps makes hundreds a day",
		Samples: samples(), Words: map[string]string{"en": en, "ja": ja},
	}
}

// recognises reports whether an object is an alarm in one of the forms that CloudWatch writes
// without an envelope: for a topic, for a Lambda function, in the answer of its API.
func recognises(d lenient.Document) bool {
	a := open(d)
	return a.name != "" && !a.detail.At("NewStateValue", "state.value", "StateValue").Absent()
}

// rule matches what is at or above a threshold, and every ending.
func rule(threshold finding.Threshold) map[string]any {
	return map[string]any{"$or": append(graded(threshold),
		state(stateOK),
		map[string]any{"operation": []any{operationDelete}},
		map[string]any{"muteDetail": map[string]any{"mutedByArn": exists(true)}},
		map[string]any{"state": map[string]any{"actionsSuppressedBy": exists(true)}, "operation": exists(false)},
	)}
}

// ruleWithoutEndings matches what rule does, but for what is over.
func ruleWithoutEndings(threshold finding.Threshold) map[string]any {
	return map[string]any{"$or": graded(threshold)}
}

// graded returns the alternatives that match what is at or above a threshold. A severity in the tags
// is a text, which a rule cannot compare, so that every alarm with such a tag is taken.
func graded(threshold finding.Threshold) []any {
	other := map[string]any{"anything-but": []any{stateOK, stateNoData}}
	var either []any
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
