package ledger

import (
	"strconv"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// Verdict says what the ledger makes of a finding.
type Verdict int

// The verdicts.
const (
	// First: the sink has not been told of the finding yet.
	First Verdict = iota
	// Update: the sink was told of an older version.
	Update
	// Duplicate: this version or a newer one was told.
	Duplicate
	// Buried: this version can never succeed, and its dead letter was written.
	Buried
	// Busy: another invocation is telling the pair at this moment.
	Busy
	// Repeated: an older version was told, and this one says nothing that is worth another message.
	Repeated
)

// IsNews reports whether the pair is to be told.
func (v Verdict) IsNews() bool { return v == First || v == Update }

// Policy says what counts as news.
type Policy struct {
	// Repeat says when a newer version is news.
	Repeat Repeat
	// Replay treats a dead version as untold: somebody has mended what was broken.
	Replay bool
}

// Decision is a verdict and what follows from it.
type Decision struct {
	Verdict Verdict
	// Reason says why, in words.
	Reason string
	// Kind, Changes and Previous are for the notification.
	Kind     notify.Kind
	Changes  []notify.Change
	Previous notify.Receipt
	// Until is when a lease elsewhere ends, for Busy.
	Until time.Time
}

// Decide says whether there is news for a sink in a subject, given the record of what it was told. It is pure.
func Decide(previous Record, s *Subject, policy Policy) Decision {
	version := s.Version
	if dead := previous.Dead; dead != nil && !version.After(*dead) && !policy.Replay {
		return Decision{Verdict: Buried, Reason: "this version is in the dead-letter queue"}
	}
	last := previous.Last
	switch {
	case last == nil:
		return Decision{Verdict: First, Kind: notify.KindFinding, Reason: "not told yet"}
	case !version.After(last.Version):
		return Decision{Verdict: Duplicate, Reason: "this version or a newer one was told at " + last.At.Format(time.RFC3339)}
	}
	due, why := policy.Repeat.isDue(last, s)
	if !due {
		return Decision{Verdict: Repeated, Reason: why}
	}
	return Decision{
		Verdict: Update, Kind: notify.KindUpdate, Reason: why, Changes: changes(last, s), Previous: last.Receipt,
	}
}

// changes says what is new in s since the last message.
func changes(last *Message, s *Subject) []notify.Change {
	var all []notify.Change
	if s.Severity != last.Severity {
		all = append(all, notify.Change{What: "severity", From: last.Severity.String(), To: s.Severity.String()})
	}
	if s.Count != last.Count && s.Count > 0 {
		change := notify.Change{What: "count", To: strconv.Itoa(s.Count)}
		if last.Count > 0 {
			change.From = strconv.Itoa(last.Count)
		}
		all = append(all, change)
	}
	for _, name := range last.unseen(s) {
		all = append(all, newName(name))
	}
	return all
}

// newName makes the change of a name that was not told before: "actor 198.51.100.7".
func newName(name string) notify.Change {
	for i := range len(name) {
		if name[i] == ' ' {
			return notify.Change{What: "new " + name[:i], To: name[i+1:]}
		}
	}
	return notify.Change{What: "new", To: name}
}
