//go:build !lambda.norpc

package teams

import (
	"context"

	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/internal/credential"
	"github.com/tocsin-sec/tocsin/sinks/internal/probe"
)

// Probe judges the form of the webhook's URL: whatever is sent there starts the flow.
func (s *Sink) Probe(ctx context.Context) []notify.Check {
	_, err := credential.Read(ctx, s.url, "webhook's URL", checkURL)
	return probe.OfForm("webhook", err, "the URL has the form of one; only a message shows whether it starts its flow")
}
