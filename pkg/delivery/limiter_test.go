package delivery_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// recorded delivers findings to a sink that throttles its first calls, and returns when it was
// called and how long it took.
func recorded(t *testing.T, target delivery.Target, throttles []time.Duration, severities ...float64) (calls []time.Duration, took time.Duration) {
	t.Helper()
	begin := time.Now()
	arrived := make(chan time.Duration, 100)
	throttle := make(chan time.Duration, len(throttles))
	for _, d := range throttles {
		throttle <- d
	}
	target.Name = "x"
	target.Sink = sinkFunc(func(context.Context, notify.Notification) (notify.Receipt, error) {
		arrived <- time.Since(begin)
		select {
		case asked := <-throttle:
			time.Sleep(100 * time.Millisecond)
			return notify.Receipt{}, notify.RetryAfter(errors.New("slow down"), asked)
		default:
			return notify.Receipt{}, nil
		}
	})
	e := delivery.New([]delivery.Target{target}, delivery.Options{})
	e.Deliver(t.Context(), delivery.Invocation{ID: "r"}, pairs(1, severities...))
	close(arrived)
	for one := range arrived {
		calls = append(calls, one)
	}
	return calls, time.Since(begin)
}

// A Retry-After holds messages too that wait for their turn when it comes, and keeps them apart.
func TestRetryAfterHoldsThoseThatWait(t *testing.T) {
	const ms = time.Millisecond
	for name, test := range map[string]struct {
		target    delivery.Target
		throttles []time.Duration
		want      []time.Duration // of the calls
	}{
		"for two seconds": {delivery.Target{Concurrency: 4, Rate: 2}, []time.Duration{2 * time.Second},
			[]time.Duration{0, 2100 * ms, 2600 * ms, 3100 * ms, 3600 * ms}},
		"twice": {delivery.Target{Concurrency: 4, Rate: 2}, []time.Duration{time.Second, time.Second},
			[]time.Duration{0, 1100 * ms, 2200 * ms, 2700 * ms, 3200 * ms, 3700 * ms}},
		"for less than an interval": {delivery.Target{Concurrency: 2, Rate: 0.5}, []time.Duration{time.Second},
			[]time.Duration{0, 2000 * ms, 4000 * ms}},
		"without a rate": {delivery.Target{Concurrency: 1}, []time.Duration{2 * time.Second},
			[]time.Duration{0, 2100 * ms, 2100 * ms, 2100 * ms, 2100 * ms}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				calls, _ := recorded(t, test.target, test.throttles, 9, 8, 7, 6)
				if diff := cmp.Diff(test.want, calls); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

// The first message is not held, however small the rate, and nothing waits for a turn that it will
// not get.
func TestFirstMessageIsNotHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls, took := recorded(t, delivery.Target{Concurrency: 4, Rate: 0.01}, nil, 9, 8, 7)
		if diff := cmp.Diff([]time.Duration{0}, calls); diff != "" || took != 0 {
			t.Errorf("in %v: %s", took, diff)
		}
	})
}

// Nothing waits for its turn past the deadline.
func TestNoTurnAfterTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 2250*time.Millisecond)
		defer cancel()
		e := delivery.New([]delivery.Target{{Name: "x", Sink: sinkFunc(accept), Concurrency: 8, Rate: 2}}, delivery.Options{})
		counts := map[delivery.Outcome]int{}
		for _, result := range e.Deliver(ctx, delivery.Invocation{ID: "r"}, pairs(1, 9, 8, 7, 6, 5, 4)).Results {
			counts[result.Outcome]++
			if result.Outcome == delivery.Retry && result.Wait.Kind != delivery.AfterThrottling {
				t.Errorf("got %+v", result)
			}
		}
		// Half a second before the deadline is kept free.
		if took := time.Since(begin); counts[delivery.Delivered] != 4 || counts[delivery.Retry] != 2 || took > 1500*time.Millisecond {
			t.Errorf("got %v in %v", counts, took)
		}
	})
}
