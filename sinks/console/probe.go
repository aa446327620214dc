//go:build !lambda.norpc

package console

import (
	"context"

	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/internal/probe"
)

// Probe says that there is nobody to be asked.
func (s *Sink) Probe(context.Context) []notify.Check {
	return []notify.Check{probe.OK("output", "it writes to its own output: the terminal, or the function's log")}
}
