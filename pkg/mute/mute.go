// Package mute reads mutes: what is not to be sent for a while, and why. A mute ends by itself, has
// a reason that is shown wherever it holds something back, and leaves critical findings alone
// unless it says otherwise.
package mute

import (
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/condition"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// Mute holds findings back until its end.
type Mute struct {
	// Name is what it is counted under.
	Name string
	// When is the condition under which a finding is held back.
	When *condition.Condition
	// Until is its end, exclusive; End is the end as it was written.
	Until time.Time
	End   string
	// Reason says why, By who says so; By may be empty.
	Reason, By string
	// EvenCritical lets it hold back critical findings, and those of unknown severity, too.
	EvenCritical bool
	// From says where it stands: in FromTable, or in MUTES where it is empty.
	From string
}

// FromTable is where a mute stands that was made while Tocsin runs.
const FromTable = "table"

// Active returns the mutes that have not ended at a moment, in their order.
func Active(mutes []Mute, now time.Time) []Mute {
	return slices.DeleteFunc(slices.Clone(mutes), func(m Mute) bool { return !now.Before(m.Until) })
}

// Expired returns the mutes that have ended.
func Expired(mutes []Mute, now time.Time) []Mute {
	return slices.DeleteFunc(slices.Clone(mutes), func(m Mute) bool { return now.Before(m.Until) })
}

// Holds reports whether the mute holds a finding back. When its condition cannot be decided it does
// not, and the error says why.
func (m Mute) Holds(f finding.Finding, facts *condition.Facts) (bool, error) {
	if !m.EvenCritical && f.Severity.IsUrgent() {
		return false, nil
	}
	return m.When.MustHold(facts)
}

// Longest is how long a mute in the table lasts at the most, and one of MUTES without a warning.
const Longest = 90 * 24 * time.Hour

// Warnings returns what somebody might not have meant who wrote the mutes, each with the name of its
// mute: that it holds back everything, or lasts for long. Of one that has ended there is none.
func Warnings(list []Mute, now time.Time) []string {
	var all []string
	for _, m := range Active(list, now) {
		if condition.HoldsForAll(m.When, m.EvenCritical) {
			what := "everything that is not critical"
			if m.EvenCritical {
				what = "everything, and what is critical too"
			}
			all = append(all, fmt.Sprintf("the mute %q mutes %s: it holds for each of the findings that it was tried on", m.Name, what))
		}
		if m.Until.Sub(now) > Longest {
			all = append(all, fmt.Sprintf("the mute %q lasts for more than 90 days; what is never to be sent is better left out by WHEN", m.Name))
		}
	}
	return all
}

// String names the mute with its end, its reason, its author and where it stands if not in MUTES:
// `"scanner" until 2026-12-01 (reason; by; table)`.
func (m Mute) String() string {
	why := m.Reason
	for _, more := range []string{m.By, m.From} {
		if more != "" {
			why += "; " + more
		}
	}
	return fmt.Sprintf("%q until %s (%s)", m.Name, m.End, why)
}
