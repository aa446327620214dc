package e2e_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// mostGoroutines is more than an execution environment needs: two for each connection that it keeps
// open (to SNS and to the table up to ten each), and those of the runtime.
const mostGoroutines = 80

// duplicates counts the messages beyond one for each pair.
func (w *soakWorld) duplicates() int {
	beyond := 0
	for _, count := range w.sent {
		beyond += count - 1
	}
	return beyond
}

// lost counts the pairs that were neither sent nor put into the dead-letter queue.
func (w *soakWorld) lost() int {
	lost := 0
	for number := range w.events {
		for _, sink := range []string{"slack", "sns"} {
			pair := sink + " " + soakInstance(number)
			if w.sent[pair] == 0 && w.letters[pair] == 0 {
				lost++
			}
		}
	}
	return lost
}

// bound is how many duplicates the injected faults can cost: one for each lost answer, for each
// time that the ledger was not available, and for each pair in flight at a kill.
func (w *soakWorld) bound() int {
	return w.excuses + int(w.ledgerFailures.Load()) + soakInFlight*w.kills
}

func (w *soakWorld) check(t *testing.T) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if lost := w.lost(); lost > 0 {
		t.Errorf("%d pairs were neither sent nor put into the dead-letter queue", lost)
	}
	if w.duplicates() > w.bound() {
		t.Errorf("%d duplicates, more than the %d that the faults can cost", w.duplicates(), w.bound())
	}
	if w.kills != soakKills {
		t.Errorf("%d kills, want %d", w.kills, soakKills)
	}
	for _, process := range w.ended {
		if process.goroutines > mostGoroutines {
			t.Errorf("%d goroutines after %d batches", process.goroutines, process.batches)
		}
		if process.early > 0 && process.late > process.early*3/2 {
			t.Errorf("the memory grew from %d to %d KiB in %d batches", process.early, process.late, process.batches)
		}
	}
}

// table returns what came of the soak.
func (w *soakWorld) table(took time.Duration) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var b strings.Builder
	row := func(what string, value any) { fmt.Fprintf(&b, "| %s | %v |\n", what, value) }
	b.WriteString("| what | number |\n|---|---|\n")
	row("events, each for two sinks", w.events)
	row("batches of up to 10 records", w.queue.handed)
	row("records handed over twice by the queue", w.queue.twice)
	row("kills", w.kills)
	for _, name := range slices.Sorted(maps.Keys(w.faults)) {
		row(name, w.faults[name])
	}
	dead := 0
	for _, count := range w.letters {
		dead += count
	}
	row("pairs sent", len(w.sent))
	row("dead letters", fmt.Sprintf("%d for %d pairs", dead, len(w.letters)))
	row("**pairs lost**", w.lost())
	row("**duplicates**", fmt.Sprintf("%d, of at most %d that the faults can cost", w.duplicates(), w.bound()))
	row("most receives of one record", w.queue.longest)
	for _, process := range w.ended {
		if process.goroutines > 0 {
			row(fmt.Sprintf("an execution environment after 100 and after %d batches", process.batches),
				fmt.Sprintf("%d and %d MiB, %d goroutines", process.early>>10, process.late>>10, process.goroutines))
		}
	}
	row("seconds", int(took.Seconds()))
	return b.String()
}
