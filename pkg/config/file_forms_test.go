package config_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/pkg/config"
	"github.com/tocsin-sec/tocsin/pkg/mute"
)

const oneMute = `{"when": "sample", "until": "2999-12-01", "reason": "tests: a, b"}`

// Whatever form of YAML the mutes stand in, they are the same, in the file's lines.
func TestMutesInAFile(t *testing.T) {
	for text, line := range map[string]int{
		"sinks:\n  console:\nmutes:\n- when: sample\n  until: 2999-12-01\n  reason: 'tests: a, b'\n":                         4,
		`{"mutes": [` + oneMute + `], "sinks": {"console": {}}}`:                                                             1,
		`{"min_severity": "high", "sinks": {"console": {}}, "mutes": [` + oneMute + `]}`:                                     1,
		"{\n  \"mutes\": [\n    " + oneMute + "\n  ],\n  \"sinks\": {\"console\": {}}\n}\n":                                  3,
		"sinks:\n  console: {when: &tests sample}\nmutes:\n- when: *tests\n  until: 2999-12-01\n  reason: \"tests: a, b\"\n": 4,
		"sinks:\n  console:\nmutes:\n- &first {when: sample, until: 2999-12-01, reason: \"tests: a, b\"}\n":                  4,
		"sinks:\r\n  console:\r\nmutes:\r\n- when: sample\r\n  until: 2999-12-01\r\n  reason: 'tests: a, b'\r\n":             4,
	} {
		got, mistakes := config.ReadFile("f", []byte(text), fileOptions())
		if len(mistakes) > 0 {
			t.Errorf("%s: %v", text, mistakes)
			continue
		}
		list := got["MUTES"].Text
		mutes, mistakes := mute.Parse([]byte(list))
		if len(mistakes) > 0 || len(mutes) != 1 || mutes[0].Reason != "tests: a, b" {
			t.Errorf("%s: got %+v, %v\n%s", text, mutes, mistakes, list)
		}
		if before, _, _ := strings.Cut(list, "sample"); strings.Count(before, "\n") != line-1 {
			t.Errorf("%s: not in line %d: %q", text, line, list)
		}
	}
	merged := "sinks: {console: }\nmutes:\n- &a {name: a, when: sample, until: 2999-12-01, reason: b}\n- <<: *a\n  name: b\n"
	got, mistakes := config.ReadFile("f", []byte(merged), fileOptions())
	if mutes, wrong := mute.Parse([]byte(got["MUTES"].Text)); len(mutes) != 2 || len(wrong)+len(mistakes) > 0 {
		t.Errorf("got %v, %v, %v: %s", mutes, wrong, mistakes, got["MUTES"].Text)
	}
}

