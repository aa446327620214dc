package finding

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Severity says how bad a finding is, on a scale of 1.0 to 10.0, which is the common scale of every
// source. The zero value means that the source stated none, or an odd one.
type Severity float64

// Level is the name of a band of the severity scale.
type Level int

// The levels, least first. LevelUnknown is the level of a finding that states no usable severity.
const (
	LevelUnknown  Level = iota
	LevelLow            // 1.0 to below 4
	LevelMedium         // 4 to below 7
	LevelHigh           // 7 to below 9
	LevelCritical       // 9 and above
)

// The lower bounds of the bands, and the ends of the scale.
const (
	scaleMin       = 1.0
	mediumFrom     = 4.0
	highFrom       = 7.0
	criticalFrom   = 9.0
	scaleMax       = 10.0
	severityFormat = "a number from 0 to 10, or low, medium, high, critical"
)

// NewSeverity gives value as a severity. A value off the scale (below 1, above 10, not a number) is
// the unknown severity: it is held to be at or above every threshold, so that nothing odd is lost.
func NewSeverity(value float64) Severity {
	if math.IsNaN(value) || value < scaleMin || value > scaleMax {
		return 0
	}
	return Severity(value)
}

// Known reports whether the source stated a severity on the scale.
func (s Severity) Known() bool { return s >= scaleMin && s <= scaleMax }

// Level names the band that s is in.
func (s Severity) Level() Level {
	switch {
	case !s.Known():
		return LevelUnknown
	case s < mediumFrom:
		return LevelLow
	case s < highFrom:
		return LevelMedium
	case s < criticalFrom:
		return LevelHigh
	default:
		return LevelCritical
	}
}

// AtLeast reports whether s is at or above threshold. An unknown severity is at or above every
// threshold: losing an alert is worse than one alert too many.
func (s Severity) AtLeast(threshold Threshold) bool {
	return !s.Known() || float64(s) >= float64(threshold)
}

// MoreUrgent compares severities for sorting, the most urgent first: it is negative when s is more urgent than
// other, 0 when they are alike. An unknown severity may be anything, so it is the most urgent.
func (s Severity) MoreUrgent(other Severity) int {
	switch {
	case s.Known() && other.Known():
		return cmp.Compare(other, s)
	case s.Known():
		return 1
	case other.Known():
		return -1
	default:
		return 0
	}
}

// IsUrgent reports whether a finding of this severity is never held up for the sake of others: a critical or an
// unknown one.
func (s Severity) IsUrgent() bool { return !s.Known() || s.Level() == LevelCritical }

// String gives the number with at least one decimal ("8.0", "3.95"), or "unknown".
func (s Severity) String() string {
	if !s.Known() {
		return LevelUnknown.String()
	}
	return decimal(float64(s))
}

// String gives the level in lower case: "low", "medium", "high", "critical" or "unknown".
func (l Level) String() string {
	switch l {
	case LevelLow:
		return "low"
	case LevelMedium:
		return "medium"
	case LevelHigh:
		return "high"
	case LevelCritical:
		return "critical"
	default:
		return "unknown"
	}
}

// MarshalText gives the level's name in JSON and other encodings.
func (l Level) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// Threshold is the lowest severity that somebody wants to hear of, inclusive: 0 to 10, where 0
// lets everything through.
type Threshold float64

// ParseThreshold reads "4", "4.0", "medium" and the like; a level stands for the lower bound of its
// band ("low" for 1). Case and surrounding space do not matter. The error does not repeat the text.
func ParseThreshold(text string) (Threshold, error) {
	text = strings.ToLower(strings.TrimSpace(text))
	switch text {
	case "low":
		return scaleMin, nil
	case "medium":
		return mediumFrom, nil
	case "high":
		return highFrom, nil
	case "critical":
		return criticalFrom, nil
	}
	value, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(value) || value < 0 || value > scaleMax {
		return 0, fmt.Errorf("not a severity: want %s", severityFormat)
	}
	return Threshold(value), nil
}

// String gives the threshold as a number with at least one decimal ("4.0").
func (t Threshold) String() string { return decimal(float64(t)) }

func decimal(value float64) string {
	text := strconv.FormatFloat(value, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}
