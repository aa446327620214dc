//go:build !lambda.norpc

package cloudtrail

import (
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// rules returns what a deployment has to know to ask for CloudTrail's events.
func rules() source.Rules {
	return source.Rules{
		Matching: rule, WithoutEndings: ruleWithoutEndings,
		Volume: "one for each sign-in of a sort that is at the threshold, each call of the root user and each call that was refused; " +
			"of refusals a program that was set up badly makes thousands a day",
	}
}

// rule matches the sorts of events that are at or above a threshold, and of calls only those of the
// root user and those that were refused, whatever the threshold: an account makes calls by the
// hundred thousand a day. The only ends are those of insights.
func rule(threshold finding.Threshold) map[string]any {
	over := map[string]any{"eventCategory": []any{"Insight"}, "insightDetails": map[string]any{"state": []any{"End"}}}
	return source.AnyOf(append(sorts(threshold), over)...)
}

// ruleWithoutEndings leaves out the ends of insights.
func ruleWithoutEndings(threshold finding.Threshold) map[string]any {
	all := sorts(threshold)
	if len(all) == 0 {
		return map[string]any{"eventName": []any{""}} // nothing: each event has a name
	}
	return source.AnyOf(all...)
}

// sorts returns a pattern for each sort of events that is at or above a threshold.
func sorts(threshold finding.Threshold) []map[string]any {
	refused := []any{map[string]any{"prefix": refusedPrefix}, map[string]any{"suffix": refusedSuffix}}
	for _, code := range refusals() {
		refused = append(refused, code)
	}
	var matched []map[string]any
	for _, sort := range []struct {
		worst  finding.Severity
		detail map[string]any
	}{
		{gradeOf(rootSignInNoMFA), map[string]any{"userIdentity": map[string]any{"type": []any{"Root"}}}},
		{gradeOf(ofInsight), map[string]any{
			"eventCategory": []any{"Insight"}, "insightDetails": map[string]any{"state": []any{map[string]any{"anything-but": []any{"End"}}}},
		}},
		{gradeOf(signInNoMFA), map[string]any{
			"userIdentity": map[string]any{"type": []any{"IAMUser"}}, "eventName": []any{consoleLogin},
			"additionalEventData": map[string]any{"MFAUsed": []any{"No"}},
		}},
		{gradeOf(signInNoMFA), map[string]any{ // or its session says so
			"userIdentity": map[string]any{"type": []any{"IAMUser"}, "sessionContext": map[string]any{
				"attributes": map[string]any{"mfaAuthenticated": []any{"false", false}},
			}},
			"eventName": []any{consoleLogin}, "additionalEventData": map[string]any{"MFAUsed": []any{map[string]any{"exists": false}}},
		}},
		{gradeOf(signInFailed), map[string]any{
			"eventName": []any{consoleLogin}, "responseElements": map[string]any{consoleLogin: []any{"Failure"}},
		}},
		{gradeOf(refusedCall), map[string]any{"errorCode": refused}},
		{gradeOf(plainSignIn), map[string]any{"eventName": []any{consoleLogin}}},
	} {
		if sort.worst.AtLeast(threshold) {
			matched = append(matched, sort.detail)
		}
	}
	return matched
}
