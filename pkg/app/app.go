// Package app is the wiring: it turns a configuration into the parts of a pipeline, and these into the handler that the
// Lambda and the command line use.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/config"
	"github.com/tocsin-sec/tocsin/pkg/deadletter"
	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/digest"
	"github.com/tocsin-sec/tocsin/pkg/ledger"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/pipeline"
	"github.com/tocsin-sec/tocsin/pkg/queue"
	"github.com/tocsin-sec/tocsin/pkg/report"
	"github.com/tocsin-sec/tocsin/pkg/table"
	"github.com/tocsin-sec/tocsin/sinks"
)

// App is a pipeline with the configuration that it was built from. It is safe for concurrent use.
type App struct {
	*pipeline.Pipeline
	config config.Config
	words  map[string]string // of the sources
	mutes  *pipeline.Mutes
	sinks  []notify.Notifier // one for each route
}

// Options say where an App runs.
type Options struct {
	// Settings is where the configuration stands. It is required: who means the environment of the
	// process hands over config.Environment().
	Settings config.Source
	// Sources are the sources that there are; nil stands for events.Table().
	Sources []source.Source
	// Sinks are the types of sink that there are; nil stands for sinks.Table().
	Sinks []sinks.Type
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

// errNoSettings is a mistake of the program that hands over no settings.
var errNoSettings = errors.New("there are no settings: app.Options.Settings is nil")

// Load builds an App from its settings. The error joins one error for each mistake in the
// configuration; see Mistakes.
func Load(ctx context.Context, o Options) (*App, error) {
	all, err := assemble(ctx, o)
	if err != nil {
		return nil, err
	}
	app := &App{config: all.config, words: events.Words(all.parts.Sources), mutes: all.parts.Mutes, sinks: all.parts.Sinks}
	if err := app.connect(ctx, o, all); err != nil {
		return nil, err
	}
	return app, nil
}

// assembly is a configuration and what is made of it without any connection.
type assembly struct {
	config  config.Config
	parts   pipeline.Parts
	targets []delivery.Target
}

// assemble reads the configuration and builds what needs no connection.
func assemble(ctx context.Context, o Options) (assembly, error) {
	if o.Settings == nil {
		return assembly{}, errNoSettings
	}
	if o.Sinks == nil {
		o.Sinks = sinks.Table()
	}
	if o.Sources == nil {
		o.Sources = events.Table()
	}
	c, err := config.Load(o.Settings, config.Options{SinkTypes: settingsOf(o.Sinks), DefaultSinks: o.DefaultSinks})
	// A shared setting is checked even where each instance has a value of its own.
	_, styleErr := sinks.NewStyle(c.Setting, events.Words(o.Sources))
	_, whenErr := compileWhen(c.Setting("WHEN"))
	muted, mutesErr := newMutes(c.Mutes, o.ReadFile)
	mistakes := []error{err, styleErr, whenErr, mutesErr, o.Rehearsal.check(c)}

	parts := pipeline.Parts{Sources: o.Sources, Mutes: muted, Names: accountNames(c), Log: report.NewLog(o.Log), Replay: o.Replay}
	var targets []delivery.Target
	for _, instance := range c.Sinks {
		if o.Only != "" && o.Only != instance.Name {
			continue
		}
		target, err := build(ctx, o, instance)
		mistakes = append(mistakes, err)
		parts.Sinks = append(parts.Sinks, target.Sink)
		targets = append(targets, o.Rehearsal.target(target))
		route, err := routeTo(instance)
		mistakes = append(mistakes, err)
		parts.Routes = append(parts.Routes, route)
	}
	if err := once(o.Settings, mistakes); err != nil {
		return assembly{}, err
	}
	if len(targets) == 0 {
		return assembly{}, fmt.Errorf("SINKS: does not name %q", o.Only)
	}
	return assembly{config: c, parts: parts, targets: targets}, nil
}

// settingsOf returns the names of each type's own settings.
func settingsOf(table []sinks.Type) map[string][]string {
	settings := map[string][]string{}
	for _, kind := range table {
		settings[kind.Name] = kind.Settings
	}
	return settings
}

// once joins the mistakes, each of them once, since several instances can share a setting, and with
// where it stands.
func once(settings config.Source, mistakes []error) error {
	var all []error
	for _, mistake := range Mistakes(errors.Join(mistakes...)) {
		if !slices.ContainsFunc(all, func(other error) bool { return other.Error() == mistake.Error() }) {
			all = append(all, mistake)
		}
	}
	for i, mistake := range all {
		all[i] = config.Located(settings, mistake)
	}
	return errors.Join(all...)
}

// connect builds the pipeline with the ledger and the queues that the configuration names.
func (a *App) connect(ctx context.Context, o Options, all assembly) error {
	parts := all.parts
	options := delivery.Options{DigestEvery: a.config.DigestEvery}
	if a.config.Ledger != config.LedgerOff {
		store, err := a.store(ctx, o.Rehearsal)
		if err != nil {
			return fmt.Errorf("LEDGER: %w", err)
		}
		now := o.Rehearsal.now()
		options.Ledger, options.Digests = ledger.New(store, now), digest.New(store, now)
	}
	client := queue.New()
	if url := a.config.DeadLetterQueueURL; url != "" && !o.Replay && o.Rehearsal == nil {
		parts.DeadLetters = deadletter.NewQueue(client, url)
		options.DeadLetters = parts.DeadLetters
	}
	if o.Rehearsal == nil {
		parts.Queue = client
	}
	parts.Digests = pipeline.Digests{
		Kept: options.Digests, Every: a.config.DigestEvery, AtEnd: o.FlushesAtEnd, IsLasting: a.config.Ledger == config.LedgerDynamoDB,
	}
	parts.Engine = delivery.New(all.targets, options)
	a.Pipeline = pipeline.New(parts)
	return nil
}

// store returns where ledger and digests are kept.
func (a *App) store(ctx context.Context, rehearsal *Rehearsal) (table.Store, error) {
	switch {
	case rehearsal != nil:
		return rehearsal.store(ctx, a.config.LedgerTable)
	case a.config.Ledger == config.LedgerDynamoDB:
		return table.NewDynamoDB(ctx, a.config.LedgerTable)
	default:
		return table.NewMemory(), nil
	}
}

// build makes the instance of a sink, and says how it is delivered to.
func build(ctx context.Context, o Options, instance config.Sink) (delivery.Target, error) {
	at := slices.IndexFunc(o.Sinks, func(kind sinks.Type) bool { return kind.Name == instance.Type })
	if at < 0 {
		return delivery.Target{}, fmt.Errorf("SINKS: there is no type of sink named %s", instance.Type)
	}
	kind := o.Sinks[at]
	style, styleErr := sinks.NewStyle(instance.Setting, events.Words(o.Sources))
	sink, err := kind.New(ctx, o.Settings, instance.Name, style)
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

// accountNames gives what knows the operator's names for accounts. When they are in a secret that cannot be read, there
// are none.
func accountNames(c config.Config) pipeline.Names {
	return func(ctx context.Context) (names map[string]string, trouble []error) {
		if !c.AccountNamesSecret.IsSet() {
			return c.AccountNames, nil
		}
		text, err := c.AccountNamesSecret.Value(ctx)
		if err != nil {
			return nil, []error{fmt.Errorf("ACCOUNT_NAMES: %w", err)}
		}
		names, mistakes := config.ParseAccountNames(text)
		for _, err := range mistakes {
			trouble = append(trouble, fmt.Errorf("ACCOUNT_NAMES: %w", err))
		}
		return names, trouble
	}
}
