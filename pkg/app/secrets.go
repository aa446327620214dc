package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/config"
	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/pkg/suggest"
	"github.com/tocsin-sec/tocsin/sinks"
)

// SecretSetting is a setting of an instance whose value stands in Secrets Manager.
type SecretSetting struct {
	// Variable is the setting's variable.
	Variable string
	// Place is where its value stands.
	Place secret.Place

	kind     sinks.Type
	instance string
	settings config.Source
}

// FindSecret returns the setting that is named as "oncall.WEBHOOK_URL", or as "oncall" for an
// instance that has one such setting.
func FindSecret(ctx context.Context, o Options, named string) (SecretSetting, error) {
	o = o.withTables()
	settings, fileErr := withFile(ctx, o)
	if settings == nil {
		return SecretSetting{}, fileErr
	}
	c, err := config.Load(settings, configurable(o))
	if err := once(settings, []error{fileErr, err}); err != nil {
		return SecretSetting{}, err
	}
	instance, wanted, _ := strings.Cut(named, ".")
	at := slices.IndexFunc(c.Sinks, func(s config.Sink) bool { return s.Name == instance })
	if at < 0 {
		return SecretSetting{}, noInstance(c.Sinks, instance)
	}
	kind := o.Sinks[slices.IndexFunc(o.Sinks, func(t sinks.Type) bool { return t.Name == c.Sinks[at].Type })]
	found := SecretSetting{kind: kind, instance: instance, settings: settings}
	names := kind.Secrets
	if wanted != "" {
		names = []string{strings.ToUpper(wanted)}
		if !slices.Contains(kind.Secrets, names[0]) {
			return SecretSetting{}, noSecret(kind, names[0])
		}
	}
	return found.among(names)
}

// among returns the one of the settings that refers to a secret.
func (s SecretSetting) among(names []string) (SecretSetting, error) {
	var places, plain []string
	for _, name := range names {
		variable := sinks.Prefix(s.instance) + name
		value, _ := s.settings.Lookup(variable)
		if place, isReference := secret.Locate(value.Text); isReference {
			places = append(places, s.instance+"."+name)
			s.Variable, s.Place = variable, place
		} else if value.Text != "" {
			plain = append(plain, variable)
		}
	}
	switch {
	case len(places) == 1:
		return s, nil
	case len(places) > 1:
		return SecretSetting{}, fmt.Errorf("the sink has several secrets; name one of: %s", strings.Join(places, ", "))
	case len(plain) > 0:
		return SecretSetting{}, fmt.Errorf("%s: holds the secret itself; put the ARN of a secret in Secrets Manager in its place, then fill that",
			strings.Join(plain, ", "))
	}
	return SecretSetting{}, fmt.Errorf("the sink %s refers to no secret; set one of: %s", s.instance, strings.Join(variables(s.instance, names), ", "))
}

// noSecret says which secrets a type of sink has. What is no setting of it can be the value itself, given
// in the setting's place, and is not repeated.
func noSecret(kind sinks.Type, wanted string) error {
	if !slices.Contains(kind.Settings, wanted) {
		wanted = "that"
	}
	return fmt.Errorf("%s: is no secret of the sink %s; there are: %s", wanted, kind.Name, strings.Join(kind.Secrets, ", "))
}

func variables(instance string, names []string) []string {
	var all []string
	for _, name := range names {
		all = append(all, sinks.Prefix(instance)+name)
	}
	return all
}

func noInstance(all []config.Sink, instance string) error {
	var names []string
	for _, s := range all {
		names = append(names, s.Name)
	}
	if meant := suggest.Word(instance, names); meant != "" {
		return fmt.Errorf("SINKS: names no such instance; did you mean %s?", meant)
	}
	return fmt.Errorf("SINKS: names no such instance; there are: %s", strings.Join(names, ", "))
}

// Check says what is wrong with a value for the setting, by the rules of its type of sink. The error
// shows nothing of it.
func (s SecretSetting) Check(ctx context.Context, value string) error {
	if strings.TrimSpace(value) == "" {
		return fmt.Errorf("%s: the value is empty", s.Variable)
	}
	if _, isReference := secret.Locate(value); isReference {
		return fmt.Errorf("%s: the value is the ARN of a secret, and no secret", s.Variable)
	}
	with := config.Over(config.Texts(map[string]string{s.Variable: value}), s.settings)
	var mistakes []error
	for _, mistake := range Mistakes(s.kind.Check(ctx, with, s.instance)) {
		if strings.HasPrefix(mistake.Error(), s.Variable+":") { // the others are those of the configuration
			mistakes = append(mistakes, mistake)
		}
	}
	return errors.Join(mistakes...)
}
