package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/config"
)

// envFileUsage is the help of --env-file.
const envFileUsage = "a file of NAME=value lines that are put over the environment"

// overEnvironment returns the settings of an environment file over those of the environment; no
// file is no setting. What other programs' code reads by itself stands in the process's environment
// until restore is called.
func overEnvironment(path string) (settings config.Source, restore func(), err error) {
	var o overlay
	if path == "" {
		return config.Environment(), o.restore, nil
	}
	file, err := readSettings(path)
	if err != nil {
		return nil, nil, usageError{err}
	}
	return config.Over(texts(file), config.Environment()), o.restore, o.apply(file)
}

// texts gives the settings of an environment file as a source. It has no origins: the messages
// about a file are those about the environment that it will be.
func texts(file []setting) config.Source {
	all := map[string]string{}
	for _, s := range file {
		all[s.name] = s.value // the last one counts, as in a shell
	}
	return config.Texts(all)
}

// setting is one variable of an environment file.
type setting struct{ name, value string }

// readSettings reads an environment file as Docker and systemd have it: NAME=value on each line, with # before
// a comment, an optional "export", and optional quotes around the value. The error joins one error for
// each line that is none, and shows no value.
func readSettings(path string) ([]setting, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("--env-file: %q: %w", path, errors.Unwrap(err))
	}
	var all []setting
	var mistakes []error
	for number, line := range strings.Split(string(bytes.TrimPrefix(text, []byte("\ufeff"))), "\n") {
		line = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), "export "))
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, value, found := strings.Cut(line, "=")
		if name = strings.TrimSpace(name); !found || !isVariable(name) || strings.ContainsRune(value, 0) {
			mistakes = append(mistakes, fmt.Errorf("%s:%d: want NAME=value", path, number+1))
			continue
		}
		all = append(all, setting{name, unquoted(strings.TrimSpace(value))})
	}
	return all, errors.Join(mistakes...)
}

func isVariable(name string) bool {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_"
	return name != "" && strings.IndexByte(letters, name[0]) >= 0 && strings.Trim(name, letters+"0123456789") == ""
}

func unquoted(value string) string {
	for _, quote := range []string{`"`, "'"} {
		// A condition can begin and end with a text of its own.
		if strings.HasPrefix(value, quote) && strings.HasSuffix(value, quote) && strings.Count(value, quote) == 2 {
			return value[1 : len(value)-1]
		}
	}
	return value
}

// isForOthers reports whether a variable is read by code that is not Tocsin's, and that has no
// other way to it than the environment of the process: the AWS SDK, and what Go itself has for
// proxies and certificates.
func isForOthers(name string) bool {
	return strings.HasPrefix(name, "AWS_") || strings.HasPrefix(name, "SSL_CERT_") ||
		strings.HasSuffix(strings.ToUpper(name), "_PROXY") || name == "HOME"
}

// overlay puts settings for others over the process's environment.
type overlay struct {
	before []saved
}

// saved is what a variable was.
type saved struct {
	name, value string
	was         bool
}

// apply takes back what was put before and puts those of the settings that are for others. The
// error names no value.
func (o *overlay) apply(settings []setting) error {
	o.restore()
	for _, s := range settings {
		if !isForOthers(s.name) {
			continue
		}
		value, was := os.LookupEnv(s.name)
		o.before = append(o.before, saved{s.name, value, was})
		if os.Setenv(s.name, s.value) != nil {
			return fmt.Errorf("%s: cannot be set", s.name)
		}
	}
	return nil
}

// restore makes the environment what it was.
func (o *overlay) restore() {
	for i := len(o.before) - 1; i >= 0; i-- {
		if s := o.before[i]; s.was {
			_ = os.Setenv(s.name, s.value) // it was set before
		} else {
			_ = os.Unsetenv(s.name)
		}
	}
	o.before = nil
}
