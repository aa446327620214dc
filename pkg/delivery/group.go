package delivery

import (
	"cmp"
	"slices"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/ledger"
)

// group is the pairs of one subject for one target.
type group struct {
	// choices are what may be sent, one for each road by which the finding came, in the order in
	// which they are tried: what the ledger says of the first that is news goes for all.
	choices  []*Message
	isReplay bool  // one of the pairs is a replay
	places   []int // those of all its pairs

	// of is the case that it is a part of, with the groups of the same finding for other targets, and
	// isExpected says that what it asks for first is claimed with them.
	of         *ledger.Case
	isExpected bool
}

// isOver reports whether what is sent says that it is over.
func (g *group) isOver() bool { return g.choices[0].Subject.Version.Over }

// grouped returns the groups of one target, the worst severity first: of those that are open, and
// then of those that are over.
func grouped(pairs []Pair, target int) []*group {
	var groups []*group
	byKey := map[string]*group{}
	for place := range pairs {
		pair := &pairs[place]
		if pair.Target != target {
			continue
		}
		key := pair.Message.Subject.Key
		if pair.Message.Subject.IsAsked { // a person wants each of them told
			key += "\n" + strings.Join(pair.Message.Subject.Parts, "\n")
		}
		g := byKey[key]
		if g == nil {
			g = &group{}
			byKey[key] = g
			groups = append(groups, g)
		}
		g.choices = append(g.choices, pair.Message) // all of them, until it is chosen
		g.places = append(g.places, place)
		g.isReplay = g.isReplay || pair.Replay
	}
	for _, g := range groups {
		if len(g.choices) > 1 {
			g.choices = chosen(g.choices)
		}
	}
	slices.SortStableFunc(groups, func(a, b *group) int {
		if a.isOver() != b.isOver() {
			return order(b.isOver(), a.isOver())
		}
		return a.choices[0].Subject.Severity.MoreUrgent(b.choices[0].Subject.Severity)
	})
	return groups
}

// order compares for sorting: what is so comes first.
func order(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	default:
		return 1
	}
}

// chosen returns the newest message of each road that speaks of the state in which the finding is
// now, in the order in which they are tried: the highest level, then the source's own, which knows
// most, then the newest. What one road has put aside no other one opens by a later message, unless
// that is of a higher level: it is tried before.
func chosen(messages []*Message) []*Message {
	roads := newest(messages)
	state := roads[0].Subject.Version
	for _, m := range roads[1:] {
		if m.Subject.Version.After(state) {
			state = m.Subject.Version
		}
	}
	all := slices.Clone(roads)
	roads = slices.DeleteFunc(roads, func(m *Message) bool {
		return m.Subject.Version.Over != state.Over && !staysAside(m, all)
	})
	slices.SortStableFunc(roads, func(a, b *Message) int {
		levelA, levelB := levelOf(a), levelOf(b)
		return cmp.Or(
			order(a.Subject.Version.Over, b.Subject.Version.Over),
			order(levelA.Above(levelB), levelB.Above(levelA)),
			order(a.Subject.IsNative, b.Subject.IsNative),
			order(a.Subject.Version.After(b.Subject.Version), b.Subject.Version.After(a.Subject.Version)),
		)
	})
	return roads
}

// staysAside reports whether a message says that people have put the finding aside, and none of them
// all that says that it is open has a higher level.
func staysAside(m *Message, all []*Message) bool {
	return m.Subject.IsAside() && !slices.ContainsFunc(all, func(open *Message) bool {
		return !open.Subject.Version.Over && levelOf(open).Above(m.Subject.Severity.Level())
	})
}

// levelOf returns the level by which a message is ordered. That of an end does not matter; one that
// is unknown to a road which passes the finding on is the lowest, since another road may know it.
func levelOf(m *Message) finding.Level {
	level := m.Subject.Severity.Level()
	if m.Subject.Version.Over || level == finding.LevelUnknown && !m.Subject.IsNative {
		return finding.LevelLow
	}
	return level
}

// newest returns the newest message of each road, with all the parts of its version.
func newest(messages []*Message) []*Message {
	roads := make([]*Message, 0, 1)
	for _, m := range messages {
		at := slices.IndexFunc(roads, func(known *Message) bool { return known.Subject.Road == m.Subject.Road })
		switch {
		case at < 0:
			roads = append(roads, m)
		case m.hidesPart(roads[at]):
		case roads[at].hidesPart(m):
			roads[at] = m
		case roads[at].isOtherPart(m) && m.Subject.Version.After(roads[at].Subject.Version):
			roads[at] = m.joined(roads[at])
		case roads[at].isOtherPart(m):
			roads[at] = roads[at].joined(m)
		case m.Subject.Version.After(roads[at].Subject.Version):
			roads[at] = m
		case roads[at].Subject.Version.After(m.Subject.Version):
		case len(m.Subject.Parts) == 0 && m.Subject.Version.IsRepublished(roads[at].Subject.Version):
			roads[at] = m
		default:
			roads[at] = roads[at].joined(m)
		}
	}
	return roads
}

// isOtherPart reports whether both are parts as which one finding is passed on, as one for each
// resource: these have times of their own.
func (m *Message) isOtherPart(part *Message) bool {
	a, b := &m.Subject, &part.Subject
	return !a.IsNative && len(a.Parts) > 0 && len(b.Parts) > 0 && a.Version.Over == b.Version.Over && !slices.Contains(a.Parts, b.Parts[0])
}

// hidesPart reports whether a message is lower than a part that it does not hold, and is no end of it:
// that data are missing after an alarm says nothing of the alarm.
func (m *Message) hidesPart(part *Message) bool {
	a, b := &m.Subject, &part.Subject
	return a.IsNative && len(a.Parts) == 0 && len(b.Parts) > 0 && !a.Version.Over && !b.Version.Over && b.Severity.Level().Above(a.Severity.Level())
}

// joined returns a message with another part of the same version; where it has that already, the
// message itself.
func (m *Message) joined(part *Message) *Message {
	isKnown := func(name string) bool { return slices.Contains(m.Subject.Parts, name) }
	if !slices.ContainsFunc(part.Subject.Parts, func(name string) bool { return !isKnown(name) }) {
		return m
	}
	all := *m
	all.parts = append(append(slices.Clone(m.parts), part), part.parts...)
	all.Subject.Join(&part.Subject)
	f := m.Notification.Findings[0]
	f.Part = strings.Join(all.Subject.Parts, ",")
	f.Related = slices.Clone(f.Related)
	type name struct{ kind, id, arn string }
	known := map[name]bool{{}: true} // of nothing, nothing is added
	for _, r := range append([]finding.Resource{f.Resource}, f.Related...) {
		known[name{r.Type, r.ID, r.ARN}] = true
	}
	more := part.Notification.Findings[0]
	for _, r := range append([]finding.Resource{more.Resource}, more.Related...) {
		if !known[name{r.Type, r.ID, r.ARN}] {
			f.Related = append(f.Related, r)
		}
	}
	all.Notification.Findings = []finding.Finding{f}
	return &all
}
