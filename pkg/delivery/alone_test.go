package delivery_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// handedBack is how many pairs of a delivery came to each outcome, and how many of those that are to be tried again were not tried.
type handedBack struct{ delivered, retried, untried int }

// aloneCase is a sink, how long a batch of ten may take at it, and what has to come of that.
type aloneCase struct {
	sink  func(ctx context.Context, n notify.Notification) error
	calls int // at the most
	took  time.Duration
	want  handedBack
}

func aloneCases() map[string]aloneCase {
	errSome := errors.New("status 503")
	return map[string]aloneCase{
		"it fails at once": {
			func(context.Context, notify.Notification) error { return errSome }, 60, 4 * time.Second, handedBack{0, 10, 8},
		},
		"it does not answer": {
			func(ctx context.Context, _ notify.Notification) error { <-ctx.Done(); return ctx.Err() }, 2, 17 * time.Second, handedBack{0, 10, 8},
		},
		"it comes back": {
			func(_ context.Context, n notify.Notification) error {
				if n.Findings[0].Severity == 10 {
					return errSome
				}
				return nil
			}, 70, 4 * time.Second, handedBack{9, 1, 0},
		},
		"two messages of ten fail, and not one after the other": {
			func(_ context.Context, n notify.Notification) error {
				if s := n.Findings[0].Severity; s == 10 || s == 5 {
					return errSome
				}
				return nil
			}, 80, 8 * time.Second, handedBack{8, 2, 0},
		},
	}
}

// A sink of which two messages have failed one after the other, the first for as long as one is tried, takes no more time of this
// invocation: its other messages are handed back, and those of healthy sinks, which wait in the queue behind them, come sooner.
func TestFailingSinkIsLeftAlone(t *testing.T) {
	for name, test := range aloneCases() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
				defer cancel()
				calls := 0
				sink := func(ctx context.Context, n notify.Notification) (notify.Receipt, error) {
					calls++
					return notify.Receipt{}, test.sink(ctx, n)
				}
				engine := delivery.New([]delivery.Target{{Name: "x", Sink: sinkFunc(sink), Concurrency: 1}}, delivery.Options{})
				began := time.Now()
				results := engine.Deliver(ctx, delivery.Invocation{ID: "r"}, pairs(1, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1)).Results
				took := time.Since(began)
				var got handedBack
				for _, result := range results {
					switch {
					case result.Outcome == delivery.Delivered:
						got.delivered++
					case result.Outcome == delivery.Retry && result.Err != nil && result.Wait == (delivery.Wait{}):
						got.retried++
						if result.Attempts == 0 {
							got.untried++
						}
					}
				}
				if got != test.want || calls > test.calls || took > test.took {
					t.Errorf("got %+v, want %+v; %d calls in %v, want at most %d in %v", got, test.want, calls, took, test.calls, test.took)
				}
			})
		})
	}
}

// What is refused, throttled or accepted says that the sink is there: no message is left untried for it.
func TestSinkThatAnswersIsNotLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		refused := func(context.Context, notify.Notification) (notify.Receipt, error) {
			return notify.Receipt{}, notify.PermanentMessage(errors.New("status 400"))
		}
		engine := delivery.New([]delivery.Target{{Name: "x", Sink: sinkFunc(refused), Concurrency: 1}}, delivery.Options{})
		for _, result := range engine.Deliver(ctx, delivery.Invocation{ID: "r"}, pairs(1, 9, 8, 7, 6)).Results {
			if result.Outcome != delivery.Dead || result.Attempts != 2 {
				t.Errorf("got %s after %d attempts", result.Outcome, result.Attempts)
			}
		}
	})
}
