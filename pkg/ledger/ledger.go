// Package ledger remembers what was already sent to whom, so that a retry reaches only the sink
// that failed and a finding that comes again is sent again only when there is news.
//
// There is one record for each pair of a finding and a sink; those of one finding are kept together. A
// pair is claimed by a conditional write before it is sent, which gives its claimer a lease; it is
// settled after the sink has accepted, and released when it is to be tried again. Only a crash leaves a
// lease behind, and that ends with the deadline of its invocation: so a crash gives at most one
// duplicate for each pair in flight, and never a loss.
package ledger

import (
	"context"
	"slices"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/table"
)

// maxRaces is how often a write is tried again when somebody else wrote in between.
const maxRaces = 4

// Ledger is a store and the rules of claiming. It is safe for concurrent use.
type Ledger struct {
	files table.Records[file]
	old   oldRecords
	// isHere says that the store is one of this process.
	isHere bool
}

// New returns a ledger over a store. now is the clock; nil stands for the real one.
func New(store table.Store, now func() time.Time) *Ledger {
	if now == nil {
		now = time.Now
	}
	return &Ledger{
		isHere: table.IsHere(store),
		files:  table.Records[file]{Store: store, Now: now},
		old:    oldRecords{records: table.Records[Record]{Store: store, Now: now}, states: table.Records[oldState]{Store: store, Now: now}},
	}
}

// Request asks for a pair.
type Request struct {
	// Subject is not changed, and has to stay as it is until the claim is settled.
	Subject *Subject
	Sink    string // the instance's name
	Repeat  Repeat // when a newer version is news
	Replay  bool   // sends a dead version too: somebody has mended what was broken
	Lease   Lease  // what the claimer gets
}

// Claim is a pair that may be sent, or the reason why it may not.
type Claim struct {
	Decision
	// IsLeased reports whether the claimer has the lease, which needs a ledger that is available.
	IsLeased bool
	// IsFirst says that the pair is sent as the first of its group. Whoever claims it after it was
	// released is told so.
	IsFirst bool
	// IsGathered says that what is sent is a line of a digest, since findings of its kind come by the
	// thousand.
	IsGathered bool
	// Last is what the sink was sent last; nil where that is nothing, or is not known.
	Last *Message

	request  Request
	of       *Case
	among    []*Claim // those of the same call
	revision int64    // of the pair's record, as it was claimed
	isHeard  bool     // there was something to be remembered of what is not sent
	err      error
}

// Claim decides whether there is news, and takes the lease when there is. An error means that the
// ledger is not available: the caller sends the pair all the same, with the claim of Unclaimed.
func (l *Ledger) Claim(ctx context.Context, r Request) (*Claim, error) {
	return l.Case(r.Subject.Key).Ask(ctx, r)
}

// hear remembers what is to be known of a pair that is not sent: what it tells of its road, and
// while another version is owed, that there is a newer one. Where that fails, the next copy of what
// is open tells it again. It reports whether there is anything.
func (c *Claim) hear(record *Record) (isNew bool) {
	version := c.request.Subject.Version
	if c.request.Subject.IsAsked {
		return false // what comes of itself is compared with what came of itself
	}
	if heard := record.Last.heard(c.request.Subject); c.Verdict == Duplicate && heard != nil {
		record.Last, isNew = heard, true
	}
	isOwed := record.IsOwed || record.Lease.Owner != "" // whoever had the lease died with it
	isLater := record.Last == nil || version.After(record.Last.Version)
	if isOwed && isLater && c.Verdict != Dead && (record.Heard == nil || version.After(*record.Heard)) {
		record.Heard, isNew = &version, true
	}
	if opened := withOpened(record.Opened, version); isOwed && c.Verdict != Dead && opened != nil {
		record.Opened, isNew = opened, true
	}
	return isNew
}

// withOpened returns the newest versions that are open, one of each road, with another one; nil where
// that is known.
func withOpened(known []finding.Version, version finding.Version) []finding.Version {
	if version.Over || version.Road == "" {
		return nil
	}
	at := slices.IndexFunc(known, func(v finding.Version) bool { return v.Road == version.Road })
	switch {
	case at < 0:
		return append(slices.Clone(known), version)
	case !version.After(known[at]) && !version.IsRepublished(known[at]):
		return nil
	}
	all := slices.Clone(known)
	all[at] = version
	return all
}

// Sent records that the sink has accepted the pair.
func (l *Ledger) Sent(ctx context.Context, c *Claim, receipt notify.Receipt) error {
	return c.of.settle(ctx, c, func(record *Record) {
		s := c.request.Subject
		record.Last = sent(record.Last, s, receipt, l.files.Now())
		h := record.Last.history()
		h.IsGathered = c.IsGathered
		record.Last.setHistory(h)
		record.outlive(s.Version)
	})
}

// Dead records that the pair of this version can never succeed, so that the same version is not
// tried again. It is called after the dead letter was written.
func (l *Ledger) Dead(ctx context.Context, c *Claim) error {
	return c.of.settle(ctx, c, func(record *Record) {
		s := c.request.Subject
		version := s.Version
		switch {
		case record.Dead == nil || version.After(*record.Dead):
			record.Dead, record.DeadParts = &version, remembered(nil, s.Parts, maxParts)
		case !record.Dead.After(version):
			record.DeadParts = remembered(record.DeadParts, s.Parts, maxParts)
		}
	})
}

// Release gives the pair back, so that the next invocation can claim it at once.
func (l *Ledger) Release(ctx context.Context, c *Claim) error {
	if !c.IsLeased {
		return nil
	}
	return c.of.settle(ctx, c, func(record *Record) { record.IsOwed, record.IsFirst = true, c.IsFirst })
}

// isNewTo reports whether what was asked for says something that the record does not know.
func (r *Request) isNewTo(record Record) bool {
	return decide(record, &Request{Subject: r.Subject, Replay: true}).Verdict.IsNews()
}
