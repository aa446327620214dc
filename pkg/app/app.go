// Package app is the wiring: it turns a configuration into a handler that takes one payload from
// bytes to outcomes. The Lambda and the command line use the same handler.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/pkg/config"
	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/router"
	"github.com/tocsin-sec/tocsin/sinks"
)

// App handles payloads. It is safe for concurrent use.
type App struct {
	config config.Config
	routes []router.Route
	engine *delivery.Engine
	log    io.Writer
}

// Options say where an App runs.
type Options struct {
	// DefaultSinks stands for SINKS where it is not set; empty means that SINKS is required.
	DefaultSinks string
	// Log gets one line of JSON for each finding and one line of metrics for each invocation.
	Log io.Writer
}

// Load builds an App from the process's environment. The error joins one error for each mistake in
// the configuration; see Mistakes.
func Load(ctx context.Context, o Options) (*App, error) {
	table := sinks.Table()
	settings := make(map[string][]string, len(table))
	for _, kind := range table {
		settings[kind.Name] = kind.Settings
	}
	c, err := config.Load(config.Options{SinkTypes: settings, DefaultSinks: o.DefaultSinks})
	mistakes := []error{err}

	app := &App{config: c, log: o.Log}
	var targets []delivery.Target
	for _, instance := range c.Sinks {
		kind, err := build(ctx, table, instance)
		mistakes = append(mistakes, err)
		targets = append(targets, kind)
		app.routes = append(app.routes, router.Route{Sink: instance.Name, MinSeverity: instance.MinSeverity})
	}
	if err := errors.Join(mistakes...); err != nil {
		return nil, err
	}
	app.engine = delivery.New(targets, delivery.DefaultLimits())
	return app, nil
}

func build(ctx context.Context, table []sinks.Type, instance config.Sink) (delivery.Target, error) {
	for _, kind := range table {
		if kind.Name == instance.Type {
			sink, err := kind.New(ctx, instance.Name)
			return delivery.Target{Name: instance.Name, Sink: sink, Concurrency: kind.Concurrency}, err
		}
	}
	return delivery.Target{}, fmt.Errorf("SINKS: there is no type of sink named %s", instance.Type)
}

// Mistakes gives the single errors that err joins, each of which fits on a line.
func Mistakes(err error) []error {
	if err == nil {
		return nil
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var all []error
	for _, one := range joined.Unwrap() {
		all = append(all, Mistakes(one)...)
	}
	return all
}

// SinkNames gives the names of the instances, in the order in which reports show them.
func (a *App) SinkNames() []string {
	names := make([]string, len(a.routes))
	for i, route := range a.routes {
		names[i] = route.Sink
	}
	return names
}

// Handle takes one payload to its outcomes. The error is an *events.NoEventError when the payload as
// a whole holds no event; everything else that can go wrong is in the report.
func (a *App) Handle(ctx context.Context, payload []byte) (Report, error) {
	opened, err := events.Open(payload)
	if err != nil {
		return Report{}, err
	}
	report := Report{Sinks: a.SinkNames(), form: opened.Form}
	names := a.accountNames(ctx)
	for _, record := range opened.Records {
		rr := RecordReport{Message: record.Message.ID, Err: record.Err}
		if record.Err == nil {
			for _, f := range events.Parse(record.Envelope) {
				rr.Findings = append(rr.Findings, FindingReport{Finding: named(f, names)})
			}
		}
		report.Records = append(report.Records, rr)
	}
	a.deliver(ctx, report.Records)
	a.logReport(report)
	return report, nil
}

// accountNames gives the operator's names for accounts. When they are in a secret that cannot be read,
// there are none: a number in the message is better than no message.
func (a *App) accountNames(ctx context.Context) map[string]string {
	if !a.config.AccountNamesSecret.IsSet() {
		return a.config.AccountNames
	}
	text, err := a.config.AccountNamesSecret.Value(ctx)
	if err != nil {
		a.logTrouble(fmt.Errorf("ACCOUNT_NAMES: %w", err))
		return nil
	}
	names, mistakes := config.ParseAccountNames(text)
	for _, err := range mistakes {
		a.logTrouble(fmt.Errorf("ACCOUNT_NAMES: %w", err))
	}
	return names
}

// named gives the finding with the operator's names for its accounts.
func named(f finding.Finding, names map[string]string) finding.Finding {
	f.Account.Name = names[f.Account.ID]
	f.Actor.Remote.Account.Name = names[f.Actor.Remote.Account.ID]
	return f
}

// deliver decides about every finding of every record and delivers what is to be sent, all in one
// go, so that the worst of a batch goes first.
func (a *App) deliver(ctx context.Context, records []RecordReport) {
	var pairs []delivery.Pair
	var places []*delivery.Result
	for r := range records {
		for i := range records[r].Findings {
			fr := &records[r].Findings[i]
			fr.Results = make([]delivery.Result, len(a.routes))
			fr.Decisions = router.Decide(fr.Finding, a.routes)
			for sink, decision := range fr.Decisions {
				if decision.Verdict == router.Below {
					fr.Results[sink].Outcome = delivery.Below
					continue
				}
				pairs = append(pairs, delivery.Pair{Finding: fr.Finding, Target: sink})
				places = append(places, &fr.Results[sink])
			}
		}
	}
	for i, result := range a.engine.Deliver(ctx, pairs) {
		*places[i] = result
	}
}
