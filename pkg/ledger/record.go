package ledger

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

const (
	maxSeen  = 32 // how many actors and resources a record remembers
	maxParts = 64 // how many parts of a version
	maxTurns = 3  // how many changes of state
	maxAsked = 16 // how many times that a person has asked for it
)

// Record is what is known of one pair.
type Record struct {
	Last *Message         `json:"last,omitempty"` // the last message that the sink has accepted; nil when there is none
	Dead *finding.Version `json:"dead,omitempty"` // the version that can never succeed; nil when there is none
	// DeadParts are short hashes of the parts of that version that can never succeed.
	DeadParts []string `json:"deadParts,omitempty"`
	Lease     Lease    `json:"lease"` // who is sending the pair at this moment
	// IsOwed says that a version was handed back, and comes again. Heard is the newest one that was
	// not worth a message, and came while another was owed; nil when there is none.
	Heard  *finding.Version `json:"heard,omitempty"`
	IsOwed bool             `json:"owed,omitempty"`
	// Opened are the newest versions that were open, one of each road, that came meanwhile.
	Opened []finding.Version `json:"opened,omitempty"`
	// IsFirst says that the pair is to be sent as the first of its group, and was not yet.
	IsFirst bool `json:"isFirst,omitempty"`
}

// Message is what was sent of a finding. Where it comes by several roads, one of them leads: its
// versions are compared with one another, and those of the others say little. A record from before
// there were roads has none, and one from before there were states is open.
type Message struct {
	// Version and Count are those of the road that leads, Severity is what was sent last.
	Version  finding.Version  `json:"version"`
	Severity finding.Severity `json:"severity"`
	Count    int              `json:"count"`
	Receipt  notify.Receipt   `json:"receipt"`
	At       time.Time        `json:"at"`
	// State is how it was over; empty when it was open.
	State string `json:"state,omitempty"`
	// StateAt is when another road than the one that leads has said so, by its own time; zero when
	// none did.
	StateAt time.Time `json:"stateAt,omitzero"`
	// ByRoad and Published are the road by which the last message came, and when it was handed over
	// there.
	ByRoad    string    `json:"byRoad,omitempty"`
	Published time.Time `json:"published,omitzero"`
	// AsideAt is the time of the update with which people put it aside; zero when they did not.
	AsideAt time.Time `json:"asideAt,omitzero"`
	// Before is the severity that was sent last before it was over; zero when it is open.
	Before finding.Severity `json:"before,omitempty"`
	// IsGathered says that the last message was no more than a line of a digest, since findings of
	// its kind come by the thousand by that road.
	IsGathered bool `json:"gathered,omitempty"`
	// Asked are short hashes of the times that a person has asked for it, the latest last.
	Asked []string `json:"asked,omitempty"`
	// Turns are when it last ended or opened again, by its own time, the latest last.
	Turns []time.Time `json:"turns,omitempty"`
	// Road is the road that leads; IsNative says that it is the source's own.
	Road     string `json:"road,omitempty"`
	IsNative bool   `json:"native,omitempty"`
	// Others is what the other roads have said.
	Others []Said `json:"others,omitempty"`
	// Parts are short hashes of the parts of the version that were sent, the latest last.
	Parts []string `json:"parts,omitempty"`
	// Seen are short hashes of the names that were sent, the latest last; Plan is that of the planned
	// time.
	Seen []string `json:"seen,omitempty"`
	Plan string   `json:"plan,omitempty"`
	// NamesAt is when the finding last was sent with actors or resources that were new, by its own
	// time; zero when it never was.
	NamesAt time.Time `json:"namesAt,omitzero"`
}

// unseen returns the names of s that were not sent. Records from before there were roads spell the
// types of resources otherwise, and those of a time without the road of a version know nothing of
// what one has to do: that makes none of them new.
func (m *Message) unseen(s *Subject) []string {
	return slices.DeleteFunc(slices.Clone(s.Names), func(name string) bool {
		switch {
		case isToDo(name) && m.Version.Road == "" && s.Road != "":
			return true
		case strings.HasPrefix(name, planName):
			return m.Plan == shortHash(name)
		case isToDo(name):
			return slices.Contains(m.Seen, shortHash(name))
		default:
			return len(m.Seen) == 0 || slices.Contains(m.Seen, shortHash(name)) || m.Road == "" && s.Road != "" && strings.HasPrefix(name, resourceName)
		}
	})
}

