package notify

import "github.com/tocsin-sec/tocsin/pkg/finding"

// Rises reports whether an update is one that all who read a channel should see, and not only those
// who follow the finding: it raises the severity to a higher level, or opens what was over. An
// unknown severity may be any.
func (n Notification) Rises() bool {
	for _, change := range n.Changes {
		switch {
		case n.Kind == KindResolved:
			return false
		case change.What == "state":
			return true
		case change.What != "severity" || len(n.Findings) == 0:
			continue
		}
		before, err := finding.ParseSeverity(change.From)
		level := before.Level()
		return err != nil || level == finding.LevelUnknown || n.Findings[0].Severity.Level().Above(level)
	}
	return false
}
