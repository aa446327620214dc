package config

import "github.com/tocsin-sec/tocsin/pkg/finding"

// rule matches results that are at or above a threshold, those that are not known, and those that
// end what was not compliant; changes of resources and AWS Config's own work as they are graded.
func rule(threshold finding.Threshold) map[string]any {
	matched := []map[string]any{
		{"newEvaluationResult": map[string]any{"complianceType": []any{results(threshold)}}},
		{
			"messageType":         []any{compliance},
			"newEvaluationResult": map[string]any{"complianceType": []any{map[string]any{"exists": false}}},
		},
		{"messageType": []any{map[string]any{"suffix": "Completed"}}},
	}
	if low := finding.Severity(2); low.AtLeast(threshold) {
		matched = append(matched, map[string]any{"messageType": []any{item, oversizedItem, map[string]any{"suffix": "Failed"}}})
	}
	if finding.Lowest.AtLeast(threshold) {
		matched = append(matched, map[string]any{"messageType": []any{map[string]any{"suffix": "Started"}}})
	}
	return map[string]any{"$or": matched}
}

// results matches every result but those below a threshold that end nothing.
func results(threshold finding.Threshold) map[string]any {
	var below []any
	for _, result := range []string{nonCompliant, insufficientData} {
		if severity, _ := grade(result); !severity.AtLeast(threshold) {
			below = append(below, result)
		}
	}
	if len(below) == 0 {
		return map[string]any{"exists": true}
	}
	return map[string]any{"anything-but": below}
}
