package delivery_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/ledger"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// The faults of a sink. After the last fault everything is well.
const (
	faultNone = iota
	faultTransient
	faultThrottled
	faultUnacceptable
	faultBroken
	faultPanic
	// faultAmbiguous accepts the message, but its answer is lost.
	faultAmbiguous
	faults
)

// world is what the model knows: what each sink has really shown to people, and what may have cost a
// duplicate.
type world struct {
	mu     sync.Mutex
	shown  map[string]int // messages by sink and version
	excuse int            // ambiguities and failures of the ledger
}

// faulty is a sink with a list of faults to come.
type faulty struct {
	name   string
	world  *world
	mu     sync.Mutex
	coming []int
}

func (f *faulty) Notify(_ context.Context, n notify.Notification) (notify.Receipt, error) {
	f.mu.Lock()
	fault := faultNone
	if len(f.coming) > 0 {
		fault, f.coming = f.coming[0], f.coming[1:]
	}
	f.mu.Unlock()
	err := errors.New("a fault")
	switch fault {
	case faultTransient:
		return notify.Receipt{}, err
	case faultThrottled:
		return notify.Receipt{}, notify.RetryAfter(err, time.Hour)
	case faultUnacceptable:
		return notify.Receipt{}, notify.PermanentMessage(err)
	case faultBroken:
		return notify.Receipt{}, notify.PermanentSink(err)
	case faultPanic:
		panic("a fault")
	}
	f.world.mu.Lock()
	defer f.world.mu.Unlock()
	f.world.shown[f.name+" "+n.Findings[0].Key()+" "+n.Findings[0].Version().String()]++
	if fault == faultAmbiguous {
		f.world.excuse++
		return notify.Receipt{}, err
	}
	return notify.Receipt{}, nil
}

// shaky is a store that fails at the given calls, and a cemetery that does the same.
type shaky struct {
	ledger.Store
	mu    sync.Mutex
	fails map[int]bool
	calls int
}

func (s *shaky) failing() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	if s.fails[s.calls] {
		return errors.New("the store is down")
	}
	return nil
}

func (s *shaky) Load(ctx context.Context, pair ledger.Pair) (ledger.Record, int64, error) {
	if err := s.failing(); err != nil {
		return ledger.Record{}, 0, err
	}
	return s.Store.Load(ctx, pair)
}

func (s *shaky) Save(ctx context.Context, pair ledger.Pair, record ledger.Record, revision int64) error {
	if err := s.failing(); err != nil {
		return err
	}
	return s.Store.Save(ctx, pair, record, revision)
}

func (s *shaky) Bury(context.Context, delivery.Letter) error { return s.failing() }

// Conservation: whatever the sinks and the ledger do, in every invocation each pair has exactly one outcome
// of the list; once the faults are over nothing is left to be tried again; and no version is shown more
// than once to a sink, but for lost answers and failures of the ledger.
func TestConservation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &world{shown: map[string]int{}}
		number := rapid.IntRange(1, 3).Draw(t, "sinks")
		var targets []delivery.Target
		for i := range number {
			sink := &faulty{name: fmt.Sprint("sink", i), world: w, coming: rapid.SliceOfN(rapid.IntRange(0, faults-1), 0, 12).Draw(t, "faults")}
			targets = append(targets, delivery.Target{Name: sink.name, Sink: sink, Concurrency: rapid.IntRange(1, 4).Draw(t, "concurrency")})
		}
		store := &shaky{Store: ledger.NewMemory(), fails: map[int]bool{}}
		for _, call := range rapid.SliceOfN(rapid.IntRange(1, 60), 0, 6).Draw(t, "failures of the ledger") {
			store.fails[call] = true
		}
		engine := delivery.New(targets, delivery.Options{
			Ledger: ledger.New(store), Cemetery: store,
			Limits: delivery.Limits{Attempt: time.Second, Margin: time.Millisecond, Retries: 2 * time.Millisecond},
		})
		left := randomPairs(t, number)
		for round := 0; len(left) > 0; round++ {
			if round > 40 {
				t.Fatalf("%d pairs are tried again for ever", len(left))
			}
			left = deliverOnce(t, engine, w, round, left)
		}
		checkShown(t, w)
	})
}

func randomPairs(t *rapid.T, sinks int) []delivery.Pair {
	var all []delivery.Pair
	for range rapid.IntRange(1, 8).Draw(t, "findings") {
		f := finding.Finding{
			ID: fmt.Sprint(rapid.IntRange(1, 3).Draw(t, "id")), Severity: finding.NewSeverity(rapid.Float64Range(0, 11).Draw(t, "severity")),
			Activity: finding.Activity{Updated: time.Date(2026, 1, 1, 0, rapid.IntRange(1, 4).Draw(t, "version"), 0, 0, time.UTC)},
		}
		for target := range sinks {
			all = append(all, delivery.Pair{Finding: f, Target: target})
		}
	}
	return all
}

// deliverOnce is one invocation: it gives the pairs that come back.
func deliverOnce(t *rapid.T, engine *delivery.Engine, w *world, round int, pairs []delivery.Pair) []delivery.Pair {
	// A lease that could not be given back ends with the invocation's deadline.
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	report := engine.Deliver(ctx, fmt.Sprint("invocation ", round), pairs)
	w.excuse += report.LedgerUnavailable
	counts := map[delivery.Outcome]int{}
	var left []delivery.Pair
	var lease time.Duration
	for i, result := range report.Results {
		counts[result.Outcome]++
		if !result.Finished() {
			left = append(left, pairs[i])
		}
		if result.Wait.Kind == delivery.ForLease {
			lease = max(lease, result.Wait.For)
		}
	}
	sum := 0
	for _, outcome := range delivery.Outcomes() {
		sum += counts[outcome]
	}
	if sum != len(pairs) {
		t.Fatalf("%d pairs, %d outcomes: %v", len(pairs), sum, counts)
	}
	time.Sleep(lease)
	return left
}

func checkShown(t *rapid.T, w *world) {
	beyond := 0
	for _, count := range w.shown {
		beyond += count - 1
	}
	if beyond > w.excuse {
		t.Fatalf("%d messages beyond the first, with %d excuses: %v", beyond, w.excuse, w.shown)
	}
}
