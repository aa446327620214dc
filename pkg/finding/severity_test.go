package finding_test

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

func TestSeverityLevels(t *testing.T) {
	for _, test := range []struct {
		value float64
		level finding.Level
		text  string
	}{
		{0, finding.LevelUnknown, "unknown"},
		{0.9, finding.LevelUnknown, "unknown"},
		{-1, finding.LevelUnknown, "unknown"}, // which is none that a source can state
		{-2, finding.LevelUnknown, "unknown"},
		{11, finding.LevelUnknown, "unknown"},
		{math.NaN(), finding.LevelUnknown, "unknown"},
		{math.Inf(1), finding.LevelUnknown, "unknown"},
		{1, finding.LevelLow, "1.0"},
		{3.95, finding.LevelLow, "3.95"},
		{4, finding.LevelMedium, "4.0"},
		{6.99, finding.LevelMedium, "6.99"},
		{7, finding.LevelHigh, "7.0"},
		{8.95, finding.LevelHigh, "8.95"},
		{9, finding.LevelCritical, "9.0"},
		{10, finding.LevelCritical, "10.0"},
	} {
		severity := finding.NewSeverity(test.value)
		if severity.Level() != test.level || severity.String() != test.text {
			t.Errorf("%v: got %v %q, want %v %q", test.value, severity.Level(), severity, test.level, test.text)
		}
	}
}

func TestAtLeast(t *testing.T) {
	for _, test := range []struct {
		severity  float64
		threshold string
		want      bool
	}{
		{3.9, "medium", false},
		{3.95, "4", false},
		{4, "4.0", true},
		{8, "high", true},
		{8.99, "critical", false},
		{9, "critical", true},
		{1, "low", true},
		{1, "0", true},
		{0, "10", true},  // unknown
		{42, "10", true}, // odd
	} {
		threshold, err := finding.ParseThreshold(test.threshold)
		if err != nil {
			t.Fatal(err)
		}
		if got := finding.NewSeverity(test.severity).AtLeast(threshold); got != test.want {
			t.Errorf("severity %v at least %s: got %v, want %v", test.severity, test.threshold, got, test.want)
		}
	}
}

// There is one order of severities, which sorting, thresholds, urgency and the rise of a level
// follow.
func TestOneOrder(t *testing.T) {
	ascending := []finding.Severity{1, 3.95, 4, 5, finding.Unstated, finding.Untriaged, 6.99, 7, 8.99, 9, 10, 0}
	place := func(i int) int { // the same for what is as urgent
		if ascending[i] == finding.Unstated || ascending[i] == finding.Untriaged {
			return slices.Index(ascending, 5)
		}
		return i
	}
	for i, lower := range ascending {
		for j, higher := range ascending {
			if got, want := higher.MoreUrgent(lower), cmp.Compare(place(i), place(j)); got != want {
				t.Errorf("%v before %v: got %d, want %d", higher, lower, got, want)
			}
			if higher.Level().Above(lower.Level()) && place(j) <= place(i) {
				t.Errorf("%v is of a higher level than %v", higher, lower)
			}
			if i < j && lower.IsUrgent() && !higher.IsUrgent() {
				t.Errorf("%v is urgent, %v is not", lower, higher)
			}
			for _, threshold := range []finding.Threshold{0, 1, 4, 7, 9, 10} {
				if place(i) <= place(j) && lower.AtLeast(threshold) && !higher.AtLeast(threshold) {
					t.Errorf("%v is at least %v, %v is not", lower, threshold, higher)
				}
			}
		}
	}
	unknown := finding.LevelUnknown
	if !unknown.Above(finding.LevelCritical) || finding.LevelLow.Above(unknown) || unknown.Above(unknown) ||
		!finding.LevelHigh.Above(finding.LevelMedium) || finding.LevelHigh.Above(finding.LevelHigh) {
		t.Error("Level.Above")
	}
}

// What a source leaves out by design, or has yet to say, counts as medium, and not as a severity
// that may be anything.
func TestUngraded(t *testing.T) {
	for s, want := range map[finding.Severity]struct {
		level      finding.Level
		text, name string
	}{
		finding.Unstated:  {finding.LevelMedium, "unstated", "medium"},
		finding.Untriaged: {finding.LevelUntriaged, "untriaged", "untriaged"},
	} {
		if s.Known() || s.IsUrgent() || s.Level() != want.level || s.String() != want.text || s.Level().String() != want.name || s.Counted() != 5 {
			t.Errorf("known %v, urgent %v, level %v, text %q, counted %v", s.Known(), s.IsUrgent(), s.Level(), s, s.Counted())
		}
		for threshold, want := range map[finding.Threshold]bool{0: true, 1: true, 4: true, 5: true, 5.1: false, 7: false, 10: false} {
			if s.AtLeast(threshold) != want {
				t.Errorf("%v at least %v: got %v", s, threshold, !want)
			}
		}
		if s.Level().Above(finding.LevelMedium) || finding.LevelMedium.Above(s.Level()) ||
			!s.Level().Above(finding.LevelLow) || !finding.LevelHigh.Above(s.Level()) {
			t.Errorf("%v is not as high as medium", s)
		}
	}
}

func TestCounted(t *testing.T) {
	for s, want := range map[finding.Severity]float64{0: 10, 42: 10, 1: 1, 3.95: 3.95, 10: 10} {
		if got := s.Counted(); got != want {
			t.Errorf("%v: got %v, want %v", s, got, want)
		}
	}
}

func TestParseSeverity(t *testing.T) {
	for _, severity := range []finding.Severity{finding.Unstated, finding.Untriaged, 0, 1, 3.95, 8, 10} {
		if got, err := finding.ParseSeverity(severity.String()); got != severity || err != nil {
			t.Errorf("%v: got %v, %v", severity, got, err)
		}
	}
	for _, text := range []string{"", "high", "0", "-1", "10.1", "NaN", "Unknown"} {
		if got, err := finding.ParseSeverity(text); got != 0 || err == nil {
			t.Errorf("%q: got %v, want an error", text, got)
		}
	}
}

func TestParseThreshold(t *testing.T) {
	for text, want := range map[string]string{
		"4": "4.0", "4.0": "4.0", "Medium\t": "4.0", "LOW": "1.0", "high": "7.0", "critical": "9.0",
		"0": "0.0", "10": "10.0", "3.95": "3.95",
	} {
		got, err := finding.ParseThreshold(text)
		if err != nil || got.String() != want {
			t.Errorf("%q: got %v, %v, want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"", "severe", "-1", "10.1", "NaN", "4,0", "Inf"} {
		if _, err := finding.ParseThreshold(text); err == nil {
			t.Errorf("%q: want an error", text)
		}
	}
}

func ExampleSeverity_Level() {
	for _, value := range []float64{3.95, 4, 8, 9.5} {
		severity := finding.NewSeverity(value)
		fmt.Println(severity, severity.Level())
	}
	// Output:
	// 3.95 low
	// 4.0 medium
	// 8.0 high
	// 9.5 critical
}
