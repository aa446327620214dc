package incident

import (
	"slices"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// Ends returns the ends that a digest tells of, each by itself and in the minimal form: the worst
// first, and so many at most. A finding that ended may have had an alert of its own, which nobody
// else would close.
func Ends(n notify.Notification, most int) []notify.Notification {
	if n.Kind != notify.KindDigest {
		return nil
	}
	over := slices.DeleteFunc(slices.Clone(n.Findings), isOpen)
	slices.SortStableFunc(over, func(a, b finding.Finding) int { return a.Severity.MoreUrgent(b.Severity) })
	var ends []notify.Notification
	for _, f := range over[:min(len(over), most)] {
		ends = append(ends, notify.Notification{Kind: notify.KindResolved, Findings: []finding.Finding{f}, Minimal: true})
	}
	return ends
}

// HasEndsAlone reports whether a digest holds nothing but ends, for which nobody is to be called.
func HasEndsAlone(n notify.Notification) bool {
	return n.Kind == notify.KindDigest && len(n.Findings) > 0 && !slices.ContainsFunc(n.Findings, isOpen)
}

func isOpen(f finding.Finding) bool { return !f.State.Over() }
