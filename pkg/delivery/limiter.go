package delivery

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// maxLimiterWait is the longest that one target's messages wait for its rate in one delivery, all
// together; those that wait side by side wait once.
const maxLimiterWait = 5 * time.Second

// limiter keeps the messages of one target apart, on the engine's own clock. It lives for one
// delivery and never holds the first message.
type limiter struct {
	clock Clock

	mu     sync.Mutex
	turns  *rate.Limiter
	last   time.Time // when the last message went
	paused time.Time // until then the remote end wants no message at all; the limiter gives turns from there on
	// waited is how long messages wait up to until. Waits side by side count once.
	waited time.Duration
	until  time.Time
}

// newLimiter returns the limiter of a rate in messages a second; 0 means no limit.
func newLimiter(perSecond float64, clock Clock) *limiter {
	limit := rate.Inf
	if perSecond > 0 {
		limit = rate.Limit(perSecond)
	}
	return &limiter{clock: clock, turns: rate.NewLimiter(limit, 1)}
}

// leastPause is how long a target is left alone that asks for less without saying for how long.
const leastPause = time.Second

// pause keeps every message back for a while, since the remote end asks for less: those too that
// wait for their turn already, which then take another.
func (l *limiter) pause(asked time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	until := l.clock.Now().Add(max(asked, leastPause))
	if !until.After(l.paused) {
		return
	}
	l.paused = until
	l.turns = rate.NewLimiter(l.turns.Limit(), l.turns.Burst())
	l.turns.ReserveN(l.last, 1) // the interval counts from there all the same
}

// wait holds the message until it may go. It reports how long the message would have had to wait
// when that is more than what is left of the waiting time, or of ctx; ok is false then.
func (l *limiter) wait(ctx context.Context) (needed time.Duration, ok bool) {
	for {
		needed, paused, ok := l.reserve(ctx)
		switch {
		case !ok, needed > 0 && !l.clock.Sleep(ctx, needed):
			return needed, false
		case l.begin(paused):
			return needed, true
		}
	}
}

// begin lets the message go whose turn has come, unless the target was paused anew since the turn
// was taken.
func (l *limiter) begin(paused time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.paused.Equal(paused) {
		return false
	}
	l.last = l.clock.Now()
	return true
}

// reserve takes the next turn, and returns until when the target is paused; ok is false, and no
// turn is taken, when it is too far off.
func (l *limiter) reserve(ctx context.Context) (needed time.Duration, paused time.Time, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.clock.Now()
	from := now
	if l.paused.After(now) {
		from = l.paused
	}
	reservation := l.turns.ReserveN(from, 1)
	ready := from.Add(reservation.DelayFrom(from).Round(time.Microsecond)) // it counts in fractions
	needed = ready.Sub(now)
	if needed == 0 {
		return needed, l.paused, true
	}
	deadline, bounded := ctx.Deadline()
	alone := needed // the part of the wait in which no other message waits
	if l.until.After(now) {
		alone = max(ready.Sub(l.until), 0)
	}
	if l.waited+alone > maxLimiterWait || bounded && ready.After(deadline) {
		reservation.CancelAt(from)
		return needed, l.paused, false
	}
	l.waited += alone
	if ready.After(l.until) {
		l.until = ready
	}
	return needed, l.paused, true
}