// Lease is the right to send a pair for a while.
type Lease struct {
	Owner string    `json:"owner,omitempty"` // the invocation's id
	Until time.Time `json:"until"`           // the deadline of the invocation
}

func (l Lease) isLive(now time.Time) bool { return l.Owner != "" && now.Before(l.Until) }

// sent returns the message that follows the last one.
func sent(last *Message, s *Subject, receipt notify.Receipt, at time.Time) *Message {
	m := &Message{Receipt: receipt}
	switch {
	case last == nil:
		m.follow(s)
		m.Asked = askedFor(nil, s)
	case s.IsAsked:
		return last.sentAsAsked(s, receipt, at)
	case last.isLed(s):
		*m = *last
		m.follow(s)
	case last.yields(s):
		m = last.ledBy(s)
	default: // the versions of the road that leads stay what the next ones are compared with
		*m = *last
		m.Others, m.Parts = last.othersWith(s.Road, s.Severity), remembered(last.Parts, s.Parts, maxParts)
	}
	if last != nil && m.isOver() != s.Version.Over && s.Version.Updated.After(m.Version.Updated) {
		m.StateAt = s.Version.Updated
	}
	if last != nil && last.isOver() != s.Version.Over {
		m.Turns = append(slices.Clone(last.Turns), s.Version.Updated)
		m.Turns = m.Turns[max(len(m.Turns)-maxTurns, 0):]
	}
	m.Before, m.Severity, m.At, m.State = before(last, s), s.Severity, at.UTC(), ""
	m.ByRoad, m.Published, m.IsGathered, m.AsideAt = s.Road, s.Version.Published, false, time.Time{}
	if s.IsAside() {
		m.AsideAt = s.Version.Updated
	}
	if s.Version.Over {
		m.State = s.State.String()
	}
	if receipt != (notify.Receipt{}) {
		m.Receipt = receipt
	}
	return m
}

// before returns the severity that was sent last before s, which is an end.
func before(last *Message, s *Subject) finding.Severity {
	switch {
	case last == nil || !s.Version.Over:
		return 0
	case last.isOver():
		return last.Before
	default:
		return last.Severity
	}
}

// sentAsAsked returns the message after a person has asked for it. Whatever it says, what comes of
// itself is compared with what came of itself before.
func (m *Message) sentAsAsked(s *Subject, receipt notify.Receipt, at time.Time) *Message {
	asked := *m
	asked.Asked, asked.At = askedFor(m.Asked, s), at.UTC()
	if receipt != (notify.Receipt{}) {
		asked.Receipt = receipt
	}
	return &asked
}

// askedFor returns the times that a person has asked for it, with that of s.
func askedFor(times []string, s *Subject) []string {
	if !s.IsAsked {
		return times
	}
	return remembered(times, s.Parts, maxAsked)
}

// follow takes over the version of s, and its names and parts.
func (m *Message) follow(s *Subject) {
	if m.isSame(s) || !s.IsNative { // the parts as which a finding is passed on have times of their own
		m.Parts = remembered(m.Parts, s.Parts, maxParts)
	} else {
		m.Parts = remembered(nil, s.Parts, maxParts)
	}
	for _, name := range m.unseen(s) {
		if !isToDo(name) {
			m.NamesAt = s.Version.Updated
		}
	}
	m.Seen = remembered(m.Seen, s.Names, maxSeen)
	for _, name := range s.Names {
		if strings.HasPrefix(name, planName) {
			m.Plan = shortHash(name)
		}
	}
	m.Count, m.Road, m.IsNative = s.Count, s.Road, s.IsNative
	if isOlderPart := len(s.Parts) > 0 && s.Version.Updated.Before(m.Version.Updated); !isOlderPart {
		m.Version = s.Version
	}
}

// remembered returns the hashes with those of the texts at their end, at most so many.
func remembered(hashes, texts []string, most int) []string {
	if len(texts) == 0 {
		return hashes
	}
	all := make([]string, 0, len(hashes)+len(texts)) // other copies of the record may share hashes
	all = append(all, hashes...)
	for _, text := range texts {
		hash := shortHash(text)
		all = slices.DeleteFunc(all, func(known string) bool { return known == hash })
		all = append(all, hash)
	}
	return all[max(len(all)-most, 0):]
}

// shortHash is long enough to distinguish 32 names.
func shortHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:6])
}
