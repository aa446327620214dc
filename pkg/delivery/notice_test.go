package delivery_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/ledger"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/table"
)

// noticeOf says that nobody has taken a finding on, to the second target.
func noticeOf(pairs []delivery.Pair, id string) []delivery.Pair {
	n := notify.Notification{
		Kind: notify.KindNotice, Findings: []finding.Finding{pairs[0].Message.Notification.Findings[0]},
		Word: notify.Word{Name: "escalated", ID: id},
	}
	return []delivery.Pair{{Message: delivery.WordMessage(n, json.RawMessage(`{"source":"tocsin"}`)), Target: 1}}
}

// both are pairs for both targets.
func both(pairs []delivery.Pair) []delivery.Pair {
	second := pairs[0]
	second.Target = 1
	return append(pairs, second)
}

func closed(f finding.Finding) finding.Finding {
	f.State = finding.Closed
	return f
}

// aName returns a finding of which no more is known than its name.
func aName(f finding.Finding) finding.Finding {
	return finding.Finding{ID: f.ID, Source: f.Source, Place: f.Place, Severity: f.Severity}
}

// Who is told of a finding by a notice alone is told of its end, and each notice once. Others that were told before
// are told by the notice too.
func TestNoticeTellsOfItsFinding(t *testing.T) {
	type step struct {
		pairs []delivery.Pair
		want  []delivery.Outcome
	}
	const delivered, duplicate, resolved = delivery.Delivered, delivery.Duplicate, delivery.Resolved
	for name, test := range map[string]struct {
		steps     []step
		wantKinds []notify.Kind // of what the second target was sent
	}{
		"told by it alone": {[]step{
			{one(1), []delivery.Outcome{delivered}},
			{noticeOf(one(1), "escalated/1"), []delivery.Outcome{delivered}},
			{noticeOf(one(1), "escalated/1"), []delivery.Outcome{duplicate}},
			{one(2), []delivery.Outcome{delivered}}, // the second target takes no such thing
			{both(ended(3)), []delivery.Outcome{delivered, delivered}},
			{both(ended(3)), []delivery.Outcome{duplicate, duplicate}},
		}, []notify.Kind{notify.KindNotice, notify.KindResolved}},
		"told before": {[]step{
			{both(one(1)), []delivery.Outcome{delivered, delivered}},
			{noticeOf(one(1), "escalated/1"), []delivery.Outcome{delivered}},
			{noticeOf(one(1), "escalated/1"), []delivery.Outcome{duplicate}},
			{both(one(1)), []delivery.Outcome{duplicate, duplicate}},
			{both(ended(2)), []delivery.Outcome{delivered, delivered}},
		}, []notify.Kind{notify.KindFinding, notify.KindNotice, notify.KindResolved}},
		"news after it": {[]step{
			{noticeOf(one(1), "escalated/1"), []delivery.Outcome{delivered}},
			{both(one(2)), []delivery.Outcome{delivered, delivered}},
			{noticeOf(one(2), "escalated/2"), []delivery.Outcome{delivered}}, // after it has risen
			{both(ended(3)), []delivery.Outcome{delivered, delivered}},
		}, []notify.Kind{notify.KindNotice, notify.KindUpdate, notify.KindNotice, notify.KindResolved}},
		"told that it was over": {[]step{
			{both(one(1)), []delivery.Outcome{delivered, delivered}},
			{both(ended(2)), []delivery.Outcome{delivered, delivered}},
			{one(3), []delivery.Outcome{delivered}}, // it opens again, as none that the second target takes
			{noticeOf(one(3), "escalated/1"), []delivery.Outcome{delivered}},
			{both(ended(4)), []delivery.Outcome{delivered, delivered}},
			{both(ended(4)), []delivery.Outcome{duplicate, duplicate}},
		}, []notify.Kind{notify.KindFinding, notify.KindResolved, notify.KindNotice, notify.KindResolved}},
		"by a road": {[]step{
			{noticeOf([]delivery.Pair{pairOf(byRoad(native, 1))}, "escalated/1"), []delivery.Outcome{delivered}},
			{both([]delivery.Pair{pairOf(closed(byRoad(native, 2)))}), []delivery.Outcome{resolved, delivered}},
		}, []notify.Kind{notify.KindNotice, notify.KindResolved}},
		"of no more than its name": {[]step{
			{noticeOf([]delivery.Pair{pairOf(aName(byRoad(native, 1)))}, "escalated/1"), []delivery.Outcome{delivered}},
			{both([]delivery.Pair{pairOf(closed(byRoad(native, 2)))}), []delivery.Outcome{resolved, delivered}},
		}, []notify.Kind{notify.KindNotice, notify.KindResolved}},
		"never told": {[]step{
			{one(1), []delivery.Outcome{delivered}},
			{both(ended(2)), []delivery.Outcome{delivered, resolved}},
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			second := &script{}
			e := delivery.New([]delivery.Target{{Name: "slack", Sink: &script{}, Concurrency: 1}, {Name: "oncall", Sink: second, Concurrency: 1}},
				delivery.Options{Ledger: ledger.New(table.NewMemory(), nil)})
			for i, s := range test.steps {
				var got []delivery.Outcome
				for _, result := range e.Deliver(t.Context(), delivery.Invocation{ID: "r"}, s.pairs).Results {
					got = append(got, result.Outcome)
				}
				if diff := cmp.Diff(s.want, got); diff != "" {
					t.Errorf("step %d: %s", i+1, diff)
				}
			}
			var kinds []notify.Kind
			for _, n := range second.sent {
				kinds = append(kinds, n.Kind)
			}
			if diff := cmp.Diff(test.wantKinds, kinds); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What the sink was sent by a notice is known as told, with the receipt that an end follows.
func TestNoticeIsTold(t *testing.T) {
	at := time.Date(2026, 1, 1, 0, 16, 0, 0, time.UTC)
	l := ledger.New(table.NewMemory(), func() time.Time { return at })
	e := delivery.New([]delivery.Target{{Name: "slack", Sink: &script{}, Concurrency: 1}, {Name: "oncall", Sink: &script{}, Concurrency: 1}},
		delivery.Options{Ledger: l})
	f := one(1)[0].Message.Notification.Findings[0]
	e.Deliver(t.Context(), delivery.Invocation{ID: "r"}, noticeOf(one(1), "escalated/1"))
	told, err := l.Told(t.Context(), f.Key())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]ledger.Told{"oncall": {Receipt: notify.Receipt{ID: "1"}, Severity: 8, At: at}}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Error(diff)
	}
}
