package delivery

import (
	"context"

	"github.com/tocsin-sec/tocsin/pkg/ledger"
)

// isGathered counts a message to the target, and puts the finding into the target's digest when there are too
// many. When the ledger cannot do that, the finding is told by itself.
func (l *lane) isGathered(ctx context.Context, pair *Pair) bool {
	most := l.target.DigestAfter
	if most == 0 || l.announce == nil || pair.Digest != nil {
		return false
	}
	perMinute, err := l.engine.options.Ledger.CountMessage(ctx, l.target.Name)
	if err != nil {
		l.count(err)
		return false
	}
	if perMinute <= float64(most) || pair.Finding.Severity.IsUrgent() {
		return false
	}
	err = l.engine.options.Ledger.Gather(ctx, ledger.GatherRequest{
		Sink: l.target.Name, Finding: *pair.Finding, Every: l.engine.options.DigestEvery,
		Announce: func(ctx context.Context, digest string) error {
			return l.announce(ctx, Announcement{Sink: l.target.Name, Digest: digest, Until: l.lease.Until})
		},
	})
	l.count(err)
	return err == nil
}
