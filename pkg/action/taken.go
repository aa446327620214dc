package action

import (
	"context"
	"errors"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/table"
)

// maxRaces is how often a change is tried again when somebody else made one in between.
const maxRaces = 4

// Takings say who has taken a finding on. They stand in the ledger's table beside what was sent of it. It is safe
// for concurrent use.
type Takings struct {
	records table.Records[notify.Taken]
}

// NewTakings returns the takings of a store. now is the clock.
func NewTakings(store table.Store, now func() time.Time) *Takings {
	return &Takings{table.Records[notify.Taken]{Store: store, Now: now}}
}

func takenKey(finding string) table.Key { return table.Key{Partition: finding, Sort: "/ack"} }

// Of returns who has taken the finding of a key on; the zero value for nobody.
func (t *Takings) Of(ctx context.Context, key string) (notify.Taken, error) {
	taken, _, err := t.records.Load(ctx, takenKey(key))
	return taken, err
}

// Take lets somebody take a finding on, unless somebody else has: it returns who has it then.
func (t *Takings) Take(ctx context.Context, key string, by notify.Taken) (notify.Taken, error) {
	return t.change(ctx, key, func(has notify.Taken) notify.Taken {
		if has.IsTaken() {
			return has
		}
		return by
	})
}

// GiveBack lets nobody have a finding any more, and returns who had it.
func (t *Takings) GiveBack(ctx context.Context, key string) (had notify.Taken, err error) {
	_, err = t.change(ctx, key, func(has notify.Taken) notify.Taken {
		had = has
		return notify.Taken{}
	})
	return had, err
}

// Forget lets nobody have a finding any more, unless somebody else has taken it on since.
func (t *Takings) Forget(ctx context.Context, key string, taken notify.Taken) error {
	_, err := t.change(ctx, key, func(has notify.Taken) notify.Taken {
		if has.By == taken.By && has.At.Equal(taken.At) {
			return notify.Taken{}
		}
		return has
	})
	return err
}

// change replaces who has a finding, and returns who has it then. Most findings nobody has, so that the write is
// tried before it is known.
func (t *Takings) change(ctx context.Context, key string, by func(notify.Taken) notify.Taken) (notify.Taken, error) {
	var has notify.Taken
	var revision int64
	if next := by(has); !next.IsTaken() { // nothing can be taken from nobody
		var err error
		if has, revision, err = t.records.Load(ctx, takenKey(key)); err != nil {
			return has, err
		}
	}
	for range maxRaces {
		next := by(has)
		if next == has {
			return has, nil
		}
		err := t.records.Save(ctx, takenKey(key), next, revision)
		if err == nil || !errors.Is(err, table.ErrConflict) {
			return next, err
		}
		known, at, isKnown := t.records.Instead(err)
		if !isKnown {
			if known, at, err = t.records.Load(ctx, takenKey(key)); err != nil {
				return has, err
			}
		}
		has, revision = known, at
	}
	return has, table.ErrConflict
}
