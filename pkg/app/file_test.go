package app_test

import (
	"os"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/pkg/app"
	"github.com/tocsin-sec/tocsin/pkg/config"
)

func loadFile(t *testing.T, text string, variables map[string]string) (*app.App, error) {
	t.Helper()
	settings := map[string]string{"CONFIG": "file:etc/tocsin.yaml"}
	for name, value := range variables {
		settings[name] = value
	}
	return app.Load(t.Context(), app.Options{Settings: config.Texts(settings), Log: &strings.Builder{}, ReadFile: func(name string) ([]byte, error) {
		if name != "etc/tocsin.yaml" {
			return nil, os.ErrNotExist
		}
		return []byte(text), nil
	}})
}

// A file is the configuration; the environment wins, and a mistake has its line.
func TestConfigurationFile(t *testing.T) {
	const file = "min_severity: high\nsinks:\n  console:\n    when: sample\n"
	a, err := loadFile(t, file, map[string]string{"MIN_SEVERITY": "low"})
	if err != nil {
		t.Fatal(err)
	}
	e, err := a.Effective(t.Context())
	if err != nil || len(e.Sinks) != 1 || e.Sinks[0].MinSeverity != 1 || e.Sinks[0].When != "sample" {
		t.Errorf("got %+v, %v", e, err)
	}
	for text, want := range map[string]string{
		"sinks:\n  console:\n    rate: fast\n": "tocsin.yaml:3: CONSOLE_RATE: not a number of messages a second",
		"sinks:\n  console:\n    when: smaple": "tocsin.yaml:3: CONSOLE_WHEN: line 1, column 1: unknown name smaple",
		"sinks:\n  consle:\n":                  "tocsin.yaml:2: sinks.consle: there is no such type of sink; did you mean console?",
	} {
		if _, err := loadFile(t, text, nil); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: got %v", text, err)
		}
	}
	for named, want := range map[string]string{"tocsin.yaml": "CONFIG: want file: and a path", "file:x.yaml": "CONFIG: the file that it names cannot be read"} {
		if _, err := loadFile(t, file, map[string]string{"CONFIG": named}); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: got %v", named, err)
		}
	}
}

// A mistake in the mutes has the file's line, however the list stands there.
func TestMutesInAFile(t *testing.T) {
	for text, want := range map[string]string{
		"sinks: {console: }\nmutes:\n  # noise\n  - when: smaple\n    until: 2999-01-01\n    reason: x\nrate: 1\n": "tocsin.yaml:2: MUTES: line 4: when: line 1, column 1: unknown name smaple",
		"sinks: {console: }\nmutes: [{when: sample, untl: 2999-01-01, reason: x}]\nrate: 1\n":                      "tocsin.yaml:2: MUTES: line 2: there is no such key; did you mean until?",
		"mutes:\n- {when: sample, until: 2999-01-01, reason: x}\nsinks: {console: }\n":                             "",
	} {
		a, err := loadFile(t, text, nil)
		if want != "" {
			if err == nil || !strings.HasPrefix(err.Error(), want) {
				t.Errorf("%q: got %v", text, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, err := a.Effective(t.Context()); err != nil || len(e.Mutes) != 1 {
			t.Errorf("%q: got %d mutes, %v", text, len(e.Mutes), err)
		}
	}
}
