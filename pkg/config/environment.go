package config

import (
	"os"
	"strings"

	"github.com/kelseyhightower/envconfig"
)

// Environment returns the settings in the environment of this process. Commands alone hand it over:
// what lies behind them reads the source that it is given.
func Environment() Source { return environment{} }

type environment struct{}

// Lookup implements Source.
func (environment) Lookup(name string) (Value, bool) {
	text, found := os.LookupEnv(name)
	return Value{Text: text}, found
}

// Names implements Source.
func (environment) Names() []string {
	var names []string
	for _, entry := range os.Environ() {
		if name, _, _ := strings.Cut(entry, "="); name != "" { // Windows has entries without a name
			names = append(names, name)
		}
	}
	return names
}

// Decode implements Source. envconfig's errors show values, but fields of text have none.
func (environment) Decode(prefix string, into any) error {
	return envconfig.Process(prefix, into)
}
