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

// sinkRun is the work of one target in one delivery.
type sinkRun struct {
	Options
	target  Target
	limiter *limiter
	lease   ledger.Lease
	// settling is the context for writing down what has happened: it outlives the time for sending,
	// since a message that is out must be remembered, but not the time for the answer.
	settling context.Context //nolint:containedctx // a run lives for one delivery
	announce func(context.Context, digest.Flush) error

	hasNewSecret func() bool // asks once; the other pairs wait for the answer

	broken      atomic.Pointer[error] // why the target takes nothing any more
	unavailable atomic.Int32
	ledgerErr   atomic.Pointer[error]
}

// all takes the groups to their end, as many at once as the target allows. Runs share the results;
// each writes only the places of its own groups.
func (r *sinkRun) all(ctx context.Context, groups []*group, results []Result) {
	next := make(chan *group, len(groups))
	for _, g := range groups {
		next <- g
	}
	close(next)
	var workers sync.WaitGroup
	for range min(max(r.target.Concurrency, 1), len(groups)) {
		workers.Go(func() {
			for g := range next {
				result := r.deliver(ctx, g)
				for _, place := range g.places {
					results[place] = result
				}
			}
		})
	}
	workers.Wait()
	if r.Digests != nil {
		r.count(r.Digests.SettleCount(r.settling, r.target.Name))
	}
}

// deliver takes the newest pair of a group to its outcome: claim, send, settle.
func (r *sinkRun) deliver(ctx context.Context, g *group) Result {
	message := g.newest.Message
	if !r.hasTime(ctx, leastTime) {
		return Result{Outcome: Retry, Err: errNoTime}
	}
	claim := r.claim(ctx, g)
	if !claim.Verdict.IsNews() {
		return r.withoutNews(claim.Decision)
	}
	isGathered, counted := r.isGathered(ctx, message, claim)
	result := Result{Outcome: Digested}
	if !isGathered {
		result = r.send(ctx, message, claim)
	}
	result.Why = claim.Reason
	if result.Outcome == Dead {
		r.sendLetter(ctx, message, &result)
	}
	r.settle(claim, result)
	if r.Digests != nil && !result.Finished() {
		r.Digests.Uncount(counted)
	}
	return result
}

// claim asks the ledger for the pair; without a ledger all is news. An alert does not wait for a
// ledger that is not available.
func (r *sinkRun) claim(ctx context.Context, g *group) *ledger.Claim {
	if r.Ledger == nil {
		return &ledger.Claim{}
	}
	request := ledger.Request{
		Subject: &g.newest.Message.Subject, Sink: r.target.Name,
		Repeat: r.target.Repeat, Replay: g.isReplay, Lease: r.lease,
	}
	claim, err := r.Ledger.Claim(ctx, request)
	if err != nil {
		r.count(err)
		return ledger.Unclaimed(request)
	}
	return claim
}

// withoutNews returns the result of a pair that is not sent.
func (r *sinkRun) withoutNews(d ledger.Decision) Result {
	reason := errors.New(d.Reason)
	switch d.Verdict {
	case ledger.Dead:
		return Result{Outcome: Dead, Err: reason, IsDeadLetter: true}
	case ledger.Busy:
		return Result{Outcome: Retry, Err: reason, Wait: Wait{Kind: ForLease, For: max(d.Until.Sub(r.Clock.Now()), 0)}}
	case ledger.Repeated:
		return Result{Outcome: Repeat, Err: reason}
	default:
		return Result{Outcome: Duplicate, Err: reason}
	}
}

// isGathered counts a message to the target, and puts the finding into the target's digest when
// there are too many. When that cannot be done, the finding is sent by itself. counted takes the
// message off the count again when it is handed back.
func (r *sinkRun) isGathered(ctx context.Context, message *Message, claim *ledger.Claim) (is bool, counted digest.Counted) {
	most, isFinding := r.target.DigestAfter, message.Notification.Kind == notify.KindFinding
	if r.Digests == nil || most == 0 || r.announce == nil || !isFinding || !claim.IsLeased {
		return false, digest.Counted{}
	}
	counted, err := r.Digests.CountMessage(ctx, r.target.Name)
	if err != nil {
		r.count(err)
		return false, counted
	}
	if counted.PerMinute <= float64(most) || message.Subject.Severity.IsUrgent() {
		return false, counted
	}
	err = r.Digests.Gather(ctx, digest.GatherRequest{
		Sink: r.target.Name, Finding: &message.Notification.Findings[0], Every: r.DigestEvery,
		Until: r.lease.Until, Announce: r.announce,
	})
	r.count(err)
	return err == nil, counted
}

// sendLetter writes the dead letter. A pair whose letter cannot be written stays unfinished.
func (r *sinkRun) sendLetter(ctx context.Context, message *Message, result *Result) {
	if r.DeadLetters == nil {
		return
	}
	err := r.DeadLetters.Send(ctx, Letter{
		Key: message.Subject.Key, Event: message.Event, Sink: r.target.Name, Reason: result.Err.Error(),
		Kind: notify.KindOf(result.Err), Attempts: result.Attempts,
	})
	if err != nil {
		result.Err = errors.Join(result.Err, err)
		return
	}
	result.IsDeadLetter = true
}

// settle writes down what came of a claimed pair.
func (r *sinkRun) settle(claim *ledger.Claim, result Result) {
	switch {
	case r.Ledger == nil:
	case result.Outcome == Delivered, result.Outcome == Degraded, result.Outcome == Digested:
		r.count(r.Ledger.Sent(r.settling, claim, result.Receipt))
	case result.IsDeadLetter:
		r.count(r.Ledger.Dead(r.settling, claim))
	default:
		r.count(r.Ledger.Release(r.settling, claim))
	}
}

// count notes an error of the ledger, which keeps nothing back.
func (r *sinkRun) count(err error) {
	if err != nil {
		r.unavailable.Add(1)
		r.ledgerErr.Store(&err)
	}
}
