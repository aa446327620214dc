package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/table"
)

// Case is one finding on its way to several sinks in one delivery. What the sinks ask of the ledger
// at about the same time goes in one call. It is safe for concurrent use.
type Case struct {
	ledger   *Ledger
	key      table.Key
	requests []Request

	mu sync.Mutex
	// claims are the answers to the requests, in their order, once they were asked; claimErr is why
	// there are none.
	claims   []*Claim
	claimErr error
	// file is what stood in the table last, as far as it is known, under the revision.
	file     file
	revision int64
	isKnown  bool
	// old is what the table has of an older form, by sinks; nil where it was not said with the file.
	old map[string]Record
	// inFlight counts the pairs that are leased and not settled; settled are those whose end is not
	// written yet.
	inFlight int
	settled  []*settling
	// heard counts how often the store has said what it has.
	heard atomic.Int64
}

// Case returns the case of a finding by its key, which asks for nothing yet.
func (l *Ledger) Case(key string) *Case { return &Case{ledger: l, key: fileKey(key)} }

// Expect adds a request of a sink that will soon be made, so that it goes with those of the others. It is
// not called any more once the first was made. Of one sink one request is expected: what becomes of it
// decides about the next one, which is for Ask.
func (c *Case) Expect(r Request) (isExpected bool) {
	if slices.ContainsFunc(c.requests, func(known Request) bool { return known.Sink == r.Sink }) {
		return false
	}
	c.requests = append(c.requests, r)
	return true
}

// Claim returns what the ledger says to the request that was expected of a sink. The first to ask
// asks for all. What is claimed and never asked for stays leased until its invocation is over.
func (c *Case) Claim(ctx context.Context, sink string) (*Claim, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.claims == nil && c.claimErr == nil {
		c.claims, c.claimErr = c.claimAll(ctx, c.requests)
	}
	for i := range c.requests {
		if c.requests[i].Sink != sink {
			continue
		}
		if c.claimErr != nil {
			return nil, c.claimErr
		}
		return c.claims[i], c.claims[i].err
	}
	return nil, fmt.Errorf("ledger: no request of %s is expected", sink)
}

// Ask returns what the ledger says to a request that was not expected. Those of a case go one after
// another: side by side they would be in each other's way, since they change one record.
func (c *Case) Ask(ctx context.Context, r Request) (*Claim, error) {
	before := c.heard.Load()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.heard.Load() == before { // what is known may be known for long
		c.isKnown = false
	}
	claims, err := c.claimAll(ctx, []Request{r})
	if err != nil {
		return nil, err
	}
	return claims[0], claims[0].err
}

// Unclaimed returns the claim for a pair that is sent though the ledger is not available. What becomes of
// it is written with what becomes of the others.
func (c *Case) Unclaimed(r Request) *Claim {
	return &Claim{Decision: Decision{Verdict: First, Reason: "the ledger is not available"}, request: r, of: c}
}

// Others returns the other sinks for which the finding was claimed in the same call.
func (c *Claim) Others() []string {
	var others []string
	for _, other := range c.among {
		if other.IsLeased && other.request.Sink != c.request.Sink {
			others = append(others, other.request.Sink)
		}
	}
	return others
}

// claimAll decides about requests, and writes what follows in one call. Most findings are new, so
// that the write is tried before it is known what is there: a store that refuses it says that.
func (c *Case) claimAll(ctx context.Context, requests []Request) ([]*Claim, error) {
	l := c.ledger
	if err := c.look(ctx); err != nil {
		return nil, err
	}
	for range maxRaces {
		next, claims, err := c.decided(ctx, requests)
		if err != nil {
			return nil, err
		}
		if next == nil && c.isKnown {
			return claims, nil
		}
		if next == nil { // nobody was sent it, unless something is known of it
			if err := c.load(ctx); err != nil {
				return nil, err
			}
			continue
		}
		err = l.files.Save(ctx, c.key, next, c.revision)
		switch {
		case errors.Is(err, table.ErrConflict):
			if err := c.learn(ctx, err); err != nil {
				return nil, err
			}
			continue
		case err != nil:
			return c.failed(claims, err), nil
		}
		c.file, c.isKnown = next, true
		c.revision++
		c.heard.Add(1)
		for _, claim := range claims {
			claim.among = claims
			if claim.Verdict.IsNews() {
				claim.IsLeased = true
				c.inFlight++
			}
		}
		return claims, nil
	}
	// Somebody is at work on this very finding and keeps changing it.
	busy := Decision{Verdict: Busy, Reason: "another invocation is sending it", Until: l.files.Now().Add(time.Minute)}
	var claims []*Claim
	for i := range requests {
		claims = append(claims, &Claim{Decision: busy, request: requests[i], of: c})
	}
	return claims, nil
}

