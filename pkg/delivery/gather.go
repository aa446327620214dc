package delivery

import (
	"context"

	"github.com/tocsin-sec/tocsin/pkg/digest"
	"github.com/tocsin-sec/tocsin/pkg/ledger"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// isGathered counts a message to the target, and puts the finding into the target's digest when there are too
// many. When that cannot be done, the finding is sent by itself. counted takes the message off the count again
// when it is handed back.
func (l *lane) isGathered(ctx context.Context, message *Message, claim *ledger.Claim) (isGathered bool, counted digest.Counted) {
	digests, most := l.engine.options.Digests, l.target.DigestAfter
	if digests == nil || most == 0 || l.announce == nil || message.Notification.Kind != notify.KindFinding {
		return false, digest.Counted{}
	}
	if claim == nil || !claim.IsHeld() {
		return false, digest.Counted{}
	}
	counted, err := digests.CountMessage(ctx, l.target.Name)
	if err != nil {
		l.count(err)
		return false, counted
	}
	if counted.PerMinute <= float64(most) || message.Subject.Severity.IsUrgent() {
		return false, counted
	}
	err = digests.Gather(ctx, digest.GatherRequest{
		Sink: l.target.Name, Finding: &message.Notification.Findings[0], Every: l.engine.options.DigestEvery, Until: l.lease.Until, Announce: l.announce,
	})
	l.count(err)
	return err == nil, counted
}
