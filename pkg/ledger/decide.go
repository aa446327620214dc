package ledger

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/finding"
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
	Resolved                 // it is over, and the sink was not sent it
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
	// IsFlapping says that the state has turned so often of late that one more turn is not worth a
	// message of its own.
	IsFlapping bool
}

// decide says whether there is news in what is asked for, given the record of the pair. It is pure.
func decide(previous Record, r *Request) Decision {
	s, last := r.Subject, previous.Last
	switch {
	case last == nil && s.Version.Over:
		return Decision{Verdict: Resolved, Reason: "it is over (" + s.State.String() + "), and was not sent before"}
	case last == nil && previous.isOvertaken(s):
		return Decision{Verdict: Resolved, Reason: "it was over before it could be sent"}
	case previous.isOvertaken(s):
		return Decision{Verdict: Duplicate, Reason: "what is newer of its state came before it could be sent"}
	case !r.Replay && previous.isDead(s):
		return Decision{Verdict: Dead, Reason: "this version is in the dead-letter queue"}
	case last == nil:
		return Decision{Verdict: First, Kind: notify.KindFinding, Reason: "not sent yet"}
	case s.IsAsked:
		return asked(last, s)
	case last.isOnlyGathered(s):
		return Decision{Verdict: First, Kind: notify.KindFinding, Reason: "it was no more than a line of a digest so far"}
	case last.turns(s) && last.staysAside(s):
		return Decision{Verdict: Duplicate, Reason: fmt.Sprintf("it is %s by %s, and stays so until it is opened there", last.State, last.byRoad())}
	case last.turns(s):
		return turned(last, s)
	case s.Version.Over && last.isOver():
		return duplicate("that it is over was sent at", last)
	case s.Version.Over || last.isOver():
		return duplicate("what is newer of its state was sent at", last)
	case !last.isLed(s):
		return decideByOther(last, s, r.Repeat)
	case (!s.IsNative || !last.Version.After(s.Version) || s.Severity.Level().Above(last.Severity.Level())) && hasUnknown(last.history().Parts, s.Parts):
		return update(last, s, anotherPart)
	case !s.Version.After(last.Version) && !last.isRegraded(s):
		return duplicate("this version or a newer one was sent at", last)
	}
	due, why := r.Repeat.isDue(last, s)
	if !due {
		return Decision{Verdict: Repeated, Reason: why}
	}
	return update(last, s, why)
}

// isDead reports whether the version of s, or what it holds of it, can never succeed.
func (r *Record) isDead(s *Subject) bool {
	if r.Dead == nil || s.Version.After(*r.Dead) {
		return false
	}
	return r.Dead.After(s.Version) || !hasUnknown(r.DeadParts, s.Parts)
}

// isOvertaken reports whether it is known that s is not the last word on the state: it ended, or
// opened again, before s could be sent.
func (r *Record) isOvertaken(s *Subject) bool {
	switch {
	case s.IsAsked:
		return false
	case s.IsAside() && s.Road != "": // no other road opens it
		return slices.ContainsFunc(r.Opened, func(v finding.Version) bool { return v.Road == s.Road && v.After(s.Version) })
	}
	return r.Heard != nil && r.Heard.Over != s.Version.Over && r.Heard.After(s.Version)
}

// turned is the decision about an end, or about what opens again. Neither is a repetition, so that
// they are news whatever the rule for those.
func turned(last *Message, s *Subject) Decision {
	d := update(last, s, "it is over ("+s.State.String()+"), and was sent at "+last.At.Format(time.RFC3339))
	if s.Version.Over {
		d.Kind = notify.KindResolved
	} else {
		d.Reason = "it is open again, after it was " + last.State
		d.Changes = slices.Insert(d.Changes, 0, notify.Change{What: "state", From: last.State, To: finding.Open.String()})
	}
	if within, isFlapping := last.flaps(s); isFlapping {
		d.IsFlapping = true
		d.Reason += fmt.Sprintf("; it flaps: %d changes of state within %s", len(last.history().Turns)+1, short(within))
	}
	return d
}

// asked is the decision about what a person asks for: it is told whatever was told before, but once.
func asked(last *Message, s *Subject) Decision {
	if len(s.Parts) > 0 && !hasUnknown(last.history().Asked, s.Parts) {
		return duplicate("as it was asked for it was sent at", last)
	}
	return Decision{Verdict: Update, Kind: notify.KindFinding, Reason: "a person asks for it"}
}

// anotherPart is why a part of a publication is sent that was not.
const anotherPart = "another part of what was sent, or another time that it happened"

func duplicate(what string, last *Message) Decision {
	return Decision{Verdict: Duplicate, Reason: what + " " + last.At.Format(time.RFC3339)}
}

func update(last *Message, s *Subject, why string) Decision {
	return Decision{Verdict: Update, Kind: notify.KindUpdate, Reason: why, Changes: changes(last, s), Previous: last.Receipt}
}

// changes says what is new in s since the last message. By a road that does not lead, another count
// or name is nothing new.
func changes(last *Message, s *Subject) []notify.Change {
	all := severityChange(last, s)
	if !last.isLed(s) {
		return all
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

// severityChange says how the severity differs: by a road that does not lead, its level.
func severityChange(last *Message, s *Subject) []notify.Change {
	isSame := s.Severity == last.Severity || !last.isLed(s) && s.Severity.Level() == last.Severity.Level()
	if isSame {
		return nil
	}
	return []notify.Change{{What: "severity", From: last.Severity.String(), To: s.Severity.String()}}
}
