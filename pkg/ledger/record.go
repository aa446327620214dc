package ledger

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

const (
	// format is the number of the form that records are written in. A record of another form reads as
	// absent: telling twice is better than not telling.
	format = 1
	// mostSeen is how many actors and resources a record remembers.
	mostSeen = 32
)

// Record is what is known of one pair.
type Record struct {
	// Last is the last message that the sink has accepted; nil when there is none.
	Last *Message `json:"last,omitempty"`
	// Dead is the version that can never succeed; nil when there is none.
	Dead *finding.Version `json:"dead,omitempty"`
	// Lease says who is telling the pair at this moment.
	Lease Lease `json:"lease"`
	// Open is the digest that a sink's findings are put into; it is kept in a record of its own.
	Open *Open `json:"open,omitempty"`
	// Expires is when the record is forgotten.
	Expires time.Time `json:"-"`
}

// Message is what was told of a finding.
type Message struct {
	Version  finding.Version  `json:"version"`
	Severity finding.Severity `json:"severity"`
	Count    int              `json:"count"`
	Receipt  notify.Receipt   `json:"receipt"`
	At       time.Time        `json:"at"`
	// Seen are short hashes of the actors and resources that were told, the latest last.
	Seen []string `json:"seen,omitempty"`
	// NamesAt is when the finding last was told with actors or resources that were new, by its own time; zero
	// when it never was.
	NamesAt time.Time `json:"namesAt,omitzero"`
}

// unseen gives the actors and resources of f that were not told.
func (m *Message) unseen(f *finding.Finding) []string {
	if len(m.Seen) == 0 {
		return nil
	}
	return slices.DeleteFunc(names(f), func(name string) bool { return slices.Contains(m.Seen, shortHash(name)) })
}

// Lease is the right to tell a pair for a while.
type Lease struct {
	// Owner is the invocation's id.
	Owner string `json:"owner,omitempty"`
	// Until is the deadline of the invocation.
	Until time.Time `json:"until"`
}

func (l Lease) isLive(now time.Time) bool { return l.Owner != "" && now.Before(l.Until) }

// told gives the message that follows the last one.
func told(last *Message, f *finding.Finding, receipt notify.Receipt, at time.Time) *Message {
	m := &Message{
		Version: f.Version(), Severity: f.Severity, Count: f.Count, Receipt: receipt, At: at.UTC(),
	}
	known := names(f)
	if last != nil {
		m.Seen, m.NamesAt = slices.Clone(last.Seen), last.NamesAt
		if len(last.unseen(f)) > 0 {
			m.NamesAt = m.Version.Updated
		}
		if receipt == (notify.Receipt{}) {
			m.Receipt = last.Receipt
		}
	}
	m.Seen = slices.Grow(m.Seen, len(known))
	for _, name := range known {
		hash := shortHash(name)
		m.Seen = slices.DeleteFunc(m.Seen, func(seen string) bool { return seen == hash })
		m.Seen = append(m.Seen, hash)
	}
	m.Seen = m.Seen[max(len(m.Seen)-mostSeen, 0):]
	return m
}

// names gives what identifies the actors and resources of a finding, at most as many as a record remembers. Of
// more, as an attack sequence can have, it gives those with the lowest hashes: the same ones each time.
func names(f *finding.Finding) []string {
	const usual = 3 // an actor, a user and a resource
	all := make([]string, 0, usual)
	add := func(what string, parts ...string) {
		text := strings.TrimSpace(strings.Join(parts, " "))
		if name := what + " " + text; text != "" && !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	addRemote := func(r finding.Remote) { add("actor", r.IP, r.Domain) }
	addUser := func(u finding.User) { add("user", u.Name, u.PrincipalID) }
	addResource := func(r finding.Resource) { add("resource", r.Type, r.ID) }
	addRemote(f.Actor.Remote)
	addUser(f.Actor.User)
	addResource(f.Resource)
	if s := f.Sequence; s != nil {
		for _, actor := range s.Actors {
			addRemote(actor.Remote)
			addUser(actor.User)
		}
		for _, endpoint := range s.Endpoints {
			addRemote(endpoint)
		}
		for _, resource := range s.Resources {
			addResource(resource)
		}
	}
	if len(all) > mostSeen {
		slices.SortFunc(all, func(a, b string) int { return strings.Compare(shortHash(a), shortHash(b)) })
		all = all[:mostSeen]
	}
	return all
}

// shortHash is long enough to tell 32 names apart.
func shortHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:6])
}

// longHash names what is too long to be a name.
func longHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func unix(seconds int64) time.Time { return time.Unix(seconds, 0) }

// encode gives a record as text.
func encode(r Record) (string, error) {
	text, err := json.Marshal(r)
	return string(text), err
}

// decode reads a record of the given format; one that cannot be read is absent.
func decode(text string, written int) Record {
	var r Record
	if written != format || json.Unmarshal([]byte(text), &r) != nil {
		return Record{}
	}
	return r
}
