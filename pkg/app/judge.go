package app

import (
	"context"
	"slices"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks"
)

// Judgement is what there is to know of settings without a mistake.
type Judgement struct {
	// Lowest is the lowest threshold of all sinks.
	Lowest finding.Threshold
	// Warnings are what somebody might not have meant; mutes in a secret are not known.
	Warnings []string
}

// Judge judges the settings as Load does, whatever the machine that it runs on: nothing is
// connected, and neither the environment nor the AWS settings of the machine count. The error joins
// one error for each mistake.
func Judge(ctx context.Context, o Options) (Judgement, error) {
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
		return Judgement{}, err
	}
	judgement := Judgement{Lowest: a.config.Sinks[0].MinSeverity}
	for _, instance := range a.config.Sinks {
		judgement.Lowest = min(judgement.Lowest, instance.MinSeverity)
	}
	if !a.config.Mutes.Secret.IsSet() {
		judgement.Warnings = a.Warnings(ctx)
	}
	return judgement, nil
}
