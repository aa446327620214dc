package delivery_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/digest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/ledger"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/table"
)

// ended is one that is over at a minute.
func ended(minute int) []delivery.Pair {
	f := one(minute)[0].Message.Notification.Findings[0]
	f.State, f.Severity = finding.Closed, finding.Lowest
	return []delivery.Pair{pairOf(f)}
}

// An end goes where the finding was sent, in reply to it, and nowhere else.
func TestEnd(t *testing.T) {
	has, hasNot := &script{}, &script{}
	e := delivery.New([]delivery.Target{{Name: "has", Sink: has, Concurrency: 1}, {Name: "has not", Sink: hasNot, Concurrency: 1}},
		delivery.Options{Ledger: ledger.New(table.NewMemory(), nil)})
	deliver := func(pairs []delivery.Pair) []delivery.Result {
		return e.Deliver(t.Context(), delivery.Invocation{ID: "r"}, pairs).Results
	}
	deliver(one(1))
	both := append(ended(2), ended(2)...)
	both[1].Target = 1
	results := deliver(both)
	if results[0].Outcome != delivery.Delivered || results[1].Outcome != delivery.Resolved || !results[1].Finished() || results[1].Err == nil {
		t.Errorf("got %+v", results)
	}
	if len(has.sent) != 2 || has.sent[1].Kind != notify.KindResolved || has.sent[1].Previous.ID != "1" || hasNot.calls != 0 {
		t.Errorf("got %+v and %d calls", has.sent, hasNot.calls)
	}
}

// Where nobody knows who was sent a finding, nobody is told of its end; where a ledger will know,
// the end waits for it.
func TestEndWithoutLedger(t *testing.T) {
	for name, test := range map[string]struct {
		ledger *ledger.Ledger
		want   delivery.Outcome
	}{"off": {nil, delivery.Resolved}, "down": {ledger.New(down{}, nil), delivery.Retry}} {
		sink := &script{}
		e := delivery.New([]delivery.Target{{Name: "x", Sink: sink, Concurrency: 1}}, delivery.Options{Ledger: test.ledger})
		result := e.Deliver(t.Context(), delivery.Invocation{ID: "r"}, ended(1)).Results[0]
		if result.Outcome != test.want || result.Err == nil || sink.calls != 0 {
			t.Errorf("%s: got %+v after %d calls, want %s", name, result, sink.calls, test.want)
		}
	}
}

// The worst of a batch goes first, and what is over last.
func TestEndsGoLast(t *testing.T) {
	sink := &script{}
	e := engine(sink, nil)
	low, critical := byRoad(native, 1), byRoad(native, 1)
	low.ID, low.Severity, critical.Severity = "low", 2, 9
	e.Deliver(t.Context(), delivery.Invocation{ID: "r"}, []delivery.Pair{pairOf(critical)})
	critical.State = finding.Closed
	e.Deliver(t.Context(), delivery.Invocation{ID: "r"}, []delivery.Pair{pairOf(critical), pairOf(low)})
	if len(sink.sent) != 3 || sink.sent[1].Findings[0].ID != "low" {
		t.Errorf("got %+v", sink.sent)
	}
}

// storm is three processes with one table, and a sink with digests.
type storm struct {
	sink    *script
	engines [3]*delivery.Engine
	digests [3]*digest.Digests
	flushes map[string]digest.Flush
	turn    int
}

func newStorm(most int) *storm {
	s, store := &storm{sink: &script{}, flushes: map[string]digest.Flush{}}, table.NewMemory()
	for i := range s.engines {
		s.digests[i] = digest.New(store, nil)
		s.engines[i] = delivery.New([]delivery.Target{{Name: "x", Sink: s.sink, Concurrency: 1, DigestAfter: most}},
			delivery.Options{Ledger: ledger.New(store, nil), Digests: s.digests[i], DigestEvery: time.Minute})
	}
	return s
}

// deliver hands a batch to the next process, and counts its outcomes.
func (s *storm) deliver(t *testing.T, pairs ...delivery.Pair) map[delivery.Outcome]int {
	t.Helper()
	counts := map[delivery.Outcome]int{}
	for _, result := range s.results(t, pairs...) {
		counts[result.Outcome]++
	}
	return counts
}

