package sinks_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/pkg/config"
	"github.com/tocsin-sec/tocsin/sinks"
)

func TestSettings(t *testing.T) {
	want := map[string][]string{
		"console": {"FORMAT"}, "slack": {"WEBHOOK_URL", "BOT_TOKEN", "CHANNEL", "SIGNING_SECRET", "USERNAME", "ICON_EMOJI", "API_URL"}, "sns": {"TOPIC_ARN"},
	}
	if diff := cmp.Diff(want, of(want, func(kind sinks.Type) []string { return kind.Settings })); diff != "" {
		t.Error(diff)
	}
}

// of returns what the types say that want names; a new type need not be in it.
func of[V any](want map[string]V, says func(sinks.Type) V) map[string]V {
	got := map[string]V{}
	for _, kind := range sinks.Table() {
		if _, named := want[kind.Name]; named {
			got[kind.Name] = says(kind)
		}
	}
	return got
}

// Whoever writes the variables down (the CDK app) asks which of them must not be seen.
func TestSecrets(t *testing.T) {
	want := map[string][]string{"console": nil, "slack": {"WEBHOOK_URL", "BOT_TOKEN", "SIGNING_SECRET"}, "sns": nil}
	if diff := cmp.Diff(want, of(want, func(kind sinks.Type) []string { return kind.Secrets })); diff != "" {
		t.Error(diff)
	}
}

// Slack is sent one message after another at its rate, and several at once where the rate is
// lifted.
func TestConcurrencyAt(t *testing.T) {
	for rate, want := range map[float64]map[string]int{
		0: {"console": 1, "slack": 8, "sns": 20}, 1: {"console": 1, "slack": 1, "sns": 20}, 5: {"console": 1, "slack": 1, "sns": 20},
	} {
		if diff := cmp.Diff(want, of(want, func(kind sinks.Type) int { return kind.ConcurrencyAt(rate) })); diff != "" {
			t.Errorf("at %v a second: %s", rate, diff)
		}
	}
}

// Each sink has a page that names each of its settings, and the table of documentation names the
// page.
func TestPages(t *testing.T) {
	overview, err := os.ReadFile("../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	live, err := os.ReadFile("../docs/check.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range sinks.Table() {
		page, err := os.ReadFile("../docs/sinks/" + kind.Name + ".md")
		if err != nil {
			t.Error(err)
			continue
		}
		for _, setting := range append([]string{"MIN_SEVERITY"}, kind.Settings...) {
			if variable := sinks.Prefix(kind.Name) + setting; !strings.Contains(string(page), "| `"+variable+"` |") {
				t.Errorf("docs/sinks/%s.md does not say what %s means", kind.Name, variable)
			}
		}
		if len(kind.Needs) == 1 {
			for _, setting := range kind.Needs[0] {
				if !strings.HasSuffix(rowOf(page, kind, setting), "| required |") {
					t.Errorf("docs/sinks/%s.md does not say that %s is required", kind.Name, setting)
				}
			}
		}
		row := "| `" + sinks.Prefix(kind.Name) + "...` | see [the "
		if !strings.Contains(string(overview), row) || !strings.Contains(string(overview), "(sinks/"+kind.Name+".md)") {
			t.Errorf("docs/configuration.md does not lead to docs/sinks/%s.md", kind.Name)
		}
		for _, setting := range kind.Secrets {
			if !strings.Contains(rowOf(page, kind, setting), "(../configuration.md#secrets)") {
				t.Errorf("docs/sinks/%s.md does not say that %s takes a reference to a secret", kind.Name, setting)
			}
		}
		if !strings.Contains(string(page), "[`tocsin check --live`](../check.md)") || !strings.Contains(string(live), "(sinks/"+kind.Name+".md)") {
			t.Errorf("docs/sinks/%s.md or docs/check.md does not say what tocsin check --live asks", kind.Name)
		}
		for _, grant := range kind.Grants {
			for _, action := range grant.Actions {
				if !strings.Contains(string(page), "`"+action+"`") {
					t.Errorf("docs/sinks/%s.md does not say that the role needs %s", kind.Name, action)
				}
			}
		}
	}
}

// rowOf returns the row of a setting in the table of a sink's page.
func rowOf(page []byte, kind sinks.Type, setting string) string {
	_, row, _ := strings.Cut(string(page), "| `"+sinks.Prefix(kind.Name)+setting+"` |")
	row, _, _ = strings.Cut(row, "\n")
	return row
}

func TestMistakesNameTheVariable(t *testing.T) {
	for _, kind := range sinks.Table() {
		settings := config.Texts(nil)
		switch {
		case kind.Name == "console":
			settings = config.Texts(map[string]string{"ONCALL_FORMAT": "s3cr3t"})
		case len(kind.Needs) == 0:
			continue // there is nothing to be mistaken in
		}
		_, err := kind.New(t.Context(), settings, "oncall", formatter.Style{})
		for _, err := range []error{err, kind.Check(t.Context(), settings, "oncall")} {
			if err == nil || !strings.HasPrefix(err.Error(), "ONCALL_") || strings.Contains(err.Error(), "s3cr3t") {
				t.Errorf("%s: the error does not begin with the variable, or shows its value", kind.Name)
			}
		}
	}
}
