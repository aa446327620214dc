package delivery

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// maxPaceWait is the longest that one target's messages wait for its rate in one delivery, all together;
// those that wait side by side wait once.
const maxPaceWait = 5 * time.Second

// pace keeps the messages of one target apart, on the engine's own clock. It lives for one delivery
// and never holds the first message.
type pace struct {
	clock Clock

	mu      sync.Mutex
	limiter *rate.Limiter
	last    time.Time // when the last message went
	held    time.Time // until then the remote end wants no message at all; the limiter gives turns from there on
	// waited is how long messages wait up to until. Waits side by side count once.
	waited time.Duration
	until  time.Time
}

// newPace returns the pace of a rate in messages a second; 0 means no limit.
func newPace(perSecond float64, clock Clock) *pace {
	limit := rate.Inf
	if perSecond > 0 {
		limit = rate.Limit(perSecond)
	}
	return &pace{clock: clock, limiter: rate.NewLimiter(limit, 1)}
}

// leastHold is how long a target is left alone that asks for less without saying for how long.
const leastHold = time.Second

// hold keeps every message back for a while, since the remote end asks for less: those too that wait
// for their turn already, which then take another.
func (p *pace) hold(asked time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	until := p.clock.Now().Add(max(asked, leastHold))
	if !until.After(p.held) {
		return
	}
	p.held = until
	p.limiter = rate.NewLimiter(p.limiter.Limit(), p.limiter.Burst())
	p.limiter.ReserveN(p.last, 1) // the interval counts from there all the same
}

// wait holds the message until it may go. It reports how long the message would have had to wait when
// that is more than what is left of the waiting time, or of ctx; ok is false then.
func (p *pace) wait(ctx context.Context) (needed time.Duration, ok bool) {
	for {
		needed, held, ok := p.reserve(ctx)
		switch {
		case !ok, needed > 0 && !p.clock.Sleep(ctx, needed):
			return needed, false
		case p.begin(held):
			return needed, true
		}
	}
}

// begin lets the message go whose turn has come, unless the messages are held until another time than they were when
// the turn was taken.
func (p *pace) begin(held time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.held.Equal(held) {
		return false
	}
	p.last = p.clock.Now()
	return true
}

// reserve takes the next turn, and gives until when messages are held; ok is false, and no turn is taken, when it is
// too far off.
func (p *pace) reserve(ctx context.Context) (needed time.Duration, held time.Time, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.clock.Now()
	from := now
	if p.held.After(now) {
		from = p.held
	}
	reservation := p.limiter.ReserveN(from, 1)
	ready := from.Add(reservation.DelayFrom(from).Round(time.Microsecond)) // it counts in fractions
	needed = ready.Sub(now)
	if needed == 0 {
		return needed, p.held, true
	}
	deadline, bounded := ctx.Deadline()
	alone := needed // the part of the wait in which no other message waits
	if p.until.After(now) {
		alone = max(ready.Sub(p.until), 0)
	}
	if p.waited+alone > maxPaceWait || bounded && ready.After(deadline) {
		reservation.CancelAt(from)
		return needed, p.held, false
	}
	p.waited += alone
	if ready.After(p.until) {
		p.until = ready
	}
	return needed, p.held, true
}
