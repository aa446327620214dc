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

// errRate says that the target's rate leaves no room in this invocation.
var errRate = errors.New("the sink's rate leaves no room in this invocation")

// sending is a message on its way to the sink.
type sending struct {
	notification notify.Notification
	giveUp       time.Time // it is not tried again any more then
	attempts     int
	refused      error // why the full form was refused
	throttled    error // why the message has to wait for its turn
	isRefreshed  bool  // the message is tried with a new secret
}

// send calls the sink until it accepts, until it cannot, or until the time is up.
func (r *sinkRun) send(ctx context.Context, message *Message, claim *ledger.Claim) Result {
	s := &sending{
		notification: message.Notification, throttled: errRate,
		giveUp: r.Clock.Now().Add(r.Limits.Retries),
	}
	if n := &s.notification; n.Kind == notify.KindFinding { // of a finding that the sink has, it is sent an update
		n.Kind, n.Changes, n.Previous = claim.Kind, claim.Changes, claim.Previous
		n.Taken = r.takenBy(ctx, message, claim)
	}
	for {
		if broken := r.broken.Load(); broken != nil {
			return Result{Outcome: Dead, Err: *broken, Attempts: s.attempts}
		}
		if err := r.failing.left(); err != nil && s.attempts == 0 {
			return Result{Outcome: Retry, Err: err}
		}
		if needed, ok := r.limiter.wait(ctx); !ok {
			wait := Wait{Kind: AfterThrottling, For: needed}
			return Result{Outcome: Retry, Err: s.throttled, Attempts: s.attempts, Wait: wait}
		}
		if s.attempts == 0 {
			r.before(ctx, message, claim)
		}
		if !r.hasTime(ctx, leastTime) {
			return Result{Outcome: Retry, Err: errNoTime, Attempts: s.attempts}
		}
		s.attempts++
		receipt, err := r.attempt(ctx, s.notification)
		if err == nil || notify.KindOf(err) != notify.Transient {
			r.failing.ended() // the sink is there
		}
		switch {
		case err == nil && s.refused != nil:
			return Result{Outcome: Degraded, Receipt: receipt, Accepted: r.Clock.Now(), Err: s.refused, Attempts: s.attempts}
		case err == nil:
			return Result{Outcome: Delivered, Receipt: receipt, Accepted: r.Clock.Now(), Attempts: s.attempts}
		}
		if outcome := r.afterFailure(ctx, s, err); outcome != "" {
			return Result{Outcome: outcome, Err: err, Attempts: s.attempts}
		}
	}
}

// before tells whoever waits for it what is about to be sent of a finding.
func (r *sinkRun) before(ctx context.Context, message *Message, claim *ledger.Claim) {
	isWanted := r.target.Before != nil && message.Notification.Kind == notify.KindFinding
	if !isWanted || !r.hasTime(ctx, leastTime) {
		return
	}
	t := Telling{Finding: &message.Notification.Findings[0]}
	if claim.Verdict == ledger.Update {
		t.Last = claim.Last
	}
	r.target.Before(ctx, t)
}

// afterFailure gets a message ready for its next attempt, or returns the outcome where there is
// none.
func (r *sinkRun) afterFailure(ctx context.Context, s *sending, err error) Outcome {
	switch notify.KindOf(err) {
	case notify.Unacceptable:
		if s.refused != nil {
			return Dead
		}
		s.refused, s.notification.Minimal = err, true
	case notify.Broken:
		if s.isRefreshed || !r.hasNewSecret() {
			r.broken.CompareAndSwap(nil, &err)
			return Dead
		}
		s.isRefreshed = true
	case notify.Throttled:
		s.throttled = err
		r.limiter.pause(notify.Delay(err)) // for all messages of the target
	default:
		if r.failing.is() || !r.pause(ctx, s) {
			r.failing.add(err)
			return Retry
		}
	}
	return ""
}

// pause waits before the next attempt, with full jitter, and reports whether there is to be one.
// https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
func (r *sinkRun) pause(ctx context.Context, s *sending) bool {
	longest := min(firstPause<<min(s.attempts-1, 4), maxPause)
	pause := time.Duration(rand.Int64N(int64(longest))) + time.Millisecond //nolint:gosec // it spreads load
	if r.Clock.Now().Add(pause).After(s.giveUp) || !r.hasTime(ctx, pause+leastTime) {
		return false
	}
	return r.Clock.Sleep(ctx, pause)
}

// hasNewSecret lets the sink read its secret again, and reports whether it is another one now. A
// sink that panics has none.
func hasNewSecret(ctx context.Context, sink notify.Notifier) bool {
	refresher, ok := sink.(notify.Refresher)
	if !ok {
		return false
	}
	defer func() { _ = recover() }()
	changed, err := refresher.Refresh(ctx)
	return changed && err == nil
}
