package table

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Records are the records of one type in a store, as JSON.
type Records[R any] struct {
	Store Store
	// Now is the clock.
	Now func() time.Time
}

// Load returns the record under a key, and its revision. A record that is not there, that has
// expired or that cannot be read is the zero value.
func (r Records[R]) Load(ctx context.Context, key Key) (R, int64, error) {
	ctx, cancel := Bounded(ctx, r.Store)
	defer cancel()
	var none R
	written, revision, err := r.Store.Load(ctx, key)
	if err != nil {
		return none, 0, fmt.Errorf("ledger: %w", err)
	}
	return r.Read(written), revision, nil
}

// Read returns what a store has kept. What has expired or cannot be read is the zero value.
func (r Records[R]) Read(written Record) R {
	var none R
	if written.Expires.Before(r.Now()) { // the store may delete it days later
		return none
	}
	record, isHere := written.value.(R)
	if !isHere && json.Unmarshal([]byte(written.Text), &record) != nil {
		return none
	}
	return record
}

// textOf returns the JSON of a record. What writes itself is not read through once more, as
// encoding/json does.
func textOf(record any) ([]byte, error) {
	if own, isOwn := record.(json.Marshaler); isOwn {
		return own.MarshalJSON()
	}
	return json.Marshal(record)
}

// Instead returns what an ErrConflict says is there, with its revision. It is not known of every store.
func (r Records[R]) Instead(err error) (record R, revision int64, isKnown bool) {
	conflict, isKnown := errors.AsType[*ConflictError](err)
	if !isKnown {
		return record, 0, false
	}
	return r.Read(conflict.Record), conflict.Revision, true
}

// Save replaces the record of the given revision, for the Retention from now on. The error is
// ErrConflict when there is another revision.
func (r Records[R]) Save(ctx context.Context, key Key, record R, revision int64) error {
	ctx, cancel := Bounded(ctx, r.Store)
	defer cancel()
	written := Record{Expires: r.Now().Add(Retention)}
	if IsHere(r.Store) {
		written.value = record
	} else if text, err := textOf(record); err != nil {
		return fmt.Errorf("ledger: the record has no JSON form: %w", err)
	} else {
		written.Text = string(text)
	}
	if err := r.Store.Save(ctx, key, written, revision); err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	return nil
}
