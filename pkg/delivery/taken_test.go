package delivery_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/ledger"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/table"
)

// Who has a finding is asked once for all targets when something follows, and never of what is new. Where it
// cannot be asked the message goes out, and it is said.
func TestTakenIsAskedOncePerFinding(t *testing.T) {
	jane := notify.Taken{By: notify.Person{ID: "U012AB3CD", Name: "jane"}, At: time.Date(2026, 1, 1, 0, 0, 30, 0, time.UTC)}
	first := one(1)[0].Message.Notification.Findings[0]
	for name, test := range map[string]struct {
		pairs     []delivery.Pair
		err       error
		want      notify.Taken
		wantAsked []string
		wantKind  notify.Kind
	}{
		"a copy":          {one(1), nil, notify.Taken{}, nil, notify.KindFinding},
		"an update":       {one(2), nil, jane, []string{first.Key()}, notify.KindUpdate},
		"the end":         {ended(2), nil, jane, []string{first.Key()}, notify.KindResolved},
		"no answer":       {one(2), errors.New("no answer"), notify.Taken{}, []string{first.Key()}, notify.KindUpdate},
		"another finding": {[]delivery.Pair{pairOf(finding.Finding{ID: "g", Severity: 8})}, nil, notify.Taken{}, nil, notify.KindFinding},
	} {
		t.Run(name, func(t *testing.T) {
			one1, two := &script{}, &script{}
			var asked []string
			e := delivery.New([]delivery.Target{{Name: "one", Sink: one1, Concurrency: 1}, {Name: "two", Sink: two, Concurrency: 1}}, delivery.Options{
				Ledger: ledger.New(table.NewMemory(), nil),
				Taken: func(_ context.Context, key string) (notify.Taken, error) {
					asked = append(asked, key)
					if test.err != nil {
						return notify.Taken{}, test.err
					}
					return jane, nil
				},
			})
			deliver := func(pairs []delivery.Pair) delivery.Report {
				other := pairs[0]
				other.Target = 1
				return e.Deliver(t.Context(), delivery.Invocation{ID: "r"}, append(pairs, other))
			}
			if deliver(one(1)); len(asked) > 0 {
				t.Fatalf("it was asked about what is new: %v", asked)
			}
			report := deliver(test.pairs)
			if diff := cmp.Diff(test.wantAsked, asked); diff != "" {
				t.Errorf("asked: %s", diff)
			}
			for _, sink := range []*script{one1, two} {
				if last := sink.sent[len(sink.sent)-1]; last.Taken != test.want || last.Kind != test.wantKind {
					t.Errorf("the last message is %s, taken by %v", last.Kind, last.Taken)
				}
			}
			if isSaid := report.LedgerErr != nil && report.LedgerUnavailable == 1; isSaid != (test.err != nil) {
				t.Errorf("the report says %v, %d times", report.LedgerErr, report.LedgerUnavailable)
			}
		})
	}
}

// What is open again after its end is nobody's: whoever had it had done with it. Whoever takes it on after the end has it.
func TestTakingEndsWithTheFinding(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		at  time.Time
		has bool
	}{"before the end": {start, false}, "after the end": {start.Add(1 << 40), true}} {
		t.Run(name, func(t *testing.T) {
			one1, two := &script{}, &script{}
			jane := notify.Taken{By: notify.Person{ID: "U012AB3CD", Name: "jane"}, At: test.at}
			var mu sync.Mutex
			var has notify.Taken
			e := delivery.New([]delivery.Target{{Name: "one", Sink: one1, Concurrency: 1}, {Name: "two", Sink: two, Concurrency: 1}}, delivery.Options{
				Ledger: ledger.New(table.NewMemory(), func() time.Time { return start.Add(time.Minute) }),
				Taken: func(context.Context, string) (notify.Taken, error) {
					mu.Lock()
					defer mu.Unlock()
					return has, nil
				},
				Forget: func(_ context.Context, _ string, taken notify.Taken) error {
					mu.Lock()
					defer mu.Unlock()
					if has == taken {
						has = notify.Taken{}
					}
					return nil
				},
			})
			deliver := func(pairs []delivery.Pair) (last notify.Notification) {
				other := pairs[0]
				other.Target = 1
				e.Deliver(t.Context(), delivery.Invocation{ID: "r"}, append(pairs, other))
				for _, sink := range []*script{one1, two} {
					last = sink.sent[len(sink.sent)-1]
				}
				return last
			}
			deliver(one(1))
			has = jane
			if end := deliver(ended(2)); end.Kind != notify.KindResolved || end.Taken != jane {
				t.Errorf("the end is %s, taken by %v", end.Kind, end.Taken)
			}
			again := deliver(one(3))
			if again.Kind != notify.KindUpdate || again.Taken.IsTaken() != test.has || has.IsTaken() != test.has {
				t.Errorf("open again: %s, taken by %v; kept: %v", again.Kind, again.Taken, has)
			}
		})
	}
}
