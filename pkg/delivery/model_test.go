package delivery_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/ledger"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/table"
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

// world is what the model knows: what each sink has really shown to people, what was buried, and
// what may have cost a duplicate.
type world struct {
	mu     sync.Mutex
	shown  map[string]int  // messages by sink and version
	buried map[string]bool // dead letters by sink and version
	excuse int             // ambiguities, failures of the ledger, and pairs in flight at a crash
	// failed counts the ledger's failures of this invocation up to a crash: a killed invocation
	// reports none.
	failed int
	// isCrashed is true from the moment at which the process is killed until the end of its
	// invocation: nothing that it does then reaches anybody.
	isCrashed bool
}

// crash kills the process: what it was about to write down about pairs in flight is lost.
func (w *world) crash(inFlight int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.isCrashed {
		w.isCrashed = true
		w.excuse += inFlight
	}
}

func nameOf(sink string, f finding.Finding) string {
	return sink + " " + f.Key() + " " + f.Version().String()
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
	f.world.mu.Lock()
	defer f.world.mu.Unlock()
	if f.world.isCrashed {
		return notify.Receipt{}, err
	}
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
	f.world.shown[nameOf(f.name, n.Findings[0])]++
	if fault == faultAmbiguous {
		f.world.excuse++
		return notify.Receipt{}, err
	}
	return notify.Receipt{}, nil
}

// shaky is a store that fails at the given calls, and a cemetery that does the same.
type shaky struct {
	table.Store
	world *world
	mu    sync.Mutex
	// fails and crashes are the calls, from 1, that fail and at which the process is killed.
	fails, crashes map[int]bool
	calls          int
	inFlight       int // the most pairs that can be in flight
}

// failing counts a call, and returns its error; ofLedger says that it is not a letter's, whose
// failure costs no second message.
func (s *shaky) failing(ofLedger bool) error {
	s.mu.Lock()
	s.calls++
	fails, crashes := s.fails[s.calls], s.crashes[s.calls]
	s.mu.Unlock()
	if crashes {
		s.world.crash(s.inFlight)
	}
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	if fails && ofLedger && !s.world.isCrashed {
		s.world.failed++
	}
	if fails || s.world.isCrashed {
		return errors.New("the store is down")
	}
	return nil
}

// HasFindings says that there never was a record of another form.
func (s *shaky) HasFindings(context.Context) (bool, error) { return false, nil }

func (s *shaky) Load(ctx context.Context, key table.Key) (table.Record, int64, error) {
	if err := s.failing(true); err != nil {
		return table.Record{}, 0, err
	}
	return s.Store.Load(ctx, key)
}

func (s *shaky) Save(ctx context.Context, key table.Key, record table.Record, revision int64) error {
	if err := s.failing(true); err != nil {
		return err
	}
	return s.Store.Save(ctx, key, record, revision)
}

func (s *shaky) Send(_ context.Context, letter delivery.Letter) error {
	if err := s.failing(false); err != nil {
		return err
	}
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	s.world.buried[letter.Sink+string(letter.Event)] = true
	return nil
}

// plan is what happens in one run of the model.
type plan struct {
	sinks []plannedSink
	// kills and failures are the calls of the ledger and the dead letters, from 1, at which the
	// process is killed and that fail.
	kills, failures []int
	pairs           []delivery.Pair
}

// plannedSink is a sink and its faults.
type plannedSink struct {
	faults      []int
	concurrency int
}

// Conservation: whatever the sinks and the ledger do, and wherever the process is killed, in every
// invocation each pair has exactly one outcome of the list; once the faults are over nothing is
// left to be tried again, and of each finding the newest version was shown to each sink or is in
// the dead-letter queue; and no version is shown more than once to a sink, but for lost answers,
// failures of the ledger and pairs in flight at a kill.
func TestConservation(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var p plan
		for range rapid.IntRange(1, 3).Draw(rt, "sinks") {
			p.sinks = append(p.sinks, plannedSink{
				faults:      rapid.SliceOfN(rapid.IntRange(0, faults-1), 0, 12).Draw(rt, "faults"),
				concurrency: rapid.IntRange(1, 4).Draw(rt, "concurrency"),
			})
		}
		p.kills = rapid.SliceOfN(rapid.IntRange(1, 60), 0, 2).Draw(rt, "kills")
		p.failures = rapid.SliceOfN(rapid.IntRange(1, 60), 0, 6).Draw(rt, "failures of the ledger")
		p.pairs = randomPairs(rt, len(p.sinks))
		if _, err := p.play(t); err != nil {
			rt.Fatal(err)
		}
	})
}

