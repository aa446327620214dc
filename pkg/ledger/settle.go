package ledger

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/table"
)

// together is how long the end of a pair may wait to be written with those of the finding's other
// pairs. A crash in that time gives the duplicate that one before it would give, and no more.
const together = 25 * time.Millisecond

// settling is a pair that has come to its end, and what that changes.
type settling struct {
	claim  *Claim
	change func(*Record)
	done   chan struct{} // closed when it is written, or cannot be
	err    error
}

// settle changes the record of a pair and takes the lease off it. It returns once that is written, which
// may be with the ends of other pairs of the case.
func (c *Case) settle(ctx context.Context, claim *Claim, change func(*Record)) error {
	s := &settling{claim: claim, change: change, done: make(chan struct{})}
	c.mu.Lock()
	c.settled = append(c.settled, s)
	if claim.IsLeased {
		c.inFlight--
	}
	isLast := c.inFlight <= 0 || c.ledger.isHere // a store of this process costs no call
	c.mu.Unlock()
	if !isLast {
		waiting := time.NewTimer(together)
		defer waiting.Stop()
		select {
		case <-s.done:
			return s.err
		case <-waiting.C:
		case <-ctx.Done():
		}
	}
	c.write(ctx)
	<-s.done
	return s.err
}

// write writes what was settled so far.
func (c *Case) write(ctx context.Context) {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := c.settled
	c.settled = nil
	if len(all) == 0 {
		return
	}
	err := c.save(ctx, all)
	for _, s := range all {
		s.err = err
		close(s.done)
	}
}

// save changes the records. When somebody else has written in between, what they wrote stays but for
// these changes.
func (c *Case) save(ctx context.Context, all []*settling) error {
	if !c.isKnown {
		if err := c.load(ctx); err != nil {
			return err
		}
	}
	for range maxRaces {
		next := c.file
		for _, s := range all {
			record, err := c.settledRecord(ctx, next, s.claim)
			if err != nil {
				return err
			}
			s.apply(&record)
			next = next.with(s.claim.request.Sink, record)
		}
		err := c.ledger.files.Save(ctx, c.key, next, c.revision)
		switch {
		case err == nil:
			c.file = next
			c.revision++
			c.heard.Add(1)
			c.ledger.old.note(ctx)
			return nil
		case !errors.Is(err, table.ErrConflict):
			return err
		}
		if err := c.learn(ctx, err); err != nil {
			return err
		}
	}
	return fmt.Errorf("ledger: %w", table.ErrConflict)
}

// settledRecord returns the record of a pair that comes to its end. What an older form knew of one that
// stands as it was claimed is in it.
func (c *Case) settledRecord(ctx context.Context, f file, claim *Claim) (Record, error) {
	if record := f.of(claim.request.Sink); claim.isAsLeft(record) {
		return record, nil
	}
	return c.record(ctx, f, &claim.request)
}

// isAsLeft reports whether nobody has changed the record of a pair since it was claimed.
func (c *Claim) isAsLeft(record Record) bool { return c.IsLeased && record.Revision == c.revision }

// apply changes the record. Where somebody else has changed it since it was claimed, which happens after
// the lease has run out or where there is none, a message of a version that is not newer than theirs
// changes nothing.
func (s *settling) apply(record *Record) {
	record.IsOwed, record.IsFirst = false, false
	if s.claim.isAsLeft(*record) || s.claim.request.isNewTo(*record) {
		s.change(record)
	}
	if record.Lease.Owner == s.claim.request.Lease.Owner {
		record.Lease = Lease{}
	}
}
