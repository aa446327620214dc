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
	"github.com/tocsin-sec/tocsin/pkg/ledger"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// Findings that come again and again while the sink is down are messages once: none of them goes into a digest because of
// tries with which nothing was sent, in one batch or later, here or in another execution environment, and whatever the
// minute. Once the sink is well again, as many are sent as without the tries.
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
				store := ledger.NewMemory()
				deliver := func(round int) map[delivery.Outcome]int {
					e := delivery.New([]delivery.Target{{Name: "x", Sink: sink, Concurrency: concurrency, DigestAfter: most}},
						delivery.Options{Ledger: ledger.New(store, nil), DigestEvery: time.Minute})
					in := delivery.Invocation{ID: fmt.Sprint(round), Announce: func(context.Context, delivery.Announcement) error { return nil }}
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
