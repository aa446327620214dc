// Package router decides who gets a finding, and says why not. It is pure: the same finding and
// routes give the same decisions, on a laptop as in an account.
package router

import (
	"fmt"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// Route says what one sink wants to hear of.
type Route struct {
	// Sink is the instance's name.
	Sink string
	// MinSeverity is the lowest severity that it wants, inclusive.
	MinSeverity finding.Threshold
}

// Verdict is what becomes of a finding for one sink.
type Verdict int

// The verdicts.
const (
	// Send: the sink wants it.
	Send Verdict = iota
	// Below: its severity is below the sink's threshold.
	Below
)

// Decision is the verdict for one sink, and the reason for it in words.
type Decision struct {
	Verdict Verdict
	Reason  string
}

// Decide gives one decision for each route, in the order of the routes. A finding is never held
// back for being archived or resolved, nor for a severity that is missing or odd.
func Decide(f finding.Finding, routes []Route) []Decision {
	decisions := make([]Decision, len(routes))
	for i, route := range routes {
		decisions[i] = route.decide(f)
	}
	return decisions
}

func (r Route) decide(f finding.Finding) Decision {
	switch {
	case !f.Severity.Known():
		return Decision{Send, "the severity is unknown, which counts as at or above every threshold"}
	case !f.Severity.AtLeast(r.MinSeverity):
		return Decision{Below, fmt.Sprintf("severity %s is below the threshold %s", f.Severity, r.MinSeverity)}
	default:
		return Decision{Send, fmt.Sprintf("severity %s is at or above the threshold %s", f.Severity, r.MinSeverity)}
	}
}
