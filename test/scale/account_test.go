package scale_test

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// account is what came of all pairs of a publication and a sink.
type account struct {
	// owed are the pairs of which a sink has to be told: first tellings, ends of what it was told, what got worse, what is back.
	owed, firsts, ends int
	lost               []string
	messages, letters  int
	doubled            int
	digested           int
	// unknownEnds are ends that were resolved, though the sink was told: the ledger's write of that had failed.
	unknownEnds int
	outcomes    map[string]int
}

// standing is what a sink was told of a finding.
type standing struct{ isTold, isOver, isLetter bool }

// account goes through the publications once more.
func (m *million) account(t *testing.T, begins time.Time) account {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	a := account{outcomes: map[string]int{}}
	gathered := m.gathered(t)
	stands := map[int]*[sinkCount]standing{}
	s := newStream(begins)
	for range m.total {
		p := s.next()
		if stands[p.finding] == nil {
			stands[p.finding] = &[sinkCount]standing{}
		}
		for sink := range sinkCount {
			a.pair(m, p, sink, pairing{&stands[p.finding][sink], gathered[p.finding]})
		}
	}
	a.check(t, m)
	return a
}

// gathered returns the publications that stand in digests which were sent, by the finding.
func (m *million) gathered(t *testing.T) map[int][]int {
	t.Helper()
	all := map[int][]int{}
	ofFinding := map[int]int{}
	s := newStream(time.Time{})
	for range m.total {
		p := s.next()
		ofFinding[p.serial] = p.finding
	}
	for id, findings := range m.outcomes.digests {
		texts := m.table.listed(t, "/digest/board/"+id)
		if len(texts) != findings {
			t.Errorf("the digest %s was sent with %d findings, and holds %d", id, findings, len(texts))
		}
		for _, text := range texts {
			for _, serial := range serials([]byte(text)) {
				finding, isOne := ofFinding[serial]
				if isOne {
					all[finding] = append(all[finding], serial)
				}
			}
		}
	}
	return all
}

// pairing is what is known of a finding at a sink.
type pairing struct {
	*standing
	gathered []int // the publications of the finding in digests
}

func (a *account) pair(m *million, p publication, sink int, now pairing) {
	told, letters, outcome := int(m.told[sink][p.serial]), int(m.letters[sink][p.serial]), m.outcomes.last[sink][p.serial]
	a.outcomes[outcome]++
	a.messages += told
	a.letters += letters
	a.doubled += max(told-1, 0)
	// What came later in the same digest took its place.
	isGathered := sink == board && slices.ContainsFunc(now.gathered, func(serial int) bool { return serial >= p.serial })
	if outcome == "digested" {
		a.digested++
	}
	isReached := told > 0 || isGathered
	isFirst := !p.isOver && p.severity >= threshold && !now.isTold && !now.isLetter
	isWorse := p.hasRisen && p.severity >= threshold
	isEnd := p.isOver && now.isTold && !now.isOver
	isBack := p.isBack && now.isOver
	lose := func(why string) {
		a.lost = append(a.lost, fmt.Sprintf("%s of %s: %s, outcome %q, %+v; the sink was told %+v", sinkNames()[sink], mark(p.serial), why, outcome, p, *now.standing))
	}
	if isFirst {
		a.firsts++
	}
	if isEnd {
		a.ends++
	}
	if isFirst || isWorse || isEnd || isBack {
		a.owed++
	}
	switch {
	case outcome == "":
		lose("it has no outcome")
	case outcome == "dead" && letters == 0:
		lose("there is no letter of it")
	case isReached || letters > 0:
	case outcome == "delivered" || outcome == "degraded" || outcome == "digested":
		lose("it was told to nobody")
	case isEnd && outcome == "resolved":
		a.unknownEnds++
	case isFirst || isWorse || isEnd || isBack:
		lose("it was not told")
	}
	now.isLetter = now.isLetter || letters > 0
	if isReached {
		now.isTold, now.isOver = true, p.isOver
	}
}

// bound is how many messages the injected faults can double: one for each lost answer, for each time that the ledger was not
// available, and for each pair in flight at a kill.
func (m *million) bound() int {
	return m.excuses + m.outcomes.ledgerUnavailable + m.killed*mostInFlight
}

func (a *account) check(t *testing.T, m *million) {
	t.Helper()
	if m.outcomes.unreadable != "" {
		t.Errorf("a line of the log cannot be read: %s", m.outcomes.unreadable)
	}
	for _, lost := range a.lost[:min(len(a.lost), 20)] {
		t.Error("lost: " + lost)
	}
	if len(a.lost) > 0 {
		t.Errorf("%d pairs are lost", len(a.lost))
	}
	if a.unknownEnds > m.outcomes.ledgerUnavailable+m.killed*mostInFlight+a.letters {
		t.Errorf("%d ends were not told, more than the ledger's failures can cost", a.unknownEnds)
	}
	if a.doubled > m.bound() {
		t.Errorf("%d messages were doubled, more than the %d that the faults can cost", a.doubled, m.bound())
	}
	if m.killed != m.kills {
		t.Errorf("%d kills, want %d", m.killed, m.kills)
	}
}
