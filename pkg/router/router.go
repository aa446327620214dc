// Package router decides who gets a finding, and says why not. It is pure: the same finding, routes
// and mutes give the same decisions, on a laptop as in an account.
package router

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/condition"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/mute"
)

// Route says what one sink wants to hear of.
type Route struct {
	// Sink is the instance's name.
	Sink string
	// MinSeverity is the lowest severity that it wants, inclusive.
	MinSeverity finding.Threshold
	// When is the condition under which it wants a finding; nil means always.
	When *condition.Condition
	// Variable is the variable that the condition stands in.
	Variable string
	// IsDefault says that the sink also wants what no sink takes for its condition, from its own
	// threshold on.
	IsDefault bool
	// Others are the routes of sinks that are not sent to this time, which may take what the default
	// sink is then not to get.
	Others []Route
}

// Verdict is what becomes of a finding for one sink. One that holds it back is called as the
// outcome that it leads to.
type Verdict string

// The verdicts.
const (
	// Send: the sink wants it.
	Send Verdict = ""
	// Below: its severity is below the sink's threshold.
	Below Verdict = "below"
	// Unmatched: the sink's condition does not hold.
	Unmatched Verdict = "unmatched"
	// Muted: a mute holds it back.
	Muted Verdict = "muted"
)

// Decision is the verdict for one sink, and the reason for it in words.
type Decision struct {
	Verdict Verdict
	Reason  string
	// Rule names what holds the finding back: the variable of a condition, or a mute.
	Rule string
	// From is mute.FromTable for a mute that stands there, and else empty.
	From string
	// Seen are the values that the sink's condition saw.
	Seen []condition.Seen
	// Err says why a condition or a mute could not be decided. It holds nothing back then.
	Err error
}

// Decide returns one decision for each route, in the order of the routes: first its threshold, then
// its condition, then the mutes, which are those that are active, for what it would send. A finding
// is never held back for a severity that is missing or odd, nor by a condition or mute that cannot
// be decided.
//
// A finding that is over goes to every sink. Whoever was sent it is told of its end, which is of
// another severity than what was sent, or matches another condition; and only the ledger knows who
// was.
func Decide(f finding.Finding, routes []Route, mutes []mute.Mute) []Decision {
	decisions := make([]Decision, len(routes))
	if f.State.Over() {
		over := Decision{Reason: "it is over (" + f.State.String() + "): the ledger decides"}
		for i := range decisions {
			decisions[i] = over
		}
		return decisions
	}
	var facts *condition.Facts // made once, where there is anything to ask
	var muted *Decision        // for all routes alike
	for i, route := range routes {
		if facts == nil && (route.When != nil || len(mutes) > 0) {
			facts = condition.NewFacts(f)
		}
		decisions[i] = route.decide(f, facts)
		if decisions[i].Verdict != Send || len(mutes) == 0 {
			continue
		}
		if muted == nil {
			muted = new(byMutes(f, facts, mutes))
		}
		decisions[i] = decisions[i].after(*muted)
	}
	if at := forNobody(f, facts, routes, decisions); at >= 0 {
		decisions[at] = Decision{Reason: "no other sink takes it: this is the default sink", Seen: decisions[at].Seen}
		if len(mutes) > 0 {
			decisions[at] = decisions[at].after(byMutes(f, facts, mutes))
		}
	}
	return decisions
}

// forNobody returns the place of the default route, where nobody takes a finding and that route does
// not for its condition alone; -1 otherwise.
func forNobody(f finding.Finding, facts *condition.Facts, routes []Route, decisions []Decision) int {
	isTaken := func(d Decision) bool { return d.Verdict == Send || d.Verdict == Muted }
	if slices.ContainsFunc(decisions, isTaken) {
		return -1
	}
	for i, route := range routes {
		takes := func(other Route) bool { return other.decide(f, facts).Verdict == Send }
		if route.IsDefault && decisions[i].Verdict == Unmatched && !slices.ContainsFunc(route.Others, takes) {
			return i
		}
	}
	return -1
}

// byMutes returns the decision of the first mute that holds the finding back.
func byMutes(f finding.Finding, facts *condition.Facts, mutes []mute.Mute) Decision {
	var d Decision
	for _, m := range mutes {
		holds, err := m.Holds(f, facts)
		if err != nil {
			d.Err = errors.Join(d.Err, err)
			d.Reason += fmt.Sprintf("; the mute %q cannot be decided, and mutes nothing: %v", m.Name, err)
		}
		if holds {
			return Decision{Verdict: Muted, Reason: "muted by " + m.String(), Rule: m.Name, From: m.From, Seen: m.When.Seen(facts), Err: d.Err}
		}
	}
	return d
}

// after returns the decision about what would be sent, after the mutes were asked.
func (d Decision) after(muted Decision) Decision {
	muted.Err = errors.Join(d.Err, muted.Err)
	if muted.Verdict == Muted {
		return muted
	}
	muted.Reason, muted.Seen = d.Reason+muted.Reason, d.Seen
	return muted
}

func (r Route) decide(f finding.Finding, facts *condition.Facts) Decision {
	switch {
	case !f.Severity.AtLeast(r.MinSeverity):
		return Decision{Verdict: Below, Reason: fmt.Sprintf("severity %s is below the threshold %s", f.Severity, r.MinSeverity)}
	case r.When != nil:
		return r.match(facts)
	case f.Severity == finding.Unstated:
		return Decision{Reason: "the source states no severity, which counts as medium"}
	case f.Severity == finding.Untriaged:
		return Decision{Reason: "the source has not graded it yet, which counts as medium"}
	case !f.Severity.Known():
		return Decision{Reason: "the severity is unknown, which counts as at or above every threshold"}
	default:
		return Decision{Reason: "severity " + f.Severity.String() + " is at or above the threshold " + r.MinSeverity.String()}
	}
}

// match decides by the sink's condition.
func (r Route) match(facts *condition.Facts) Decision {
	holds, err := r.When.MayHold(facts)
	d := Decision{Seen: r.When.Seen(facts), Err: err}
	switch {
	case err != nil:
		d.Reason = fmt.Sprintf("%s cannot be decided, and is taken to hold: %v", r.Variable, err)
	case holds:
		d.Reason = r.Variable + " holds" + saw(d.Seen)
	default:
		d.Verdict, d.Rule, d.Reason = Unmatched, r.Variable, r.Variable+" does not hold"+saw(d.Seen)
	}
	return d
}

// saw returns the values that a condition saw in words: `: level "high", count 3`.
func saw(seen []condition.Seen) string {
	if len(seen) == 0 {
		return ""
	}
	parts := make([]string, len(seen))
	for i, s := range seen {
		parts[i] = s.Name + " " + s.Value
	}
	return ": " + strings.Join(parts, ", ")
}
