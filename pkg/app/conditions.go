package app

import (
	"errors"
	"fmt"
	"slices"

	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/condition"
	"github.com/tocsin-sec/tocsin/pkg/config"
)

// knownOf returns what conditions are judged by. Names in a secret are not known before it is read.
func knownOf(table []source.Source, c config.Config) condition.Known {
	var known condition.Known
	for _, name := range c.AccountNames {
		known.AccountNames = append(known.AccountNames, name)
	}
	slices.Sort(known.AccountNames)
	for _, s := range table {
		known.Roads = append(known.Roads, s.ID)
		if s.Name != "" {
			known.Sources = append(known.Sources, s.Name)
		}
		if s.Product != "" {
			known.Products = append(known.Products, s.Product)
		}
	}
	known.Types = func() []string {
		var types []string
		for _, s := range table {
			if s.Types != nil {
				types = append(types, s.Types()...)
			}
		}
		return types
	}
	return known
}

// whenSettings are the settings of an instance, or those that all share.
type whenSettings interface {
	Setting(name string) (variable, text string)
	Written(name string) string
}

// compileWhen compiles and judges the condition of an instance, or the one that all share; nil
// stands for no condition. The error joins one error for each mistake.
func compileWhen(known condition.Known, settings whenSettings) (*condition.Condition, error) {
	variable, text := settings.Setting("WHEN")
	if text == "" {
		return nil, nil //nolint:nilnil // no condition is a choice
	}
	when, mistakes := judged(known, text)
	if written := settings.Written("WHEN"); len(mistakes) > 0 && written != "" {
		var placed []error
		if _, placed = judged(known, written); len(placed) == 0 {
			placed = []error{fmt.Errorf("together with the sink's accounts: %w", errors.Join(mistakes...))}
		}
		mistakes = placed
	}
	for i, mistake := range mistakes {
		mistakes[i] = fmt.Errorf("%s: %w", variable, mistake)
	}
	return when, errors.Join(mistakes...)
}

// judged compiles a condition, and returns the mistakes in it.
func judged(known condition.Known, text string) (*condition.Condition, []error) {
	when, err := condition.Compile(text)
	if err != nil {
		return nil, []error{err}
	}
	return when, when.Mistakes(known)
}
