package table

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"
)

// maxRemembered bounds the memory: what was written first is forgotten first. What is known of a finding is one
// record, whatever the number of its sinks.
const maxRemembered = 10_000

// Memory is a store that lasts as long as the process: for a laptop, and for a Lambda without a
// table, where each execution environment then remembers its own records only.
type Memory struct {
	mu      sync.Mutex
	records map[Key]*remembered
	order   []Key // of their first write
	numbers map[Key]map[string]int64
	lists   map[string]map[string]Item
}

type remembered struct {
	record   Record
	revision int64
}

// NewMemory returns an empty store.
func NewMemory() *Memory {
	return &Memory{records: map[Key]*remembered{}, numbers: map[Key]map[string]int64{}, lists: map[string]map[string]Item{}}
}

// Load implements Store.
func (m *Memory) Load(ctx context.Context, key Key) (Record, int64, error) {
	if err := ctx.Err(); err != nil {
		return Record{}, 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if found := m.records[key]; found != nil {
		return found.record, found.revision, nil
	}
	return Record{}, 0, nil
}

// Save implements Store.
func (m *Memory) Save(ctx context.Context, key Key, record Record, revision int64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	found := m.records[key]
	if found == nil {
		found = new(remembered)
	}
	if found.revision != revision {
		return &ConflictError{found.record, found.revision}
	}
	if revision == 0 {
		m.records[key], m.order = found, append(m.order, key)
	}
	if len(m.order) > maxRemembered {
		delete(m.records, m.order[0])
		m.order = m.order[1:]
	}
	*found = remembered{record, revision + 1}
	return nil
}

// Add implements Store. Numbers are forgotten with the process.
func (m *Memory) Add(ctx context.Context, key Key, numbers map[string]int64, _ time.Time) (map[string]int64, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.numbers) > maxRemembered {
		clear(m.numbers)
	}
	if m.numbers[key] == nil {
		m.numbers[key] = make(map[string]int64, len(numbers))
	}
	for name, number := range numbers {
		m.numbers[key][name] += number
	}
	return maps.Clone(m.numbers[key]), nil
}

// Numbers implements Store.
func (m *Memory) Numbers(ctx context.Context, key Key) (map[string]int64, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.numbers[key]), nil
}

// Append implements Store.
func (m *Memory) Append(ctx context.Context, list string, item Item) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.lists[list] == nil {
		m.lists[list] = map[string]Item{}
	}
	m.lists[list][item.Key] = item
	return nil
}

// Items implements Store; they are in the order of their keys.
func (m *Memory) Items(ctx context.Context, list string) ([]Item, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	items := make([]Item, 0, len(m.lists[list]))
	for _, key := range slices.Sorted(maps.Keys(m.lists[list])) {
		items = append(items, m.lists[list][key])
	}
	return items, nil
}
