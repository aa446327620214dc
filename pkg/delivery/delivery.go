// Package delivery takes pairs of a finding and a sink, one attempt after another, to exactly one
// outcome each. A sink that fails, panics or hangs harms nobody but itself.
package delivery

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// Target is a sink that findings are delivered to.
type Target struct {
	// Name is the instance's name.
	Name string
	// Sink is the instance itself.
	Sink notify.Notifier
	// Concurrency is how many messages may be under way to the sink at once; at least 1.
	Concurrency int
}

// Pair is one finding that one target is to be told of.
type Pair struct {
	Finding finding.Finding
	// Target is the index of the target in the list that the Engine was made with.
	Target int
}

// Limits bound the time that a delivery takes.
type Limits struct {
	// Attempt is the longest that one attempt may take.
	Attempt time.Duration
	// Margin is kept free before the deadline of the invocation, for the answer.
	Margin time.Duration
}

// DefaultLimits suit a Lambda with a timeout of 30 s: a sink that hangs leaves room for others of
// its findings to be tried, and the answer is given half a second before the deadline.
func DefaultLimits() Limits {
	return Limits{Attempt: 10 * time.Second, Margin: 500 * time.Millisecond}
}

// Engine delivers to a fixed list of targets. It is safe for concurrent use and keeps nothing about
// a target from one call of Deliver to the next.
type Engine struct {
	targets []Target
	limits  Limits
}

// New gives an engine for the targets.
func New(targets []Target, limits Limits) *Engine {
	return &Engine{targets: targets, limits: limits}
}

// Deliver takes every pair to its outcome and gives the results in the order of the pairs. Targets
// work side by side; within a target the worst severity goes first. It returns before the deadline
// of ctx less the margin: what could not be done by then is handed back as Retry.
func (e *Engine) Deliver(ctx context.Context, pairs []Pair) []Result {
	ctx, cancel := e.withinMargin(ctx)
	defer cancel()

	results := make([]Result, len(pairs))
	var lanes sync.WaitGroup
	for target := range e.targets {
		lane := lane{engine: e, target: e.targets[target], pairs: pairs, results: results}
		for i, pair := range pairs {
			if pair.Target == target {
				lane.queue = append(lane.queue, i)
			}
		}
		if len(lane.queue) > 0 {
			lanes.Go(func() { lane.run(ctx) })
		}
	}
	lanes.Wait()
	return results
}

// withinMargin ends the context early enough before its deadline for the answer to be given. When
// little time is left, the margin is a quarter of it.
func (e *Engine) withinMargin(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	margin := min(e.limits.Margin, time.Until(deadline)/4)
	return context.WithDeadline(ctx, deadline.Add(-margin))
}

// lane is the work of one target in one delivery.
type lane struct {
	engine  *Engine
	target  Target
	pairs   []Pair
	results []Result // shared by all lanes; each writes only the places in its own queue
	queue   []int    // the places of this lane's pairs
	broken  atomic.Pointer[error]
	refresh sync.Once
	changed bool // the secret, by refresh
}

// run takes the queue to its end, as many pairs at once as the target allows.
func (l *lane) run(ctx context.Context) {
	slices.SortStableFunc(l.queue, func(a, b int) int {
		return cmp.Compare(urgency(l.pairs[b].Finding), urgency(l.pairs[a].Finding))
	})
	next := make(chan int, len(l.queue))
	for _, i := range l.queue {
		next <- i
	}
	close(next)

	var workers sync.WaitGroup
	for range min(max(l.target.Concurrency, 1), len(l.queue)) {
		workers.Go(func() {
			for i := range next {
				l.results[i] = l.deliver(ctx, l.pairs[i].Finding)
			}
		})
	}
	workers.Wait()
}

// urgency orders findings: an unknown severity may be anything, so it goes first.
func urgency(f finding.Finding) float64 {
	if !f.Severity.Known() {
		return float64(finding.LevelCritical) * 100
	}
	return float64(f.Severity)
}

// deliver takes one pair to its outcome: the full form, and the minimal form where the far side
// refused the full one. Once the target has proved broken, its other pairs are dead with no request.
func (l *lane) deliver(ctx context.Context, f finding.Finding) Result {
	if broken := l.broken.Load(); broken != nil {
		return Result{Outcome: Dead, Err: *broken}
	}
	notification := notify.Notification{Kind: notify.KindFinding, Findings: []finding.Finding{f}}
	receipt, err := l.attempt(ctx, notification)
	if notify.KindOf(err) == notify.Broken && l.hasNewSecret(ctx) {
		receipt, err = l.attempt(ctx, notification)
	}
	if err == nil {
		return Result{Outcome: Delivered, Receipt: receipt}
	}
	if notify.KindOf(err) != notify.Unacceptable {
		return l.failed(err)
	}
	notification.Minimal = true
	receipt, minimalErr := l.attempt(ctx, notification)
	if minimalErr == nil {
		return Result{Outcome: Degraded, Receipt: receipt, Err: err}
	}
	return l.failed(minimalErr)
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

func (l *lane) failed(err error) Result {
	switch notify.KindOf(err) {
	case notify.Broken:
		l.broken.CompareAndSwap(nil, &err)
		return Result{Outcome: Dead, Err: err}
	case notify.Unacceptable:
		return Result{Outcome: Dead, Err: err}
	default:
		return Result{Outcome: Retry, Err: err}
	}
}
