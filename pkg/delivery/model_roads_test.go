package delivery_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/digest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/ledger"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/table"
)

// told is a sink that remembers, in order, what it told of each finding.
type told struct {
	faulty
	messages map[string][]notify.Notification
}

func (s *told) Notify(ctx context.Context, n notify.Notification) (notify.Receipt, error) {
	before := s.shown()
	receipt, err := s.faulty.Notify(ctx, n)
	if s.shown() > before { // one message is under way at a time
		key := n.Findings[0].Key()
		s.messages[key] = append(s.messages[key], n)
	}
	return receipt, err
}

func (s *told) shown() (n int) {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	for _, count := range s.world.shown {
		n += count
	}
	return n
}

// randomFinding returns one by any road and in any state, or a part of one, of the minutes of a
// batch. No batch has what is older than the batch before, but for what that has handed back: an
// end leaves nothing behind where nothing was sent, so that a copy from before it would be sent.
func randomFinding(t *rapid.T, batch int) finding.Finding {
	minute := 2*batch + rapid.IntRange(0, 1).Draw(t, "minute")
	if rapid.IntRange(0, 2).Draw(t, "in parts") == 0 {
		part := fmt.Sprint(rapid.IntRange(1, 3).Draw(t, "part"))
		minute = 2 * (batch / 3) // the parts of one version can come in several batches
		return page(minute, part, fmt.Sprintf("%d-%s", minute, part))
	}
	f := byRoad(rapid.SampledFrom([]string{native, asff, ocsf}).Draw(t, "road"), minute)
	f.State = rapid.SampledFrom([]finding.State{finding.Open, finding.Open, finding.Closed, finding.Archived}).Draw(t, "state")
	// Of one time, some are handed over later than others.
	f.Published = f.Updated.Add(time.Duration(rapid.IntRange(0, 2).Draw(t, "handed over")) * 30 * time.Second)
	f.IsBursty = rapid.IntRange(0, 9).Draw(t, "bursty") == 0
	return f
}

// Whatever comes in whatever order, by whatever road and in whatever parts, with retries and dead
// letters between: each pair has one outcome; the sink is left with the newest word on the state of
// each finding, or with its end where a road has put it aside and not opened it again; no end is told twice in a row, nor one of what was not told; all parts of the newest
// version were told; and nothing was told more often than the faults can cost.
func TestConservationOfStatesRoadsAndParts(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var p roadsPlan
		for i := range rapid.IntRange(1, 5).Draw(rt, "batches") {
			one := rapid.Custom(func(t *rapid.T) finding.Finding { return randomFinding(t, i) })
			p.batches = append(p.batches, rapid.SliceOfN(one, 1, 4).Draw(rt, "findings"))
			p.isLate = append(p.isLate, rapid.Bool().Draw(rt, "what was handed back comes after it"))
		}
		kinds := []int{faultTransient, faultThrottled, faultNone}
		if rapid.Bool().Draw(rt, "worse faults") {
			kinds = []int{faultTransient, faultThrottled, faultUnacceptable, faultBroken, faultPanic, faultAmbiguous, faultNone}
			p.failures = rapid.SliceOfN(rapid.IntRange(1, 40), 0, 2).Draw(rt, "failures of the ledger")
			p.kills = rapid.SliceOfN(rapid.IntRange(1, 40), 0, 1).Draw(rt, "kills")
		}
		p.faults = rapid.SliceOfN(rapid.SampledFrom(kinds), 0, 8).Draw(rt, "faults")
		var err error
		synctest.Test(t, func(*testing.T) { err = p.played() })
		if err != nil {
			rt.Fatal(err)
		}
	})
}

// roadsPlan is what happens in one run of the model: the batches, each before or after what was
// handed back so far; and the faults of the sink and of the ledger.
type roadsPlan struct {
	batches                 [][]finding.Finding
	isLate                  []bool
	faults, failures, kills []int
}