// Forms that would be read as something else, or not at all, are mistakes.
func TestFormsOfAFile(t *testing.T) {
	for text, want := range map[string]string{
		"sinks: {console: }\n---\nmin_severity: high\n":             "f:3: a second document begins before this, and would not be read",
		"sinks: {console: }\n---\n":                                 "",
		"---\nsinks: {console: }\n...\n":                            "",
		"sinks:\nmin_severity: high\n":                              "f:1: sinks: names none",
		"Min_Severity: high\n":                                      "f:1: Min_Severity: there is no such key; did you mean min_severity?",
		"sinks: {console: {FORMAT: json}}\n":                        "f:1: sinks.console.FORMAT: there is no such key; did you mean format?",
		"title_template: {title}\n":                                 "f:1: title_template: want a text: put it in quotes",
		"when: [sample]\n":                                          "f:1: when: want a text: put it in quotes",
		"ledger: {dynamodb}\n":                                      "f:1: ledger: want a text, and no keys below it",
		"sinks: {\"https://hooks.slack.com/services/T0/B0/s\": }\n": "f:1: a key: there is no such type of sink",
		"fields: [resource, ]\n":                                    "",
		"fields: [resource, null]\n":                                "f:1: fields: one of them has no value; want a list of texts",
		"source_severity: {health: }\n":                             "f:1: source_severity: one of them has no value; want keys with texts",
		"accounts: {shop: }\nsinks: {console: {accounts: shop}}\n":  "f:2: sinks.console.accounts: entry 1: there are no accounts in this group",
		"accounts: {shop: }\nsinks: {console: {accounts: }}\n":      "f:2: sinks.console.accounts: want the name of a group",
		"sinks:\n  console: {type: }\n  slack: &a {channel: C1}\n  s: {type: slack, <<: [*a]}\n": "",
	} {
		_, mistakes := config.ReadFile("f", []byte(text), fileOptions())
		if want == "" && len(mistakes) == 0 {
			continue
		}
		if got := fmt.Sprint(mistakes); want == "" || !strings.HasPrefix(got, "["+want) {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

// What is no YAML is said of the line in which it is, with a remedy.
func TestNoYAML(t *testing.T) {
	for text, want := range map[string]string{
		"sinks:\n  slack:\n    when: sample\n\tconsole:\n":                        "f:4: this is no YAML: a tab stands at the beginning",
		"sinks:\n  slack:\n    when: sample\n    mention: @here\n":                "f:4: this is no YAML: a value that begins with a sign",
		"sinks:\n  slack:\n    when: sample\n    mention: *here\n":                "f:4: this is no YAML: a value that begins with a sign",
		"sinks:\n  slack:\n    when: \"high\" == level # x\n":                     "f:3: this is no YAML: text stands behind the quotes",
		"sinks:\n  slack:\n    title_template: {{.level}} {{.title}}\n":           "f:3: this is no YAML: a template stands in single quotes",
		"sinks:\n  slack:\n    when: title contains \"a: b\"\n":                   "f:3: this is no YAML: a value that holds a colon",
		"sinks:\n  slack:\n    channel: \"C1\n  console:\n    format: \"json\"\n": "f:3: this is no YAML: the quotes that begin in this line",
		"sinks:\n  slack\n  console:\n":                                           "f:3: this is no YAML: a key and its value",
		"when: !sample\n":                                                         "f:1: when: what begins with ! is read as a tag",
		"fields: [!a b]\n":                                                        "f:1: fields: what begins with ! is read as a tag",
	} {
		_, mistakes := config.ReadFile("f", []byte(text), fileOptions())
		if len(mistakes) != 1 || !strings.HasPrefix(mistakes[0].Error(), want) {
			t.Errorf("%q: got %v, want %s", text, mistakes, want)
		}
	}
}

// What refers to itself, or to much, many times over, ends.
func TestHostileFile(t *testing.T) {
	bomb := &strings.Builder{}
	bomb.WriteString("accounts: &l0 {shop: }\n")
	for i := range 60 {
		fmt.Fprintf(bomb, "l%d: &l%d {<<: *l%d, <<: [*l%d, *l%d]}\n", i+1, i+1, i, i, i)
	}
	bomb.WriteString("sinks: *l60\n")
	names := &strings.Builder{}
	names.WriteString("accounts:\n")
	for i := range 40_000 {
		fmt.Fprintf(names, "  \"%012d\": a\n", i)
	}
	keys := &strings.Builder{}
	for i := range 100_000 {
		fmt.Fprintf(keys, "k%d:\n", i)
	}
	sections := &strings.Builder{}
	for i := range 60_000 {
		fmt.Fprintf(sections, "sink%d: {}\n", i)
	}
	for name, text := range map[string]string{
		"many keys":     keys.String(),
		"many sections": sections.String(),
		"itself":        "accounts: &a\n  <<: *a\nsinks: {console: }\n",
		"in a list":     "fields: &a [*a]\nmutes: &m [*m]\nsinks: {console: }\n",
		"a sink of all": "sinks: &a\n  console: *a\n",
		"each other":    "accounts: &a\n  b: &b {<<: *a}\n  <<: *b\n",
		"bomb":          bomb.String(), "names": names.String(), "keys": strings.Repeat("k:\n", 150_000),
	} {
		began := time.Now()
		_, mistakes := config.ReadFile("f", []byte(text), fileOptions())
		t.Log(name, len(mistakes), time.Since(began))
		if len(mistakes) > 100 {
			t.Errorf("%s: %d mistakes", name, len(mistakes))
		}
	}
}

// A condition of the environment takes the place of the file's; the accounts stay. A comment ends
// with its line.
func TestAccountsStay(t *testing.T) {
	const text = "accounts: {shop: {\"111122223333\": x}}\nsinks:\n  console:\n    accounts: shop\n%s"
	const within = `account in ["111122223333"]`
	for _, c := range []struct{ file, name, value, want, origin string }{
		{"", "RATE", "1", within, "f:4"},
		{"", "CONSOLE_WHEN", "sample", "(sample) and " + within, ""},
		{"", "WHEN", "sample", "(sample) and " + within, ""},
		{"    when: severity > 4\n", "WHEN", "sample", "(severity > 4) and " + within, "f:5"},
		{"    when: severity > 4\n", "CONSOLE_WHEN", "sample", "(sample) and " + within, ""},
		{"    when: severity > 4 // low\n", "RATE", "1", "(severity > 4 // low\n) and " + within, "f:5"},
		{"when: severity > 4\n", "WHEN", "", "(severity > 4) and " + within, "f:4"},
		{"when: severity > 4\n", "WHEN", "sample", "(sample) and " + within, ""},
	} {
		file, mistakes := config.ReadFile("f", fmt.Appendf(nil, text, c.file), fileOptions())
		if len(mistakes) > 0 {
			t.Fatal(mistakes)
		}
		value, _ := config.Filled(config.Texts(map[string]string{c.name: c.value}), file).Lookup("CONSOLE_WHEN")
		if diff := cmp.Diff([]string{c.want, c.origin}, []string{value.Text, value.Origin}); diff != "" {
			t.Errorf("%+v: %s", c, diff)
		}
	}
}
