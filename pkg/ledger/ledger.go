// Package ledger remembers what was already told to whom, so that a retry reaches only the sink that
// failed and a finding that comes again is told again only when there is news.
//
// There is one record for each pair of a finding and a sink. A pair is claimed by a conditional write
// before it is told, which gives its claimer a lease; it is settled after the sink has accepted, and
// released when it is to be tried again. Only a crash leaves a lease behind, and that ends with the
// deadline of its invocation: so a crash gives at most one duplicate for each pair in flight, and never a
// loss.
package ledger

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

const (
	// kept is how long a record is kept, which is GuardDuty's own retention of findings:
	// https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings.html
	kept = 90 * 24 * time.Hour
	// patience is the longest that one call of the store may take: an alert does not wait for its ledger.
	patience = 500 * time.Millisecond
	// maxRaces is how often a write is tried again when somebody else wrote in between.
	maxRaces = 4
)

// ErrConflict says that the record was changed since it was loaded.
var ErrConflict = errors.New("the record was changed in between")

// Pair names what is claimed: a finding, by its key, and a sink, by its instance's name.
type Pair struct{ Finding, Sink string }

// Store keeps records. An implementation is safe for concurrent use.
type Store interface {
	// Load gives the record of a pair and its revision; both are zero for one that is not there.
	Load(ctx context.Context, pair Pair) (Record, int64, error)
	// Save replaces the record if its revision is still the given one, which makes it the next one, and
	// gives ErrConflict if not.
	Save(ctx context.Context, pair Pair, record Record, revision int64) error
	// Add adds to the number that is kept under a pair, and gives the sum. A number that is not there is 0; it
	// is forgotten some time after it expires.
	Add(ctx context.Context, pair Pair, number int64, expires time.Time) (int64, error)
	// Number returns the number that is kept under a pair, with everything that was added before it was asked for; 0
	// for one that is not there.
	Number(ctx context.Context, pair Pair) (int64, error)
	// Append adds an item to the list that is kept under pair.Finding; it replaces one with the same key.
	Append(ctx context.Context, list Pair, item Item) error
	// Items gives a list, with everything that was appended before it was asked for.
	Items(ctx context.Context, list Pair) ([]Item, error)
}

// Item is an element of a list.
type Item struct {
	Key, Text string
	// Expires is when the item is forgotten.
	Expires time.Time
}

// Ledger is a store and the rules of claiming. It is safe for concurrent use.
type Ledger struct {
	store Store
	now   func() time.Time

	mu       sync.Mutex
	previous map[string]counted        // by sink
	unsent   map[string]map[Pair]int64 // messages that were counted and not sent, by sink and count
	opening  sync.Mutex                // held by whoever opens a digest
	isHere   bool                      // the store is in this process, and answers at once
}

// New gives a ledger over a store. now is the clock; nil stands for the real one.
func New(store Store, now func() time.Time) *Ledger {
	if now == nil {
		now = time.Now
	}
	_, isHere := store.(*Memory)
	return &Ledger{store: store, now: now, previous: map[string]counted{}, unsent: map[string]map[Pair]int64{}, isHere: isHere}
}

// patiently bounds a call of the store.
func (l *Ledger) patiently(ctx context.Context) (context.Context, context.CancelFunc) {
	if l.isHere {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, patience)
}

// Request asks for a pair.
type Request struct {
	Pair Pair
	// Finding is not changed, and has to stay as it is until the claim is settled.
	Finding *finding.Finding
	Policy  Policy
	// Lease is what the claimer gets.
	Lease Lease
}

// Claim is a pair that may be told, or the reason why it may not.
type Claim struct {
	Decision
	request  Request
	record   Record
	revision int64
	// isHeld reports whether the record in the store carries the lease.
	isHeld bool
}

// IsHeld reports whether the claimer has the lease, which it has not while the ledger is not available.
func (c *Claim) IsHeld() bool { return c.isHeld }

