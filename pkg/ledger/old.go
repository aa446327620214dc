package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/table"
)

// oldRecords are the records of the form before this one, which had one for each pair. They are read
// for as long as they are kept, and not written any more.
type oldRecords struct {
	records table.Records[Record]
	states  table.Records[oldState]

	// failures counts how often the table did not say what it holds, and err is why it last did not.
	failures atomic.Int64
	err      error

	mu      sync.Mutex
	isKnown bool
	until   time.Time // when none can be there any more
	isNoted bool      // the table says so
}

// oldState is what a table is known to hold since it was first used in the form of today.
type oldState struct {
	// Until is when the last record of the older form is forgotten; zero where there never was one.
	Until time.Time `json:"until,omitzero"`
}

// oldStateKey names that. No finding's key begins with a slash.
func oldStateKey() table.Key { return table.Key{Partition: "/ledger", Sort: "old"} }

// emptied is a store that can say whether there are records of the older form in it.
type emptied interface {
	// HasFindings reports whether there may be a record of which neither key begins with a slash.
	HasFindings(ctx context.Context) (bool, error)
}

// isThere reports whether there may be such records. It asks once.
func (o *oldRecords) isThere(ctx context.Context) (bool, error) {
	if table.IsHere(o.records.Store) {
		return false, nil
	}
	before := o.failures.Load()
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.isKnown {
		if o.failures.Load() != before { // whoever waited for the answer to another has it too
			return false, o.err
		}
		state, revision, err := o.states.Load(ctx, oldStateKey())
		if err != nil {
			o.err = err
			o.failures.Add(1)
			return false, err
		}
		if revision == 0 && o.hasFindings(ctx) {
			state.Until = o.records.Now().Add(table.Retention)
		}
		o.until, o.isKnown, o.isNoted = state.Until, true, revision > 0
	}
	return o.records.Now().Before(o.until), nil
}

// hasFindings reports whether a table that says nothing of its form may hold records of findings. Where that
// cannot be asked it may: that costs reads, and no message.
func (o *oldRecords) hasFindings(ctx context.Context) bool {
	store, canSay := o.records.Store.(emptied)
	if !canSay {
		return true
	}
	ctx, cancel := table.Bounded(ctx, o.records.Store)
	defer cancel()
	has, err := store.HasFindings(ctx)
	return has || err != nil
}

// note writes down what was found out, once something was written of a finding: no alert waits for it.
// Whoever saw that the table was empty knows best, and others may have come first.
func (o *oldRecords) note(ctx context.Context) {
	o.mu.Lock()
	isNeeded, state := o.isKnown && !o.isNoted, oldState{Until: o.until}
	o.isNoted = o.isKnown // or is about to be: one does it, and others do not wait
	o.mu.Unlock()
	if !isNeeded {
		return
	}
	err := o.save(ctx, state, 0)
	if errors.Is(err, table.ErrConflict) && state.Until.IsZero() {
		_, revision, loadErr := o.states.Load(ctx, oldStateKey())
		if loadErr == nil {
			err = o.save(ctx, state, revision)
		}
	}
	if err != nil && !errors.Is(err, table.ErrConflict) {
		o.mu.Lock()
		o.isNoted = false
		o.mu.Unlock()
	}
}

// save writes down what was found out, for good: a table that had forgotten it would be taken for one that
// was in use before.
func (o *oldRecords) save(ctx context.Context, state oldState, revision int64) error {
	const years = 100
	text, err := json.Marshal(state)
	if err != nil {
		return fmt.Errorf("ledger: the record has no JSON form: %w", err)
	}
	ctx, cancel := table.Bounded(ctx, o.states.Store)
	defer cancel()
	record := table.Record{Text: string(text), Expires: o.states.Now().AddDate(years, 0, 0)}
	return o.states.Store.Save(ctx, oldStateKey(), record, revision)
}

// load returns the record of the older form of a pair; the zero value where there is none.
func (o *oldRecords) load(ctx context.Context, r *Request) (Record, error) {
	if isThere, err := o.isThere(ctx); err != nil || !isThere {
		return Record{}, err
	}
	record, _, err := o.records.Load(ctx, table.Key{Partition: r.Subject.Key, Sort: r.Sink})
	return record, err
}

// with returns the record with what one of the older form knows besides. Builds of both forms may be at work on
// one table, by turns or at the same time, and only those of today see what the others write: of what was sent
// the newest version counts, and whoever has a lease is waited for.
func (r Record) with(old Record, now time.Time) Record {
	if r.Revision == 0 {
		return old
	}
	if old.Dead != nil && (r.Dead == nil || old.Dead.After(*r.Dead)) && (r.Last == nil || old.Dead.After(r.Last.Version)) {
		r.Dead, r.DeadParts = old.Dead, nil
	}
	if old.Last != nil && (r.Last == nil || old.Last.isLater(r.Last)) {
		r.Last, r.IsOwed, r.IsFirst = old.Last, false, false
		r.outlive(old.Last.Version)
	}
	if old.Lease.isLive(now) && !r.Lease.isLive(now) {
		r.Lease = old.Lease
	}
	return r
}

// isLater reports whether a message was of a newer version. Of contents without a time, it is what was sent last.
func (m *Message) isLater(other *Message) bool {
	return m.Version.After(other.Version) && (!other.Version.After(m.Version) || m.At.After(other.At))
}
