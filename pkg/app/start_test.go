package app_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/pkg/app"
	"github.com/tocsin-sec/tocsin/pkg/config"
)

// The line at start warns of what loses or repeats alerts in Lambda, and is of a higher level then.
func TestStartWarnings(t *testing.T) {
	t.Setenv("AWS_REGION", "eu-west-1")
	const letters = "https://sqs.eu-west-1.amazonaws.com/111122223333/dead"
	for name, test := range map[string]struct {
		settings map[string]string
		warnings []string
		level    string
	}{
		"as deployed":      {map[string]string{"LEDGER": "dynamodb", "LEDGER_TABLE": "t", "DEAD_LETTER_QUEUE_URL": letters}, nil, "info"},
		"nothing set":      {nil, []string{"LEDGER=memory: ", "DEAD_LETTER_QUEUE_URL is not set: "}, "warn"},
		"no ledger":        {map[string]string{"LEDGER": "off", "DEAD_LETTER_QUEUE_URL": letters}, []string{"LEDGER=off: "}, "warn"},
		"warnings are out": {map[string]string{"LOG_LEVEL": "error"}, nil, ""},
	} {
		var log strings.Builder
		settings := map[string]string{"SINKS": "console,rest=console", "REST_WHEN": "sample", "DEFAULT_SINK": "rest", "REST_MIN_SEVERITY": "low"}
		for variable, text := range test.settings {
			settings[variable] = text
		}
		if _, err := app.LoadReloading(t.Context(), app.Options{Settings: config.Texts(settings), Log: &log}); err != nil {
			t.Fatal(err)
		}
		if test.level == "" {
			if log.String() != "" {
				t.Errorf("%s: got %s", name, log.String())
			}
			continue
		}
		var line struct {
			Level, Message, Version, Commit, Ledger string
			Warnings                                []string
			Sinks                                   []map[string]any
		}
		if err := json.Unmarshal([]byte(log.String()), &line); err != nil {
			t.Fatal(err)
		}
		if line.Level != test.level || line.Message != "start" || line.Version == "" || line.Commit == "" || len(line.Warnings) != len(test.warnings) {
			t.Fatalf("%s: got %s", name, log.String())
		}
		for i, want := range test.warnings {
			if !strings.HasPrefix(line.Warnings[i], want) {
				t.Errorf("%s: got %q, want %q", name, line.Warnings[i], want)
			}
		}
		if diff := cmp.Diff([]map[string]any{
			{"sink": "console", "type": "console", "minSeverity": "4.0"},
			{"sink": "rest", "type": "console", "minSeverity": "1.0", "when": true, "default": true},
		}, line.Sinks); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