// Claim decides whether there is news, and takes the lease when there is. An error means that the ledger
// is not available: the caller tells the pair all the same, with the claim that Unclaimed gives.
func (l *Ledger) Claim(ctx context.Context, r Request) (*Claim, error) {
	for range maxRaces {
		record, revision, err := l.load(ctx, r.Pair)
		if err != nil {
			return nil, err
		}
		claim := &Claim{Decision: Decide(record, r.Finding, r.Policy), request: r, record: record, revision: revision}
		if !claim.Verdict.IsNews() {
			return claim, nil
		}
		if lease := record.Lease; lease.isLive(l.now()) && lease.Owner != r.Lease.Owner {
			claim.Decision = Decision{Verdict: Busy, Reason: "another invocation is telling it", Until: lease.Until}
			return claim, nil
		}
		claim.record.Lease = r.Lease
		err = l.save(ctx, r.Pair, claim.record, revision)
		if errors.Is(err, ErrConflict) {
			continue
		}
		if err != nil {
			return nil, err
		}
		claim.isHeld = true
		return claim, nil
	}
	// Somebody is at work on this very pair and keeps changing it.
	busy := Decision{Verdict: Busy, Reason: "another invocation is telling it", Until: l.now().Add(time.Minute)}
	return &Claim{Decision: busy, request: r}, nil
}

// Unclaimed gives the claim for a pair that is told though the ledger is not available.
func Unclaimed(r Request) *Claim {
	return &Claim{Decision: Decision{Verdict: First, Kind: notify.KindFinding, Reason: "the ledger is not available"}, request: r}
}

// Told records that the sink has accepted the pair.
func (l *Ledger) Told(ctx context.Context, c *Claim, receipt notify.Receipt) error {
	return l.settle(ctx, c, func(record *Record) {
		record.Last = told(record.Last, c.request.Finding, receipt, l.now())
		if record.Dead != nil && !record.Dead.After(record.Last.Version) {
			record.Dead = nil
		}
	})
}

// Dead records that the pair of this version can never succeed, so that the same version is not tried
// again. It is called after the dead letter was written.
func (l *Ledger) Dead(ctx context.Context, c *Claim) error {
	return l.settle(ctx, c, func(record *Record) {
		if version := c.request.Finding.Version(); record.Dead == nil || version.After(*record.Dead) {
			record.Dead = &version
		}
	})
}

// Release gives the pair back, so that the next invocation can claim it at once.
func (l *Ledger) Release(ctx context.Context, c *Claim) error {
	if !c.isHeld {
		return nil
	}
	return l.settle(ctx, c, func(*Record) {})
}

// settle changes the record and takes the lease off it. When somebody else has written in between, which
// happens after the lease has run out or where there is none, what they wrote stays but for this change, and a
// message of a version that is not newer than theirs changes nothing.
func (l *Ledger) settle(ctx context.Context, c *Claim, change func(*Record)) error {
	record, revision := c.record, c.revision
	if c.isHeld {
		revision++
	}
	for race := range maxRaces {
		if race > 0 || !c.isHeld {
			var err error
			if record, revision, err = l.load(ctx, c.request.Pair); err != nil {
				return err
			}
		}
		isOlder := record.Last != nil && !c.request.Finding.Version().After(record.Last.Version)
		if !isOlder {
			change(&record)
		}
		if record.Lease.Owner == c.request.Lease.Owner {
			record.Lease = Lease{}
		}
		err := l.save(ctx, c.request.Pair, record, revision)
		if !errors.Is(err, ErrConflict) {
			return err
		}
	}
	return fmt.Errorf("ledger: %w", ErrConflict)
}

func (l *Ledger) load(ctx context.Context, pair Pair) (Record, int64, error) {
	ctx, cancel := l.patiently(ctx)
	defer cancel()
	record, revision, err := l.store.Load(ctx, pair)
	if err != nil {
		return Record{}, 0, fmt.Errorf("ledger: %w", err)
	}
	if record.Expires.Before(l.now()) { // the store may delete it days later
		record = Record{}
	}
	return record, revision, nil
}

func (l *Ledger) save(ctx context.Context, pair Pair, record Record, revision int64) error {
	ctx, cancel := l.patiently(ctx)
	defer cancel()
	record.Expires = l.now().Add(kept)
	if err := l.store.Save(ctx, pair, record, revision); err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	return nil
}
