package scale_test

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	pkgtable "github.com/tocsin-sec/tocsin/pkg/table"
)

// plainStore keeps everything: the store of a process forgets what is older than its last 10,000 records.
type plainStore struct {
	mu      sync.Mutex
	records map[pkgtable.Key]revised
	numbers map[pkgtable.Key]map[string]int64
	lists   map[string]map[string]pkgtable.Item
}

type revised struct {
	pkgtable.Record
	revision int64
}

func newPlainStore() *plainStore {
	return &plainStore{records: map[pkgtable.Key]revised{}, numbers: map[pkgtable.Key]map[string]int64{}, lists: map[string]map[string]pkgtable.Item{}}
}

// Load implements table.Store.
func (s *plainStore) Load(_ context.Context, key pkgtable.Key) (pkgtable.Record, int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.records[key]
	return found.Record, found.revision, nil
}

// Save implements table.Store.
func (s *plainStore) Save(_ context.Context, key pkgtable.Key, record pkgtable.Record, revision int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if found := s.records[key]; found.revision != revision {
		return &pkgtable.ConflictError{Record: found.Record, Revision: found.revision}
	}
	s.records[key] = revised{record, revision + 1}
	return nil
}

// Add implements table.Store.
func (s *plainStore) Add(_ context.Context, key pkgtable.Key, numbers map[string]int64, _ time.Time) (map[string]int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.numbers[key] == nil {
		s.numbers[key] = map[string]int64{}
	}
	for name, number := range numbers {
		s.numbers[key][name] += number
	}
	return maps.Clone(s.numbers[key]), nil
}

// Numbers implements table.Store.
func (s *plainStore) Numbers(_ context.Context, key pkgtable.Key) (map[string]int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.numbers[key]), nil
}

// Append implements table.Store.
func (s *plainStore) Append(_ context.Context, list string, item pkgtable.Item) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lists[list] == nil {
		s.lists[list] = map[string]pkgtable.Item{}
	}
	s.lists[list][item.Key] = item
	return nil
}

// Items implements table.Store.
func (s *plainStore) Items(_ context.Context, list string) ([]pkgtable.Item, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	items := make([]pkgtable.Item, 0, len(s.lists[list]))
	for _, key := range slices.Sorted(maps.Keys(s.lists[list])) {
		items = append(items, s.lists[list][key])
	}
	return items, nil
}
