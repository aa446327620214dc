// Package app is the wiring: it turns a configuration into a handler that takes one payload from
// bytes to outcomes. The Lambda and the command line use the same handler.
package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/pkg/config"
	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/ledger"
	"github.com/tocsin-sec/tocsin/pkg/queue"
	"github.com/tocsin-sec/tocsin/pkg/router"
	"github.com/tocsin-sec/tocsin/sinks"
)

// App handles payloads. It is safe for concurrent use.
type App struct {
	config  config.Config
	routes  []router.Route
	engine  *delivery.Engine
	queue   *queue.Client
	letters *queue.Letters // nil without a dead-letter queue
	log     io.Writer
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
	// A shared setting is checked even where each instance has a value of its own.
	_, styleErr := formatter.NewStyle(c.Setting)
	mistakes := []error{err, styleErr}

	app := &App{config: c, log: o.Log}
	var targets []delivery.Target
	for _, instance := range c.Sinks {
		target, err := build(ctx, table, instance)
		mistakes = append(mistakes, err)
		targets = append(targets, target)
		app.routes = append(app.routes, router.Route{Sink: instance.Name, MinSeverity: instance.MinSeverity})
	}
	if err := once(mistakes); err != nil {
		return nil, err
	}
	if err := app.connect(ctx, targets); err != nil {
		return nil, err
	}
	return app, nil
}

// once joins the mistakes, each of them once: several instances can share a setting.
func once(mistakes []error) error {
	var all []error
	for _, mistake := range Mistakes(errors.Join(mistakes...)) {
		if !slices.ContainsFunc(all, func(other error) bool { return other.Error() == mistake.Error() }) {
			all = append(all, mistake)
		}
	}
	return errors.Join(all...)
}

// connect builds the engine with the ledger and the queues that the configuration names.
func (a *App) connect(ctx context.Context, targets []delivery.Target) error {
	var options delivery.Options
	var err error
	if options.Ledger, err = a.ledger(ctx); err != nil {
		return fmt.Errorf("LEDGER: %w", err)
	}
	a.queue = queue.New()
	if url := a.config.DeadLetterQueueURL; url != "" {
		a.letters = queue.NewLetters(a.queue, url)
		options.Cemetery = a.letters
	}
	a.engine = delivery.New(targets, options)
	return nil
}

func (a *App) ledger(ctx context.Context) (*ledger.Ledger, error) {
	switch a.config.Ledger {
	case config.LedgerOff:
		return nil, nil //nolint:nilnil // no ledger is a choice
	case config.LedgerDynamoDB:
		table, err := ledger.NewDynamoDB(ctx, a.config.LedgerTable)
		if err != nil {
			return nil, err
		}
		return ledger.New(table), nil
	default:
		return ledger.New(ledger.NewMemory()), nil
	}
}

func build(ctx context.Context, table []sinks.Type, instance config.Sink) (delivery.Target, error) {
	for _, kind := range table {
		if kind.Name == instance.Type {
			style, styleErr := formatter.NewStyle(instance.Setting)
			sink, err := kind.New(ctx, instance.Name, style)
			rate := kind.Rate
			if instance.Rate != nil {
				rate = *instance.Rate
			}
			return delivery.Target{Name: instance.Name, Sink: sink, Concurrency: kind.Concurrency, Rate: rate}, errors.Join(styleErr, err)
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

// MinSeverity gives the lowest threshold of all sinks: what is below it is told to nobody.
func (a *App) MinSeverity() finding.Threshold {
	lowest := a.routes[0].MinSeverity // a configuration without a sink is a mistake
	for _, route := range a.routes {
		lowest = min(lowest, route.MinSeverity)
	}
	return lowest
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
		rr := RecordReport{Message: record.Message.ID, Err: record.Err, message: record.Message}
		if record.Err == nil {
			for _, f := range events.Parse(record.Envelope) {
				rr.Findings = append(rr.Findings, FindingReport{Finding: named(f, names)})
			}
		}
		report.Records = append(report.Records, rr)
	}
	ctx, cancel := beforeDeadline(ctx)
	defer cancel()
	report.ledgerUnavailable = a.deliver(ctx, report.Records)
	a.buryUnreadable(ctx, opened.Records, report.Records)
	if opened.Form == events.SQS {
		report.hidingFailed = a.hide(ctx, report.Records)
	}
	a.logReport(report)
	return report, nil
}

// answerTime is kept free before the deadline of an invocation, so that a queue that hangs cannot keep the
// answer from being given in time.
const answerTime = 50 * time.Millisecond

func beforeDeadline(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, deadline.Add(-min(answerTime, time.Until(deadline)/4)))
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
	if f.Sequence == nil {
		return f
	}
	sequence := *f.Sequence
	sequence.Resources = slices.Clone(sequence.Resources)
	for i, r := range sequence.Resources {
		account := finding.Account{ID: r.Attributes.Get(finding.AttrAccount)}
		if account.Name = names[account.ID]; account.Name != "" && account.ID != f.Account.ID {
			sequence.Resources[i].Attributes = r.Attributes.Replaced(finding.AttrAccount, account.String())
		}
	}
	f.Sequence = &sequence
	return f
}

// buryUnreadable writes the records that hold no event to the dead-letter queue, so that they do not go
// round and round. Without such a queue they stay unfinished.
func (a *App) buryUnreadable(ctx context.Context, opened []events.Record, records []RecordReport) {
	for i := range records {
		if records[i].Err != nil && a.letters != nil {
			err := a.letters.BuryUnreadable(ctx, opened[i].Body, records[i].Err.Error())
			records[i].buried = err == nil
			if err != nil {
				a.logTrouble(err)
			}
		}
	}
}

// deliver decides about every finding of every record and delivers what is to be sent, all in one
// go, so that the worst of a batch goes first. It gives how often the ledger was not available.
func (a *App) deliver(ctx context.Context, records []RecordReport) int {
	var pairs []delivery.Pair
	var places []*delivery.Result
	for r := range records {
		for i := range records[r].Findings {
			fr := &records[r].Findings[i]
			fr.Results = make([]delivery.Result, len(a.routes))
			fr.Decisions = router.Decide(fr.Finding, a.routes)
			redriven := a.redrivenFor(records[r].message)
			for sink, decision := range fr.Decisions {
				switch {
				case redriven >= 0 && sink != redriven:
					fr.Results[sink] = delivery.Result{Outcome: delivery.Duplicate, Err: errRedriven}
					continue
				case redriven < 0 && decision.Verdict == router.Below:
					fr.Results[sink].Outcome = delivery.Below
					continue
				}
				pairs = append(pairs, delivery.Pair{Finding: fr.Finding, Target: sink, Replay: sink == redriven})
				places = append(places, &fr.Results[sink])
			}
		}
	}
	report := a.engine.Deliver(ctx, rand.Text(), pairs)
	for i, result := range report.Results {
		*places[i] = result
	}
	return report.LedgerUnavailable
}

// errRedriven is why a sink is not told of a dead letter of another one.
var errRedriven = errors.New("the record is a dead letter of another sink")

// redrivenFor gives the index of the sink whose dead letter a message is, or -1.
func (a *App) redrivenFor(message events.Message) int {
	name := message.Attributes[queue.AttrSink]
	return slices.IndexFunc(a.routes, func(route router.Route) bool { return name != "" && route.Sink == name })
}
