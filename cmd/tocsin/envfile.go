package main

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tocsin-sec/tocsin/pkg/config"
)

// settingFiles are the files that a command takes settings from, beside the environment.
type settingFiles struct{ env, config string }

// addTo adds the flags that name them to a command.
func (f *settingFiles) addTo(command *cobra.Command) {
	command.Flags().StringVar(&f.env, "env-file", "", "a file of NAME=value lines that are put over the environment")
	command.Flags().StringVar(&f.config, "config", "", "the configuration's file, such as tocsin.yaml; variables are put over it")
}

// names returns the names of the files.
func (f settingFiles) names() []string {
	return slices.DeleteFunc([]string{f.env, f.config}, func(name string) bool { return name == "" })
}

// readSettings reads an environment file as a shell would: NAME=value on each line, with # before a
// comment, an optional "export", and optional quotes around the value, which may then go over several
// lines. A value may hold blanks, as Docker and systemd have it. The error joins one error for each line that is none, and shows no
// value. The settings have no origins: the messages about a file are those about the environment
// that it will be.
func readSettings(path string) (config.Variables, error) {
	if kind := strings.ToLower(filepath.Ext(path)); kind == ".yaml" || kind == ".yml" {
		return nil, fmt.Errorf("--env-file: %q is YAML by its name: give it with --config", path)
	}
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
		all[name] = config.Value{Text: valueOf(strings.TrimLeft(value, " \t")), IsOurs: true} // the last one counts, as in a shell
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

// valueOf returns the value that a shell would read from what stands behind the =, but for blanks,
// which a value without quotes may hold: quotes are taken off, and a comment behind it is left out.
// A condition can begin with a quote and go on behind it; it is taken as it stands.
func valueOf(text string) string {
	if quoted, rest, ok := cutQuoted(text); ok && (rest == "" || isComment(rest)) {
		return quoted
	}
	quote := rune(0) // the one that is open
	for i, r := range text {
		switch {
		case quote == 0 && isComment(text[i:]):
			return strings.TrimSpace(text[:i])
		case quote == 0 && (r == '"' || r == '\''):
			quote = r
		case r == quote:
			quote = 0
		}
	}
	return strings.TrimSpace(text)
}

// isComment reports whether a text is a blank and a comment.
func isComment(text string) bool {
	comment := strings.TrimLeft(text, " \t")
	return len(comment) < len(text) && (comment == "" || comment[0] == '#')
}

// cutQuoted returns what the quotes at the beginning of a text hold, as a shell reads them, and what
// stands behind them.
func cutQuoted(text string) (value, rest string, ok bool) {
	if text == "" || text[0] != '"' && text[0] != '\'' {
		return "", text, false
	}
	var inside strings.Builder
	for i := 1; i < len(text); i++ {
		switch {
		case strings.HasPrefix(text[i:], `'\''`) && text[0] == '\'': // how a shell has this quote in such quotes
			i += len(`'\'`)
		case text[i] == text[0]:
			return inside.String(), text[i+1:], true
		case text[0] == '"' && text[i] == '\\' && i+1 < len(text) && strings.IndexByte("\"\\$`", text[i+1]) >= 0:
			i++
		}
		inside.WriteByte(text[i])
	}
	return "", text, false
}

// overlay is what variables of the process's environment were before others were put over them; nil
// stands for one that was not set.
type overlay map[string]*string

// over returns the settings of the files over those of the environment. It puts those that are for
// others over the process's environment until restore is called, in place of what was put there
// before. No error names a value.
func (o overlay) over(files settingFiles) (config.Source, error) {
	settings := config.Environment()
	if files.env != "" {
		file, err := readSettings(files.env)
		if err != nil {
			return nil, err
		}
		if err := o.put(file); err != nil {
			return nil, err
		}
		settings = config.Over(file, settings)
	}
	if files.config != "" {
		settings = config.Over(config.Texts(map[string]string{config.FileVariable: "file:" + files.config}), settings)
	}
	return settings, nil
}

// put puts those of the variables that are for others over the process's environment.
func (o overlay) put(file config.Variables) error {
	o.restore()
	for name, value := range file {
		if !config.IsForOthers(name) {
			continue
		}
		o[name] = nil
		if before, was := os.LookupEnv(name); was {
			o[name] = &before
		}
		if os.Setenv(name, value.Text) != nil {
			return fmt.Errorf("%s: cannot be set", name)
		}
	}
	return nil
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
