package delivery

import (
	"context"
	"errors"
	"fmt"
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
	shared       *shared

	broken      atomic.Pointer[error] // why the target takes nothing any more
	failing     failing
	unavailable atomic.Int32
	ledgerErr   atomic.Pointer[error]

	mu    sync.Mutex
	calls []Call
}

// all takes the groups to their end, as many at once as the target allows. Runs share the results;
// each writes only the places of its own groups.
func (r *sinkRun) all(ctx context.Context, groups []*group, results []Result) {
	next := make(chan *group, len(groups))
	for _, g := range groups {
		next <- g
	}
	close(next)
	work := func() {
		for g := range next {
			result := r.deliver(ctx, g)
			for _, place := range g.places {
				results[place] = result
			}
		}
	}
	var others sync.WaitGroup
	for range min(r.target.Concurrency, len(groups)) - 1 {
		others.Go(work)
	}
	work() // a goroutine more would grow a stack of its own
	others.Wait()
}

// deliver takes a group to its outcome. Of a finding that came by several roads, what the first one
// does not bring as news another may.
func (r *sinkRun) deliver(ctx context.Context, g *group) Result {
	result := r.deliverOne(ctx, g, g.choices[0])
	for _, message := range g.choices[1:] {
		isNoNews := result.Outcome == Duplicate || result.Outcome == Repeat || result.Outcome == Resolved
		if !isNoNews {
			break
		}
		if other := r.deliverOne(ctx, g, message); other.Outcome != Duplicate {
			result = other
		}
	}
	return result
}

// deliverOne takes a message of a group to its outcome: claim, send, settle.
func (r *sinkRun) deliverOne(ctx context.Context, g *group, message *Message) Result {
	if !r.hasTime(ctx, leastTime) {
		return Result{Outcome: Retry, Err: errNoTime}
	}
	claim, err := r.claim(ctx, g, message)
	switch {
	case message.Subject.Version.Over && r.Ledger == nil:
		return Result{Outcome: Resolved, Err: errEndUnknown}
	case message.Subject.Version.Over && err != nil:
		return Result{Outcome: Retry, Err: fmt.Errorf("%w: %w", errEndUnknown, err)}
	case !claim.Verdict.IsNews():
		return r.withoutNews(claim.Decision)
	}
	why, counted := r.gathered(ctx, message, claim)
	result := Result{Outcome: Digested}
	if why == "" {
		r.correct(ctx, message, claim)
		result = r.send(ctx, message, claim)
		result.Why = claim.Reason
	} else {
		result.Why = "sent later, in a digest: " + why + "; " + claim.Reason
	}
	if result.Outcome == Dead {
		r.sendLetters(ctx, message, &result)
	}
	r.settle(claim, result)
	if r.Digests != nil && !result.Finished() {
		r.shared.counts.Uncount(counted)
	}
	return result
}

// errEndUnknown is why an end is not sent where the ledger cannot say who was sent the finding:
// every sink would be told of the end of what it never had.
var errEndUnknown = errors.New("it is over, and no ledger says whether it was sent")

// claim asks the ledger for the pair; without a ledger all is news. An alert does not wait for a
// ledger that is not available: the error says that it is not, and the claim is good all the same.
func (r *sinkRun) claim(ctx context.Context, g *group, message *Message) (*ledger.Claim, error) {
	if r.Ledger == nil {
		return &ledger.Claim{}, nil
	}
	request := r.request(g, message)
	ask := func() (*ledger.Claim, error) { return g.of.Ask(ctx, request) }
	if g.isExpected && message == g.choices[0] {
		ask = func() (*ledger.Claim, error) { return g.of.Claim(ctx, r.target.Name) }
	}
	claim, err := ask()
	if err != nil {
		r.count(err)
		return g.of.Unclaimed(request), err
	}
	return claim, nil
}

// request returns what the ledger is asked for.
func (r *sinkRun) request(g *group, message *Message) ledger.Request {
	return ledger.Request{
		Subject: &message.Subject, Sink: r.target.Name,
		Repeat: r.target.Repeat, Replay: g.isReplay, Lease: r.lease,
	}
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
	case ledger.Resolved:
		return Result{Outcome: Resolved, Err: reason}
	default:
		return Result{Outcome: Duplicate, Err: reason}
	}
}

// sendLetters writes the dead letters: one for each part of what was to be sent.
func (r *sinkRun) sendLetters(ctx context.Context, message *Message, result *Result) {
	r.sendLetter(ctx, message, result)
	for _, part := range message.parts {
		if result.IsDeadLetter {
			result.IsDeadLetter = false
			r.sendLetter(ctx, part, result)
		}
	}
}

// sendLetter writes a dead letter. A pair whose letter cannot be written stays unfinished. A word that no
// event has asked for has none: nothing could be made of it again.
func (r *sinkRun) sendLetter(ctx context.Context, message *Message, result *Result) {
	if r.DeadLetters == nil || message.Notification.Word.IsSaid() && len(message.Event) == 0 {
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
