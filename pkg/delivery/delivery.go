// Package delivery takes pairs of a finding and a sink to exactly one outcome each: it claims a pair in the
// ledger, tells the sink, and settles what came of it. A sink that fails, panics or hangs harms nobody
// but itself. Retries live here and nowhere else.
package delivery

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/ledger"
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
	// Rate is how many messages a second the sink takes; 0 means no limit.
	Rate float64
	// Repeat says when a finding that was told is told again.
	Repeat ledger.Repeat
	// DigestAfter is how many messages a minute are told one by one; of what comes beyond, all but urgent
	// findings are put into a digest. 0 means that nothing is.
	DigestAfter int
}

// Pair is one finding that one target is to be told of.
type Pair struct {
	// Finding is not changed, and has to stay as it is until the delivery is over.
	Finding *finding.Finding
	// Target is the index of the target in the list that the Engine was made with.
	Target int
	// Replay tells the pair although it was dead: somebody has mended what was broken.
	Replay bool
	// Digest holds the findings of a digest, the worst first, for which Finding stands in the ledger and in the
	// dead-letter queue; nil for a single finding.
	Digest []finding.Finding
}

// Invocation is what a delivery belongs to.
type Invocation struct {
	// ID names it; leases belong to it.
	ID string
	// Announce makes sure that a digest is flushed some time later, see ledger.GatherRequest. Without it nothing is
	// put into digests.
	Announce func(context.Context, Announcement) error
}

// Announcement names a digest that is to be flushed.
type Announcement struct {
	// Sink is the instance's name, Digest the id of its digest.
	Sink, Digest string
	// Until is when whoever announces it is gone for certain: until then the digest may not be open yet.
	Until time.Time
}

// Letter is what is written to the dead-letter queue about a pair that can never succeed.
type Letter struct {
	Finding finding.Finding
	// Sink is the instance's name, Reason why it cannot be told, without any secret.
	Sink, Reason string
	Kind         notify.ErrorKind
	Attempts     int
}

// DeadLetters takes dead letters. Send returns nil only when the letter is safe.
type DeadLetters interface {
	Send(ctx context.Context, letter Letter) error
}

// Options say with what an Engine works. All may be left out.
type Options struct {
	// Ledger remembers what was told; nil tells every pair.
	Ledger *ledger.Ledger
	// DeadLetters takes dead letters; without it a dead pair stays unfinished.
	DeadLetters DeadLetters
	Limits      Limits
	// DigestEvery is how long after its first finding a digest is told.
	DigestEvery time.Duration
	// Clock is the clock; nil stands for the real one.
	Clock Clock
}

// Engine delivers to a fixed list of targets. It is safe for concurrent use and keeps nothing about
// a target from one call of Deliver to the next.
type Engine struct {
	targets []Target
	options Options
}

// New gives an engine for the targets.
func New(targets []Target, options Options) *Engine {
	if options.Limits == (Limits{}) {
		options.Limits = DefaultLimits()
	}
	if options.Clock == nil {
		options.Clock = wall{}
	}
	return &Engine{targets: targets, options: options}
}

// Report is what came of one call of Deliver.
type Report struct {
	// Results are in the order of the pairs.
	Results []Result
	// LedgerUnavailable counts the pairs that were told, or could not be settled, without the ledger.
	LedgerUnavailable int
	// LedgerErr is one of the reasons for that; nil when there is none.
	LedgerErr error
}

// Deliver takes every pair to its outcome.
//
// Targets work side by side; within a target the worst severity goes first. Of several pairs of one finding
// and target the newest version is told once, and the others take its outcome. Deliver returns before the
// deadline of ctx less the margin: what could not be done by then is handed back as Retry.
func (e *Engine) Deliver(ctx context.Context, in Invocation, pairs []Pair) Report {
	lease := ledger.Lease{Owner: in.ID, Until: e.leaseEnd(ctx)}
	margin := e.margin(lease.Until)
	settling, stop := context.WithDeadline(context.WithoutCancel(ctx), lease.Until.Add(-margin/4))
	defer stop()
	ctx, cancel := context.WithDeadline(ctx, lease.Until.Add(-margin))
	defer cancel()

	report := Report{Results: make([]Result, len(pairs))}
	lanes := make([]*lane, len(e.targets))
	var running sync.WaitGroup
	for i := range e.targets {
		lanes[i] = &lane{
			engine: e, target: e.targets[i], pace: newPace(e.targets[i].Rate, e.options.Clock), lease: lease, settling: settling, announce: in.Announce,
		}
		groups := grouped(pairs, i)
		if len(groups) == 0 {
			continue
		}
		running.Go(func() { lanes[i].run(ctx, groups, report.Results) })
	}
	running.Wait()
	for _, lane := range lanes {
		report.LedgerUnavailable += int(lane.unavailable.Load())
		if err := lane.ledgerErr.Load(); err != nil {
			report.LedgerErr = *err
		}
	}
	return report
}

// leaseEnd is the end of the invocation, when whoever holds the lease is gone for certain.
func (e *Engine) leaseEnd(ctx context.Context) time.Time {
	if deadline, ok := ctx.Deadline(); ok {
		return deadline
	}
	return e.options.Clock.Now().Add(time.Minute)
}

// margin gives the time before the deadline in which nothing is told any more: what has happened is written
// down in its first three quarters, and the answer is given in its last. When little time is left, it is
// half of that.
func (e *Engine) margin(deadline time.Time) time.Duration {
	return min(e.options.Limits.Margin, deadline.Sub(e.options.Clock.Now())/2)
}

// group is the pairs of one finding for one target.
type group struct {
	// newest is what is told.
	newest *Pair
	// isReplay says that one of the pairs is a replay.
	isReplay bool
	// places are the places of all its pairs.
	places []int
}

// grouped gives the groups of one target, the worst severity first.
func grouped(pairs []Pair, target int) []*group {
	var groups []*group
	byKey := map[string]*group{}
	for place := range pairs {
		pair := &pairs[place]
		if pair.Target != target {
			continue
		}
		key := pair.Finding.Key()
		g := byKey[key]
		if g == nil {
			g = &group{newest: pair}
			byKey[key] = g
			groups = append(groups, g)
		}
		g.places = append(g.places, place)
		g.isReplay = g.isReplay || pair.Replay
		if pair.Finding.Version().After(g.newest.Finding.Version()) {
			g.newest = pair
		}
	}
	slices.SortStableFunc(groups, func(a, b *group) int { return a.newest.Finding.Severity.MoreUrgent(b.newest.Finding.Severity) })
	return groups
}
