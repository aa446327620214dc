package eventstest

import (
	"encoding/json"
	"testing"
)

// longestPattern is what EventBridge takes:
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
const longestPattern = 2048

// Rule is what a rule is to do with an event at one threshold.
type Rule struct {
	// Event is the event as it comes.
	Event string
	// Full is the pattern of the source, Cheap the one without endings.
	Full, Cheap map[string]any
	// IsUrgent says that a finding of the event is open and at or above the threshold, IsOver that
	// one is over.
	IsUrgent, IsOver bool
}

// Check holds that the full pattern takes what is urgent or over, and the cheap one what is urgent,
// but no more than the full one.
func (r Rule) Check(t testing.TB) {
	t.Helper()
	full, cheap := matches(t, r.Full, r.Event), matches(t, r.Cheap, r.Event)
	if (r.IsOver || r.IsUrgent) && !full || r.IsUrgent && !cheap || cheap && !full {
		t.Errorf("matched %t, without endings %t; urgent %t, over %t: %s", full, cheap, r.IsUrgent, r.IsOver, r.Event)
	}
}

func matches(t testing.TB, pattern map[string]any, event string) bool {
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
