package e2e_test

import (
	"encoding/json"
	"math/rand/v2"
	"sync"
	"testing"
	"time"
)

// overlapPhases are what runs in the two execution environments while a stack is upgraded, rolled back and
// upgraded again.
func overlapPhases() [][2]string {
	return [][2]string{{"old", "old"}, {"old", "new"}, {"new", "new"}, {"new", "old"}, {"old", "old"}, {"new", "new"}}
}

// A stack is upgraded and rolled back in the middle of a storm: both builds take batches of one queue, over one
// table and one dead-letter queue, while some of them are killed at work. Nothing is lost, and no version of a
// finding is sent more than once by each build, but for what was in flight at a kill or a lost answer.
func TestTwoBuildsAtOnce(t *testing.T) {
	w := newOverlapWorld(t)
	began := time.Now()
	var slots sync.WaitGroup
	for slot := range 2 {
		slots.Go(func() { w.work(slot) })
	}
	slots.Wait()
	took := time.Since(began)
	tally := w.tally(t)
	w.check(t, &tally)
	t.Logf("%.0f s\n%s", took.Seconds(), w.table(&tally))
}

// work is one execution environment after another, until nothing is left to be done.
func (w *overlapWorld) work(slot int) {
	var p *overlapProcess
	for handled, killedIn := 0, -1; ; {
		builds, phase, isAll := w.feed()
		if p == nil || p.build != builds[slot] {
			if p != nil {
				p.end()
			}
			p, handled = w.start(builds[slot]), 0
		}
		batch := w.queue.take()
		if len(batch) == 0 {
			if _, isOver := w.queue.waiting(); isOver && isAll {
				break
			}
			time.Sleep(5 * time.Millisecond)
			continue
		}
		isKill := !isAll && phase%2 == slot && killedIn < phase && handled > 2
		p.handle(batch, isKill)
		handled++
		if isKill {
			killedIn, p = phase, nil
		}
	}
	if p != nil {
		p.end()
	}
}

// handle hands a batch over. Where it is killed the batch comes again once its visibility ends.
func (p *overlapProcess) handle(batch []*overlapRecord, isKill bool) {
	w, b := p.world, &overlapBatch{build: p.build, from: time.Now(), isKilled: isKill}
	p.mu.Lock()
	p.batch = b
	p.mu.Unlock()
	w.mu.Lock()
	w.batches = append(w.batches, b)
	w.mu.Unlock()
	kept, after := map[string]bool{}, time.Duration(0)
	if isKill {
		after = overlapTimeout
		w.mu.Lock()
		w.kills++
		w.mu.Unlock()
		p.abandon(overlapPayload(batch), overlapTimeout)
		time.Sleep(time.Duration(rand.IntN(30)) * time.Millisecond)
		p.end()
	} else {
		kept = p.keptOf(p.invoke(w.t, overlapPayload(batch), overlapTimeout))
	}
	for _, r := range batch {
		if kept[r.receipt] = kept[r.receipt] || isKill; !kept[r.receipt] {
			w.finish(r)
		}
	}
	w.mu.Lock()
	b.to = time.Now().Add(after) // for so long its leases count
	w.mu.Unlock()
	w.queue.giveBack(batch, func(r *overlapRecord) bool { return kept[r.receipt] }, after)
}

// keptOf returns the records that an answer keeps.
func (p *overlapProcess) keptOf(a answer) map[string]bool {
	var answer struct {
		BatchItemFailures []struct{ ItemIdentifier string }
	}
	if err := json.Unmarshal(a.body, &answer); err != nil {
		p.world.t.Errorf("the answer is no JSON: %v: %s%s", err, a.body, a.failure)
	}
	kept := map[string]bool{}
	for _, failure := range answer.BatchItemFailures {
		kept[failure.ItemIdentifier] = true
	}
	return kept
}
