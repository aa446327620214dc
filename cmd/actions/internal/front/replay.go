package front

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/table"
)

const (
	// pressedList is where it is kept which requests have come, each under a hash of its signature.
	pressedList = "/pressed"
	// pressedFor is how long: a request is good for five minutes, by clocks that differ by as much.
	pressedFor = 10 * time.Minute
	// mostSeen is how many of them this process remembers itself.
	mostSeen = 1_000
)

// seen are requests that this process has answered. It spares the table what comes twice.
type seen struct {
	mu  sync.Mutex
	ids map[string]time.Time
}

// has reports whether a request was answered here.
func (s *seen) has(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, has := s.ids[id]
	return has
}

func (s *seen) add(id string, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ids == nil || len(s.ids) >= mostSeen {
		kept := map[string]time.Time{}
		for id, at := range s.ids {
			if now.Sub(at) < pressedFor && len(kept) < mostSeen/2 {
				kept[id] = at
			}
		}
		s.ids = kept
	}
	s.ids[id] = now
}

// first returns nil for the first time that a request comes, to whichever process; errReplayed after that.
func (f *Front) first(ctx context.Context, id string) error {
	now := f.now()
	if f.seen.has(id) {
		return errReplayed
	}
	by := rand.Text()
	bounded, cancel := table.Bounded(ctx, f.store)
	defer cancel()
	err := f.store.Save(bounded, table.Key{Partition: pressedList, Sort: id}, table.Record{Text: by, Expires: now.Add(pressedFor)}, 0)
	// A write that was sent twice over a dead connection is in conflict with itself.
	conflict, isKnown := errors.AsType[*table.ConflictError](err)
	isOwn := isKnown && conflict.Record.Text == by
	if err != nil && !isOwn {
		if errors.Is(err, table.ErrConflict) {
			f.seen.add(id, now)
			return errReplayed
		}
		return fmt.Errorf("whether the request has come before cannot be asked: %w", err)
	}
	f.seen.add(id, now)
	return nil
}
