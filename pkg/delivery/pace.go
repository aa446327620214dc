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
	// last is when the last message went.
	last time.Time
	// held is until when the remote end wants no message at all. The limiter gives turns from there on.
	held time.Time
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
		turn, ok := p.reserve(ctx)
		switch {
		case !ok:
			return turn.needed, false
		case turn.needed > 0 && !p.clock.Sleep(ctx, turn.needed):
			return turn.needed, false
		case p.begin(turn):
			return turn.needed, true
		}
	}
}

// turn is when a message may go, unless the messages are held once more until then.
type turn struct {
	needed time.Duration
	held   time.Time // as it was when the turn was taken
}

// begin lets the message go whose turn has come. It reports whether the turn still holds.
func (p *pace) begin(t turn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.held.Equal(t.held) {
		return false
	}
	p.last = p.clock.Now()
	return true
}

// reserve takes the next turn; ok is false, and none is taken, when it is too far off.
func (p *pace) reserve(ctx context.Context) (t turn, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.clock.Now()
	from := now
	if p.held.After(now) {
		from = p.held
	}
	reservation := p.limiter.ReserveN(from, 1)
	ready := from.Add(reservation.DelayFrom(from).Round(time.Microsecond)) // it counts in fractions
	t = turn{needed: ready.Sub(now), held: p.held}
	if t.needed == 0 {
		return t, true
	}
	deadline, bounded := ctx.Deadline()
	alone := t.needed // the part of the wait in which no other message waits
	if p.until.After(now) {
		alone = max(ready.Sub(p.until), 0)
	}
	if p.waited+alone > maxPaceWait || bounded && ready.After(deadline) {
		reservation.CancelAt(from)
		return t, false
	}
	p.waited += alone
	if ready.After(p.until) {
		p.until = ready
	}
	return t, true
}
