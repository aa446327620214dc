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
	engine *Engine
	target Target
	pace   *pace
	lease  ledger.Lease
	// settling is the context for writing down what has happened: it outlives the time for telling, since a
	// message that is out must be remembered, but not the time for the answer.
	settling context.Context //nolint:containedctx // a lane lives for one delivery
	announce func(context.Context, digest.Flush) error

	broken      atomic.Pointer[error] // why the target takes nothing any more
	refresh     sync.Once
	changed     bool // the secret, by refresh
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
			w := worker{lane: l, caller: caller{sink: l.target.Sink}}
			defer w.caller.leave()
			for g := range next {
				result := w.deliver(ctx, g)
				for _, place := range g.places {
					results[place] = result
				}
			}
		})
	}
	workers.Wait()
	if l.engine.options.Digests != nil {
		l.count(l.engine.options.Digests.SettleCount(l.settling, l.target.Name))
	}
}

// worker takes pairs of its lane, one after the other.
type worker struct {
	*lane
	caller caller
}

// deliver takes the newest pair of a group to its outcome: claim, tell, settle.
func (w *worker) deliver(ctx context.Context, g *group) Result {
	message := g.newest.Message
	if left, ok := timeLeft(ctx, w.engine.options.Clock); ok && left < leastTime {
		return Result{Outcome: Retry, Err: errNoTime}
	}
	claim := w.claim(ctx, g)
	if claim != nil && !claim.Verdict.IsNews() {
		return w.withoutNews(claim.Decision)
	}
	isGathered, counted := w.isGathered(ctx, message, claim)
	if isGathered {
		result := Result{Outcome: Digested, Why: claim.Reason}
		w.settle(claim, result)
		return result
	}
	result := w.tell(ctx, message, claim)
	if claim != nil {
		result.Why = claim.Reason
	}
	if result.Outcome == Dead {
		result = w.bury(ctx, message, claim, result)
	}
	w.settle(claim, result)
	if w.engine.options.Digests != nil && !result.Finished() {
		w.engine.options.Digests.Uncount(counted)
	}
	return result
}

// claim asks the ledger for the pair; nil means that there is no ledger. An alert does not wait for a
// ledger that is not available.
func (l *lane) claim(ctx context.Context, g *group) *ledger.Claim {
	if l.engine.options.Ledger == nil {
		return nil
	}
	request := ledger.Request{
		Subject: &g.newest.Message.Subject, Sink: l.target.Name,
		Policy: ledger.Policy{Repeat: l.target.Repeat, Replay: g.isReplay}, Lease: l.lease,
	}
	claim, err := l.engine.options.Ledger.Claim(ctx, request)
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
		return Result{Outcome: Retry, Err: reason, Wait: Wait{Kind: ForLease, For: max(d.Until.Sub(l.engine.options.Clock.Now()), 0)}}
	case ledger.Repeated:
		return Result{Outcome: Repeat, Err: reason}
	default:
		return Result{Outcome: Duplicate, Err: reason}
	}
}

// bury writes the dead letter. A pair whose letter cannot be written stays unfinished.
func (l *lane) bury(ctx context.Context, message *Message, claim *ledger.Claim, result Result) Result {
	if l.engine.options.DeadLetters == nil {
		return result
	}
	letter := Letter{
		Key: message.Subject.Key, Event: message.Event, Sink: l.target.Name, Reason: result.Err.Error(),
		Kind: notify.KindOf(result.Err), Attempts: result.Attempts,
	}
	if err := l.engine.options.DeadLetters.Send(ctx, letter); err != nil {
		result.Err = errors.Join(result.Err, err)
		return result
	}
	result.Buried = true
	if claim != nil {
		l.count(l.engine.options.Ledger.Dead(l.settling, claim))
	}
	return result
}

// settle writes down what came of a claimed pair; a dead one was written down with its letter.
func (l *lane) settle(claim *ledger.Claim, result Result) {
	if claim == nil {
		return
	}
	switch {
	case result.Outcome == Delivered, result.Outcome == Degraded, result.Outcome == Digested:
		l.count(l.engine.options.Ledger.Told(l.settling, claim, result.Receipt))
	case !result.Buried:
		l.count(l.engine.options.Ledger.Release(l.settling, claim))
	}
}

// count notes an error of the ledger, which keeps nothing back.
func (l *lane) count(err error) {
	if err != nil {
		l.unavailable.Add(1)
		l.ledgerErr.Store(&err)
	}
}
