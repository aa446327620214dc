package delivery

import (
	"context"

	"github.com/tocsin-sec/tocsin/pkg/ledger"
)

// isGathered counts a message to the target, and puts the finding into the target's digest when there are too
// many. When the ledger cannot do that, the finding is told by itself. counted takes the message off the count again
// when it is handed back.
func (l *lane) isGathered(ctx context.Context, pair *Pair, claim *ledger.Claim) (isGathered bool, counted ledger.Counted) {
	most := l.target.DigestAfter
	if claim == nil || !claim.IsHeld() || most == 0 || l.announce == nil || pair.Digest != nil {
		return false, ledger.Counted{}
	}
	counted, err := l.engine.options.Ledger.CountMessage(ctx, l.target.Name)
	if err != nil {
		l.count(err)
		return false, counted
	}
	if counted.PerMinute <= float64(most) || pair.Finding.Severity.IsUrgent() {
		return false, counted
	}
	err = l.engine.options.Ledger.Gather(ctx, ledger.GatherRequest{
		Sink: l.target.Name, Finding: *pair.Finding, Every: l.engine.options.DigestEvery,
		Announce: func(ctx context.Context, digest string) error {
			return l.announce(ctx, Announcement{Sink: l.target.Name, Digest: digest, Until: l.lease.Until})
		},
	})
	l.count(err)
	return err == nil, counted
}
