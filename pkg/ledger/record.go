package ledger

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// maxSeen is how many actors and resources a record remembers.
const maxSeen = 32

// Record is what is known of one pair.
type Record struct {
	Last  *Message         `json:"last,omitempty"` // the last message that the sink has accepted; nil when there is none
	Dead  *finding.Version `json:"dead,omitempty"` // the version that can never succeed; nil when there is none
	Lease Lease            `json:"lease"`          // who is sending the pair at this moment
}

// Message is what was sent of a finding.
type Message struct {
	Version  finding.Version  `json:"version"`
	Severity finding.Severity `json:"severity"`
	Count    int              `json:"count"`
	Receipt  notify.Receipt   `json:"receipt"`
	At       time.Time        `json:"at"`
	// Seen are short hashes of the actors and resources that were sent, the latest last.
	Seen []string `json:"seen,omitempty"`
	// NamesAt is when the finding last was sent with actors or resources that were new, by its own
	// time; zero when it never was.
	NamesAt time.Time `json:"namesAt,omitzero"`
}

// unseen returns the actors and resources of s that were not sent.
func (m *Message) unseen(s *Subject) []string {
	if len(m.Seen) == 0 {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(s.Names), func(name string) bool { return slices.Contains(m.Seen, shortHash(name)) })
}

// Lease is the right to send a pair for a while.
type Lease struct {
	Owner string    `json:"owner,omitempty"` // the invocation's id
	Until time.Time `json:"until"`           // the deadline of the invocation
}

func (l Lease) isLive(now time.Time) bool { return l.Owner != "" && now.Before(l.Until) }

// sent returns the message that follows the last one.
func sent(last *Message, s *Subject, receipt notify.Receipt, at time.Time) *Message {
	m := &Message{
		Version: s.Version, Severity: s.Severity, Count: s.Count, Receipt: receipt, At: at.UTC(),
	}
	if last != nil {
		m.Seen, m.NamesAt = slices.Clone(last.Seen), last.NamesAt
		if len(last.unseen(s)) > 0 {
			m.NamesAt = m.Version.Updated
		}
		if receipt == (notify.Receipt{}) {
			m.Receipt = last.Receipt
		}
	}
	m.Seen = slices.Grow(m.Seen, len(s.Names))
	for _, name := range s.Names {
		hash := shortHash(name)
		m.Seen = slices.DeleteFunc(m.Seen, func(seen string) bool { return seen == hash })
		m.Seen = append(m.Seen, hash)
	}
	m.Seen = m.Seen[max(len(m.Seen)-maxSeen, 0):]
	return m
}

// shortHash is long enough to distinguish 32 names.
func shortHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:6])
}
