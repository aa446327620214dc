package notice

import "time"

// once is how often it is said of a sink that it takes nothing, and so how often that it works again.
const once = time.Hour

// state is what was said of a sink.
type state struct {
	// Since is when it was found to take nothing, Said when that was last to be said. What is said is
	// named by that time, so that the ledger lets one process say it.
	Since time.Time `json:"since"`
	Said  time.Time `json:"said"`
	// IsOpen says that nobody was told that it works again.
	IsOpen bool `json:"open,omitempty"`
}

// failed returns the state after a sink was found to take nothing, for so long at least. It is the same
// where there is nothing to be said: within an hour of the last time, also if it has worked meanwhile.
func (s state) failed(now time.Time, since time.Duration) state {
	if !s.Said.IsZero() && now.Sub(s.Said) < once {
		return s
	}
	next := state{Since: s.Since, Said: now.UTC().Truncate(time.Second), IsOpen: true}
	if !s.IsOpen {
		next.Since = next.Said.Add(-since)
	}
	return next
}

// told returns the state after somebody was told that the sink works again.
func (s state) told() state {
	s.IsOpen = false
	return s
}

// isForgotten reports whether nothing follows from a state any more.
func (s state) isForgotten(now time.Time) bool { return !s.IsOpen && now.Sub(s.Said) >= once }

// states are those of all sinks, by their names: they are one record, so that one read shows whether any
// sink is known to take nothing.
type states struct {
	Sinks map[string]state `json:"sinks"`
}

// with returns the states with another one of a sink, and without those that are forgotten.
func (s states) with(sink string, next state, now time.Time) states {
	all := states{Sinks: map[string]state{sink: next}}
	for name, known := range s.Sinks {
		if name != sink && !known.isForgotten(now) {
			all.Sinks[name] = known
		}
	}
	return all
}
