package eventstest

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// longestPattern is what EventBridge takes:
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
const longestPattern = 2048

// CheckRule holds that the rule of a source takes an event at each threshold that one of its
// findings reaches, and at every threshold if one is over; and that the rule without endings takes
// no more than that one, and what is urgent.
func CheckRule(t testing.TB, s source.Source, event string, findings []finding.Finding) {
	t.Helper()
	isOver := slices.ContainsFunc(findings, func(f finding.Finding) bool { return f.State.Over() })
	for _, threshold := range []finding.Threshold{0, 1, 4, 7, 9, 10} {
		isUrgent := slices.ContainsFunc(findings, func(f finding.Finding) bool { return !f.State.Over() && f.Severity.AtLeast(threshold) })
		full, cheap := matched(t, s.Pattern(threshold), event), matched(t, s.PatternWithoutEndings(threshold), event)
		if (isOver || isUrgent) && !full {
			t.Errorf("the rule of %s holds back at %s: %s", s.ID, threshold, event)
		}
		if isUrgent && !cheap || cheap && !full {
			t.Errorf("the rule of %s without endings says %t at %s, with them %t: %s", s.ID, cheap, threshold, full, event)
		}
	}
}

func matched(t testing.TB, pattern map[string]any, event string) bool {
	t.Helper()
	if text, err := json.Marshal(pattern); err != nil || len(text) > longestPattern {
		t.Errorf("a pattern of %d bytes, %v", len(text), err)
	}
	isMatched, err := Matches(pattern, []byte(event))
	if err != nil {
		t.Fatal(err)
	}
	return isMatched
}
