package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

const twoTeams = `
accounts:
  shop: {"111122223333": shop-prod, "111122223334": shop-dev}
  data: {"444455556666": data-prod}
  lab: {"999988887777": lab}
  "777788889999": alone
sinks:
  shop: {type: slack, webhook_url: "URL", accounts: shop}
  data: {type: slack, webhook_url: "URL", accounts: data, min_severity: high}
  all: {type: slack, webhook_url: "URL", repeat: always, digest_after: 0}
mutes:
  - {name: lab, when: account_name == "lab", until: 2999-12-31, reason: it is a lab, even_critical: true}
  - {name: old, when: 'account_name == "alone"', until: 2026-01-01, reason: it is over}
`

// numbers returns the numbers in the first row of a table that begins with a name.
func numbers(t *testing.T, table, name string) []int {
	t.Helper()
	line := regexp.MustCompile(`(?m)^\| ` + name + ` +\|(.*)$`).FindStringSubmatch(table)
	if line == nil {
		t.Fatalf("no row %s in:\n%s", name, table)
	}
	var all []int
	for _, cell := range strings.Split(line[1], "|") {
		if n, err := strconv.Atoi(strings.TrimSpace(cell)); err == nil {
			all = append(all, n)
		}
	}
	return all
}

// A simulation has the sinks, thresholds, conditions, repeats, digests and mutes of the
// configuration, the accounts that it names, and sums by its groups; and it sends nothing.
func TestSimulateMyConfiguration(t *testing.T) {
	settings, sent := hook(t, 200)
	file := filepath.Join(t.TempDir(), "tocsin.yaml")
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(twoTeams, "URL", settings["SLACK_WEBHOOK_URL"])), 0o600); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := tocsin(t, "", nil, "simulate", "--config", file, "--days", "3")
	if code != exitDone || sent.n() != 0 || !strings.HasPrefix(stdout, "5 accounts, 3 days, incident, seed 1: ") {
		t.Fatalf("exit code %d, %d sent: %s%s", code, sent.n(), stderr, stdout)
	}
	sinks, groups, found := strings.Cut(stdout, "\n| messages about")
	if !found {
		t.Fatalf("no groups: %s", stdout)
	}
	shop, data, all := numbers(t, sinks, "shop"), numbers(t, sinks, "data"), numbers(t, sinks, "all")
	const in, messages, nothingNew = 0, 1, 4
	if all[in] != all[messages] || shop[nothingNew] == 0 || shop[in] <= shop[messages] || data[in] == 0 {
		t.Errorf("repeats are not as they are configured: %s", sinks)
	}
	for name, want := range map[string][2]int{"shop": {shop[messages], 0}, "data": {0, data[messages]}, "lab": {0, 0}, "accounts of no group": {0, 0}} {
		got := numbers(t, groups, name)
		if got[0] != want[0] || got[1] != want[1] || (got[2] == 0) != (name == "lab") {
			t.Errorf("%s: got %v: %s", name, got, groups)
		}
	}
	if got := numbers(t, sinks, "one message for each"); got[0] != shop[in]+data[in]+all[in] {
		t.Errorf("in all %d: %s", got[0], sinks)
	}
	code, again, _ := tocsin(t, "", nil, "simulate", "--config", file, "--days", "3", "--accounts", "5")
	if code != exitDone || again != stdout {
		t.Errorf("exit code %d, another result:\n%s", code, again)
	}
}

// An environment file does too; without a ledger everything is sent.
func TestSimulateAnEnvironmentFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tocsin.env")
	if err := os.WriteFile(file, []byte("SINKS=console,rest=console\nLEDGER=off\nWHEN=account == '000000000001'\nREST_WHEN=product != 'GuardDuty'\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := tocsin(t, "", nil, "simulate", "--env-file", file, "--days", "2", "--accounts", "3")
	if code != exitDone || strings.Contains(stdout, "messages about") {
		t.Fatalf("exit code %d: %s%s", code, stderr, stdout)
	}
	if console, rest := numbers(t, stdout, "console"), numbers(t, stdout, "rest"); console[0] == 0 || console[0] != console[1] || rest[0] != 0 {
		t.Errorf("got %s", stdout)
	}
	if err := os.WriteFile(file, []byte("SINKS=console\nWHEN=levl == 'high'\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr = tocsin(t, "", nil, "simulate", "--env-file", file); code != exitUsage || !strings.Contains(stderr, "did you mean level?") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}

// The default sink is sent what no other takes, and no other is sent more for it.
func TestSimulateADefaultSink(t *testing.T) {
	const file = "accounts:\n  a: {\"111122223333\": one}\n  b: {\"444455556666\": two}\nsinks:\n  first: {type: console, accounts: a}\n  second: {type: console, accounts: a}\n"
	in := func(text string) (first, second int) {
		path := filepath.Join(t.TempDir(), "tocsin.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		code, stdout, stderr := tocsin(t, "", nil, "simulate", "--config", path, "--days", "3")
		if code != exitDone {
			t.Fatalf("exit code %d: %s", code, stderr)
		}
		return numbers(t, stdout, "first")[0], numbers(t, stdout, "second")[0]
	}
	first, second := in(file)
	more, same := in("default_sink: first\n" + file)
	if first != second || more <= first || same != second {
		t.Errorf("without a default %d and %d, with one %d and %d", first, second, more, same)
	}
}
