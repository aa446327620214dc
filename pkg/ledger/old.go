package ledger

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/table"
)

// oldRecords are the records of the form before this one, which had one for each pair. They are read
// for as long as they are kept, and not written any more.
type oldRecords struct {
	records table.Records[Record]
	states  table.Records[oldState]

	mu      sync.Mutex
	isKnown bool
	until   time.Time // when none can be there any more
}

// oldState is what a table is known to hold since it was first used in the form of today.
type oldState struct {
	// Until is when the last record of the older form is forgotten; zero where there never was one.
	Until time.Time `json:"until,omitzero"`
}

// oldStateKey names that. No finding's key begins with a slash.
func oldStateKey() table.Key { return table.Key{Partition: "/ledger", Sort: "old"} }

// emptied is a store that can say whether there are records of findings in it.
type emptied interface {
	// HasFindings reports whether there may be a record whose partition does not begin with a slash.
	HasFindings(ctx context.Context) (bool, error)
}

// isThere reports whether there may be such records. It asks once.
func (o *oldRecords) isThere(ctx context.Context) (bool, error) {
	if _, isHere := o.records.Store.(*table.Memory); isHere {
		return false, nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.isKnown {
		state, err := o.state(ctx)
		if err != nil {
			return false, err
		}
		o.until, o.isKnown = state.Until, true
	}
	return o.records.Now().Before(o.until), nil
}

// state returns what is known of the table. Whoever uses it first finds out and writes it down.
func (o *oldRecords) state(ctx context.Context) (oldState, error) {
	for range maxRaces {
		state, revision, err := o.states.Load(ctx, oldStateKey())
		if err != nil || revision > 0 {
			return state, err
		}
		has := true
		if store, canSay := o.records.Store.(emptied); canSay {
			if has, err = store.HasFindings(ctx); err != nil {
				has = true // it costs reads, and no message
			}
		}
		if has {
			state.Until = o.records.Now().Add(table.Retention)
		}
		if err := o.states.Save(ctx, oldStateKey(), state, 0); !errors.Is(err, table.ErrConflict) {
			return state, err
		}
	}
	return oldState{Until: o.records.Now().Add(table.Retention)}, nil
}

// load returns the record of the older form of a pair; the zero value where there is none.
func (o *oldRecords) load(ctx context.Context, r *Request) (Record, error) {
	if isThere, err := o.isThere(ctx); err != nil || !isThere {
		return Record{}, err
	}
	record, _, err := o.records.Load(ctx, table.Key{Partition: r.Subject.Key, Sort: r.Sink})
	return record, err
}
