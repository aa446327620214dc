package delivery_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/digest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/ledger"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/table"
)

// Findings that come again and again while the sink is down are messages once: none of them goes
// into a digest because of tries with which nothing was sent, in one batch or later, here or in
// another execution environment, and whatever the minute. Once the sink is well again, as many are
// sent as without the tries.
func TestTriesAreNoMessages(t *testing.T) {
	for name, concurrency := range map[string]int{"one after another": 1, "side by side": 2} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const most, findings = 2, 6
				isDown := true
				sink := sinkFunc(func(context.Context, notify.Notification) (notify.Receipt, error) {
					if isDown {
						return notify.Receipt{}, errors.New("down")
					}
					return notify.Receipt{}, nil
				})
				store := table.NewMemory()
				deliver := func(round int) map[delivery.Outcome]int {
					e := delivery.New([]delivery.Target{{Name: "x", Sink: sink, Concurrency: concurrency, DigestAfter: most}},
						delivery.Options{Ledger: ledger.New(store, nil), Digests: digest.New(store, nil), DigestEvery: time.Minute})
					in := delivery.Invocation{ID: fmt.Sprint(round), Announce: func(context.Context, digest.Flush) error { return nil }}
					counts := map[delivery.Outcome]int{}
					for _, result := range e.Deliver(t.Context(), in, pairs(1, 3, 4, 5, 6, 7, 8)[:findings]).Results {
						counts[result.Outcome]++
					}
					return counts
				}
				for round := range 10 {
					if diff := cmp.Diff(map[delivery.Outcome]int{delivery.Retry: findings}, deliver(round)); diff != "" {
						t.Errorf("round %d: %s", round, diff)
					}
				}
				isDown = false
				if diff := cmp.Diff(map[delivery.Outcome]int{delivery.Delivered: most, delivery.Digested: findings - most}, deliver(10)); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

// A digest does not say that a finding is over which has been told to be open again since: it comes
// later, and an alert would be closed by it.
func TestDigestOfWhatIsOpenAgain(t *testing.T) {
	store, sink, id := table.NewMemory(), &script{}, ""
	digests := digest.New(store, nil)
	e := delivery.New([]delivery.Target{{Name: "x", Sink: sink, Concurrency: 1, DigestAfter: 1}},
		delivery.Options{Ledger: ledger.New(store, nil), Digests: digests, DigestEvery: time.Minute})
	deliver := func(name string, minute int, state finding.State) delivery.Outcome {
		f := finding.Finding{ID: name, Severity: 9.5}
		f.State, f.Updated = state, time.Date(2026, 5, 1, 12, minute, 0, 0, time.UTC)
		in := delivery.Invocation{ID: "r", Announce: func(_ context.Context, f digest.Flush) error { id = f.Digest; return nil }}
		return e.Deliver(t.Context(), in, []delivery.Pair{pairOf(f)}).Results[0].Outcome
	}
	got := []delivery.Outcome{
		deliver("a", 1, finding.Open), deliver("b", 1, finding.Open), deliver("c", 1, finding.Open),
		deliver("a", 2, finding.Closed), deliver("b", 2, finding.Closed), deliver("a", 3, finding.Open), deliver("c", 4, finding.Open),
	}
	want := []delivery.Outcome{
		delivery.Delivered, delivery.Delivered, delivery.Delivered, delivery.Digested, delivery.Digested, delivery.Delivered, delivery.Delivered,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	findings, err := digests.Flush(t.Context(), "x", id)
	over := map[string]bool{}
	for _, f := range findings {
		over[f.ID] = f.State.Over()
	}
	if diff := cmp.Diff(map[string]bool{"a": false, "b": true}, over); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

// A digest is a message like any other to the ledger and to the dead-letter queue, and is put into
// no digest itself.
func TestDigestMessage(t *testing.T) {
	flush := digest.Flush{Sink: "x", Digest: "aaaa"}
	message := delivery.DigestMessage(flush, []finding.Finding{{ID: "a", Severity: 8}, {ID: "b", Severity: 5}}, []byte("the flush record"))
	sink, dead, store := &script{answers: []error{notify.PermanentSink(errors.New("no_service"))}}, &grave{}, table.NewMemory()
	digests := digest.New(store, nil)
	e := delivery.New([]delivery.Target{{Name: "x", Sink: sink, Concurrency: 1, DigestAfter: 1}},
		delivery.Options{Ledger: ledger.New(store, nil), Digests: digests, DeadLetters: dead})
	counts := digests.Counts()
	for range 2 { // so many that a finding would be put into a digest
		if _, err := counts.Message(t.Context(), "x"); err != nil {
			t.Fatal(err)
		}
	}
	in := delivery.Invocation{ID: "r", Announce: func(context.Context, digest.Flush) error { return nil }}
	deliver := func(isReplay bool) delivery.Outcome {
		return e.Deliver(t.Context(), in, []delivery.Pair{{Message: message, Replay: isReplay}}).Results[0].Outcome
	}
	got := []delivery.Outcome{deliver(false), deliver(false), deliver(true), deliver(false)}
	if diff := cmp.Diff([]delivery.Outcome{delivery.Dead, delivery.Dead, delivery.Delivered, delivery.Duplicate}, got); diff != "" {
		t.Error(diff)
	}
	letter := delivery.Letter{Key: "tocsin///aaaa", Event: []byte("the flush record"), Sink: "x", Reason: "no_service", Kind: notify.Broken, Attempts: 1}
	if diff := cmp.Diff([]delivery.Letter{letter}, dead.letters); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]notify.Notification{message.Notification}, sink.sent); diff != "" {
		t.Error(diff)
	}
}
