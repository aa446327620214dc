package cloudtrail

import "github.com/tocsin-sec/tocsin/pkg/finding"

// What the error codes of refusals begin and end with, where they are none of refusals:
// AccessDeniedException, Client.UnauthorizedOperation.
const (
	refusedPrefix = "AccessDenied"
	refusedSuffix = "UnauthorizedOperation"
)

// refusals returns further error codes of calls that were refused for lack of rights.
func refusals() []string {
	return []string{
		"UnauthorizedException", "NotAuthorizedException", "AuthorizationError", "AuthorizationErrorException",
		"Forbidden", "ForbiddenException", "Client.UnauthorizedAccess", "UnauthorizedAccess", "AllAccessDisabled",
	}
}

// rule matches the sorts of events that are at or above a threshold, and of calls only those of the
// root user and those that were refused, whatever the threshold: an account makes calls by the
// hundred thousand a day. The only ends are those of insights.
func rule(threshold finding.Threshold) map[string]any {
	over := map[string]any{"eventCategory": []any{"Insight"}, "insightDetails": map[string]any{"state": []any{"End"}}}
	return anyOf(append(sorts(threshold), over))
}

// ruleWithoutEndings leaves out the ends of insights.
func ruleWithoutEndings(threshold finding.Threshold) map[string]any {
	return anyOf(sorts(threshold))
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

// anyOf matches what one of the patterns matches. Without any it matches nothing: each event has a
// name. One alone is no alternative: https://github.com/aws/event-ruler
func anyOf(patterns []map[string]any) map[string]any {
	switch len(patterns) {
	case 0:
		return map[string]any{"eventName": []any{""}}
	case 1:
		return patterns[0]
	}
	return map[string]any{"$or": patterns}
}
