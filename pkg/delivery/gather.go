package delivery

import (
	"context"
	"slices"

	"github.com/tocsin-sec/tocsin/pkg/digest"
	"github.com/tocsin-sec/tocsin/pkg/ledger"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// Why a finding goes into a digest.
const (
	becauseOfBurst = "its source sends many at once"
	becauseItFlaps = "its state changes all the time"
	becauseOfStorm = "there are too many messages in this minute"
)

// gathered puts a finding into the target's digest, and says why: one of a road whose findings come
// by the thousand, one that flaps, and of others what comes when there are too many messages to the
// target. An urgent one is sent by itself, but for those that follow the first of its group, and so
// is what a person asks for. It returns "" for a finding that is to be sent, as one is that cannot be
// put there. counted takes the message off the count again when it is handed back.
func (r *sinkRun) gathered(ctx context.Context, message *Message, claim *ledger.Claim) (why string, counted digest.Counted) {
	most, isFinding := r.target.DigestAfter, message.Notification.Kind == notify.KindFinding
	if r.Digests == nil || most == 0 || r.announce == nil || !isFinding || !claim.IsLeased {
		return "", digest.Counted{}
	}
	isUrgent := (message.Subject.Severity.IsUrgent() || message.Subject.IsAsked) && !message.Subject.Version.Over
	switch isBursty := message.Notification.Findings[0].IsBursty; {
	case isBursty && (!isUrgent || !r.isFirst(ctx, message, claim)):
		why = becauseOfBurst
	case claim.IsFlapping && !isUrgent:
		why = becauseItFlaps
	}
	if why != "" {
		if r.gather(ctx, message) { // it is no message of its own, and counts for none
			claim.IsGathered = why == becauseOfBurst
			return why, digest.Counted{}
		}
		isUrgent = true
	}
	counted, err := r.shared.counts.Message(ctx, r.target.Name, r.shared.counted(claim.Others())...)
	if err != nil {
		r.count(err)
		return "", counted
	}
	if counted.PerMinute <= float64(most) || isUrgent || !r.gather(ctx, message) {
		return "", counted
	}
	return becauseOfStorm, counted
}

// isFirst reports whether an urgent finding is the first of its group: the others go with the
// group. Where nobody knows, it is.
func (r *sinkRun) isFirst(ctx context.Context, message *Message, claim *ledger.Claim) bool {
	if !claim.IsFirst { // nor was it before it was handed back
		isFirst, err := r.Digests.FirstOf(ctx, r.target.Name, message.Notification.Findings[0].Groups())
		r.count(err)
		claim.IsFirst = isFirst || err != nil
	}
	return claim.IsFirst
}

// gather puts a finding into the target's digest, and reports whether it is there.
func (r *sinkRun) gather(ctx context.Context, message *Message) bool {
	err := r.Digests.Gather(ctx, digest.GatherRequest{
		Sink: r.target.Name, Finding: &message.Notification.Findings[0], Every: r.DigestEvery,
		Until: r.lease.Until, Announce: r.announce,
	})
	r.count(err)
	return err == nil
}

// correct lets the target's open digest say that a finding is open of which it says that it is over.
// That it is open again is told by itself, before the digest, which would have the last word.
func (r *sinkRun) correct(ctx context.Context, message *Message, claim *ledger.Claim) {
	isState := func(c notify.Change) bool { return c.What == "state" }
	if r.Digests == nil || message.Subject.Version.Over || !slices.ContainsFunc(claim.Changes, isState) {
		return
	}
	r.count(r.Digests.Correct(ctx, r.target.Name, &message.Notification.Findings[0]))
}
