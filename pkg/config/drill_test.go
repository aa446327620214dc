package config_test

import (
	"strings"
	"testing"
)

// Fire drills are for the sinks that ask for them, by the usual rule of names; what is neither yes nor no is refused.
func TestDrill(t *testing.T) {
	for name, test := range map[string]struct {
		variables map[string]string
		want      []bool // of slack and oncall
	}{
		"nobody":             {nil, []bool{false, false}},
		"all":                {map[string]string{"DRILL": "true"}, []bool{true, true}},
		"one":                {map[string]string{"ONCALL_DRILL": "True"}, []bool{false, true}},
		"all but one":        {map[string]string{"DRILL": "TRUE", "SLACK_DRILL": "false"}, []bool{false, true}},
		"empty is not set":   {map[string]string{"DRILL": "true", "ONCALL_DRILL": ""}, []bool{true, true}},
		"none, said in full": {map[string]string{"DRILL": "false"}, []bool{false, false}},
	} {
		variables := map[string]string{"SINKS": "slack,oncall=slack"}
		for variable, value := range test.variables {
			variables[variable] = value
		}
		c, err := load(t, "", variables)
		if err != nil || c.Sinks[0].Drills != test.want[0] || c.Sinks[1].Drills != test.want[1] {
			t.Errorf("%s: got %+v, %v", name, c.Sinks, err)
		}
	}
	_, err := load(t, "", map[string]string{"SINKS": "slack,oncall=slack", "DRILL": "maybe", "ONCALL_DRILL": "daily"})
	for _, want := range []string{"DRILL: says whether fire drills are sent: want true or false", "ONCALL_DRILL: says whether"} {
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "maybe") {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
