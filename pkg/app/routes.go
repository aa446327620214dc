package app

import (
	"fmt"

	"github.com/tocsin-sec/tocsin/pkg/condition"
	"github.com/tocsin-sec/tocsin/pkg/config"
	"github.com/tocsin-sec/tocsin/pkg/router"
)

// routeTo says which findings an instance wants.
func routeTo(instance config.Sink) (router.Route, error) {
	variable, text := instance.Setting("WHEN")
	when, err := compileWhen(variable, text)
	return router.Route{Sink: instance.Name, MinSeverity: instance.MinSeverity, When: when, Variable: variable}, err
}

// compileWhen compiles the condition in a variable; nil stands for no condition.
func compileWhen(variable, text string) (*condition.Condition, error) {
	if text == "" {
		return nil, nil //nolint:nilnil // no condition is a choice
	}
	when, err := condition.Compile(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", variable, err)
	}
	return when, nil
}