// decided returns the answers to the requests by what is known, and the file that follows from them:
// nil where nothing is to be written.
func (c *Case) decided(ctx context.Context, requests []Request) (next file, claims []*Claim, err error) {
	next = c.file
	isChanged := false
	for i := range requests {
		r := &requests[i]
		record, err := c.record(ctx, c.file, r)
		if err != nil {
			return nil, nil, err
		}
		claim := &Claim{Decision: decide(record, r), IsFirst: record.IsFirst, Last: record.Last, request: *r, of: c}
		isNew := claim.take(&record, c.ledger.files.Now())
		if isNew {
			next, isChanged = next.with(r.Sink, record), true
		}
		claim.isHeard, claim.revision = isNew && !claim.Verdict.IsNews(), next.of(r.Sink).Revision
		claims = append(claims, claim)
	}
	if !isChanged {
		return nil, claims, nil
	}
	return next, claims, nil
}

// take changes the record as the claim needs it, and reports whether there is something to be written.
func (c *Claim) take(record *Record, now time.Time) (isChanged bool) {
	// What is no news may be some after what is being sent, such as an end or a return.
	isSettled := c.Verdict == Dead || c.Verdict == Duplicate && !c.request.Subject.Version.Over
	if lease := record.Lease; !isSettled && lease.isLive(now) && lease.Owner != c.request.Lease.Owner {
		c.Decision = Decision{Verdict: Busy, Reason: "another invocation is sending it", Until: lease.Until}
		return false
	}
	if !c.Verdict.IsNews() {
		return c.hear(record)
	}
	record.Lease = c.request.Lease
	return true
}

// failed returns the claims where nothing could be written. What is news has none, and what was only
// to be remembered is told again by the next copy, but for an end: nobody tells that again.
func (c *Case) failed(claims []*Claim, err error) []*Claim {
	for _, claim := range claims {
		if claim.Verdict.IsNews() || claim.isHeard && claim.request.Subject.Version.Over {
			claim.err = err
		}
	}
	return claims
}

// look asks what is there where a finding may have records of an older form: those are no part of
// the file, and nothing says that they are there.
func (c *Case) look(ctx context.Context) error {
	isOld, err := c.ledger.old.isThere(ctx)
	if err != nil || !isOld {
		return err
	}
	return c.load(ctx)
}

// whole is a store that returns all records under a partition key in one call.
type whole interface {
	Under(ctx context.Context, partition string) (map[string]table.Kept, error)
}

// load asks what is there, of an older form too where that is in the same answer.
func (c *Case) load(ctx context.Context) (err error) {
	if store, isWhole := c.ledger.files.Store.(whole); isWhole {
		err = c.loadWhole(ctx, store)
	} else {
		c.file, c.revision, err = c.ledger.files.Load(ctx, c.key)
	}
	c.isKnown = err == nil
	if c.isKnown {
		c.heard.Add(1)
	}
	return err
}

func (c *Case) loadWhole(ctx context.Context, store whole) error {
	ctx, cancel := table.Bounded(ctx, c.ledger.files.Store)
	defer cancel()
	all, err := store.Under(ctx, c.key.Partition)
	if err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	own := all[c.key.Sort]
	c.file, c.revision = c.ledger.files.Read(own.Record), own.Revision
	c.old = make(map[string]Record, len(all))
	for sink, kept := range all {
		if sink != c.key.Sort {
			c.old[sink] = c.ledger.old.records.Read(kept.Record)
		}
	}
	return nil
}

// record returns what is known of the pair of a request. An older form may know more of it.
func (c *Case) record(ctx context.Context, f file, r *Request) (Record, error) {
	record := f.of(r.Sink)
	if c.old != nil {
		return record.with(c.old[r.Sink], c.ledger.files.Now()), nil
	}
	old, err := c.ledger.old.load(ctx, r)
	if err != nil {
		return record, err
	}
	return record.with(old, c.ledger.files.Now()), nil
}

// learn takes over what is there by an ErrConflict, or asks for it where the store did not say.
func (c *Case) learn(ctx context.Context, err error) error {
	if current, revision, isKnown := c.ledger.files.Instead(err); isKnown {
		c.file, c.revision, c.isKnown = current, revision, true
		c.heard.Add(1)
		return nil
	}
	return c.load(ctx)
}
