package delivery_test

import (
	"context"
	"errors"
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
