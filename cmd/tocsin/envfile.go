package main

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"os"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/config"
)

// envFileUsage is the help of --env-file.
const envFileUsage = "a file of NAME=value lines that are put over the environment"

// readSettings reads an environment file as Docker and systemd have it: NAME=value on each line,
// with # before a comment, an optional "export", and optional quotes around the value, which may then
// go over several lines, as in a shell. The error joins one error for each line that is none, and shows
// no value. The settings have no origins: the messages about a file are those about the environment
// that it will be.
func readSettings(path string) (config.Variables, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("--env-file: %q: %w", path, errors.Unwrap(err))
	}
	all := config.Variables{}
	var mistakes []error
	for number, line := range whole(strings.Split(string(bytes.TrimPrefix(text, []byte("\ufeff"))), "\n")) {
		line = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), "export "))
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, value, found := strings.Cut(line, "=")
		if name = strings.TrimSpace(name); !found || !isVariable(name) || strings.ContainsRune(value, 0) {
			mistakes = append(mistakes, fmt.Errorf("%s:%d: want NAME=value, and quotes around a value of several lines", path, number+1))
			continue
		}
		all[name] = config.Value{Text: unquoted(strings.TrimSpace(value))} // the last one counts, as in a shell
	}
	return all, errors.Join(mistakes...)
}

// whole gives each line by its index; those over which a value in quotes goes are one, under the first
// one's index.
func whole(lines []string) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		for i := 0; i < len(lines); {
			end := i + linesOf(lines[i:])
			if !yield(i, strings.Join(lines[i:end], "\n")) {
				return
			}
			i = end
		}
	}
}

// linesOf returns over how many lines the first setting goes: to where the quote with which its value
// begins stands again, if that is at the end of a line. Else the quote is a part of the value.
func linesOf(lines []string) int {
	_, value, _ := strings.Cut(lines[0], "=")
	value = strings.TrimSpace(value)
	for _, quote := range []string{`"`, "'"} {
		if strings.HasPrefix(strings.TrimSpace(lines[0]), "#") || !strings.HasPrefix(value, quote) || strings.Count(value, quote) != 1 {
			continue
		}
		for i, line := range lines[1:] {
			if line = strings.TrimSpace(line); strings.Contains(line, quote) {
				if strings.Index(line, quote) == len(line)-1 {
					return i + 2
				}
				break
			}
		}
	}
	return 1
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

// overlay is what variables of the process's environment were before others were put over them; nil
// stands for one that was not set.
type overlay map[string]*string

// over returns the settings of an environment file over those of the environment; no file is no
// setting. It puts those that are for others over the process's environment until restore is
// called, in place of what was put there before. No error names a value.
func (o overlay) over(path string) (config.Source, error) {
	if path == "" {
		return config.Environment(), nil
	}
	file, err := readSettings(path)
	if err != nil {
		return nil, err
	}
	o.restore()
	for name, value := range file {
		if !isForOthers(name) {
			continue
		}
		o[name] = nil
		if before, was := os.LookupEnv(name); was {
			o[name] = &before
		}
		if os.Setenv(name, value.Text) != nil {
			return nil, fmt.Errorf("%s: cannot be set", name)
		}
	}
	return config.Over(file, config.Environment()), nil
}

// restore makes the environment what it was.
func (o overlay) restore() {
	for name, before := range o {
		if before == nil {
			_ = os.Unsetenv(name)
		} else {
			_ = os.Setenv(name, *before) // it was set before
		}
	}
	clear(o)
}
