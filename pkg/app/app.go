// Package app is the wiring: it turns a configuration into the parts of a pipeline, and these into
// the handler that the Lambda and the command line use.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/pkg/action"
	"github.com/tocsin-sec/tocsin/pkg/condition"
	"github.com/tocsin-sec/tocsin/pkg/config"
	"github.com/tocsin-sec/tocsin/pkg/deadletter"
	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/digest"
	"github.com/tocsin-sec/tocsin/pkg/escalation"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/ledger"
	"github.com/tocsin-sec/tocsin/pkg/mute"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/pipeline"
	"github.com/tocsin-sec/tocsin/pkg/queue"
	"github.com/tocsin-sec/tocsin/pkg/report"
	"github.com/tocsin-sec/tocsin/pkg/router"
	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/pkg/table"
	"github.com/tocsin-sec/tocsin/sinks"
)

// App is a pipeline with the configuration that it was built from. It is safe for concurrent use.
type App struct {
	*pipeline.Pipeline
	config  config.Config
	style   formatter.Style   // the shared one
	parts   pipeline.Parts    // with what needs a connection missing
	kept    table.Store       // of ledger and digests
	targets []delivery.Target // one for each sink of the configuration, as everything in parts that is about sinks
	limits  []limits          // the same, as they are without a dry run
	allowed action.Allowed    // who may do what not everybody may
	types   []sinks.Type      // that there are
	rules   []escalation.Rule // of all instances, also where one alone is sent to
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
	// FlushesAtEnd says that whoever builds the App calls Flush after the last payload, so that
	// digests need no queue and no ledger that lasts.
	FlushesAtEnd bool
	// Replay sends pairs that were dead once more. One that is dead again stays unfinished, and
	// nothing is written to the dead-letter queue: what is replayed is kept where it came from.
	Replay bool
	// Only is the one instance that is sent; empty means all.
	Only string
	// ReadFile reads the files that the configuration names; nil stands for os.ReadFile.
	ReadFile func(name string) ([]byte, error)
	// Now is the clock of what is kept: ledger, digests, notices, drills, and the table's mutes, and that of the log; nil
	// stands for the real one.
	Now func() time.Time
	// AllDrill has every instance accept fire drills.
	AllDrill bool
	// DryRun, when it is set, lets the App do everything but send.
	DryRun *DryRun
	// Log gets one line of JSON for each finding and one line of metrics for each invocation.
	Log io.Writer

	file   secret.Ref // the secret that holds the configuration, where it is read again
	before *App       // what the new one takes the place of
}

// Load builds an App from its settings. The error joins one error for each mistake in the
// configuration; see Mistakes.
func Load(ctx context.Context, o Options) (*App, error) {
	a, err := assemble(ctx, o)
	if err != nil {
		return nil, err
	}
	if err := a.connect(ctx, o); err != nil {
		return nil, err
	}
	return a, nil
}

// assemble reads the configuration and builds what needs no connection.
func assemble(ctx context.Context, o Options) (*App, error) {
	if o.Settings == nil {
		return nil, errors.New("there are no settings: app.Options.Settings is nil") // a mistake of the program
	}
	o = o.withTables()
	settings, fileErr := withFile(ctx, o)
	if settings == nil {
		return nil, fileErr
	}
	o.Settings = settings
	c, err := config.Load(o.Settings, configurable(o))
	o.Sources = graded(o.Sources, c.SourceSeverity)
	// A shared setting is checked even where each instance has a value of its own.
	words := events.Words(o.Sources)
	style, styleErr := sinks.NewStyle(o.Sinks, c.Setting, words)
	known := knownOf(o.Sources, c)
	if value, _ := o.Settings.Lookup(accountNamesVariable); value.IsUnread || isOf(accountNamesVariable, err) {
		known.AccountNames = nil // what is wrong with them is said first
	}
	_, whenErr := compileWhen(known, c)
	muted, mutesErr := newMutes(c.Mutes, o.ReadFile, known)
	may, allowErr := allowed(c)
	mistakes := []error{fileErr, err, styleErr, whenErr, mutesErr, allowErr, o.DryRun.check(c)}

	rules := rulesOf(c)
	others, onlyErr := othersThan(o.Only, known, c), checkOnly(o.Only, c.Sinks)
	if o.Only != "" {
		c.Sinks = slices.DeleteFunc(c.Sinks, func(s config.Sink) bool { return s.Name != o.Only })
	}
	a := &App{config: c, style: style, allowed: may, types: o.Sinks, rules: rules}
	a.parts = pipeline.Parts{
		Sources: o.Sources, Mutes: muted, Names: accountNames(c), Replay: o.Replay, Acts: acts(c, o.Sources),
		Log: report.NewLog(o.Log).From(report.LevelOf(c.LogLevel)).By(o.Now),
	}
	for _, instance := range c.Sinks {
		target, err := build(ctx, o, words, instance)
		variable, _ := instance.Setting("WHEN")
		when, whenErr := compileWhen(known, instance)
		mistakes = append(mistakes, err, whenErr)
		route := router.Route{Sink: instance.Name, MinSeverity: instance.MinSeverity, When: when, Variable: variable}
		route.IsDefault, route.Others = instance.Name == c.DefaultSink, others
		a.parts.Routes = append(a.parts.Routes, route)
		a.parts.Sinks = append(a.parts.Sinks, target.Sink)
		a.targets = append(a.targets, o.DryRun.target(target))
		a.limits = append(a.limits, limits{target.Rate, target.DigestAfter})
	}
	if err := once(o.Settings, mistakes); err != nil {
		return nil, err
	}
	if onlyErr != nil {
		return nil, onlyErr
	}
	return a, nil
}

