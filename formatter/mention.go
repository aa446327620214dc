package formatter

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// Mention calls people. A renderer writes it in the syntax of its channel, or leaves it out.
type Mention struct {
	Kind MentionKind
	// ID is the channel's own name for the user or the group; it is empty for the other kinds.
	ID string
}

// MentionKind says whom a Mention calls.
type MentionKind int

// The kinds of mentions.
const (
	// MentionEveryone calls everyone in the workspace, MentionChannel everyone in the channel,
	// MentionHere those of the channel who are active.
	MentionEveryone MentionKind = iota + 1
	MentionChannel
	MentionHere
	// MentionUser calls one user, MentionGroup a group of users.
	MentionUser
	MentionGroup
)

// mentions is whom a message calls, from a severity on.
type mentions struct {
	all  []Mention
	from finding.Threshold
}

// maxMentions is how long MENTION may be, in characters: it leaves a message room in every channel.
const maxMentions = 1_000

// parseMentions reads mentions that are separated by spaces. The error shows no text.
func parseMentions(text string, parse func(mention string) (Mention, error)) ([]Mention, error) {
	if n := utf8.RuneCountInString(text); n > maxMentions {
		return nil, fmt.Errorf("longer than %d characters (it has %d), which leaves a message no room; mention a group of users "+
			"in place of its people", maxMentions, n)
	}
	var all []Mention
	for word := range strings.FieldsSeq(text) {
		mention, err := parse(word)
		if err != nil {
			return nil, err
		}
		all = append(all, mention)
	}
	return all, nil
}

// due returns the mentions of a message. People are called when a finding of the level is sent for
// the first time or has risen to it, and for a digest that holds one. A notice calls nobody, and
// neither does a finding that is over, wherever it stands, or one that somebody has taken on. That nobody
// has calls those whom the finding itself would call.
func (m mentions) due(n notify.Notification) []Mention {
	isDue := func(f finding.Finding) bool { return !f.State.Over() && m.reaches(f.Severity) }
	rises := func(c notify.Change) bool {
		before, err := finding.ParseSeverity(c.From)
		return c.What == "severity" && err == nil && !m.reaches(before)
	}
	switch {
	case isEscalated(n):
	case n.Taken.IsTaken():
		return nil
	case n.Kind == notify.KindFinding, n.Kind == notify.KindDigest:
	case n.Kind == notify.KindUpdate && slices.ContainsFunc(n.Changes, rises):
	default:
		return nil
	}
	if !slices.ContainsFunc(n.Findings, isDue) {
		return nil
	}
	return m.all
}

// reaches reports whether people are called for a severity. Neither good news nor what has no
// severity by design calls anybody, however low the threshold is.
func (m mentions) reaches(s finding.Severity) bool {
	return s != finding.Lowest && s != finding.Unstated && s.AtLeast(m.from)
}
