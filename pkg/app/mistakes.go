package app

import (
	"errors"
	"slices"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/config"
)

// Mistakes returns the single errors that err joins, each of which fits on a line.
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

// once joins the mistakes with where they stand, each once, in the order of the file's lines.
func once(settings config.Source, mistakes []error) error {
	return errors.Join(config.Placed(settings, Mistakes(errors.Join(mistakes...)))...)
}

const accountNamesVariable = "ACCOUNT_NAMES"

// isOf reports whether one of the mistakes that an error joins is in a variable.
func isOf(variable string, err error) bool {
	return slices.ContainsFunc(Mistakes(err), func(mistake error) bool { return strings.HasPrefix(mistake.Error(), variable+": ") })
}

// ofSet joins those of the mistakes of a sink that are in variables that are set.
func ofSet(settings config.Source, err error) error {
	return errors.Join(slices.DeleteFunc(Mistakes(err), func(mistake error) bool {
		variable, _, _ := strings.Cut(mistake.Error(), ":")
		value, _ := settings.Lookup(variable)
		return strings.TrimSpace(value.Text) == ""
	})...)
}
