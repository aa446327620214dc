package tocsin

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/pkg/config"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/sinks"
)

// judgeVariables lets pkg/config and the sinks read the variables as the function will. It gives the
// lowest threshold of all instances, or one error for each mistake, which begins with the variable's
// name. Nothing is sent and no secret is read.
//
// They read the process's environment, which is put back afterwards: not for use by several
// goroutines, which is no loss since CDK constructs are not either.
func judgeVariables(variables map[string]string) (finding.Threshold, []error) {
	before := os.Environ()
	defer setEnvironment(before)
	entries := make([]string, 0, len(variables))
	for name, value := range variables {
		entries = append(entries, name+"="+value)
	}
	setEnvironment(entries)

	settings := map[string][]string{}
	kinds := map[string]sinks.Type{}
	for _, kind := range sinks.Table() {
		settings[kind.Name], kinds[kind.Name] = kind.Settings, kind
	}
	c, err := config.Load(config.Options{SinkTypes: settings})
	mistakes := []error{err}
	lowest := finding.Threshold(0)
	for i, sink := range c.Sinks {
		if i == 0 || sink.MinSeverity < lowest {
			lowest = sink.MinSeverity
		}
		style, err := formatter.NewStyle(sink.Setting)
		mistakes = append(mistakes, err)
		//nolint:forbidigo // a construct is given no context, and a sink that is only built waits for nothing
		_, err = kinds[sink.Type].New(context.Background(), sink.Name, style)
		mistakes = append(mistakes, err)
	}
	return lowest, single(errors.Join(mistakes...))
}

// setEnvironment makes entries (NAME=value) the process's whole environment.
func setEnvironment(entries []string) {
	os.Clearenv()
	for _, entry := range entries {
		name, value, _ := strings.Cut(entry, "=")
		_ = os.Setenv(name, value) // checkEnv reports a name that the system refuses
	}
}

// single gives the errors that err joins, each of which fits on a line, and each once: instances share
// settings.
func single(err error) []error {
	if err == nil {
		return nil
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var all []error
	for _, one := range joined.Unwrap() {
		for _, mistake := range single(one) {
			if !slices.ContainsFunc(all, func(other error) bool { return other.Error() == mistake.Error() }) {
				all = append(all, mistake)
			}
		}
	}
	return all
}
