//go:build !lambda.norpc

package pagerduty

import (
	"context"

	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/internal/credential"
	"github.com/tocsin-sec/tocsin/sinks/internal/probe"
)

// Probe judges the form of the routing key: the Events API takes events and answers nothing else.
func (s *Sink) Probe(ctx context.Context) []notify.Check {
	_, err := credential.Read(ctx, s.key, "secret of the routing key", checkKey)
	return probe.OfForm("routing key", err, "it has the form of one; only an event shows whether PagerDuty takes it")
}
