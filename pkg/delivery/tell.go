package delivery

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/ledger"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

const (
	// firstPause is the longest pause before the second attempt; it doubles up to maxPause.
	firstPause = 200 * time.Millisecond
	maxPause   = 2 * time.Second
)

// errPaced says that the target's rate leaves no room in this invocation.
var errPaced = errors.New("the sink's rate leaves no room in this invocation")

// tell calls the sink until it accepts, until it cannot, or until the time is up.
func (w *worker) tell(ctx context.Context, pair *Pair, claim *ledger.Claim) Result {
	notification := notificationOf(pair, claim)
	giveUp := w.engine.options.Clock.Now().Add(w.engine.options.Limits.Retries)
	var refused error     // why the full form was refused
	throttled := errPaced // why the message has to wait for its turn
	refreshed := false
	for attempts := 1; ; attempts++ {
		if broken := w.broken.Load(); broken != nil {
			return Result{Outcome: Dead, Err: *broken, Attempts: attempts - 1}
		}
		if needed, ok := w.pace.wait(ctx); !ok {
			wait := Wait{Kind: AfterThrottling, For: needed}
			return Result{Outcome: Retry, Err: throttled, Attempts: attempts - 1, Wait: wait}
		}
		receipt, err := w.attempt(ctx, notification)
		switch {
		case err == nil && refused != nil:
			return Result{Outcome: Degraded, Receipt: receipt, Err: refused, Attempts: attempts}
		case err == nil:
			return Result{Outcome: Delivered, Receipt: receipt, Attempts: attempts}
		}
		switch notify.KindOf(err) {
		case notify.Unacceptable:
			if refused != nil {
				return Result{Outcome: Dead, Err: err, Attempts: attempts}
			}
			refused, notification.Minimal = err, true
		case notify.Broken:
			if refreshed || !w.hasNewSecret(ctx) {
				w.broken.CompareAndSwap(nil, &err)
				return Result{Outcome: Dead, Err: err, Attempts: attempts}
			}
			refreshed = true
		case notify.Throttled:
			throttled = err
			w.pace.hold(notify.Delay(err)) // for all messages of the target
		default:
			if !w.pause(ctx, w.pauseBefore(attempts, giveUp)) {
				return Result{Outcome: Retry, Err: err, Attempts: attempts}
			}
		}
	}
}

// notificationOf gives what the ledger says about the pair to the sink.
func notificationOf(pair *Pair, claim *ledger.Claim) notify.Notification {
	if pair.Digest != nil {
		return notify.Notification{Kind: notify.KindDigest, Findings: pair.Digest}
	}
	n := notify.Notification{Kind: notify.KindFinding, Findings: []finding.Finding{*pair.Finding}}
	if claim != nil {
		n.Kind, n.Changes, n.Previous = claim.Kind, claim.Changes, claim.Previous
	}
	return n
}

// pauseBefore gives the pause before the next attempt, with full jitter; 0 means that there is to be none.
// https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
func (l *lane) pauseBefore(attempts int, giveUp time.Time) time.Duration {
	longest := maxPause
	if attempts < 5 {
		longest = min(firstPause<<(attempts-1), maxPause)
	}
	pause := time.Duration(rand.Int64N(int64(longest))) + time.Millisecond //nolint:gosec // it spreads load
	if l.engine.options.Clock.Now().Add(pause).After(giveUp) {
		return 0
	}
	return pause
}

// pause waits, and reports whether there is time for another attempt after it.
func (l *lane) pause(ctx context.Context, pause time.Duration) bool {
	if left, ok := timeLeft(ctx, l.engine.options.Clock); pause == 0 || ok && left < pause+leastTime {
		return false
	}
	return l.engine.options.Clock.Sleep(ctx, pause)
}

// hasNewSecret lets the sink read its secret again, once in a delivery, and reports whether it is
// another one now. The other pairs wait for the answer.
func (l *lane) hasNewSecret(ctx context.Context) bool {
	refresher, ok := l.target.Sink.(notify.Refresher)
	if !ok {
		return false
	}
	l.refresh.Do(func() {
		changed, err := refresher.Refresh(ctx)
		l.changed = changed && err == nil
	})
	return l.changed
}
