package formatter

import (
	"slices"
	"unicode/utf8"
)

// firstToGo names the facts that a reader misses least, the least needed first: tags and evidence,
// then secondary resources. The others go from the last.
func firstToGo() []string {
	return []string{
		"id", "tags", "details", "user_agent", "threats", "related", "resources", "actors",
		"signals", "tactics",
	}
}

// Smaller returns the message without its least needed part, and false when nothing is left to
// leave out: headline and first link. A renderer takes smaller messages until one fits its channel.
// The order is the buttons to press, tags, evidence and secondary resources, the tail of the description, the
// other facts from the last, groups, entries and changes from the last, what is left of description and
// summary, who has taken it on, and the links from the last.
func (m Message) Smaller() (Message, bool) {
	if len(m.Acts) > 0 {
		m.Acts = nil
		return m, true
	}
	for _, name := range firstToGo() {
		if i := slices.IndexFunc(m.Facts, func(f Fact) bool { return f.Name == name }); i >= 0 {
			m.Facts = slices.Concat(m.Facts[:i], m.Facts[i+1:])
			return m, true
		}
	}
	switch {
	case utf8.RuneCountInString(m.Description) > shortDescription:
		m.Description = cutRunes(m.Description, utf8.RuneCountInString(m.Description)/2)
	case len(m.Facts) > 0:
		m.Facts = m.Facts[:len(m.Facts)-1]
	case len(m.Groups) > 0:
		m.Groups = m.Groups[:len(m.Groups)-1]
	case len(m.Entries) > 0:
		m.Entries, m.More = m.Entries[:len(m.Entries)-1], ""
	case len(m.Changes) > 0:
		m.Changes = m.Changes[:len(m.Changes)-1]
	case m.Description != "":
		m.Description = ""
	case m.Summary != "":
		m.Summary = ""
	case m.Taken.Value != "":
		m.Taken = Fact{}
	case len(m.Links) > 1:
		m.Links = m.Links[:len(m.Links)-1]
	default:
		return m, false
	}
	return m, true
}

// shortDescription is how much of a description stays while anything else can go, in runes.
const shortDescription = 200
