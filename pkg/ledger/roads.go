package ledger

import (
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// maxOthers is how many roads a record remembers beside the one that leads.
const maxOthers = 8

// Said is what a road that does not lead has said of a finding.
type Said struct {
	Road     string           `json:"road"`
	Severity finding.Severity `json:"severity"`
}

// isOver reports whether the last message said that it is over.
func (m *Message) isOver() bool { return m.State != "" }

// isLed reports whether s comes by the road that leads. Where it is not known, any road may.
func (m *Message) isLed(s *Subject) bool { return m.Road == s.Road || m.Road == "" || s.Road == "" }

// yields reports whether the road that leads gives way to that of s: the source itself knows more
// than whoever passes its findings on. Between others, the first that came leads.
func (m *Message) yields(s *Subject) bool { return !m.isLed(s) && s.IsNative && !m.IsNative }

// turns reports whether s opens what was over, or ends what was open, and is not older than what
// any road has said of that.
func (m *Message) turns(s *Subject) bool {
	if m.isOver() == s.Version.Over {
		return false
	}
	known := m.Version
	known.Over, known.Count = m.isOver(), s.Version.Count
	known.Road, known.Published = m.cameBy()
	switch h := m.history(); {
	case isAside(m.State) && known.Road == s.Road && s.Road != "": // what other roads have said since is nothing to it
		known.Updated = h.AsideAt
	case h.StateAt.After(known.Updated):
		known.Updated = h.StateAt
	}
	return s.Version.After(known) || m.isDecided(s)
}

// isDecided reports whether people have put the finding aside after the last message, by a road that
// does not lead. That leaves the time of the update as it was, which can be older than what the road
// that leads has said since.
// https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_BatchUpdateFindings.html
func (m *Message) isDecided(s *Subject) bool {
	_, published := m.cameBy()
	return s.IsAside() && !m.isLed(s) && !published.IsZero() && s.Version.Published.After(published)
}

// isAside reports whether a state is one in which people put a finding aside. The others say that
// what it is about has ended by itself.
func isAside(state string) bool {
	return state == finding.Archived.String() || state == finding.Resolved.String() || state == finding.Suppressed.String()
}

// staysAside reports whether a finding stays put aside though s says that it is open: what one road
// has put aside no other one opens, unless its level is above what was sent. But a hub archives what
// its source ends or puts aside there, which the source itself opens again.
func (m *Message) staysAside(s *Subject) bool {
	road := m.byRoad()
	if !isAside(m.State) || road == "" || s.Road == "" || s.Road == road {
		return false
	}
	if m.State == finding.Archived.String() && s.IsNative {
		return false
	}
	level := s.Severity.Level()
	isKnown := s.IsNative || level != finding.LevelUnknown
	return !isKnown || !level.Above(m.Severity.Level()) || !level.Above(m.history().Before.Level())
}

// isRegraded reports whether s comes by the road that leads with the time of what was sent, was
// handed over later, and is of a higher level: people can change that in a hub, and the time of the
// update stays.
func (m *Message) isRegraded(s *Subject) bool {
	return s.Version.Updated.Equal(m.Version.Updated) && s.Version.IsRepublished(m.Version) && s.Severity.Level().Above(m.Severity.Level())
}

// isOnlyGathered reports whether what was sent was a line of a digest, and s is the source's own copy,
// of a kind that is told at once.
func (m *Message) isOnlyGathered(s *Subject) bool {
	return m.history().IsGathered && !m.isOver() && !s.Version.Over && !s.IsBursty && m.yields(s)
}

// flapTime is the time within which more than maxTurns changes of state are a flapping.
const flapTime = time.Hour

// flaps reports whether s turns the state once more after it has turned often, and within what time
// that was.
func (m *Message) flaps(s *Subject) (within time.Duration, is bool) {
	turns := m.history().Turns
	if len(turns) < maxTurns {
		return 0, false
	}
	within = s.Version.Updated.Sub(turns[0])
	return within, within < flapTime
}

// isSame reports whether s is of the last version.
func (m *Message) isSame(s *Subject) bool {
	return !s.Version.After(m.Version) && !m.Version.After(s.Version)
}

// hasUnknown reports whether one of the parts is not among the hashes.
func hasUnknown(hashes, parts []string) bool {
	return slices.ContainsFunc(parts, func(part string) bool { return !slices.Contains(hashes, shortHash(part)) })
}

// decideByOther decides about a copy by a road that does not lead. What that road cannot say, such
// as an actor, a count or the decimals of a severity, is no change; a higher level is one, unless
// the road said it before, or is late. What people grade anew there, after the last message, is not.
func decideByOther(last *Message, s *Subject, repeat Repeat) Decision {
	before, now := last.Severity.Level(), s.Severity.Level()
	isNews := now.Above(before)
	said, isKnown := last.said(s.Road)
	if !s.IsNative { // it may not know the severity, and may be older than what was sent
		isOld := s.Version.Updated.Before(last.Version.Updated)
		_, published := last.cameBy()
		isRegraded := isKnown && !published.IsZero() && s.Version.Published.After(published)
		isNews = isNews && now != finding.LevelUnknown && (!isOld || isRegraded)
	}
	isNews = isNews && (!isKnown || now.Above(said.Level()))
	switch parts := last.history().Parts; {
	case hasUnknown(parts, s.Parts) && (s.IsNative || !last.IsNative): // the source itself has told all
		return update(last, s, anotherPart)
	case s.IsNative && !last.IsNative && len(parts) > 0 && len(s.Parts) == 0:
		return update(last, s, "the whole of what was sent in parts")
	case !isNews:
		return Decision{Verdict: Duplicate, Reason: fmt.Sprintf("it was sent as it came by %s, and by %s it says nothing new", last.Road, s.Road)}
	case repeat.Kind == Never:
		return Decision{Verdict: Repeated, Reason: sentOnce}
	}
	return Decision{
		Verdict: Update, Kind: notify.KindUpdate, Reason: rose(before, now), Changes: severityChange(last, s), Previous: last.Receipt,
	}
}

// said returns the severity that a road has stated.
func (m *Message) said(road string) (severity finding.Severity, isKnown bool) {
	for _, other := range m.history().Others {
		if other.Road == road {
			return other.Severity, true
		}
	}
	return 0, false
}

// othersWith returns what the other roads have said, with what one says now.
func (m *Message) othersWith(road string, severity finding.Severity) []Said {
	others := slices.DeleteFunc(slices.Clone(m.history().Others), func(other Said) bool { return other.Road == road })
	others = append(others, Said{road, severity})
	return others[max(len(others)-maxOthers, 0):]
}

// ledBy returns the message as it is when the road of s leads. What was sent stays what it is; the
// decimals of its severity are those of s, with which the next ones are compared.
func (m *Message) ledBy(s *Subject) *Message {
	led, h := *m, m.history()
	h.ByRoad, h.Published = m.cameBy() // which stays so, though the version is another one
	h.Others = slices.DeleteFunc(m.othersWith(m.Road, m.Severity), func(other Said) bool { return other.Road == s.Road })
	isOlder := m.Version.Updated.After(s.Version.Updated)
	if (m.isOver() || isOlder) && m.Version.Updated.After(h.StateAt) {
		h.StateAt = m.Version.Updated // its state is of the time at which that was said
	}
	led.setHistory(h)
	led.follow(s)
	led.NamesAt = time.Time{} // none of its names was news
	if s.Severity.Level() == m.Severity.Level() {
		led.Severity = s.Severity
	}
	return &led
}

// heard returns the message with what is to be remembered of a copy that says nothing new: that its
// road leads from now on, or the level that it states. It is nil where that is known, as it is of
// every copy but the first by its road.
func (m *Message) heard(s *Subject) *Message {
	switch {
	case m == nil || m.isLed(s):
		return nil
	case m.yields(s):
		return m.ledBy(s)
	}
	if said, isKnown := m.said(s.Road); s.Version.Over || isKnown && said.Level() == s.Severity.Level() {
		return nil
	}
	heard, h := *m, m.history()
	h.Others = m.othersWith(s.Road, s.Severity)
	heard.setHistory(h)
	return &heard
}
