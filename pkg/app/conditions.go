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

// compileWhen compiles and judges the condition of an instance, or the one that all share; nil
// stands for no condition. The error joins one error for each mistake.
func compileWhen(known condition.Known, setting func(name string) (variable, text string)) (*condition.Condition, error) {
	variable, text := setting("WHEN")
	if text == "" {
		return nil, nil //nolint:nilnil // no condition is a choice
	}
	when, err := condition.Compile(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", variable, err)
	}
	mistakes := when.Mistakes(known)
	for i, mistake := range mistakes {
		mistakes[i] = fmt.Errorf("%s: %w", variable, mistake)
	}
	return when, errors.Join(mistakes...)
}