// checkOnly returns an error where the one instance that is to be sent is none of those that there are.
func checkOnly(only string, all []config.Sink) error {
	names := make([]string, len(all))
	for i, s := range all {
		names[i] = s.Name
	}
	if only == "" || slices.Contains(names, only) {
		return nil
	}
	return fmt.Errorf("SINKS: does not name %q; there are: %s", only, strings.Join(names, ", "))
}

// othersThan returns the routes of the sinks that are not sent to where one alone is. One whose condition
// is a mistake takes nothing.
func othersThan(only string, known condition.Known, c config.Config) (others []router.Route) {
	for _, instance := range c.Sinks {
		if only == "" || instance.Name == only {
			continue
		}
		if when, err := compileWhen(known, instance); err == nil {
			others = append(others, router.Route{Sink: instance.Name, MinSeverity: instance.MinSeverity, When: when})
		}
	}
	return others
}

// withTables returns the options with all types of sink and all sources, unless they name them.
func (o Options) withTables() Options {
	if o.Sinks == nil {
		o.Sinks = sinks.Table()
	}
	if o.Sources == nil {
		o.Sources = events.Table()
	}
	return o
}

// configurable says what the configuration may ask for.
func configurable(o Options) config.Options {
	types, pressed, graded := map[string][]string{}, map[string]string{}, map[string]bool{}
	for _, kind := range o.Sinks {
		types[kind.Name] = kind.Settings
		if kind.Pressed != "" {
			pressed[kind.Name] = kind.Pressed
		}
	}
	for _, s := range o.Sources {
		graded[s.ID] = s.IsGraded
	}
	return config.Options{SinkTypes: types, Pressed: pressed, Sources: graded, DefaultSinks: o.DefaultSinks}
}

// graded returns the table of sources with the severities that the operator wants.
func graded(table []source.Source, severities map[string]finding.Severity) []source.Source {
	table = slices.Clone(table)
	for i := range table {
		table[i].Graded = severities[table[i].ID]
	}
	return table
}

// newMutes reads the mutes of the configuration. A secret is read when the first finding comes.
func newMutes(c config.Mutes, readFile func(name string) ([]byte, error), known condition.Known) (*pipeline.Mutes, error) {
	if c.File != "" {
		if readFile == nil {
			readFile = os.ReadFile
		}
		text, err := readFile(c.File)
		if withPath := new(fs.PathError); errors.As(err, &withPath) {
			err = withPath.Err
		}
		if err != nil {
			return nil, fmt.Errorf("MUTES: the file that it names cannot be read (%w); in Lambda it lies beside the "+
				"bootstrap, where make build BUNDLE=mutes.yaml puts it; on a laptop its path begins in the working folder", err)
		}
		c.Text = string(text)
	}
	return pipeline.NewMutes(c.Text, c.Secret, func(m *mute.Mute) []error { return m.When.Mistakes(known) })
}

