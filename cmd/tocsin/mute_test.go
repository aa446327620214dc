package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/mute"
)

// newMuteTable is a DynamoDB with one table, and the settings that lead to it.
func newMuteTable(t *testing.T) (settings map[string]string, table *dynamo) {
	t.Helper()
	table = &dynamo{items: map[string]json.RawMessage{}}
	server := httptest.NewServer(table)
	t.Cleanup(server.Close)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL_DYNAMODB": server.URL, "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "eu-west-1",
		"USER": "alice", "LEDGER_TABLE": "", "MUTES": "",
	} {
		t.Setenv(name, value)
	}
	settings, _ = hook(t, http.StatusOK)
	settings["LEDGER"], settings["LEDGER_TABLE"], settings["RATE"] = "dynamodb", "tocsin", "0"
	return settings, table
}

// What is muted now is listed, explained, previewed and exported as what MUTES holds, until it is ended.
func TestMuteNow(t *testing.T) {
	settings, _ := newMuteTable(t)
	settings["MUTES"] = `[{name: scanner, when: type == "Recon:EC2/Portscan", until: 9998-12-31, reason: the audit}]`
	run := func(stdin string, want int, args ...string) string {
		t.Helper()
		code, stdout, stderr := tocsin(t, stdin, settings, args...)
		if code != want {
			t.Fatalf("%v: exit code %d: %s%s", args, code, stdout, stderr)
		}
		return stdout + stderr
	}
	contains := func(text string, all ...string) {
		t.Helper()
		for _, want := range all {
			if !strings.Contains(text, want) {
				t.Errorf("got %s, want %q", text, want)
			}
		}
	}
	contains(run("", exitDone, "mute", "add", "shop", "--when", `severity >= 4`, "--for", "26h", "--reason", "tests of the shop"),
		`muted by "shop" until `, `(tests of the shop; alice; table): 25 hours left; a running function knows within a minute`, "tocsin mute end 'shop'")
	contains(run("", exitDone, "mute", "list"), "scanner ", "days left", " MUTES ", "shop ", "25 hours left", " table ", "alice", "tests of the shop", "severity >= 4")
	contains(run(event, exitDone, "explain", "--ledger"), "held: muted", "(tests of the shop; alice; table)")
	contains(run(event, exitDone, "explain", "--ledger", "--json"), `"rule":"shop","source":"table"`)
	contains(run(event, exitDone, "explain"), "sent ")
	contains(run(event, exitDone, "send"), "1 muted")

	pages := t.TempDir()
	page := func(flags ...string) string {
		t.Helper()
		run(event, exitDone, append([]string{"preview", "--out", pages, "-"}, flags...)...)
		text, err := os.ReadFile(filepath.Join(pages, "index.html"))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	const why = "tests of the shop; alice; table"
	if strings.Contains(page(), why) {
		t.Error("a preview asks the table though nobody has said so")
	}
	contains(page("--ledger"), why)

	yaml := run("", exitDone, "mute", "export")
	mutes, mistakes := mute.Parse([]byte(yaml))
	if len(mistakes) > 0 || len(mutes) != 2 || mutes[0].Name != "scanner" || mutes[1].By != "alice" || mutes[1].When.Text() != "severity >= 4" {
		t.Errorf("exported: %v, %v", mutes, mistakes)
	}
	contains(run("", exitDone, "mute", "end", "shop"), `the mute "shop" is ended`)
	contains(run("", exitFailed, "mute", "end", "shop"), "no mute of the table has this name; tocsin mute list shows")
	contains(run(event, exitDone, "explain", "--ledger"), "sent ")
}

// Critical findings are held back only where that is said; a mute without a name is called by its
// reason.
func TestMuteCritical(t *testing.T) {
	settings, _ := newMuteTable(t)
	critical := strings.Replace(event, `"severity":8`, `"severity":9.5`, 1)
	for _, step := range []struct {
		flags []string
		want  string
	}{{nil, "sent "}, {[]string{"--even-critical"}, "held: muted"}} {
		args := append([]string{"mute", "add", "--when", "true", "--for", "7d", "--reason", "Tests of all"}, step.flags...)
		code, stdout, stderr := tocsin(t, "", settings, args...)
		if code != exitDone || !strings.Contains(stdout, "\nwarning: the mute \"tests-of-all") || !strings.Contains(stdout, "\" mutes everything") {
			t.Errorf("exit code %d: %s%s", code, stdout, stderr)
		}
		if code, stdout, stderr := tocsin(t, critical, settings, "explain", "--ledger"); code != exitDone || !strings.Contains(stdout, step.want) {
			t.Errorf("exit code %d: %s%s", code, stdout, stderr)
		}
	}
	if _, stdout, _ := tocsin(t, "", settings, "mute", "list"); !strings.Contains(stdout, "tests-of-all-2 ") || !strings.Contains(stdout, "true (even critical)") {
		t.Errorf("the list: %s", stdout)
	}
	if _, stdout, _ := tocsin(t, "", settings, "mute", "list", "--history"); strings.Count(stdout, ": true (Tests of all)") != 1 || strings.Count(stdout, ": true (even critical) (Tests of all)") != 1 {
		t.Errorf("the history: %s", stdout)
	}
}

// Every mistake of a command line is said at once, and nothing is written.
func TestMuteMistakes(t *testing.T) {
	settings, table := newMuteTable(t)
	settings["MUTES"] = `[{name: scanner, when: sample, until: 9998-12-31, reason: the audit}]`
	settings["ACCOUNT_NAMES"] = "111122223333=prod"
	const reason, when = "--reason=x", "--when=sample"
	day := func(days int) string { return time.Now().AddDate(0, 0, days).UTC().Format(time.DateOnly) }
	for _, test := range []struct {
		args []string
		want []string
	}{
		{nil, []string{"a mute has an end: --until 2026-12-01, or --for 2h", "--when: is missing", "--reason: is missing"}},
		{[]string{reason, when, "--for=2h", "--until=" + day(2)}, []string{"--until and --for both say the end"}},
		{[]string{reason, when, "--for=91d"}, []string{"the end is more than 90 days away"}},
		{[]string{reason, when, "--until=" + day(91)}, []string{"the end is more than 90 days away"}},
		{[]string{reason, when, "--until=" + day(-1)}, []string{"--until: is over already"}},
		{[]string{reason, when, "--until=soon"}, []string{"--until: want a day such as 2026-12-01"}},
		{[]string{reason, when, "--for=-2h"}, []string{"a mute has an end"}},
		{[]string{reason, "--for=2h", "--when=smaple"}, []string{"--when: line 1, column 1: unknown name smaple; did you mean sample?"}},
		{[]string{reason, "--for=2h", `--when=level == "hihg"`}, []string{`--when: `, `did you mean "high"?`}},
		{[]string{reason, "--for=2h", `--when=account_name == "prdo"`}, []string{`--when: `, `did you mean "prod"?`}},
		{[]string{reason, when, "--for=2h", "scanner"}, []string{"NAME: there is a mute of this name"}},
		{[]string{reason, when, "--for=2h", "a/b"}, []string{"--name: want at most 64 letters"}},
		{[]string{reason, when, "--for=2h", "--by="}, []string{"--by: is missing"}},
		{[]string{reason, when, "--for=2h", "a", "b"}, []string{"stands in quotes"}},
		{[]string{reason, when, "--for=soon"}, []string{"want a span of time such as 90m, 24h or 7d"}},
	} {
		code, stdout, stderr := tocsin(t, "", settings, append([]string{"mute", "add"}, test.args...)...)
		if code != exitUsage {
			t.Errorf("%v: exit code %d: %s%s", test.args, code, stdout, stderr)
		}
		for _, want := range test.want {
			if !strings.Contains(stderr, want) {
				t.Errorf("%v: got %s, want %q", test.args, stderr, want)
			}
		}
	}
	if len(table.items) > 0 {
		t.Errorf("the table holds %s", table.items)
	}
}

// Where no table is configured, what is missing is said; --table names one. MUTES are listed in any case.
func TestMuteWithoutATable(t *testing.T) {
	settings, table := newMuteTable(t)
	url := os.Getenv("AWS_ENDPOINT_URL_DYNAMODB")
	settings["LEDGER"], settings["LEDGER_TABLE"] = "memory", ""
	settings["MUTES"] = `[{name: scanner, when: sample, until: 9998-12-31, reason: the audit}]`
	add := []string{"mute", "add", "a", "--when=sample", "--reason=x", "--for=2h"}
	for _, args := range [][]string{add, {"mute", "end", "a"}, {"mute", "list", "--history"}} {
		code, _, stderr := tocsin(t, "", settings, args...)
		if code != exitUsage || !strings.Contains(stderr, "LEDGER: is memory, and mutes that are made now are kept in a table; set LEDGER=dynamodb and LEDGER_TABLE") {
			t.Errorf("%v: exit code %d: %s", args, code, stderr)
		}
	}
	if code, stdout, stderr := tocsin(t, "", settings, "mute", "list"); code != exitDone || !strings.Contains(stdout, "scanner") {
		t.Errorf("list: exit code %d: %s%s", code, stdout, stderr)
	}
	if code, stdout, stderr := tocsin(t, "", settings, append(add, "--table=tocsin")...); code != exitDone || len(table.items) != 2 {
		t.Errorf("--table: exit code %d, %d items: %s%s", code, len(table.items), stdout, stderr)
	}
	t.Setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:1")
	if code, stdout, stderr := tocsin(t, "", settings, "mute", "list", "--table=tocsin"); code != exitFailed || !strings.Contains(stdout, "scanner") || !strings.Contains(stderr, "the mutes of the table cannot be read: no answer from DynamoDB") {
		t.Errorf("list without the table: exit code %d: %s%s", code, stdout, stderr)
	}
	if code, stdout, stderr := tocsin(t, "", settings, "mute", "export", "--table=tocsin"); code != exitFailed || stdout != "" {
		t.Errorf("export without the table: exit code %d: %s%s", code, stdout, stderr)
	}
	t.Setenv("AWS_ENDPOINT_URL_DYNAMODB", url)
	table.readOnly = true
	if code, stdout, stderr := tocsin(t, "", settings, "mute", "end", "a", "--table=tocsin"); code != exitFailed || strings.Contains(stdout, "is ended") || !strings.Contains(stderr, "AccessDenied") {
		t.Errorf("without the right to write: exit code %d: %s%s", code, stdout, stderr)
	}
}
