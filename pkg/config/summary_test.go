package config_test

import (
	"testing"

	"github.com/tocsin-sec/tocsin/pkg/config"
)

func TestSummary(t *testing.T) {
	const needsTable = ": needs a table, in which each day is counted; set LEDGER=dynamodb and LEDGER_TABLE, or unset this"
	for name, test := range map[string]struct {
		variables      map[string]string
		console, other bool
		want           string
	}{
		"nothing":             {map[string]string{}, false, false, ""},
		"all":                 {map[string]string{"SUMMARY": "Weekly"}, true, true, ""},
		"all but one":         {map[string]string{"SUMMARY": "weekly", "CONSOLE_SUMMARY": "off"}, false, true, ""},
		"one":                 {map[string]string{"OTHER_SUMMARY": "weekly"}, false, true, ""},
		"a slip":              {map[string]string{"OTHER_SUMMARY": "weekley"}, false, false, "OTHER_SUMMARY: not how often there is a summary; did you mean weekly?"},
		"daily":               {map[string]string{"SUMMARY": "daily"}, false, false, "SUMMARY: not how often there is a summary: want weekly or off"},
		"without table":       {map[string]string{"SUMMARY": "weekly", "LEDGER": "memory"}, true, true, "SUMMARY" + needsTable},
		"of one, without it":  {map[string]string{"OTHER_SUMMARY": "weekly", "LEDGER": "memory"}, false, true, "OTHER_SUMMARY" + needsTable},
		"without a word":      {map[string]string{"SUMMARY": "weekly", "LEDGER": ""}, true, true, "SUMMARY" + needsTable},
		"off and without one": {map[string]string{"SUMMARY": "off", "LEDGER": "memory"}, false, false, ""},
	} {
		variables := map[string]string{"SINKS": "console,other=console", "LEDGER": "dynamodb"}
		for name, value := range test.variables {
			variables[name] = value
		}
		if variables["LEDGER"] == "dynamodb" {
			variables["LEDGER_TABLE"] = "t"
		}
		c, err := config.Load(config.Texts(variables), fileOptions())
		if test.want != "" {
			if err == nil || err.Error() != test.want {
				t.Errorf("%s: got %v", name, err)
			}
			continue
		}
		if err != nil || c.Sinks[0].HasSummary != test.console || c.Sinks[1].HasSummary != test.other {
			t.Errorf("%s: got %v, %v, %v", name, c.Sinks[0].HasSummary, c.Sinks[1].HasSummary, err)
		}
	}
	// On a laptop the settings of a function can be tried without its table.
	o := fileOptions()
	o.DefaultSinks = "console"
	if _, err := config.Load(config.Texts(map[string]string{"SUMMARY": "weekly"}), o); err != nil {
		t.Error(err)
	}
}
