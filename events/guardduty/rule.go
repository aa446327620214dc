//go:build !lambda.norpc

package guardduty

import (
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// rules returns what a deployment has to know to ask for GuardDuty's events.
func rules() source.Rules {
	return source.Rules{
		Matching: rule, WithoutEndings: ruleWithoutEndings,
		Volume: "each finding when it is new, and again while it goes on: every 15 minutes, hour or six hours, as the detector says; " +
			"with malware protection also one for each object that is written to a protected bucket",
	}
}

// rule matches the severity, which is a number on the common scale; how high one is that is a text, a
// rule cannot tell. The findings have no ends; the other detail-types have no severity, and all of
// them pass: what is well again ends what was not.
func rule(threshold finding.Threshold) map[string]any {
	return map[string]any{"severity": []any{
		map[string]any{"numeric": []any{">=", float64(threshold)}},
		map[string]any{"numeric": []any{"<", 1}}, // off the scale, so not known
		map[string]any{"exists": false},
		map[string]any{"prefix": ""},
	}}
}

// ruleWithoutEndings leaves out scans that have found nothing, which come by the million where
// malware protection is on, and what is well again.
func ruleWithoutEndings(threshold finding.Threshold) map[string]any {
	but := func(words ...any) []any {
		return []any{map[string]any{"anything-but": words}, map[string]any{"exists": false}}
	}
	detail := rule(threshold)
	detail["scanResultDetails"] = map[string]any{"scanResultStatus": but(noThreatsFound)}
	detail["resourceStatus"], detail["currentStatus"] = but("ACTIVE"), but("Healthy", "HEALTHY")
	return detail
}
