//go:build !lambda.norpc

package accessanalyzer

import (
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// rules returns what a deployment has to know to ask for Access Analyzer's findings.
func rules() source.Rules {
	return source.Rules{
		Matching: rule, WithoutEndings: urgent,
		Volume: "one for each finding and each change of its status; unused access comes by the thousand when its analyzer starts",
	}
}

// rule matches what urgent does, and what is over.
func rule(threshold finding.Threshold) map[string]any {
	return source.AnyOf(append(branches(threshold),
		map[string]any{"status": []any{"RESOLVED", "ARCHIVED"}},
		map[string]any{"isDeleted": []any{true}},
	)...)
}

// urgent matches what has a severity at or above the threshold, and what is not known.
func urgent(threshold finding.Threshold) map[string]any {
	return source.AnyOf(branches(threshold)...)
}

func branches(threshold finding.Threshold) []map[string]any {
	missing, there := []any{map[string]any{"exists": false}}, []any{map[string]any{"exists": true}}
	known := []any{
		external, internal, unused + "IAMRole", unused + "IAMUserAccessKey", unused + "IAMUserPassword", unused + "Permission",
	}
	all := []map[string]any{
		{"isPublic": []any{map[string]any{"prefix": ""}}},
		{"findingType": []any{map[string]any{"anything-but": known}}},
		{"isPublic": missing, "findingType": missing, "accessPreviewId": missing, "error": missing},
	}
	add := func(severity finding.Severity, branch map[string]any) {
		if severity.AtLeast(threshold) {
			all = append(all, branch)
		}
	}
	add(publicSeverity, map[string]any{"isPublic": []any{true}})
	for _, anybody := range []any{[]any{"*"}, map[string]any{"AWS": []any{"*"}}} {
		add(publicSeverity, map[string]any{"isPublic": missing, "principal": anybody})
	}
	add(externalSeverity, map[string]any{"isPublic": []any{false}})
	add(externalSeverity, map[string]any{"findingType": []any{external}})
	add(internalSeverity, map[string]any{"findingType": []any{internal}})
	add(errorSeverity, map[string]any{"error": there})
	add(unusedSeverity, map[string]any{"findingType": []any{map[string]any{"prefix": unused}}})
	add(previewSeverity, map[string]any{"accessPreviewId": there, "status": []any{"FAILED"}})
	add(finding.Lowest, map[string]any{"accessPreviewId": there})
	return all
}
