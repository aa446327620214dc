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
	Lease     Lease    `json:"lease,omitzero"` // who is sending the pair at this moment
	// Revision counts the changes of this record.
	Revision int64 `json:"revision,omitempty"`
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
	// Road is the road that leads; IsNative says that it is the source's own.
	Road     string `json:"road,omitempty"`
	IsNative bool   `json:"native,omitempty"`
	// Seen are short hashes of the names that were sent, the latest last.
	Seen []string `json:"seen,omitempty"`
	// NamesAt is when the finding last was sent with actors or resources that were new, by its own
	// time; zero when it never was.
	NamesAt time.Time `json:"namesAt,omitzero"`
	// History is what few findings have; nil for most, so that a memory of thousands stays small.
	History *History `json:"history,omitempty"`
}

// History is what is known of a finding that has ended, that comes by several roads or in parts, or
// that people have asked for.
type History struct {
	// StateAt is when another road than the one that leads has said how its state is, by its own time;
	// zero when none did.
	StateAt time.Time `json:"stateAt,omitzero"`
	// ByRoad and Published are the road by which the last message came, and when it was handed over
	// there, where that is not what its version says.
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
	// Others is what the other roads have said.
	Others []Said `json:"others,omitempty"`
	// Parts are short hashes of the parts of the version that were sent, the latest last.
	Parts []string `json:"parts,omitempty"`
	// Plan is the short hash of the planned time that was sent.
	Plan string `json:"plan,omitempty"`
}

func (h *History) isZero() bool {
	return h.StateAt.IsZero() && h.ByRoad == "" && h.Published.IsZero() && h.AsideAt.IsZero() && h.Before == 0 && !h.IsGathered &&
		len(h.Asked)+len(h.Turns)+len(h.Others)+len(h.Parts) == 0 && h.Plan == ""
}

// byRoad returns the road by which the last message came.
func (m *Message) byRoad() string {
	road, _ := m.cameBy()
	return road
}

// history returns a copy of what there is of a history.
func (m *Message) history() History {
	if m.History == nil {
		return History{}
	}
	return *m.History
}

// setHistory sets another history. Copies of the message keep their own.
func (m *Message) setHistory(h History) {
	m.History = nil
	if !h.isZero() {
		m.History = &h
	}
}

// cameBy returns the road by which the last message came, and when it was handed over there.
func (m *Message) cameBy() (road string, published time.Time) {
	if h := m.History; h != nil && (h.ByRoad != "" || !h.Published.IsZero()) {
		return h.ByRoad, h.Published
	}
	return m.Version.Road, m.Version.Published
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
			return m.history().Plan == shortHash(name)
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
		h := m.history()
		if h.Asked = askedFor(nil, s); s.IsAsked {
			h.Parts = nil // they are no parts of what comes of itself
		}
		m.setHistory(h)
	case s.IsAsked:
		return last.sentAsAsked(s, receipt, at)
	case last.isLed(s):
		*m = *last
		m.follow(s)
	case last.yields(s):
		m = last.ledBy(s)
	default: // the versions of the road that leads stay what the next ones are compared with
		*m = *last
		h := last.history()
		h.Others, h.Parts = last.othersWith(s.Road, s.Severity), remembered(h.Parts, s.Parts, maxParts)
		m.setHistory(h)
	}
	m.setHistory(m.historyAfter(last, s))
	m.Severity, m.At, m.State = s.Severity, at.UTC(), ""
	if s.Version.Over {
		m.State = s.State.String()
	}
	if receipt != (notify.Receipt{}) {
		m.Receipt = receipt
	}
	return m
}

// historyAfter returns the history of a message that follows the last one.
func (m *Message) historyAfter(last *Message, s *Subject) History {
	h := m.history()
	if last != nil && m.isOver() != s.Version.Over && s.Version.Updated.After(m.Version.Updated) {
		h.StateAt = s.Version.Updated
	}
	if last != nil && last.isOver() != s.Version.Over {
		h.Turns = append(slices.Clone(last.history().Turns), s.Version.Updated)
		h.Turns = h.Turns[max(len(h.Turns)-maxTurns, 0):]
	}
	h.Before, h.IsGathered, h.AsideAt, h.ByRoad, h.Published = before(last, s), false, time.Time{}, "", time.Time{}
	if s.Road != m.Version.Road || !s.Version.Published.Equal(m.Version.Published) {
		h.ByRoad, h.Published = s.Road, s.Version.Published
	}
	if s.IsAside() {
		h.AsideAt = s.Version.Updated
	}
	return h
}

// before returns the severity that was sent last before s, which is an end.
func before(last *Message, s *Subject) finding.Severity {
	switch {
	case last == nil || !s.Version.Over:
		return 0
	case last.isOver():
		return last.history().Before
	default:
		return last.Severity
	}
}

// sentAsAsked returns the message after a person has asked for it. Whatever it says, what comes of
// itself is compared with what came of itself before. Only where a notice has said that it is open again, its end is
// told again.
func (m *Message) sentAsAsked(s *Subject, receipt notify.Receipt, at time.Time) *Message {
	asked, h := *m, m.history()
	h.Asked, asked.At = askedFor(h.Asked, s), at.UTC()
	asked.setHistory(h)
	if s.IsNotice && m.isOver() && !s.Version.Over {
		asked.State, asked.Severity = "", s.Severity
	}
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
	h := m.history()
	if m.isSame(s) || !s.IsNative { // the parts as which a finding is passed on have times of their own
		h.Parts = remembered(h.Parts, s.Parts, maxParts)
	} else {
		h.Parts = remembered(nil, s.Parts, maxParts)
	}
	for _, name := range m.unseen(s) {
		if !isToDo(name) {
			m.NamesAt = s.Version.Updated
		}
	}
	m.Seen = remembered(m.Seen, s.Names, maxSeen)
	for _, name := range s.Names {
		if strings.HasPrefix(name, planName) {
			h.Plan = shortHash(name)
		}
	}
	m.setHistory(h)
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
