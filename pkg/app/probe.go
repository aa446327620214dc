//go:build !lambda.norpc

package app

import (
	"context"
	"slices"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/config"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/sinks"
)

// Destination is an instance of a sink.
type Destination struct {
	// Name is the instance's name, Type the type of sink that it is.
	Name, Type string
	Sink       notify.Notifier
}

// Destinations returns the sinks themselves, also where a dry run sends nothing to them.
func (a *App) Destinations() []Destination {
	var all []Destination
	for i, instance := range a.config.Sinks {
		all = append(all, Destination{instance.Name, instance.Type, a.parts.Sinks[i]})
	}
	return all
}

// LedgerTable returns the name of the ledger's table; empty where there is none.
func (a *App) LedgerTable() string {
	if a.config.Ledger != config.LedgerDynamoDB {
		return ""
	}
	return a.config.LedgerTable
}

// DeadLetterQueueURL returns the URL of the queue for what could not be sent; empty where there is none.
func (a *App) DeadLetterQueueURL() string { return a.config.DeadLetterQueueURL }

// Reference is a place in the settings that refers to a secret.
type Reference struct {
	// Variable is where it stands.
	Variable string
	// Place is where the secret is.
	Place secret.Place
	// Secret is what it refers to.
	Secret secret.Ref
}

// References returns every reference to a secret in the settings: of the configuration's file, of all
// that there is one of, and of the sinks. The error joins one error for each mistake.
func References(ctx context.Context, o Options) ([]Reference, error) {
	o = o.withTables()
	settings, fileErr := withFile(ctx, o)
	if settings == nil {
		return nil, fileErr
	}
	c, err := config.Load(settings, configurable(o))
	if err := once(settings, []error{fileErr, err}); err != nil {
		return nil, err
	}
	var all []Reference
	for _, variable := range []string{config.FileVariable, accountNamesVariable, "MUTES"} {
		value, _ := settings.Lookup(variable)
		all = append(all, referencesIn(variable, value.Text)...)
	}
	for _, instance := range c.Sinks {
		at := slices.IndexFunc(o.Sinks, func(t sinks.Type) bool { return t.Name == instance.Type })
		for _, name := range o.Sinks[at].Secrets {
			variable := sinks.Prefix(instance.Name) + name
			value, _ := settings.Lookup(variable)
			words := []string{value.Text}
			if mixed, isMixed := o.Sinks[at].Mixed[name]; isMixed {
				words, _ = mixed(value.Text, isReference) // a secret that stands there itself has nothing to be resolved
			}
			all = append(all, referencesIn(variable, words...)...)
		}
	}
	return all, nil
}

// referencesIn returns the references among the words of a variable.
func referencesIn(variable string, words ...string) (all []Reference) {
	for _, word := range words {
		if place, ok := secret.Locate(word); ok {
			all = append(all, Reference{variable, place, secret.New(strings.TrimSpace(word))})
		}
	}
	return all
}

func isReference(word string) bool {
	_, ok := secret.Locate(word)
	return ok
}
