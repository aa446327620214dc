package e2e_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// overlapTally is what came of the versions of findings on their way to the sinks.
type overlapTally struct {
	messages, digests, digestMessages int
	// lost were neither sent nor stand in a letter.
	lost []string
	// replaced are those in whose place an older version stands in a digest: the old build put it there after
	// the new one had put in the newer.
	replaced int
	// unheard were sent, and nobody heard that: they come again.
	unheard int
	// again were sent by the new build, and once more by the old one, which cannot know.
	again int
	// atOnce were sent by both builds, at which copies were at the same time.
	atOnce int
	// ends were sent by the old build, which takes them for updates, and by the new one as ends.
	ends int
	// faults are all others that came more than once.
	faults []string
}

func (w *overlapWorld) check(t *testing.T, tally *overlapTally) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if n := len(tally.lost); n > 0 {
		t.Errorf("%d are lost: %v", n, tally.lost[:min(n, 5)])
	}
	if n := len(tally.faults); n > w.unavailable() {
		t.Errorf("%d messages too many: %v", n, tally.faults[:min(n, 5)])
	}
	if tally.digests == 0 {
		t.Error("there was no digest")
	}
	if w.kills != len(overlapPhases()) {
		t.Errorf("%d kills, want one in each phase", w.kills)
	}
	for pair, all := range w.accepted {
		var sink string
		var number, version int
		_, _ = fmt.Sscanf(pair, "%s %d.%d", &sink, &number, &version)
		isByNew := slices.ContainsFunc(all, func(a acceptance) bool { return a.batch.build == "new" })
		isLetter := w.queue.written[pair] > 0 // which the old build wrote, and goes to its sink in any case
		if isOverlapMuted(number) && isByNew && !isLetter {
			t.Errorf("%s is muted, and was sent by the new build", pair)
		}
	}
}

// unavailable returns how often a ledger did not answer in time, which costs a message at the most.
func (w *overlapWorld) unavailable() (times int) {
	for _, p := range w.ended {
		for line := range strings.Lines(p.stdout.String()) {
			var m struct{ LedgerUnavailable int }
			if json.Unmarshal([]byte(line), &m) == nil {
				times += m.LedgerUnavailable
			}
		}
	}
	return times
}

// tally sorts out what has come of everything.
func (w *overlapWorld) tally(t *testing.T) (tally overlapTally) {
	t.Helper()
	digests := w.readDigests(t)
	w.mu.Lock()
	defer w.mu.Unlock()
	tally.digests, tally.digestMessages, tally.lost = digests.number, len(w.digests), digests.lost
	for pair, all := range w.accepted {
		tally.messages += len(all)
		w.tallyPair(&tally, pair, all)
	}
	for number := range w.fed {
		for version := 1; version <= overlapVersions(number); version++ {
			if !w.done[fmt.Sprint(number, ".", version)] {
				tally.lost = append(tally.lost, fmt.Sprintf("%d.%d is not done", number, version))
			}
			for _, sink := range overlapSinks() {
				switch pair := pairName(sink, number, version); {
				case isOverlapMuted(number) || w.isKnown(digests, sink, number, version):
				case sink == "gathered" && digests.isReplaced(number, version):
					tally.replaced++
				default:
					tally.lost = append(tally.lost, fmt.Sprintf("%s, of which the table says %v", pair, digests.traces(number)))
				}
			}
		}
	}
	return tally
}

// tallyPair sorts out the messages of one version to one sink.
func (w *overlapWorld) tallyPair(tally *overlapTally, pair string, all []acceptance) {
	var heard []acceptance // those that the ledger knows
	for _, a := range all {
		before := heard
		if a.isUnheard || a.batch.isKilled {
			tally.unheard++
			continue
		}
		heard = append(heard, a)
		switch {
		case len(before) == 0:
		case slices.ContainsFunc(before, func(b acceptance) bool { return b.batch.build == a.batch.build }):
			tally.faults = append(tally.faults, fmt.Sprintf("%s twice by the %s build: %v", pair, a.batch.build, all))
		case a.batch.build == "old":
			tally.again++
		case slices.ContainsFunc(before, func(b acceptance) bool { return b.batch.isBeside(a.batch) }):
			tally.atOnce++
		case strings.HasSuffix(pair, ".3"):
			tally.ends++
		default:
			tally.faults = append(tally.faults, fmt.Sprintf("%s by the new build after the old one: %v", pair, all))
		}
	}
}

// String says by which build a message was sent, and when its batch was at work.
func (a acceptance) String() string {
	const form = "04:05.000"
	return fmt.Sprintf("%s %s-%s (unheard: %v)", a.batch.build, a.batch.from.Format(form), a.batch.to.Format(form), a.isUnheard || a.batch.isKilled)
}

// isBeside reports whether two batches were under way at the same time.
func (b *overlapBatch) isBeside(other *overlapBatch) bool {
	return b.from.Before(other.to) && other.from.Before(b.to)
}

// isKnown reports whether a sink was sent a version of a finding, or has a letter of it. What is gathered is
// known by a later one too, which takes its place in a digest. An end is not due where nothing was sent, or what
// was sent may still have been a letter when the end came.
func (w *overlapWorld) isKnown(digests overlapDigests, sink string, number, version int) bool {
	has := func(version int) bool {
		pair := pairName(sink, number, version)
		return len(w.accepted[pair]) > 0 || sink == "gathered" && digests.holds[[2]int{number, version}]
	}
	wasLetter := func(version int) bool { return w.queue.written[pairName(sink, number, version)] > 0 }
	wasSent := func(version int) bool { return has(version) && !wasLetter(version) }
	if version == 3 && !wasSent(1) && !wasSent(2) {
		return true
	}
	for last := version; last <= overlapVersions(number); last++ {
		if has(last) || wasLetter(last) {
			return true
		}
		if sink != "gathered" {
			return false
		}
	}
	return false
}

// table returns what came of it all, to be read.
func (w *overlapWorld) table(tally *overlapTally) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var b strings.Builder
	row := func(what string, value any) { fmt.Fprintf(&b, "%-56s %v\n", what, value) }
	row("findings", w.fed)
	row("batches", len(w.batches))
	row("records that the queue handed over twice", w.queue.copies)
	row("kills", w.kills)
	row("faults of sinks", fmt.Sprint(w.faults))
	row("letters written, moved back, left", fmt.Sprint(len(w.queue.written), " ", w.queue.moved, " ", len(w.queue.letters)))
	row("messages", tally.messages)
	row("digests, messages with one", fmt.Sprint(tally.digests, " ", tally.digestMessages))
	row("lost", len(tally.lost))
	row("sent at a kill or with a lost answer", tally.unheard)
	row("sent by the new build and once more by the old one", tally.again)
	row("sent by both at once", tally.atOnce)
	row("ends, once more as ends", tally.ends)
	row("an older version in its place in a digest", tally.replaced)
	row("others that came twice; times without a ledger", fmt.Sprint(len(tally.faults), " ", w.unavailable()))
	return b.String()
}