// results hands a batch to the next process.
func (s *storm) results(t *testing.T, pairs ...delivery.Pair) []delivery.Result {
	t.Helper()
	s.turn++
	in := delivery.Invocation{ID: fmt.Sprint(s.turn), Announce: func(_ context.Context, f digest.Flush) error {
		s.flushes[f.Digest] = f
		return nil
	}}
	return s.engines[s.turn%3].Deliver(t.Context(), in, pairs).Results
}

// flush sends the digests, and returns how many findings they hold.
func (s *storm) flush(t *testing.T) (findings int) {
	t.Helper()
	for id, f := range s.flushes {
		all, err := s.digests[0].Flush(t.Context(), f.Sink, f.Digest)
		if err != nil {
			t.Fatal(err)
		}
		findings += len(all)
		s.deliver(t, delivery.Pair{Message: delivery.DigestMessage(f, all, nil)})
		delete(s.flushes, id)
	}
	return findings
}

// vulnerability is one of many findings of one image.
func vulnerability(n int, severity finding.Severity) finding.Finding {
	return finding.Finding{
		ID: fmt.Sprint("v", n), Source: "aws.inspector2", Severity: severity, Origin: finding.Origin{Road: "inspector2", IsBursty: true},
		Place:    finding.Place{Account: finding.Account{ID: "111122223333"}, Region: "eu-west-1"},
		Activity: finding.Activity{Updated: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)},
		Resource: finding.Resource{Type: "AWS_ECR_CONTAINER_IMAGE", ID: "sha256:abc"},
		Matter:   finding.Matter{Vulnerability: finding.Vulnerability{ID: fmt.Sprint("CVE-2026-", n)}},
	}
}

// 500 findings of one image, 40 of them critical, in batches over three processes: the first
// critical one goes at once, and all others in digests. So do their ends, and the findings of other
// sources are sent as ever.
func TestBurst(t *testing.T) {
	s := newStorm(5)
	counts := map[delivery.Outcome]int{}
	for first := 0; first < 500; first += 10 {
		var batch []delivery.Pair
		for n := first; n < first+10; n++ {
			severity := finding.Severity(5)
			if n >= 100 && n < 500 && n%10 == 7 {
				severity = 9.8
			}
			batch = append(batch, pairOf(vulnerability(n, severity)))
		}
		for outcome, n := range s.deliver(t, batch...) {
			counts[outcome] += n
		}
		if want := first >= 100; (len(s.sink.sent) == 1) != want {
			t.Fatalf("after %d findings: %d messages", first+10, len(s.sink.sent))
		}
	}
	if diff := cmp.Diff(map[delivery.Outcome]int{delivery.Delivered: 1, delivery.Digested: 499}, counts); diff != "" {
		t.Error(diff)
	}
	if got := s.deliver(t, pairOf(byRoad(native, 1))); got[delivery.Delivered] != 1 {
		t.Errorf("a finding of another source: got %v", got)
	}
	if n := s.flush(t); n != 499 || len(s.sink.sent) != 3 || s.sink.sent[0].Findings[0].Severity != 9.8 {
		t.Errorf("%d findings in digests, %d messages", n, len(s.sink.sent))
	}
	end, never := vulnerability(107, 9.8), vulnerability(9999, 9.8)
	end.State, never.State = finding.Closed, finding.Closed
	want := map[delivery.Outcome]int{delivery.Digested: 1, delivery.Resolved: 1}
	if diff := cmp.Diff(want, s.deliver(t, pairOf(end), pairOf(never))); diff != "" || s.flush(t) != 1 {
		t.Errorf("ends: %s", diff)
	}
}

