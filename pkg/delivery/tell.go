package delivery

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

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

// sending is a message on its way to the sink.
type sending struct {
	notification notify.Notification
	giveUp       time.Time // it is not tried again any more then
	attempts     int
	refused      error // why the full form was refused
	throttled    error // why the message has to wait for its turn
	isRefreshed  bool  // the message is tried with a new secret
}

// tell calls the sink until it accepts, until it cannot, or until the time is up.
func (w *worker) tell(ctx context.Context, message *Message, claim *ledger.Claim) Result {
	s := &sending{
		notification: message.Notification, throttled: errPaced,
		giveUp: w.Clock.Now().Add(w.Limits.Retries),
	}
	if n := &s.notification; n.Kind == notify.KindFinding { // of a finding that the sink has, it is sent an update
		n.Kind, n.Changes, n.Previous = claim.Kind, claim.Changes, claim.Previous
	}
	for {
		if broken := w.broken.Load(); broken != nil {
			return Result{Outcome: Dead, Err: *broken, Attempts: s.attempts}
		}
		if needed, ok := w.pace.wait(ctx); !ok {
			wait := Wait{Kind: AfterThrottling, For: needed}
			return Result{Outcome: Retry, Err: s.throttled, Attempts: s.attempts, Wait: wait}
		}
		s.attempts++
		receipt, err := w.attempt(ctx, s.notification)
		switch {
		case err == nil && s.refused != nil:
			return Result{Outcome: Degraded, Receipt: receipt, Err: s.refused, Attempts: s.attempts}
		case err == nil:
			return Result{Outcome: Delivered, Receipt: receipt, Attempts: s.attempts}
		}
		if outcome := w.afterFailure(ctx, s, err); outcome != "" {
			return Result{Outcome: outcome, Err: err, Attempts: s.attempts}
		}
	}
}

// afterFailure gets a message ready for its next attempt, or returns the outcome where there is to be none.
func (w *worker) afterFailure(ctx context.Context, s *sending, err error) Outcome {
	switch notify.KindOf(err) {
	case notify.Unacceptable:
		if s.refused != nil {
			return Dead
		}
		s.refused, s.notification.Minimal = err, true
	case notify.Broken:
		if s.isRefreshed || !w.hasNewSecret(ctx) {
			w.broken.CompareAndSwap(nil, &err)
			return Dead
		}
		s.isRefreshed = true
	case notify.Throttled:
		s.throttled = err
		w.pace.hold(notify.Delay(err)) // for all messages of the target
	default:
		if !w.pause(ctx, s) {
			return Retry
		}
	}
	return ""
}

// pause waits before the next attempt, with full jitter, and reports whether there is to be one.
// https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
func (l *lane) pause(ctx context.Context, s *sending) bool {
	longest := min(firstPause<<min(s.attempts-1, 4), maxPause)
	pause := time.Duration(rand.Int64N(int64(longest))) + time.Millisecond //nolint:gosec // it spreads load
	if l.Clock.Now().Add(pause).After(s.giveUp) || !l.hasTime(ctx, pause+leastTime) {
		return false
	}
	return l.Clock.Sleep(ctx, pause)
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
