package front

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/action"
	"github.com/tocsin-sec/tocsin/pkg/config"
	"github.com/tocsin-sec/tocsin/pkg/setting"
	"github.com/tocsin-sec/tocsin/pkg/table"
	"github.com/tocsin-sec/tocsin/sinks/slack/interaction"
)

// The variables that are read here.
const (
	allowVariable  = "ACTIONS_ALLOW"
	queueVariable  = "QUEUE_URL"
	ledgerVariable = "LEDGER"
	langSetting    = "MESSAGE_LANG"
)

// Options say where a Front runs.
type Options struct {
	// Settings is where the configuration stands.
	Settings config.Source
	// Log gets a line of JSON for each request.
	Log io.Writer
	// Now is the clock; nil stands for the real one.
	Now func() time.Time
}

// Load builds a Front from its settings, and reads its secrets, so that the first request need not. One that
// cannot be read is no mistake: it is tried again. Each mistake begins with the name of a variable, and shows no
// value.
func Load(ctx context.Context, o Options) (*Front, []error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	c, err := config.Load(o.Settings, config.Options{SinkTypes: map[string][]string{
		interaction.Type: setting.Names(reflect.TypeFor[interaction.Config]()),
	}})
	l := loader{settings: o.Settings, mistakes: singles(err)}
	f := &Front{now: o.Now, log: log{o.Log, c.LogLevel, o.Now}}
	for _, sink := range c.Sinks {
		f.instances = append(f.instances, l.instance(sink))
	}
	if c.Ledger != config.LedgerDynamoDB {
		l.add(ledgerVariable, errors.New("want dynamodb: who has taken a finding on, and what has come before, stands in the ledger's table"))
	}
	f.allowed, err = action.ParseAllowed(c.Actions.Allow)
	l.add(allowVariable, singles(err)...)
	if err := checkQueue(c.QueueURL); err != nil {
		l.add(queueVariable, err)
	}
	if len(l.mistakes) > 0 {
		return nil, l.mistakes
	}
	if f.store, err = table.NewDynamoDB(ctx, c.LedgerTable); err != nil {
		return nil, []error{fmt.Errorf("%s: %w", ledgerVariable, err)}
	}
	if f.queue, err = newQueue(ctx, c.QueueURL); err != nil {
		return nil, []error{fmt.Errorf("%s: %w", queueVariable, err)}
	}
	f.log.start(ctx, c.Sinks)
	f.keys.isOld(f.now())
	f.read(ctx, false)
	return f, nil
}

// loader collects the mistakes.
type loader struct {
	settings config.Source
	mistakes []error
}

// add notes the mistakes in a variable, unless others in it are known.
func (l *loader) add(variable string, mistakes ...error) {
	isKnown := func(known error) bool { return strings.HasPrefix(known.Error(), variable+": ") }
	if slices.ContainsFunc(l.mistakes, isKnown) {
		return
	}
	for _, err := range mistakes {
		l.mistakes = append(l.mistakes, fmt.Errorf("%s: %w", variable, err))
	}
}

// instance reads one instance.
func (l *loader) instance(sink config.Sink) *instance {
	i := &instance{name: sink.Name}
	if err := l.settings.Decode(sink.Name, &i.config); err != nil {
		l.add("SINKS", fmt.Errorf("the settings of sink %s cannot be read", sink.Name)) // the error could show a value
		return i
	}
	for _, err := range singles(i.config.Check()) {
		l.mistakes = append(l.mistakes, fmt.Errorf("%s%w", setting.Variable(sink.Name, ""), err))
	}
	i.read = i.config.ReadKeys
	variable, code := sink.Setting(langSetting)
	words, codes, ok := interaction.NewWords(code)
	if !ok {
		l.add(variable, fmt.Errorf("want one of: %s", strings.Join(codes, ", ")))
	}
	i.words, i.api = words, interaction.NewAPI(i.config.ApiURL)
	return i
}

// singles returns the errors that err joins.
func singles(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	if err == nil {
		return nil
	}
	return []error{err}
}
