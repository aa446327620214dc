package ledger

import (
	"context"
	"sync"
)

// mostRemembered bounds the memory: what was claimed first is forgotten first.
const mostRemembered = 20_000

// Memory is a store that lasts as long as the process: for a laptop, and for a Lambda without a table,
// where each execution environment then remembers its own messages only.
type Memory struct {
	mu      sync.Mutex
	records map[Pair]remembered
	order   []Pair // of their first claim
}

type remembered struct {
	record   Record
	revision int64
}

// NewMemory gives an empty store.
func NewMemory() *Memory { return &Memory{records: map[Pair]remembered{}} }

// Load implements Store.
func (m *Memory) Load(ctx context.Context, pair Pair) (Record, int64, error) {
	if err := ctx.Err(); err != nil {
		return Record{}, 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	found := m.records[pair]
	return found.record, found.revision, nil
}

// Save implements Store.
func (m *Memory) Save(ctx context.Context, pair Pair, record Record, revision int64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.records[pair].revision != revision {
		return ErrConflict
	}
	if revision == 0 {
		m.order = append(m.order, pair)
	}
	if len(m.order) > mostRemembered {
		delete(m.records, m.order[0])
		m.order = m.order[1:]
	}
	m.records[pair] = remembered{record, revision + 1}
	return nil
}
