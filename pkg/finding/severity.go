package finding

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Severity says how bad a finding is, on a scale of 1.0 to 10.0, which is the common scale of every
// source. Three values off the scale have a meaning:
//
//   - The zero value is unknown. The source states a severity as a rule, and this one is missing or
//     odd. It may be anything, so it is at or above every threshold and counts as the most urgent.
//   - Unstated is that of an event that has no severity by design. It counts as medium.
//   - Untriaged says that whoever is to grade the finding has not done so yet. It counts as medium,
//     under a level of its own.
type Severity float64

// The severities that are not on the scale.
const (
	// Unstated is the severity of a finding whose source states none by design.
	Unstated Severity = -1
	// Untriaged is the severity of a finding that its source has yet to grade.
	Untriaged Severity = -2
)

// ungraded is what a finding counts as that has no severity because there is none: medium.
const ungraded Severity = 5

// Lowest is the severity of good news: of a check that passed, a scan that found nothing, an alarm
// that is over.
const Lowest Severity = scaleMin

// Level is the name of a band of the severity scale.
type Level int

// The levels, the least urgent first but for LevelUnknown, which is above all others, and
// LevelUntriaged, which is as high as LevelMedium: see Level.Above.
const (
	LevelUnknown   Level = iota
	LevelLow             // 1.0 to below 4
	LevelMedium          // 4 to below 7, and Unstated
	LevelHigh            // 7 to below 9
	LevelCritical        // 9 and above
	LevelUntriaged       // Untriaged
)

// The lower bounds of the bands, the ends of the scale, and the texts of the severities that are
// not on it.
const (
	scaleMin       = 1.0
	mediumFrom     = 4.0
	highFrom       = 7.0
	criticalFrom   = 9.0
	scaleMax       = 10.0
	severityFormat = "a number from 0 to 10, or low, medium, high, critical"

	unknownText   = "unknown"
	unstatedText  = "unstated"
	untriagedText = "untriaged"
)

// NewSeverity returns value as a severity. A value off the scale (below 1, above 10, not a number)
// is the unknown severity, so that nothing odd is lost.
func NewSeverity(value float64) Severity {
	if math.IsNaN(value) || value < scaleMin || value > scaleMax {
		return 0
	}
	return Severity(value)
}

// ParseSeverity returns the severity that String wrote. The error does not repeat the text.
func ParseSeverity(text string) (Severity, error) {
	switch text {
	case unknownText:
		return 0, nil
	case unstatedText:
		return Unstated, nil
	case untriagedText:
		return Untriaged, nil
	}
	value, err := strconv.ParseFloat(text, 64)
	if severity := NewSeverity(value); err == nil && severity.Known() {
		return severity, nil
	}
	return 0, fmt.Errorf("not a severity: want a number from 1 to 10, %s, %s or %s", unknownText, unstatedText, untriagedText)
}

// Known reports whether the source stated a severity on the scale.
func (s Severity) Known() bool { return s >= scaleMin && s <= scaleMax }

// Counted returns the value that s counts as where a number is needed: Unstated and Untriaged as
// 5.0, an unknown severity as 10.
func (s Severity) Counted() float64 {
	switch {
	case s == Unstated, s == Untriaged:
		return float64(ungraded)
	case s.Known():
		return float64(s)
	default:
		return scaleMax
	}
}

// Level returns the band that s is in.
func (s Severity) Level() Level {
	switch {
	case s == Unstated:
		return ungraded.Level()
	case s == Untriaged:
		return LevelUntriaged
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

// place returns where s stands in the order of severities: 1.0 to 10.0, unknown; Unstated and
// Untriaged are with 5.0. Every other comparison of severities and levels follows this order.
func (s Severity) place() float64 {
	if s == Unstated || s == Untriaged || s.Known() {
		return s.Counted()
	}
	return math.Inf(1)
}

// AtLeast reports whether s is at or above threshold. An unknown severity is at or above every
// threshold: losing an alert is worse than one alert too many. Unstated and Untriaged count as 5.
func (s Severity) AtLeast(threshold Threshold) bool { return s.place() >= float64(threshold) }

// MoreUrgent compares severities for sorting, the most urgent first: it is negative when s is more
// urgent than other, and 0 when they are alike. Unknown is the most urgent.
func (s Severity) MoreUrgent(other Severity) int { return cmp.Compare(other.place(), s.place()) }

// IsUrgent reports whether a finding of this severity is never held up for the sake of others: a
// critical or an unknown one.
func (s Severity) IsUrgent() bool { return s.place() >= criticalFrom }

// String returns the number with at least one decimal ("8.0", "3.95"), "unknown", "unstated" or
// "untriaged".
func (s Severity) String() string {
	switch {
	case s == Unstated:
		return unstatedText
	case s == Untriaged:
		return untriagedText
	case !s.Known():
		return unknownText
	default:
		return decimal(float64(s))
	}
}

// Above reports whether l is a higher level than other. LevelUnknown may be any level, and is above
// all.
func (l Level) Above(other Level) bool {
	return other != LevelUnknown && (l == LevelUnknown || l.band() > other.band())
}

// band returns the band of the scale that l is as high as.
func (l Level) band() Level {
	if l == LevelUntriaged {
		return ungraded.Level()
	}
	return l
}

// String returns the level in lower case: "low", "medium", "high", "critical", "untriaged" or
// "unknown".
func (l Level) String() string {
	names := [...]string{
		LevelLow: "low", LevelMedium: "medium", LevelHigh: "high", LevelCritical: "critical", LevelUntriaged: untriagedText,
	}
	if l <= LevelUnknown || int(l) >= len(names) {
		return unknownText
	}
	return names[l]
}

// MarshalText returns the level's name in JSON and other encodings.
func (l Level) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// Threshold is the lowest severity that somebody wants to hear of, inclusive: 0 to 10, where 0
// lets everything through.
type Threshold float64

// ParseThreshold reads "4", "4.0", "medium" and the like; a level stands for the lower bound of its
// band ("low" for 1). Case and surrounding space do not matter. The error does not repeat the text.
func ParseThreshold(text string) (Threshold, error) {
	text = strings.ToLower(strings.TrimSpace(text))
	for i, from := range [...]Threshold{scaleMin, mediumFrom, highFrom, criticalFrom} {
		if text == (LevelLow + Level(i)).String() {
			return from, nil
		}
	}
	value, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(value) || value < 0 || value > scaleMax {
		return 0, fmt.Errorf("not a severity: want %s", severityFormat)
	}
	return Threshold(value), nil
}

// String returns the threshold as a number with at least one decimal ("4.0").
func (t Threshold) String() string { return decimal(float64(t)) }

func decimal(value float64) string {
	text := strconv.FormatFloat(value, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}
