//go:build !lambda.norpc

package googlechat

import (
	"context"

	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/internal/credential"
	"github.com/tocsin-sec/tocsin/sinks/internal/probe"
)

// Probe judges the form of the webhook's URL: a webhook can post and do nothing else.
func (s *Sink) Probe(ctx context.Context) []notify.Check {
	_, err := credential.Read(ctx, s.url, "webhook's URL", checkURL)
	return probe.OfForm("webhook", err, "the URL has the form of one; only a message shows whether its space takes messages")
}
