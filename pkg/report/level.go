package report

import (
	"slices"

	"github.com/tocsin-sec/tocsin/pkg/delivery"
)

// Level says how much a line of the log matters. The zero value is Info.
type Level int

// The levels, the least first.
const (
	Debug Level = iota - 1
	Info        // what became of each finding
	Warn        // what is handed back, was sent in the minimal form, or harms nothing yet
	Error       // what nobody was sent, or cannot be read
)

// String returns the level as it stands in a line, and in LOG_LEVEL.
func (l Level) String() string { return levels()[min(max(l, Debug), Error)-Debug] }

func levels() []string { return []string{"debug", "info", "warn", "error"} }

// LevelOf returns the level with that name; one that is not known is Info.
func LevelOf(name string) Level {
	if at := slices.Index(levels(), name); at >= 0 {
		return Level(at) + Debug
	}
	return Info
}

// levelOf returns the level of a line about an outcome.
func levelOf(outcome delivery.Outcome) Level {
	switch outcome {
	case delivery.Dead:
		return Error
	case delivery.Retry, delivery.Degraded:
		return Warn
	default:
		return Info
	}
}

// level returns that of the finding's line: that of its worst outcome.
func (f *Finding) level() Level {
	worst := Info
	for i := range f.Results {
		worst = max(worst, levelOf(f.Results[i].Outcome))
		if f.Decisions[i].Err != nil {
			worst = max(worst, Warn)
		}
	}
	return worst
}