// What the ledger failed to write down before a kill costs a message as well as the pair in flight:
// the first finding is sent without the ledger, which does not remember it (calls 1 and 2), and the
// third one is sent when the process is killed (call 8).
func TestConservationOfAKilledInvocation(t *testing.T) {
	p := plan{sinks: []plannedSink{{concurrency: 1}}, failures: []int{1, 2}, kills: []int{8}}
	for _, pair := range pairs(1, 8, 7, 6) {
		f := pair.Message.Notification.Findings[0]
		f.Updated = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		p.pairs = append(p.pairs, delivery.Pair{Message: messageOf(f)})
	}
	w, err := p.play(t)
	if err != nil {
		t.Fatal(err)
	}
	first, third := w.shown[nameOf("sink0", p.pairs[0].Message.Notification.Findings[0])], w.shown[nameOf("sink0", p.pairs[2].Message.Notification.Findings[0])]
	if w.excuse != 3 || first != 2 || third != 2 {
		t.Errorf("%d excuses, the first shown %d times and the third %d times", w.excuse, first, third)
	}
}

// play delivers the pairs until none is left, on a clock of its own, and checks what came of them.
func (p plan) play(t *testing.T) (w *world, err error) {
	t.Helper()
	synctest.Test(t, func(*testing.T) { w, err = p.played() })
	return w, err
}

func (p plan) played() (*world, error) {
	w := &world{shown: map[string]int{}, buried: map[string]bool{}}
	store := &shaky{Store: table.NewMemory(), world: w, fails: map[int]bool{}, crashes: map[int]bool{}}
	var targets []delivery.Target
	for i, planned := range p.sinks {
		sink := &faulty{name: fmt.Sprint("sink", i), world: w, coming: planned.faults}
		targets = append(targets, delivery.Target{Name: sink.name, Sink: sink, Concurrency: planned.concurrency})
		store.inFlight += planned.concurrency
	}
	for _, call := range p.kills {
		store.crashes[call] = true
	}
	for _, call := range p.failures {
		store.fails[call] = true
	}
	engine := delivery.New(targets, delivery.Options{
		Ledger: ledger.New(store, nil), DeadLetters: store,
		Limits: delivery.Limits{Attempt: time.Second, Margin: time.Millisecond, Retries: 2 * time.Millisecond},
	})
	left := p.pairs
	for round := 0; len(left) > 0; round++ {
		if round > 40 {
			return w, fmt.Errorf("%d pairs are tried again for ever", len(left))
		}
		var err error
		if left, err = deliverOnce(engine, w, round, left); err != nil {
			return w, err
		}
	}
	return w, errors.Join(checkShown(w), checkNothingLost(w, targets, p.pairs))
}

// messageOf returns the message for a finding, whose letter says which version it was.
func messageOf(f finding.Finding) *delivery.Message {
	message := delivery.FindingMessage(&f)
	message.Event = []byte(nameOf("", f))
	return message
}

func randomPairs(t *rapid.T, sinks int) []delivery.Pair {
	var all []delivery.Pair
	for range rapid.IntRange(1, 8).Draw(t, "findings") {
		f := finding.Finding{
			ID: fmt.Sprint(rapid.IntRange(1, 3).Draw(t, "id")), Severity: finding.NewSeverity(rapid.Float64Range(0, 11).Draw(t, "severity")),
			Activity: finding.Activity{Updated: time.Date(2026, 1, 1, 0, rapid.IntRange(1, 4).Draw(t, "version"), 0, 0, time.UTC)},
		}
		message := messageOf(f)
		for target := range sinks {
			all = append(all, delivery.Pair{Message: message, Target: target})
		}
	}
	return all
}

// deliverOnce is one invocation: it gives the pairs that come back.
func deliverOnce(engine *delivery.Engine, w *world, round int, pairs []delivery.Pair) ([]delivery.Pair, error) {
	// A lease that could not be given back ends with the invocation's deadline.
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	w.failed = 0
	report := engine.Deliver(ctx, delivery.Invocation{ID: fmt.Sprint("invocation ", round)}, pairs)
	if w.isCrashed { // nobody hears what it would have answered: all its records come back
		w.isCrashed = false
		w.excuse += w.failed
		<-ctx.Done() // and its leases end with its deadline
		return pairs, nil
	}
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
		return nil, fmt.Errorf("%d pairs, %d outcomes: %v", len(pairs), sum, counts)
	}
	time.Sleep(lease)
	return left, nil
}

func checkShown(w *world) error {
	beyond := 0
	for _, count := range w.shown {
		beyond += count - 1
	}
	if beyond > w.excuse {
		return fmt.Errorf("%d messages beyond the first, with %d excuses: %v", beyond, w.excuse, w.shown)
	}
	return nil
}

// checkNothingLost wants the newest version of each finding at each sink, or in the dead-letter
// queue.
func checkNothingLost(w *world, targets []delivery.Target, all []delivery.Pair) error {
	newest := map[string]finding.Finding{}
	for _, pair := range all {
		f := pair.Message.Notification.Findings[0]
		name := targets[pair.Target].Name + " " + f.Key()
		if known, ok := newest[name]; !ok || f.Version().After(known.Version()) {
			newest[name] = f
		}
	}
	for name, f := range newest {
		if key := strings.Fields(name)[0]; w.shown[nameOf(key, f)] == 0 && !w.buried[nameOf(key, f)] {
			return fmt.Errorf("%s was neither shown nor buried: %v, %v", nameOf(key, f), w.shown, w.buried)
		}
	}
	return nil
}
