// Package sinks is the table of sinks: every sort of place that Tocsin can tell.
//
// A new sink is a package of its own with a Config and a New, and one line in the table below.
package sinks

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"unicode"

	"github.com/kelseyhightower/envconfig"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/sinks/console"
	"github.com/tocsin-sec/tocsin/sinks/slack"
	"github.com/tocsin-sec/tocsin/sinks/sns"
)

// several is how many messages may be under way at once to a sink that does not mind.
const several = 8

// most is how many messages a minute somebody reads one by one.
const most = 10

// Table gives every type of sink.
func Table() []Type {
	return []Type{
		of("console", load{concurrency: 1}, console.New),
		of("slack", load{concurrency: 1, rate: 1, digestAfter: most}, slack.New), // https://docs.slack.dev/apis/web-api/rate-limits/
		of("sns", load{concurrency: sns.Concurrency, digestAfter: most}, sns.New),
	}
}

// Type is a sort of sink.
type Type struct {
	// Name is what SINKS calls it.
	Name string
	// Concurrency is how many messages may be under way at once to one instance; see ConcurrencyAt.
	Concurrency int
	// Rate is how many messages a second one instance takes; 0 means no limit.
	Rate float64
	// DigestAfter is how many messages a minute are told one by one; 0 means that there are no digests.
	DigestAfter int
	// Settings are the names of the type's own variables, without the instance's prefix; Secrets are those
	// of them that hold a secret.
	Settings, Secrets []string
	// New builds the instance of the given name from the environment variables that begin with the
	// instance's prefix; its messages are in the given style. Its error joins one error for each mistake, each of which begins with the
	// variable's name and shows no value.
	New func(ctx context.Context, instance string, style formatter.Style) (notify.Notifier, error)
}

// ConcurrencyAt gives how many messages may be under way at once to an instance of the type with so many messages a
// second. An instance that takes what comes, though its type has a rate, takes several.
func (t Type) ConcurrencyAt(rate float64) int {
	if t.Rate > 0 && rate == 0 {
		return max(t.Concurrency, several)
	}
	return t.Concurrency
}

// Prefix gives what the variables of an instance begin with: "ONCALL_" for "oncall".
func Prefix(instance string) string { return strings.ToUpper(instance) + "_" }

// load is how much a type of sink takes.
type load struct {
	concurrency int
	rate        float64
	digestAfter int
}

// of makes a type of a sink's New function; C is the sink's Config, a struct whose fields are all
// texts, or read themselves from a text without ever failing.
func of[C any, S notify.Notifier](
	name string, load load, build func(ctx context.Context, instance string, config C, style formatter.Style) (S, error),
) Type {
	return Type{
		Name:        name,
		Concurrency: load.concurrency,
		Rate:        load.rate,
		DigestAfter: load.digestAfter,
		Settings:    settings(reflect.TypeFor[C](), func(reflect.Type) bool { return true }),
		Secrets:     settings(reflect.TypeFor[C](), isSecret),
		New: func(ctx context.Context, instance string, style formatter.Style) (notify.Notifier, error) {
			var config C
			if err := envconfig.Process(instance, &config); err != nil {
				// envconfig's errors show values; with fields of text it has none to give.
				return nil, fmt.Errorf("the settings of sink %s cannot be read", instance)
			}
			sink, err := build(ctx, instance, config, style)
			if err != nil {
				return nil, withPrefix(Prefix(instance), err)
			}
			return sink, nil
		},
	}
}

// withPrefix puts the instance's prefix before each of the joined errors.
func withPrefix(prefix string, err error) error {
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

func isSecret(field reflect.Type) bool { return field == reflect.TypeFor[secret.Ref]() }

// settings names the variables of a Config's fields of some types as envconfig's split_words does: WebhookURL is
// WEBHOOK_URL.
func settings(config reflect.Type, wanted func(field reflect.Type) bool) []string {
	var names []string
	for field := range config.Fields() {
		if !wanted(field.Type) {
			continue
		}
		letters := []rune(field.Name)
		var name strings.Builder
		for i, letter := range letters {
			endsWord := i > 0 && unicode.IsUpper(letter) &&
				(unicode.IsLower(letters[i-1]) || i+1 < len(letters) && unicode.IsLower(letters[i+1]))
			if endsWord {
				name.WriteByte('_')
			}
			name.WriteRune(unicode.ToUpper(letter))
		}
		names = append(names, name.String())
	}
	return names
}