// The first of a group that could not be sent is still the first when it comes again.
func TestFirstOfAGroupComesAgain(t *testing.T) {
	s := newStorm(5)
	s.sink.answers = []error{notify.RetryAfter(errors.New("slow down"), time.Hour)}
	first, second := pairOf(vulnerability(1, 9.8)), pairOf(vulnerability(2, 9.8))
	got := []map[delivery.Outcome]int{s.deliver(t, first), s.deliver(t, second), s.deliver(t, first), s.deliver(t, first)}
	want := []map[delivery.Outcome]int{{delivery.Retry: 1}, {delivery.Digested: 1}, {delivery.Delivered: 1}, {delivery.Duplicate: 1}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// What was only gathered makes no group told: the first critical finding of a new vulnerability goes
// at once, though its resource had one before, and so does the next of an account.
func TestFirstOfAGroupAfterWhatWasGathered(t *testing.T) {
	s := newStorm(5)
	of := func(cve, resource string) delivery.Pair {
		f := vulnerability(1, 9.8)
		f.ID, f.Vulnerability.ID, f.Resource.ID = cve+resource, cve, resource
		return pairOf(f)
	}
	var got []delivery.Outcome
	for _, pair := range []delivery.Pair{
		of("CVE-1", "a"), of("CVE-2", "a"), of("CVE-2", "b"), of("CVE-2", "c"), of("CVE-1", "d"), of("CVE-3", "111122223333"), of("CVE-4", "111122223333"),
	} {
		got = append(got, s.results(t, pair)[0].Outcome)
	}
	want := []delivery.Outcome{
		delivery.Delivered, delivery.Digested, delivery.Delivered, delivery.Digested, delivery.Digested, delivery.Delivered, delivery.Delivered,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// What was only gathered as one of thousands is sent when the source's own copy comes, which is not;
// what went into the digest of a storm was told.
func TestGatheredByAnotherRoad(t *testing.T) {
	for isBursty, want := range map[bool]delivery.Outcome{true: delivery.Delivered, false: delivery.Duplicate} {
		s, passedOn := newStorm(5), byRoad(ocsf, 1)
		passedOn.IsBursty = isBursty
		for n := range 5 {
			if f := byRoad(native, 1); !isBursty { // more messages than are sent one by one
				f.ID = fmt.Sprint("other", n)
				s.deliver(t, pairOf(f))
			}
		}
		if got := s.deliver(t, pairOf(passedOn)); got[delivery.Digested] != 1 {
			t.Errorf("bursty %v: got %v", isBursty, got)
		}
		for _, want := range []delivery.Outcome{want, delivery.Duplicate} {
			if got := s.deliver(t, pairOf(byRoad(native, 1))); got[want] != 1 {
				t.Errorf("bursty %v: got %v, want %s", isBursty, got, want)
			}
		}
	}
}

// Without digests a source that sends by the thousand is sent one by one.
func TestBurstWithoutDigests(t *testing.T) {
	if got := newStorm(0).deliver(t, pairOf(vulnerability(1, 5)), pairOf(vulnerability(2, 5))); got[delivery.Delivered] != 2 {
		t.Errorf("got %v", got)
	}
}

// An end is a message like any other to the count of a minute, and is never urgent.
func TestEndsCount(t *testing.T) {
	s := newStorm(2)
	var findings []finding.Finding
	for n := range 4 {
		f := byRoad(native, 1)
		f.ID, f.Severity = fmt.Sprint(n), 9
		findings = append(findings, f)
		s.deliver(t, pairOf(f))
	}
	counts := map[delivery.Outcome]int{}
	for _, f := range findings {
		f.State = finding.Archived
		for outcome, n := range s.deliver(t, pairOf(f)) {
			counts[outcome] += n
		}
	}
	if counts[delivery.Digested] == 0 || counts[delivery.Delivered] > 2 || len(s.sink.sent) < 4 {
		t.Errorf("got %v", counts)
	}
}

// Ten alarms that flap twenty times: each is told of in full, and what is too much for a minute goes
// into a digest. Why says which it was.
func TestFlapping(t *testing.T) {
	const alarms, flaps = 10, 20
	for most, sent := range map[int]int{0: alarms * flaps * 2, 10: 2 * 10} {
		s := newStorm(most)
		counts, reasons := map[delivery.Outcome]int{}, map[string]int{}
		for flap := range flaps {
			for _, state := range []finding.State{finding.Open, finding.OK} {
				for alarm := range alarms {
					f := byRoad(native, flap)
					f.ID, f.State, f.Severity = fmt.Sprint(alarm), state, 5
					if state.Over() {
						f.Updated, f.Severity = f.Updated.Add(time.Second), finding.Lowest
					}
					result := s.results(t, pairOf(f))[0]
					counts[result.Outcome]++
					reason, _, _ := strings.Cut(strings.TrimPrefix(result.Why, digested(result)), " at ")
					reason, _, _ = strings.Cut(reason, "; it flaps")
					reasons[reason]++
				}
			}
		}
		want := map[string]int{
			"not sent yet": alarms, "it is over (ok), and was sent": alarms * flaps, "it is open again, after it was ok": alarms * (flaps - 1),
		}
		if diff := cmp.Diff(want, reasons); diff != "" {
			t.Error(diff)
		}
		if counts[delivery.Delivered] > sent || counts[delivery.Delivered]+counts[delivery.Digested] != alarms*flaps*2 {
			t.Errorf("DIGEST_AFTER=%d: %v", most, counts)
		}
		if most > 0 && s.flush(t) != alarms {
			t.Error("the digest does not have each alarm once")
		}
	}
}

// What ends and opens again all the time is told of three turns, and of the others in a digest that
// holds its last state; after an hour of quiet the next turn is a message again. Without digests
// each is one. An urgent finding is never put into a digest for that.
func TestFlappingSlowly(t *testing.T) {
	for name, test := range map[string]struct {
		most                int
		severity            finding.Severity
		delivered, digested int
	}{
		"an alarm":             {most: 10, severity: 5, delivered: 5, digested: 7},
		"without digests":      {most: 0, severity: 5, delivered: 12},
		"what is critical":     {most: 100, severity: 9.5, delivered: 9, digested: 3},
		"with a digest anyway": {most: 1, severity: 5, delivered: 1, digested: 11},
	} {
		s := newStorm(test.most)
		counts := map[delivery.Outcome]int{}
		var last delivery.Result
		for turn := range 12 {
			f := byRoad(native, 5*turn)
			f.Severity = test.severity
			if turn == 11 {
				f.Updated = f.Updated.Add(2 * time.Hour)
			}
			if turn%2 == 1 {
				f.State, f.Severity = finding.OK, finding.Lowest
			}
			last = s.results(t, pairOf(f))[0]
			counts[last.Outcome]++
			if because := digested(last); turn == 5 && test.most >= 10 && !strings.Contains(because, "its state changes all the time") {
				t.Errorf("%s: %q", name, because)
			}
			if want := turn > 3 && turn < 11; strings.Contains(last.Why, "it flaps: 4 changes of state within") != want {
				t.Errorf("%s, turn %d: %s", name, turn, last.Why)
			}
		}
		if counts[delivery.Delivered] != test.delivered || counts[delivery.Digested] != test.digested {
			t.Errorf("%s: got %v, want %d and %d", name, counts, test.delivered, test.digested)
		}
	}
}

// digested returns the part of a reason that says why a finding went into a digest.
func digested(r delivery.Result) string {
	if r.Outcome != delivery.Digested {
		return ""
	}
	_, rest, _ := strings.Cut(r.Why, ": ")
	_, rest, _ = strings.Cut(rest, "; ")
	return strings.TrimSuffix(r.Why, rest)
}

// Why a finding waits for a digest depends on its source.
func TestWhyBurstsAreDigested(t *testing.T) {
	result := newStorm(5).results(t, pairOf(vulnerability(1, 5)))[0]
	if want := "sent later, in a digest: its source sends many at once; not sent yet"; result.Why != want {
		t.Errorf("got %q, want %q", result.Why, want)
	}
}

// That data are missing after an alarm says nothing of the alarm: in one batch, and after the alarm was
// handed back, the alarm is sent.
func TestAlarmBeforeMissingData(t *testing.T) {
	alarm, missing := byRoad(native, 1), byRoad(native, 2)
	alarm.Part, alarm.Severity, missing.Severity = "ALARM 1", 8, 2
	for name, batches := range map[string][][]delivery.Pair{
		"one batch":     {{pairOf(alarm), pairOf(missing)}},
		"the other way": {{pairOf(missing), pairOf(alarm)}},
		"handed back":   {{pairOf(missing)}, {pairOf(alarm)}},
	} {
		s := newStorm(0)
		for _, batch := range batches {
			s.deliver(t, batch...)
		}
		last := s.sink.sent[len(s.sink.sent)-1]
		if last.Findings[0].Severity != 8 {
			t.Errorf("%s: got the severity %v", name, last.Findings[0].Severity)
		}
	}
}

// What a person has asked for before it came of itself is sent once.
func TestAskedBeforeItCame(t *testing.T) {
	asked, own := byRoad(asff, 1), byRoad(native, 1)
	asked.IsAsked, asked.Part = true, "press 1"
	s := newStorm(0)
	counts := []map[delivery.Outcome]int{s.deliver(t, pairOf(asked)), s.deliver(t, pairOf(own)), s.deliver(t, pairOf(asked))}
	want := []map[delivery.Outcome]int{{delivery.Delivered: 1}, {delivery.Duplicate: 1}, {delivery.Duplicate: 1}}
	if diff := cmp.Diff(want, counts); diff != "" {
		t.Error(diff)
	}
}
