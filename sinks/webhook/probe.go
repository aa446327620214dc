//go:build !lambda.norpc

package webhook

import (
	"context"

	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/internal/httpsend"
	"github.com/tocsin-sec/tocsin/sinks/internal/probe"
)

// Probe makes a request with all that a message needs, and does not send it: of a receiver of which
// nothing is known, nothing is harmless.
func (s *Sink) Probe(ctx context.Context) []notify.Check {
	const what = "request"
	request, err := s.request(ctx, notify.Notification{Kind: notify.KindHeartbeat})
	if err != nil {
		return []notify.Check{probe.Failed(what, err)}
	}
	if err := httpsend.CheckURL(request.URL); err != nil {
		return []notify.Check{probe.Fault(what, "the webhook's URL "+err.Error())}
	}
	return []notify.Check{probe.OK(what, "address, header fields and signature can be made; only a message shows whether it is taken")}
}
