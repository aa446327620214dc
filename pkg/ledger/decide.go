package ledger

import (
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// Verdict says what the ledger makes of a finding.
type Verdict int

// The verdicts.
const (
	First     Verdict = iota // the sink has not been sent the finding yet
	Update                   // the sink was sent an older version
	Duplicate                // this version or a newer one was sent
	Dead                     // this version can never succeed, and its dead letter was written
	Busy                     // another invocation is sending the pair at this moment
	Repeated                 // an older version was sent, and this one says nothing that is worth another message
)

// IsNews reports whether the pair is to be sent.
func (v Verdict) IsNews() bool { return v == First || v == Update }

// Decision is a verdict and what follows from it.
type Decision struct {
	Verdict Verdict
	Reason  string // in words
	// Kind, Changes and Previous are for the notification.
	Kind     notify.Kind
	Changes  []notify.Change
	Previous notify.Receipt
	Until    time.Time // when a lease elsewhere ends, for Busy
}

// decide says whether there is news in what is asked for, given the record of the pair. It is pure.
func decide(previous Record, r *Request) Decision {
	version := r.Subject.Version
	if dead := previous.Dead; dead != nil && !version.After(*dead) && !r.Replay {
		return Decision{Verdict: Dead, Reason: "this version is in the dead-letter queue"}
	}
	last := previous.Last
	switch {
	case last == nil:
		return Decision{Verdict: First, Kind: notify.KindFinding, Reason: "not sent yet"}
	case !version.After(last.Version):
		return Decision{Verdict: Duplicate, Reason: "this version or a newer one was sent at " + last.At.Format(time.RFC3339)}
	}
	due, why := r.Repeat.isDue(last, r.Subject)
	if !due {
		return Decision{Verdict: Repeated, Reason: why}
	}
	return Decision{
		Verdict: Update, Kind: notify.KindUpdate, Reason: why, Changes: changes(last, r.Subject), Previous: last.Receipt,
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
		what, which, _ := strings.Cut(name, " ") // "actor 198.51.100.7"
		all = append(all, notify.Change{What: "new " + what, To: which})
	}
	return all
}
