package delivery

import (
	"context"
	"sync"
	"time"
)

// maxPaceWait is the longest that one target's messages wait for its rate in one delivery, all together;
// those that wait side by side wait once.
const maxPaceWait = 5 * time.Second

// pace keeps the messages of one target apart. It lives for one delivery and never holds the first message.
type pace struct {
	interval time.Duration // between two messages; 0 means no limit
	clock    Clock

	mu   sync.Mutex
	next time.Time
	// waited is how long messages wait up to until. Waits side by side count once.
	waited time.Duration
	until  time.Time
}

// newPace gives the pace of a rate in messages a second; 0 means no limit.
func newPace(rate float64, clock Clock) *pace {
	if rate <= 0 {
		return &pace{clock: clock}
	}
	return &pace{interval: time.Duration(float64(time.Second) / rate), clock: clock}
}

// leastHold is how long a target is left alone that asks for less without saying for how long.
const leastHold = time.Second

// hold keeps every message back for a while, since the far side asks for less.
func (p *pace) hold(asked time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if until := p.clock.Now().Add(max(asked, leastHold)); until.After(p.next) {
		p.next = until
	}
}

// wait holds the message until it may go. It reports how long the message would have had to wait when
// that is more than what is left of the waiting time, or of ctx; ok is false then.
func (p *pace) wait(ctx context.Context) (needed time.Duration, ok bool) {
	p.mu.Lock()
	now := p.clock.Now()
	needed = max(p.next.Sub(now), 0)
	if needed == 0 {
		p.next = now.Add(p.interval)
		p.mu.Unlock()
		return 0, true
	}
	deadline, bounded := ctx.Deadline()
	from := now // the part of the wait in which no other message waits
	if p.until.After(now) {
		from = p.until
	}
	alone := max(p.next.Sub(from), 0)
	if p.waited+alone > maxPaceWait || bounded && now.Add(needed).After(deadline) {
		p.mu.Unlock()
		return needed, false
	}
	p.waited += alone
	p.until = from.Add(alone)
	p.next = p.next.Add(p.interval)
	p.mu.Unlock()

	return needed, p.clock.Sleep(ctx, needed)
}
