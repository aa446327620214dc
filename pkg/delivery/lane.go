package delivery

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/tocsin-sec/tocsin/pkg/digest"
	"github.com/tocsin-sec/tocsin/pkg/ledger"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// lane is the work of one target in one delivery.
type lane struct {
	Options
	target Target
	pace   *pace
	lease  ledger.Lease
	// settling is the context for writing down what has happened: it outlives the time for telling, since a
	// message that is out must be remembered, but not the time for the answer.
	settling context.Context //nolint:containedctx // a lane lives for one delivery
	announce func(context.Context, digest.Flush) error

	hasNewSecret func() bool // asks once; the other pairs wait for the answer

	broken      atomic.Pointer[error] // why the target takes nothing any more
	unavailable atomic.Int32
	ledgerErr   atomic.Pointer[error]
}

// run takes the groups to their end, as many at once as the target allows. Lanes share the results; each
// writes only the places of its own groups.
func (l *lane) run(ctx context.Context, groups []*group, results []Result) {
	next := make(chan *group, len(groups))
	for _, g := range groups {
		next <- g
	}
	close(next)
	var workers sync.WaitGroup
	for range min(max(l.target.Concurrency, 1), len(groups)) {
		workers.Go(func() {
			for g := range next {
				result := l.deliver(ctx, g)
				for _, place := range g.places {
					results[place] = result
				}
			}
		})
	}
	workers.Wait()
	if l.Digests != nil {
		l.count(l.Digests.SettleCount(l.settling, l.target.Name))
	}
}

// deliver takes the newest pair of a group to its outcome: claim, tell, settle.
func (l *lane) deliver(ctx context.Context, g *group) Result {
	message := g.newest.Message
	if !l.hasTime(ctx, leastTime) {
		return Result{Outcome: Retry, Err: errNoTime}
	}
	claim := l.claim(ctx, g)
	if !claim.Verdict.IsNews() {
		return l.withoutNews(claim.Decision)
	}
	isGathered, counted := l.isGathered(ctx, message, claim)
	result := Result{Outcome: Digested}
	if !isGathered {
		result = l.tell(ctx, message, claim)
	}
	result.Why = claim.Reason
	if result.Outcome == Dead {
		l.bury(ctx, message, &result)
	}
	l.settle(claim, result)
	if l.Digests != nil && !result.Finished() {
		l.Digests.Uncount(counted)
	}
	return result
}

// claim asks the ledger for the pair; without a ledger all is news. An alert does not wait for a ledger that is not
// available.
func (l *lane) claim(ctx context.Context, g *group) *ledger.Claim {
	if l.Ledger == nil {
		return &ledger.Claim{}
	}
	request := ledger.Request{
		Subject: &g.newest.Message.Subject, Sink: l.target.Name,
		Repeat: l.target.Repeat, Replay: g.isReplay, Lease: l.lease,
	}
	claim, err := l.Ledger.Claim(ctx, request)
	if err != nil {
		l.count(err)
		return ledger.Unclaimed(request)
	}
	return claim
}

// withoutNews gives the result of a pair that is not told.
func (l *lane) withoutNews(d ledger.Decision) Result {
	reason := errors.New(d.Reason)
	switch d.Verdict {
	case ledger.Buried:
		return Result{Outcome: Dead, Err: reason, Buried: true}
	case ledger.Busy:
		return Result{Outcome: Retry, Err: reason, Wait: Wait{Kind: ForLease, For: max(d.Until.Sub(l.Clock.Now()), 0)}}
	case ledger.Repeated:
		return Result{Outcome: Repeat, Err: reason}
	default:
		return Result{Outcome: Duplicate, Err: reason}
	}
}

// isGathered counts a message to the target, and puts the finding into the target's digest when there are too
// many. When that cannot be done, the finding is sent by itself. counted takes the message off the count again
// when it is handed back.
func (l *lane) isGathered(ctx context.Context, message *Message, claim *ledger.Claim) (is bool, counted digest.Counted) {
	most, isFinding := l.target.DigestAfter, message.Notification.Kind == notify.KindFinding
	if l.Digests == nil || most == 0 || l.announce == nil || !isFinding || !claim.IsHeld {
		return false, digest.Counted{}
	}
	counted, err := l.Digests.CountMessage(ctx, l.target.Name)
	if err != nil {
		l.count(err)
		return false, counted
	}
	if counted.PerMinute <= float64(most) || message.Subject.Severity.IsUrgent() {
		return false, counted
	}
	err = l.Digests.Gather(ctx, digest.GatherRequest{
		Sink: l.target.Name, Finding: &message.Notification.Findings[0], Every: l.DigestEvery,
		Until: l.lease.Until, Announce: l.announce,
	})
	l.count(err)
	return err == nil, counted
}

// bury writes the dead letter. A pair whose letter cannot be written stays unfinished.
func (l *lane) bury(ctx context.Context, message *Message, result *Result) {
	if l.DeadLetters == nil {
		return
	}
	err := l.DeadLetters.Send(ctx, Letter{
		Key: message.Subject.Key, Event: message.Event, Sink: l.target.Name, Reason: result.Err.Error(),
		Kind: notify.KindOf(result.Err), Attempts: result.Attempts,
	})
	if err != nil {
		result.Err = errors.Join(result.Err, err)
		return
	}
	result.Buried = true
}

// settle writes down what came of a claimed pair.
func (l *lane) settle(claim *ledger.Claim, result Result) {
	switch {
	case l.Ledger == nil:
	case result.Outcome == Delivered, result.Outcome == Degraded, result.Outcome == Digested:
		l.count(l.Ledger.Told(l.settling, claim, result.Receipt))
	case result.Buried:
		l.count(l.Ledger.Dead(l.settling, claim))
	default:
		l.count(l.Ledger.Release(l.settling, claim))
	}
}

// count notes an error of the ledger, which keeps nothing back.
func (l *lane) count(err error) {
	if err != nil {
		l.unavailable.Add(1)
		l.ledgerErr.Store(&err)
	}
}