func (p roadsPlan) played() error {
	w := &world{shown: map[string]int{}, buried: map[string]bool{}}
	store := &shaky{Store: table.NewMemory(), world: w, fails: map[int]bool{}, crashes: map[int]bool{}, inFlight: 1}
	for _, call := range p.failures {
		store.fails[call] = true
	}
	for _, call := range p.kills {
		store.crashes[call] = true
	}
	sink := &told{faulty{name: "x", world: w, coming: p.faults}, map[string][]notify.Notification{}}
	engine := delivery.New([]delivery.Target{{Name: "x", Sink: sink, Concurrency: 1, DigestAfter: 1000}}, delivery.Options{
		Ledger: ledger.New(store, nil), DeadLetters: store, Digests: digest.New(table.NewMemory(), nil),
		Limits: delivery.Limits{Attempt: time.Second, Margin: time.Millisecond, Retries: 2 * time.Millisecond},
	})
	var left, again []delivery.Pair
	var all []finding.Finding
	for round := 0; round < len(p.batches) || len(left)+len(again) > 0; round++ {
		if round > 40 {
			return fmt.Errorf("%d pairs are tried again for ever", len(left))
		}
		coming := slices.Concat(left, again)
		left, again = nil, nil
		if round < len(p.batches) {
			var batch []delivery.Pair
			for _, f := range p.batches[round] {
				batch, all = append(batch, delivery.Pair{Message: messageOf(f)}), append(all, f)
				if f.Part != "" { // the queue hands it over twice
					again = append(again, delivery.Pair{Message: messageOf(f)})
				}
			}
			if p.isLate[round] {
				left, coming = coming, batch
			} else {
				coming = append(coming, batch...)
			}
		}
		back, err := deliverOnce(engine, w, round, coming)
		if err != nil {
			return err
		}
		left = append(left, back...)
	}
	return errors.Join(checkStates(w, sink, all), checkParts(w, sink, all))
}

// newestOf returns the newest version of each finding.
func newestOf(all []finding.Finding) map[string]finding.Finding {
	newest := map[string]finding.Finding{}
	for _, f := range all {
		known, ok := newest[f.Key()]
		isLater := versionOf(f).IsRepublished(versionOf(known)) && !versionOf(known).After(versionOf(f))
		if !ok || isLater || versionOf(f).After(versionOf(known)) {
			newest[f.Key()] = f
		}
	}
	return newest
}

func versionOf(f finding.Finding) finding.Version { return ledger.SubjectOf(&f).Version }

// isAside reports whether a road has put a finding aside and has not opened it since: then it may
// stay so, whatever the other roads say.
func isAside(key string, all []finding.Finding) bool {
	return slices.ContainsFunc(all, func(f finding.Finding) bool {
		return f.Key() == key && f.State == finding.Archived && !slices.ContainsFunc(all, func(other finding.Finding) bool {
			isReturn := other.Key() == key && other.Road == f.Road && !other.State.Over() && versionOf(other).After(versionOf(f))
			return isReturn && !endsWith(other, all)
		})
	})
}

// endsWith reports whether a newer end comes in the batch of what is open, of which nobody hears then.
func endsWith(open finding.Finding, all []finding.Finding) bool {
	return slices.ContainsFunc(all, func(f finding.Finding) bool {
		isOfBatch := f.Updated.Minute()/2 == open.Updated.Minute()/2
		return isOfBatch && f.Key() == open.Key() && f.State.Over() && versionOf(f).After(versionOf(open))
	})
}

func checkStates(w *world, sink *told, all []finding.Finding) error {
	for key, f := range newestOf(all) {
		messages := sink.messages[key]
		if len(messages) == 0 && !f.State.Over() && len(w.buried) == 0 {
			return fmt.Errorf("%s was not told", key)
		}
		if w.excuse > 0 || len(w.buried) > 0 || len(messages) == 0 {
			continue // a lost answer, a letter or a ledger that is down leaves another state behind
		}
		if isOver := messages[len(messages)-1].Kind == notify.KindResolved; isOver != f.State.Over() && (!isOver || !isAside(key, all)) {
			return fmt.Errorf("%s is over: %v, and was told as over: %v", key, f.State.Over(), isOver)
		}
		for i, n := range messages {
			isOver, wasOver := n.Kind == notify.KindResolved, i == 0 || messages[i-1].Kind == notify.KindResolved
			if isOver && wasOver || isOver != n.Findings[0].State.Over() || (n.Kind == notify.KindFinding) != (i == 0) {
				return fmt.Errorf("message %d of %s is of kind %s", i, key, n.Kind)
			}
		}
	}
	return nil
}

// checkParts wants every part of the newest version told, and no message that tells none anew.
func checkParts(w *world, sink *told, all []finding.Finding) error {
	told, newest := map[string]bool{}, newestOf(all)
	for _, messages := range sink.messages {
		for i, n := range messages {
			f, isNew := n.Findings[0], false
			for _, resource := range append(slices.Clone(f.Related), f.Resource) {
				isNew = isNew || !told[resource.ID]
				told[resource.ID] = true
			}
			if !isNew && f.Part != "" && w.excuse == 0 {
				return fmt.Errorf("message %d of %s tells nothing new", i, f.Key())
			}
		}
	}
	for _, f := range all {
		if f.Part != "" && f.Updated.Equal(newest[f.Key()].Updated) && len(w.buried) == 0 && !told[f.Resource.ID] {
			return fmt.Errorf("part %s of %s was not told", f.Part, f.Key())
		}
	}
	return nil
}
