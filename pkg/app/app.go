// Package app is the wiring: it turns a configuration into a handler that takes one payload from
// bytes to outcomes. The Lambda and the command line use the same handler.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/pkg/config"
	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/ledger"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/queue"
	"github.com/tocsin-sec/tocsin/pkg/router"
	"github.com/tocsin-sec/tocsin/sinks"
)

// App handles payloads. It is safe for concurrent use.
type App struct {
	config  config.Config
	routes  []router.Route
	mutes   *mutes
	sinks   []notify.Notifier // one for each route
	engine  *delivery.Engine
	memory  *ledger.Ledger // nil without a ledger
	queue   *queue.Client
	letters *queue.Letters // nil without a dead-letter queue
	log     io.Writer

	flushesAtEnd bool
	replays      bool
	rehearsal    *Rehearsal
	mu           sync.Mutex
	announced    []flush // digests that Flush is to tell
}

// Options say where an App runs.
type Options struct {
	// DefaultSinks stands for SINKS where it is not set; empty means that SINKS is required.
	DefaultSinks string
	// FlushesAtEnd says that whoever builds the App calls Flush after the last payload, so that digests need no
	// queue and no ledger that lasts.
	FlushesAtEnd bool
	// Replay tells pairs that were dead once more. One that is dead again stays unfinished, and nothing is written to
	// the dead-letter queue: what is replayed is kept where it came from.
	Replay bool
	// Only is the one instance that is told; empty means all.
	Only string
	// ReadFile reads the files that the configuration names; nil stands for os.ReadFile. Its error names no path.
	ReadFile func(name string) ([]byte, error)
	// Rehearsal, when it is set, lets the App do everything but tell.
	Rehearsal *Rehearsal
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
	_, styleErr := sinks.NewStyle(c.Setting)
	_, whenErr := compileWhen(c.Setting("WHEN"))
	muted, mutesErr := newMutes(c.Mutes, o.ReadFile)
	mistakes := []error{err, styleErr, whenErr, mutesErr, o.Rehearsal.check(c)}

	app := &App{config: c, mutes: muted, log: o.Log, flushesAtEnd: o.FlushesAtEnd, replays: o.Replay, rehearsal: o.Rehearsal}
	var targets []delivery.Target
	for _, instance := range c.Sinks {
		if o.Only != "" && o.Only != instance.Name {
			continue
		}
		target, err := build(ctx, table, instance)
		mistakes = append(mistakes, err)
		app.sinks = append(app.sinks, target.Sink)
		targets = append(targets, o.Rehearsal.target(target))
		route, err := routeTo(instance)
		mistakes = append(mistakes, err)
		app.routes = append(app.routes, route)
	}
	if err := once(mistakes); err != nil {
		return nil, err
	}
	if len(targets) == 0 {
		return nil, fmt.Errorf("SINKS: does not name %q", o.Only)
	}
	if err := app.connect(ctx, targets); err != nil {
		return nil, err
	}
	app.logExpired(muted.list)
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
	var err error
	if a.memory, err = a.ledger(ctx); err != nil {
		return fmt.Errorf("LEDGER: %w", err)
	}
	options := delivery.Options{Ledger: a.memory, DigestEvery: a.config.DigestEvery}
	a.queue = queue.New()
	if url := a.config.DeadLetterQueueURL; url != "" && !a.replays && a.rehearsal == nil {
		a.letters = queue.NewLetters(a.queue, url)
		options.Cemetery = a.letters
	}
	a.engine = delivery.New(targets, options)
	return nil
}

func (a *App) ledger(ctx context.Context) (*ledger.Ledger, error) {
	switch {
	case a.config.Ledger == config.LedgerOff:
		return nil, nil //nolint:nilnil // no ledger is a choice
	case a.rehearsal != nil:
		return a.rehearsal.ledger(ctx, a.config.LedgerTable)
	case a.config.Ledger == config.LedgerDynamoDB:
		table, err := ledger.NewDynamoDB(ctx, a.config.LedgerTable)
		if err != nil {
			return nil, err
		}
		return ledger.New(table, nil), nil
	default:
		return ledger.New(ledger.NewMemory(), nil), nil
	}
}

// build makes the instance of a sink, and says how it is delivered to.
func build(ctx context.Context, table []sinks.Type, instance config.Sink) (delivery.Target, error) {
	at := slices.IndexFunc(table, func(kind sinks.Type) bool { return kind.Name == instance.Type })
	if at < 0 {
		return delivery.Target{}, fmt.Errorf("SINKS: there is no type of sink named %s", instance.Type)
	}
	kind := table[at]
	style, styleErr := sinks.NewStyle(instance.Setting)
	sink, err := kind.New(ctx, instance.Name, style)
	target := delivery.Target{
		Name: instance.Name, Sink: sink, Rate: kind.Rate, DigestAfter: kind.DigestAfter,
	}
	if instance.Rate != nil {
		target.Rate = *instance.Rate
	}
	target.Concurrency = kind.ConcurrencyAt(target.Rate)
	if instance.DigestAfter != nil {
		target.DigestAfter = *instance.DigestAfter
	}
	variable, text := instance.Setting("REPEAT")
	repeat, repeatErr := ledger.ParseRepeat(text)
	if repeatErr != nil {
		repeatErr = fmt.Errorf("%s: %w", variable, repeatErr)
	}
	target.Repeat = repeat
	return target, errors.Join(styleErr, repeatErr, err)
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
