// Package table keeps records, numbers and lists of items for others: in a DynamoDB table that all
// executions share, or in the memory of the process. What is in them is their owner's, and the
// package knows nothing of it but when it is forgotten.
package table

import (
	"context"
	"errors"
	"time"
)

const (
	// Retention is how long records and items are kept: as long as services keep findings.
	Retention = 90 * 24 * time.Hour
	// Patience is the longest that one call of a store may take: no alert waits for its ledger.
	Patience = 500 * time.Millisecond
)

// ErrConflict says that the record was changed since it was loaded.
var ErrConflict = errors.New("the record was changed in between")

// ConflictError is an ErrConflict of a store that says what is there instead.
type ConflictError struct {
	Record   Record
	Revision int64
}

// Error says what ErrConflict does.
func (c *ConflictError) Error() string { return ErrConflict.Error() }

// Is reports whether target is ErrConflict.
func (c *ConflictError) Is(target error) bool { return target == ErrConflict }

// Key names what is kept. Parts of one thing have the same Partition.
type Key struct{ Partition, Sort string }

// Record is a text that is replaced as a whole.
type Record struct {
	Text    string    // the record's JSON; "" for one that is not there
	Expires time.Time // when the record is forgotten

	value any // stands for Text in a store of this process
}

// Kept is a record as a store has it.
type Kept struct {
	Record
	Revision int64
}

// Item is an element of a list.
type Item struct {
	Key, Text string
	Expires   time.Time // when the item is forgotten
}

// Store keeps records, numbers and lists. An implementation is safe for concurrent use.
type Store interface {
	// Load returns the record under a key and its revision; both are zero for none.
	Load(ctx context.Context, key Key) (Record, int64, error)
	// Save replaces the record if its revision is still the given one, which makes it the next one,
	// and returns ErrConflict if not.
	Save(ctx context.Context, key Key, record Record, revision int64) error
	// Add adds to the numbers that are kept under a key by their names, and returns all that are kept
	// there. A number that is not there is 0; all are forgotten some time after they expire.
	Add(ctx context.Context, key Key, numbers map[string]int64, expires time.Time) (map[string]int64, error)
	// Numbers returns the numbers that are kept under a key by their names, with everything that was
	// added before they were asked for.
	Numbers(ctx context.Context, key Key) (map[string]int64, error)
	// Append adds an item to a list; it replaces one with the same key.
	Append(ctx context.Context, list string, item Item) error
	// Items returns the items of a list, with everything that was appended before it was asked for.
	Items(ctx context.Context, list string) ([]Item, error)
}

// IsHere reports whether a store is in the memory of this process: it answers at once, and needs no text of
// what it keeps.
func IsHere(store Store) bool {
	_, isHere := store.(*Memory)
	return isHere
}

// Bounded returns the context for a call of a store, which takes no longer than Patience. A store
// in this process answers at once, and needs no bound.
func Bounded(ctx context.Context, store Store) (context.Context, context.CancelFunc) {
	if IsHere(store) {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, Patience)
}
