//go:build !lambda.norpc

package inspector

import (
	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// rules returns what a deployment has to know to ask for Inspector's events.
func rules() source.Rules {
	return source.Rules{
		Matching: rule, WithoutEndings: urgent,
		Volume: "one for each vulnerability of each resource, again when it changes and when it is closed: tens of thousands in the first days",
	}
}

// rule matches what is at or above a threshold, has no readable severity, or is over: findings that
// are closed or suppressed, scans that found nothing, resources that are watched again or are gone.
func rule(threshold finding.Threshold) map[string]any {
	missing := []any{map[string]any{"exists": false}}
	return source.AnyOf(append(branches(threshold),
		map[string]any{"status": []any{"SUPPRESSED", "CLOSED"}},
		map[string]any{"finding-severity-counts": map[string]any{"TOTAL": []any{0}}},
		map[string]any{"findingSeverityCounts": map[string]any{"TOTAL": []any{0}}},
		map[string]any{"scan-status": []any{map[string]any{"exists": true}}, "finding-severity-counts": map[string]any{"TOTAL": missing}},
		map[string]any{"scanStatus": map[string]any{"statusCodeValue": []any{"ACTIVE"}}},
		map[string]any{"scanStatus": map[string]any{"reason": []any{"RESOURCE_TERMINATED"}}},
		map[string]any{"AutoEnableStatus": []any{map[string]any{"anything-but": []any{"Failed"}}}},
	)...)
}

// urgent matches what is at or above a threshold, or has no readable severity. Scans, coverage and
// the like state none; parseNotice says what they have.
func urgent(threshold finding.Threshold) map[string]any { return source.AnyOf(branches(threshold)...) }

func branches(threshold finding.Threshold) []map[string]any {
	missing, there := []any{map[string]any{"exists": false}}, []any{map[string]any{"exists": true}}
	var words []any
	for _, word := range grades() {
		if lenient.SeverityWord(word.(string)).AtLeast(threshold) {
			words = append(words, word)
		}
	}
	all := []map[string]any{
		{"severity": append(words, map[string]any{"anything-but": grades()})},
		{
			"severity": missing, "scan-status": missing, "scanStatus": missing, "scanType": missing, "AutoEnableStatus": missing,
		},
	}
	add := func(severity finding.Severity, branch map[string]any) {
		if severity.AtLeast(threshold) {
			all = append(all, branch)
		}
	}
	add(finding.Lowest, map[string]any{"severity": missing})
	add(failed, map[string]any{"scan-status": []any{"FAILED"}})
	add(failed, map[string]any{"scanStatus": []any{"FAILED"}})
	add(failed, map[string]any{"scanType": there, "scanStatus": map[string]any{"statusCodeValue": []any{map[string]any{"anything-but": []any{"ACTIVE"}}}}})
	add(uncovered, map[string]any{"AutoEnableStatus": there})
	return all
}

// grades are the severities that Inspector states, the lowest first:
// https://docs.aws.amazon.com/inspector/v2/APIReference/API_Finding.html
func grades() []any {
	return []any{"UNTRIAGED", "INFORMATIONAL", "LOW", "MEDIUM", "HIGH", "CRITICAL"}
}
