// Package sinks is the table of sinks: every sort of place that Tocsin can send to.
//
// A new sink is a package with a Config, its Traits and a New, and one line in the table below.
package sinks

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/pkg/setting"
	"github.com/tocsin-sec/tocsin/sinks/console"
	"github.com/tocsin-sec/tocsin/sinks/discord"
	"github.com/tocsin-sec/tocsin/sinks/eventbridge"
	"github.com/tocsin-sec/tocsin/sinks/googlechat"
	"github.com/tocsin-sec/tocsin/sinks/jsm"
	"github.com/tocsin-sec/tocsin/sinks/pagerduty"
	"github.com/tocsin-sec/tocsin/sinks/ses"
	"github.com/tocsin-sec/tocsin/sinks/slack"
	"github.com/tocsin-sec/tocsin/sinks/sns"
	"github.com/tocsin-sec/tocsin/sinks/sqs"
	"github.com/tocsin-sec/tocsin/sinks/teams"
	"github.com/tocsin-sec/tocsin/sinks/telegram"
	"github.com/tocsin-sec/tocsin/sinks/traits"
	"github.com/tocsin-sec/tocsin/sinks/webhook"
)

// several is how many messages may be under way at once to a sink that does not mind.
const several = 8

// Table returns every type of sink.
func Table() []Type {
	return []Type{
		Of("slack", slack.Traits(), slack.New),
		Of("teams", teams.Traits(), teams.New),
		Of("pagerduty", pagerduty.Traits(), pagerduty.New),
		Of("jsm", jsm.Traits(), jsm.New),
		Of("ses", ses.Traits(), ses.New),
		Of("googlechat", googlechat.Traits(), googlechat.New),
		Of("discord", discord.Traits(), discord.New),
		Of("telegram", telegram.Traits(), telegram.New),
		Of("webhook", webhook.Traits(), webhook.New),
		Of("sns", sns.Traits(), sns.New),
		Of("sqs", sqs.Traits(), sqs.New),
		Of("eventbridge", eventbridge.Traits(), eventbridge.New),
		Of("console", console.Traits(), console.New),
	}
}

// Settings is where the settings of sinks stand; config.Source is one.
type Settings interface {
	// Decode fills the fields of a struct that are set, by the names of setting.Fields under the
	// prefix of an instance, or as they are where that is empty.
	Decode(prefix string, into any) error
}

// Type is a sort of sink.
type Type struct {
	// Name is what SINKS calls it.
	Name string
	// Traits are what the type says of itself. See ConcurrencyAt for the concurrency.
	traits.Traits
	// Settings are the names of the type's own variables, without the instance's prefix; Secrets
	// are those of them that hold a secret.
	Settings, Secrets []string
	// NewConfig returns a pointer to a new struct that the settings are decoded into.
	NewConfig func() any
	// New builds the instance of the given name from its settings; its messages are in the given
	// style. Its error joins one error for each mistake, each of which begins with the variable's
	// name and shows no value.
	New func(ctx context.Context, settings Settings, instance string, style formatter.Style) (notify.Notifier, error)
	// Check returns the error that New would, but judges the settings alone: nothing else of the
	// machine that it runs on counts, such as its AWS settings.
	Check func(ctx context.Context, settings Settings, instance string) error
}

// ConcurrencyAt returns how many messages may be under way at once to an instance of the type with
// so many messages a second. One without the rate of its type takes several.
func (t Type) ConcurrencyAt(rate float64) int {
	if t.Rate > 0 && rate == 0 {
		return max(t.Concurrency, several)
	}
	return t.Concurrency
}

// Prefix returns what the variables of an instance begin with: "ONCALL_" for "oncall".
func Prefix(instance string) string { return strings.ToUpper(instance) + "_" }

// Of makes a type of a sink's New function; C is the sink's Config, a struct whose fields are all
// texts, or read themselves from a text without ever failing. A *C with the method Unprefixed() any
// has a part that is read by names without the instance's prefix. A C with the method Check(ctx,
// instance) error is judged by it; otherwise New is taken to do nothing but judge and build.
func Of[C any, S notify.Notifier](
	name string, of traits.Traits, build func(ctx context.Context, instance string, config C, style formatter.Style) (S, error),
) Type {
	structure := reflect.TypeFor[C]()
	return Type{
		Name: name, Traits: of, Settings: setting.Names(structure), Secrets: secrets(structure),
		NewConfig: func() any { return new(C) },
		New: func(ctx context.Context, settings Settings, instance string, style formatter.Style) (notify.Notifier, error) {
			config, err := read[C](settings, instance)
			if err != nil {
				return nil, err
			}
			sink, err := build(ctx, instance, config, style)
			if err != nil {
				return nil, withPrefix(Prefix(instance), err)
			}
			return sink, nil
		},
		Check: func(ctx context.Context, settings Settings, instance string) error {
			config, err := read[C](settings, instance)
			if err != nil {
				return err
			}
			if checked, ok := any(config).(interface {
				Check(ctx context.Context, instance string) error
			}); ok {
				return withPrefix(Prefix(instance), checked.Check(ctx, instance))
			}
			_, err = build(ctx, instance, config, formatter.Style{})
			return withPrefix(Prefix(instance), err)
		},
	}
}

// read returns the Config of an instance. Errors of decoding may show values, so they are replaced.
func read[C any](settings Settings, instance string) (C, error) {
	var config C
	err := settings.Decode(instance, &config)
	if unprefixed, ok := any(&config).(interface{ Unprefixed() any }); ok {
		err = errors.Join(err, settings.Decode("", unprefixed.Unprefixed()))
	}
	if err != nil {
		return config, fmt.Errorf("the settings of sink %s cannot be read", instance)
	}
	return config, nil
}

// withPrefix puts the instance's prefix before each of the joined errors.
func withPrefix(prefix string, err error) error {
	if err == nil {
		return nil
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return fmt.Errorf("%s%w", prefix, err)
	}
	var all []error
	for _, one := range joined.Unwrap() {
		all = append(all, withPrefix(prefix, one))
	}
	return errors.Join(all...)
}

func secrets(config reflect.Type) []string {
	var names []string
	for _, field := range setting.Fields(config) {
		if field.Type == reflect.TypeFor[secret.Ref]() {
			names = append(names, field.Name)
		}
	}
	return names
}

// Lacks reports whether an instance has nothing of what it needs: the variables lack the first
// setting of every alternative. A type that needs nothing lacks nothing.
func (t Type) Lacks(instance string, isSet func(variable string) bool) bool {
	for _, alternative := range t.Needs {
		if isSet(Prefix(instance) + alternative[0]) {
			return false
		}
	}
	return len(t.Needs) > 0
}

// Missing returns placeholders by variable for an instance that lacks what it needs, so that it can
// be built; nothing is to be sent by it.
func (t Type) Missing(instance string, isSet func(variable string) bool) map[string]string {
	missing := map[string]string{}
	if !t.Lacks(instance, isSet) {
		return missing
	}
	for _, setting := range t.Needs[0] {
		if variable := Prefix(instance) + setting; !isSet(variable) {
			missing[variable] = t.Placeholders[setting]
		}
	}
	return missing
}

// Made returns the setting in whose place a deployment can make a resource of the kind, or "".
func (t Type) Made(kind traits.ResourceKind) string {
	for _, resource := range t.Makes {
		if resource.Kind == kind {
			return resource.Setting
		}
	}
	return ""
}
