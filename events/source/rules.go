package source

import "github.com/tocsin-sec/tocsin/pkg/finding"

// Rules are how a deployment asks EventBridge for the events of a source.
type Rules struct {
	// Matching returns what an EventBridge rule matches in the detail for the findings that are at or
	// above a threshold, for those without a readable severity, and for those that are over; nil
	// matches every event of the detail-types.
	Matching func(threshold finding.Threshold) map[string]any
	// Whole returns the detail-types of which a rule takes every event at a threshold, for what is known
	// by its detail-type alone; nil if there are none.
	Whole func(threshold finding.Threshold) []string
	// WithoutEndings is Matching without what it matches only because it is over; nil if the source
	// publishes no endings, or none that a rule could tell.
	WithoutEndings func(threshold finding.Threshold) map[string]any
	// Volume says in English words how many events the source publishes, for operators who are
	// about to choose it: "one for each object and job run". Empty says nothing.
	Volume string
}

// Pattern returns what an EventBridge rule matches for the source's findings that are at or above a
// threshold. A finding without a severity is matched too: one alert too many is better than none.
func (s Source) Pattern(threshold finding.Threshold) map[string]any {
	detailTypes := make([]any, len(s.DetailTypes))
	for i, detailType := range s.DetailTypes {
		detailTypes[i] = detailType
	}
	names := []any{s.Name}
	for _, name := range s.AlsoNamed {
		names = append(names, name)
	}
	pattern := map[string]any{"source": names, "detail-type": detailTypes}
	if s.AnyService {
		pattern["source"] = []any{map[string]any{"prefix": "aws."}} // nobody but AWS publishes under these
	}
	if s.Rules.Matching != nil && s.Graded != 0 && !s.IsGraded && s.Graded.AtLeast(threshold) {
		threshold = 0 // the operator's severity counts for all that the source can publish
	}
	if s.Rules.Matching == nil {
		return pattern
	}
	detail := s.Rules.Matching(threshold)
	if s.Rules.Whole != nil {
		var whole []any
		for _, detailType := range s.Rules.Whole(threshold) {
			whole = append(whole, detailType)
		}
		if len(whole) > 0 {
			return map[string]any{"source": names, "$or": []any{
				map[string]any{"detail-type": whole}, map[string]any{"detail-type": detailTypes, "detail": detail},
			}}
		}
	}
	pattern["detail"] = detail
	return pattern
}

// PatternWithoutEndings returns Pattern without what it matches only because it is over. A source
// that has no such rule has its usual pattern.
func (s Source) PatternWithoutEndings(threshold finding.Threshold) map[string]any {
	if s.Rules.WithoutEndings != nil {
		s.Rules.Matching = s.Rules.WithoutEndings
	}
	return s.Pattern(threshold)
}

// AnyOf returns what an EventBridge rule matches if it matches one of the alternatives at least, of
// which there is one or more. EventBridge refuses a $or with one alone.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
func AnyOf(alternatives ...map[string]any) map[string]any {
	if len(alternatives) == 1 {
		return alternatives[0]
	}
	list := make([]any, len(alternatives))
	for i, alternative := range alternatives {
		list[i] = alternative
	}
	return map[string]any{"$or": list}
}