// connect builds the pipeline with the ledger and the queues that the configuration names.
func (a *App) connect(ctx context.Context, o Options) error {
	parts := a.parts
	options := delivery.Options{DigestEvery: a.config.DigestEvery}
	if a.config.Ledger != config.LedgerOff {
		store, err := a.store(ctx, o)
		if err != nil {
			return fmt.Errorf("LEDGER: %w", err)
		}
		a.kept = store
		now := o.DryRun.now()
		if now == nil {
			now = o.Now
		}
		options.Ledger, options.Digests = ledger.New(store, now), digest.New(store, now)
	}
	kept, err := a.withTableMutes(ctx, o)
	if err != nil {
		return err
	}
	if keeper := a.notices(o); keeper != nil {
		parts.After, parts.Heard = append(parts.After, keeper.After), append(parts.Heard, keeper.Heard)
	}
	counter := a.counter(o)
	if counter.Counts() {
		parts.After = append(parts.After, counter.After)
	}
	doer := a.actions(o, options.Ledger, kept)
	options.Taken, options.Forget = doer.Taken(), doer.Forget()
	parts.Duties = append(parts.Duties, counter.Duty(), doer.Duty())
	client := queue.New()
	if url := a.config.DeadLetterQueueURL; url != "" && !o.Replay && o.DryRun == nil {
		parts.DeadLetters = deadletter.NewQueue(client, url)
		options.DeadLetters = parts.DeadLetters
	}
	if o.DryRun == nil {
		parts.Queue = client
	}
	parts.Digests = pipeline.Digests{
		Store: options.Digests, Every: a.config.DigestEvery, AtEnd: o.FlushesAtEnd, IsLasting: a.config.Ledger == config.LedgerDynamoDB,
	}
	escalations := a.escalations(o, options.Ledger, client)
	parts.Duties = append(parts.Duties, escalations.Duty())
	for i := range a.targets {
		a.targets[i].Before = escalations.Before(a.targets[i].Name)
	}
	parts.Engine = delivery.New(a.targets, options)
	parts.Duties = append(parts.Duties, a.drills(o).Duties()...)
	a.Pipeline = pipeline.New(parts)
	return nil
}

// store returns where ledger and digests are kept: what the App before has, if that is the same place.
// A dry run writes nothing to the table.
func (a *App) store(ctx context.Context, o Options) (table.Store, error) {
	if b := o.before; b != nil && b.kept != nil && b.config.Ledger == a.config.Ledger && b.config.LedgerTable == a.config.LedgerTable {
		return b.kept, nil
	}
	dryRun := o.DryRun
	if a.config.Ledger != config.LedgerDynamoDB || dryRun != nil && !dryRun.ReadLedger {
		return table.NewMemory(), nil
	}
	live, err := table.NewDynamoDB(ctx, a.config.LedgerTable)
	if err != nil {
		return nil, err
	}
	if dryRun != nil {
		return table.NewOverlay(live), nil
	}
	return live, nil
}

// build makes the instance of a sink, and says how it is delivered to. The words are those of all
// sources.
func build(ctx context.Context, o Options, words map[string]string, instance config.Sink) (delivery.Target, error) {
	var kind sinks.Type // none where it cannot be read; what every sink can have is judged
	if at := slices.IndexFunc(o.Sinks, func(kind sinks.Type) bool { return kind.Name == instance.Type }); at >= 0 {
		kind = o.Sinks[at]
	} else if instance.Type != "" {
		return delivery.Target{}, fmt.Errorf("SINKS: there is no type of sink named %s", instance.Type)
	}
	style, styleErr := kind.NewStyle(o.Sinks, instance.Setting, words)
	sink, err := o.newSink(ctx, kind, instance, style)
	variable, text := instance.Setting("REPEAT")
	repeat, repeatErr := ledger.ParseRepeat(text)
	if repeatErr != nil {
		repeatErr = fmt.Errorf("%s: %w", variable, repeatErr)
	}
	target := delivery.Target{
		Name: instance.Name, Sink: sink, Rate: kind.Rate, DigestAfter: kind.DigestAfter, Repeat: repeat,
	}
	if instance.Rate != nil {
		target.Rate = *instance.Rate
	}
	target.Concurrency = kind.ConcurrencyAt(target.Rate)
	if instance.DigestAfter != nil {
		target.DigestAfter = *instance.DigestAfter
	}
	return target, errors.Join(styleErr, repeatErr, err)
}

// newSink builds an instance. What one seems to lack of which not all could be read can stand there.
func (o Options) newSink(ctx context.Context, kind sinks.Type, instance config.Sink, style formatter.Style) (notify.Notifier, error) {
	if kind.New == nil {
		return nil, nil //nolint:nilnil // a mistake that is said
	}
	sink, err := kind.New(ctx, o.Settings, instance.Name, style)
	if instance.IsUnread {
		err = ofSet(o.Settings, err)
	}
	return sink, err
}

// accountNames returns what knows the operator's names for accounts. When they are in a secret that
// cannot be read, there are none.
func accountNames(c config.Config) pipeline.Names {
	return func(ctx context.Context) (names map[string]string, trouble []error) {
		if !c.AccountNamesSecret.IsSet() {
			return c.AccountNames, nil
		}
		text, err := c.AccountNamesSecret.Value(ctx)
		if err != nil {
			return nil, []error{fmt.Errorf("ACCOUNT_NAMES: %w", err)}
		}
		return config.ParseAccountNames(text)
	}
}
