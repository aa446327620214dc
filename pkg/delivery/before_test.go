package delivery_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/digest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/ledger"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/table"
)

// What is about to be sent of a finding is told before it is, once for each delivery, with what was sent before;
// what is not sent by itself, and what is no finding, is not.
func TestBefore(t *testing.T) {
	var events []string
	sink := sinkFunc(func(_ context.Context, n notify.Notification) (notify.Receipt, error) {
		events = append(events, "sent")
		if n.Word.IsSaid() {
			return notify.Receipt{}, nil
		}
		if id := n.Findings[0].ID; id == "retried" {
			return notify.Receipt{}, errors.New("down")
		}
		return notify.Receipt{}, nil
	})
	store := table.NewMemory()
	e := delivery.New([]delivery.Target{
		{Name: "x", Sink: sink, Concurrency: 1, DigestAfter: 10, Before: func(_ context.Context, told delivery.Telling) {
			said := "before " + told.Finding.ID
			if told.Last != nil {
				said += fmt.Sprintf(" after %s %s", told.Last.Severity, told.Last.State)
			}
			events = append(events, said)
		}},
		{Name: "other", Sink: sinkFunc(func(context.Context, notify.Notification) (notify.Receipt, error) { return notify.Receipt{}, nil }), Concurrency: 1},
	}, delivery.Options{Ledger: ledger.New(store, nil), Digests: digest.New(store, nil), Limits: delivery.Limits{Attempt: 1e9, Retries: 1}})
	announce := func(context.Context, digest.Flush) error { return nil }
	bursty := pairOf(finding.Finding{ID: "gathered", Severity: 8, Origin: finding.Origin{IsBursty: true}})
	word := delivery.Pair{Message: delivery.WordMessage(notify.Notification{Kind: notify.KindNotice, Word: notify.Word{Name: "w", ID: "w"}}, nil)}
	for i, step := range []struct {
		pairs []delivery.Pair
		want  []string
	}{
		{one(1), []string{"before f", "sent"}},
		{one(1), nil},
		{ended(2), []string{"before f after 8.0 ", "sent"}},
		{one(3), []string{"before f after 1.0 closed", "sent"}},
		{[]delivery.Pair{pairOf(finding.Finding{ID: "retried", Severity: 8})}, []string{"before retried", "sent"}},
		{[]delivery.Pair{pairOf(finding.Finding{ID: "retried", Severity: 8})}, []string{"before retried", "sent"}},
		{[]delivery.Pair{bursty}, nil},
		{[]delivery.Pair{word}, []string{"sent"}},
	} {
		events = nil
		pairs := slices.Clone(step.pairs)
		for _, pair := range step.pairs { // nobody is told for the other target
			pair.Target = 1
			pairs = append(pairs, pair)
		}
		e.Deliver(t.Context(), delivery.Invocation{ID: fmt.Sprint(i), Announce: announce}, pairs)
		if diff := cmp.Diff(step.want, events); diff != "" {
			t.Errorf("step %d: %s", i, diff)
		}
	}
}
