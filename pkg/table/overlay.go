package table

import "context"

// Overlay is a store that starts with what another store holds and keeps its own changes to itself:
// for trying out what would be sent. It reads records alone of the other store, no numbers and no
// lists, and writes nothing there.
type Overlay struct {
	*Memory
	base Store
}

// NewOverlay returns an overlay over a store.
func NewOverlay(base Store) *Overlay { return &Overlay{NewMemory(), base} }

// Load implements Store.
func (o *Overlay) Load(ctx context.Context, key Key) (Record, int64, error) {
	record, revision, err := o.Memory.Load(ctx, key)
	if err != nil || revision > 0 {
		return record, revision, err
	}
	record, revision, err = o.base.Load(ctx, key)
	if err != nil || revision == 0 {
		return record, 0, err
	}
	if err := o.Memory.Save(ctx, key, record, 0); err != nil {
		return Record{}, 0, err
	}
	return o.Memory.Load(ctx, key)
}

// Save implements Store. What stands in the other store is in the way of what is thought to be new.
func (o *Overlay) Save(ctx context.Context, key Key, record Record, revision int64) error {
	if revision == 0 {
		if _, _, err := o.Load(ctx, key); err != nil {
			return err
		}
	}
	return o.Memory.Save(ctx, key, record, revision)
}
