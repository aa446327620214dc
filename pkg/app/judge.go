package app

import (
	"context"
	"slices"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks"
)

// Judge judges the settings as Load does, whatever the machine that it runs on: nothing is
// connected, and neither the environment nor the AWS settings of the machine count. It returns the
// lowest threshold of all sinks; the error joins one error for each mistake.
func Judge(ctx context.Context, o Options) (finding.Threshold, error) {
	if o.Sinks == nil {
		o.Sinks = sinks.Table()
	}
	o.Sinks = slices.Clone(o.Sinks)
	for i, kind := range o.Sinks {
		o.Sinks[i].New = func(
			ctx context.Context, settings sinks.Settings, instance string, _ formatter.Style,
		) (notify.Notifier, error) {
			return nil, kind.Check(ctx, settings, instance)
		}
	}
	a, err := assemble(ctx, o)
	if err != nil {
		return 0, err
	}
	lowest := a.config.Sinks[0].MinSeverity
	for _, instance := range a.config.Sinks {
		lowest = min(lowest, instance.MinSeverity)
	}
	return lowest, nil
}
