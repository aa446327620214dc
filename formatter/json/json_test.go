package json_test

import (
	"bytes"
	stdjson "encoding/json"
	"flag"
	"strings"
	"testing"
	"unicode"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/formatter/json"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

var update = flag.Bool("update", false, "write the golden files anew")

func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	schema, err := compiler.Compile("../../docs/schema/finding.v1.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// check holds each line against the schema.
func check(t *testing.T, schema *jsonschema.Schema, lines []byte) {
	t.Helper()
	for line := range bytes.Lines(lines) {
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(line))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(value); err != nil {
			t.Error(err)
		}
	}
}

func render(t *testing.T, n notify.Notification) []byte {
	t.Helper()
	lines, err := json.Lines(n)
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// A terminal obeys these characters, also where they stand in JSON.
func TestNoControlCharacters(t *testing.T) {
	const text = "x\x00\x1b[2Jy\x7fz\u0080\u0085\u009b31m\u009f\u202ez\u2066\u200b\ufeff Â £é 終 \\u009b"
	lines := render(t, formattertest.Filled(text))
	check(t, schema(t), lines)
	var document struct {
		Title    string
		Resource struct{ Attributes map[string]string }
	}
	if err := stdjson.Unmarshal(lines, &document); err != nil || document.Title != text || document.Resource.Attributes[text] != text {
		t.Errorf("got %q, %v", document.Title, err)
	}
	if at := bytes.IndexFunc(bytes.TrimSuffix(lines, []byte("\n")), isObeyed); at >= 0 {
		t.Errorf("there is what a terminal obeys in %q", lines[max(at-10, 0):at+10])
	}
	if plain := []byte(`{"a":"é終"}`); !bytes.Equal(json.Escape(plain), plain) {
		t.Errorf("%s was changed", plain)
	}
}

func isObeyed(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }

// What a source states no severity for, or has not graded yet, has a level and no value.
func TestUngradedSeverity(t *testing.T) {
	for severity, want := range map[finding.Severity]string{
		finding.Unstated: `"severity":{"level":"medium"}`, finding.Untriaged: `"severity":{"level":"untriaged"}`,
	} {
		lines := render(t, notify.Notification{Kind: notify.KindFinding, Findings: []finding.Finding{{Severity: severity}}})
		check(t, schema(t), lines)
		if !bytes.Contains(lines, []byte(want)) {
			t.Errorf("got %s, want %s", lines, want)
		}
	}
}

func TestGolden(t *testing.T) {
	s := schema(t)
	for name, c := range formattertest.Cases() {
		lines := render(t, c.Notification)
		check(t, s, lines)
		if len(lines) > 64<<10 || strings.HasPrefix(name, "ja-") { // large, or the same in every language
			continue
		}
		var pretty bytes.Buffer
		for line := range bytes.Lines(lines) {
			if err := stdjson.Indent(&pretty, line, "", "  "); err != nil {
				t.Fatal(err)
			}
		}
		formattertest.Golden(t, name+".json", pretty.String(), *update)
	}
}

// Each finding is one line, whatever stands in it.
func TestAttacksStayOnTheirLine(t *testing.T) {
	s := schema(t)
	for name, attack := range formattertest.Attacks() {
		n := formattertest.Filled(attack)
		lines := render(t, n)
		if bytes.Count(lines, []byte("\n")) != 1 || bytes.ContainsFunc(bytes.TrimSpace(lines), func(r rune) bool { return r < 0x20 || r == 0x2028 }) {
			t.Errorf("%s: not one line of printable text", name)
		}
		check(t, s, lines)
	}
}

// A finding of a megabyte is a line like any other: a program reads all of it, or none.
func TestHugeFindings(t *testing.T) {
	for name, n := range formattertest.Huge() {
		n.Findings = n.Findings[:1] // the others are alike
		if lines := render(t, n); !stdjson.Valid(lines) || bytes.Count(lines, []byte("\n")) != 1 {
			t.Errorf("%s: not one line of JSON", name)
		}
	}
}
