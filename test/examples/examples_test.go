// Package examples_test holds the examples of docs/examples, and the published schema, against what
// reads them.
package examples_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"github.com/tocsin-sec/tocsin/pkg/app"
	"github.com/tocsin-sec/tocsin/pkg/config"
)

var update = flag.Bool("update", false, "write docs/schema/tocsin.v1.json")

var (
	schemaFile  = filepath.Join("..", "..", "docs", "schema", "tocsin.v1.json")
	exampleFile = filepath.Join("..", "..", "docs", "examples", "tocsin.yaml")
)

// The published schema is the one that the program writes.
func TestPublishedSchema(t *testing.T) {
	want, err := app.Schema(app.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(schemaFile, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(string(want), string(read(t, schemaFile))); diff != "" {
		t.Errorf("docs/schema/tocsin.v1.json is not what tocsin config schema writes; go test ./test/examples -update writes it:\n%s", diff)
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// judge judges a text as the file of the configuration, and returns the lines of its mistakes.
func judge(t *testing.T, text string) []string {
	t.Helper()
	_, err := app.Judge(t.Context(), app.Options{
		Settings: config.Texts(map[string]string{config.FileVariable: "file:tocsin.yaml"}),
		ReadFile: func(string) ([]byte, error) { return []byte(text), nil },
	})
	var lines []string
	for _, mistake := range app.Mistakes(err) {
		lines = append(lines, mistake.Error())
	}
	return lines
}

// The example is of the size that it says, fits the schema, and has no mistake.
func TestExample(t *testing.T) {
	text := read(t, exampleFile)
	schema, err := jsonschema.NewCompiler().Compile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	var value any
	if err := yaml.Unmarshal(text, &value); err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(value); err != nil {
		t.Error(err)
	}
	if mistakes := judge(t, string(text)); len(mistakes) > 0 {
		t.Errorf("got %q", mistakes)
	}
	a, err := app.Load(t.Context(), app.Options{
		Settings: config.Texts(map[string]string{config.FileVariable: "file:" + exampleFile}), Log: &bytes.Buffer{},
	})
	if err != nil {
		t.Fatal(err)
	}
	effective, err := a.Effective(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	types := map[string]int{}
	for _, sink := range effective.Sinks {
		types[sink.Type]++
	}
	if diff := cmp.Diff(map[string]int{"slack": 5, "pagerduty": 1, "ses": 1, "sqs": 1}, types); diff != "" {
		t.Error(diff)
	}
	document := value.(map[string]any)
	accounts := 0
	groups := document["accounts"].(map[string]any)
	for _, group := range groups {
		accounts += len(group.(map[string]any))
	}
	if accounts != 60 || len(groups) != 5 || len(effective.Mutes) != 2 {
		t.Errorf("%d accounts in %d groups, %d mutes", accounts, len(groups), len(effective.Mutes))
	}
}

// slip is a line of the example with a mistake, and what is said of it.
type slip struct{ is, becomes, remedy string }

func wrongKeys() []slip {
	return []slip{
		{"min_severity: medium", "min_severty: medium", "min_severty: there is no such key; did you mean min_severity?"},
		{"    mention_min_severity: critical", "    mention_min_severety: critical", "defaults.slack.mention_min_severety: there is no such key; did you mean mention_min_severity?"},
		{"    channel: C0SHOP0001", "    chanel: C0SHOP0001", "sinks.shop.chanel: there is no such key; did you mean channel?"},
		{"    routing_key: ", "    rooting_key: ", "sinks.oncall.rooting_key: there is no such key; did you mean routing_key?"},
		{"    queue_url: ", "    queue_uri: ", "sinks.lake.queue_uri: there is no such key; did you mean queue_url?"},
	}
}

func wrongValues() []slip {
	return []slip{
		{"runbook_url: https", "runbook_url: htps", "RUNBOOK_URL: want an https URL without a password, such as https://wiki.example.com/runbooks/{type}"},
		{"min_severity: low # they", "min_severity: lowest # they", "PAYMENTS_MIN_SEVERITY: not a severity: want a number from 0 to 10, or low, medium, high, critical"},
		{"    region: eu\n", "    region: asia\n", "ONCALL_REGION: is no region of PagerDuty's; want us or eu (the account's address has .eu. in it)"},
		{`endsWith "-prod"`, `endWith "-prod"`, "ONCALL_WHEN: line 1, column 29: unexpected token endWith"},
		{"[security@example.com,", "[security,", `MAIL_TO: is no list of addresses, separated by commas (alerts@example.com, "SOC, Tokyo" <soc@example.com>)`},
	}
}

// Five wrong keys have five remedies, each with its line, and five wrong values beside them five more,
// in the order of the lines: none hides another, or makes one that is not there.
func TestWrongKeysAndValues(t *testing.T) {
	for _, slips := range [][]slip{wrongKeys(), wrongValues(), append(wrongKeys(), wrongValues()...)} {
		text := string(read(t, exampleFile))
		want := map[int]string{}
		for _, slip := range slips {
			before, rest, found := strings.Cut(text, slip.is)
			if !found {
				t.Fatalf("%q is not in the example", slip.is)
			}
			text = before + slip.becomes + rest
			line := strings.Count(before, "\n") + 1
			want[line] = "tocsin.yaml:" + strconv.Itoa(line) + ": " + slip.remedy
		}
		var inOrder []string
		for _, line := range slices.Sorted(maps.Keys(want)) {
			inOrder = append(inOrder, want[line])
		}
		if diff := cmp.Diff(inOrder, judge(t, text)); diff != "" {
			t.Errorf("%d slips: %s", len(slips), diff)
		}
	}
}

// Whichever key of the example is wrong, or has what is not its kind, it is one mistake. The name of a
// sink can be any.
func TestOneWrongKeyIsOneMistake(t *testing.T) {
	lines := strings.Split(string(read(t, exampleFile)), "\n")
	var names int
	for i, line := range lines {
		name, value, isKey := strings.Cut(line, ":")
		key := strings.TrimPrefix(strings.TrimLeft(name, " "), "- ")
		if !isKey || key == "" || strings.ContainsAny(key, "#\"") {
			continue
		}
		before := strings.TrimSuffix(name, key)
		for what, wrong := range map[string]string{
			"a slip": before + key[:1] + key[2:] + ":" + value, "a wrong kind": before + key + ": {a: {b: c}}",
		} {
			if what == "a wrong kind" && value == "" {
				continue // what stands below it would be no YAML
			}
			got := judge(t, strings.Join(slices.Concat(lines[:i], []string{wrong}, lines[i+1:]), "\n"))
			if len(got) == 0 {
				names++
			}
			if len(got) > 1 {
				t.Errorf("line %d, %s: got %q", i+1, what, got)
			}
		}
	}
	if names > 20 {
		t.Errorf("%d wrong keys are none", names)
	}
}

// What the page on configuration shows is good, and has a word on every key of the schema.
func TestPageOnTheFile(t *testing.T) {
	page := string(read(t, filepath.Join("..", "..", "docs", "configuration.md")))
	_, rest, _ := strings.Cut(page, "```yaml\n")
	shown, _, found := strings.Cut(rest, "```")
	if mistakes := judge(t, shown); !found || len(mistakes) > 0 {
		t.Errorf("got %q", mistakes)
	}
	var schema struct{ Properties map[string]any }
	if err := json.Unmarshal(read(t, schemaFile), &schema); err != nil || len(schema.Properties) < 10 {
		t.Fatalf("%d keys, %v", len(schema.Properties), err)
	}
	_, keys, _ := strings.Cut(page, "### Keys")
	keys, _, _ = strings.Cut(keys, "\n#")
	for key := range schema.Properties {
		if !strings.Contains(keys, "`"+key+"`") {
			t.Errorf("the page says nothing of the key %s", key)
		}
	}
}
