package main

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCheckWithoutEvents(t *testing.T) {
	settings := threeInstances(t)
	settings["SOURCE_SEVERITY"] = "generic=low"
	settings["MUTES"] = `[
		{name: miners, when: type startsWith "CryptoCurrency:", until: 9999-12-31, reason: our own miner, by: bob},
		{name: old, when: sample, until: 2026-01-01, reason: over}]`
	code, stdout, stderr := tocsin(t, "", settings, "check")
	for _, want := range []string{
		"the configuration is good; ledger: memory\n",
		"  sink slack   (slack)  from 1.0  repeats: changes  all\n",
		`  sink oncall  (slack)  from 4.0  repeats: never    ONCALL_WHEN=level == "critical" or account_name == "prod" and severity >= 8` + "\n",
		"  source generic: severity 2.0 where none is stated\n",
		`  mute "miners" until 9999-12-31 (our own miner; bob): `,
		`  mute "old" until 2026-01-01 (over): ended` + "\n",
	} {
		if code != exitDone || !strings.Contains(stdout, want) {
			t.Errorf("exit code %d: %q is not in:\n%s%s", code, want, stdout, stderr)
		}
	}
	if want := `the mute "old" ended at 2026-01-01 and does nothing any more`; !strings.Contains(stderr, want) {
		t.Errorf("%q is not in: %s", want, stderr)
	}
}

// Who may do what by buttons is said, that nobody may too.
func TestCheckSaysWhoMayWhat(t *testing.T) {
	for name, test := range map[string]struct {
		with map[string]string
		want string
	}{
		"nobody":    {nil, "to mute and to archive: nobody, since ACTIONS_ALLOW is not set; archiving off\n"},
		"no entry":  {map[string]string{"ACTIONS_ALLOW": " , "}, "to mute and to archive: nobody, since ACTIONS_ALLOW is not set; archiving off\n"},
		"some":      {map[string]string{"ACTIONS_ALLOW": "U012AB3CD,S0614TZR7"}, "to mute and to archive: U012AB3CD,S0614TZR7; archiving off\n"},
		"archiving": {map[string]string{"ACTIONS_ALLOW": "U012AB3CD", "ACTIONS_ARCHIVE": "true"}, "to mute and to archive: U012AB3CD; archiving on\n"},
	} {
		t.Run(name, func(t *testing.T) {
			settings := map[string]string{
				"SINKS": "slack", "SLACK_BOT_TOKEN": "xoxb-1", "SLACK_CHANNEL": "C0123ABCD", "SLACK_SIGNING_SECRET": "0123456789abcdef0123456789abcdef",
			}
			maps.Copy(settings, test.with)
			code, stdout, stderr := tocsin(t, "", settings, "check")
			if want := "  buttons: everybody who reads a message may acknowledge; " + test.want; code != exitDone || !strings.Contains(stdout, want) {
				t.Errorf("exit code %d: %q is not in:\n%s%s", code, want, stdout, stderr)
			}
		})
	}
	if _, stdout, _ := tocsin(t, "", threeInstances(t), "check"); strings.Contains(stdout, "buttons") {
		t.Errorf("without buttons: %s", stdout)
	}
}

// A webhook that is not Slack's is no mistake, and what counts as delivered there is said.
func TestCheckSaysWhatOtherReceiversProve(t *testing.T) {
	for url, want := range map[string]int{"https://chat.example.com/hooks/s3cret": 1, "https://hooks.slack.com/services/s3cret": 0} {
		code, stdout, stderr := tocsin(t, "", map[string]string{"SINKS": "slack", "SLACK_WEBHOOK_URL": url}, "check")
		const note = "\n  note on sink slack: the webhook is on none of Slack's own hosts: any answer of 2xx counts as delivered"
		if code != exitDone || strings.Count(stdout, note) != want || strings.Contains(stdout+stderr, "s3cret") {
			t.Errorf("exit code %d, want %d notes:\n%s%s", code, want, stdout, stderr)
		}
	}
}

// Of a mute that holds back everything, and of one that lasts for long, check warns first of all.
func TestCheckWarnsOfMutes(t *testing.T) {
	code, stdout, stderr := tocsin(t, "", map[string]string{"SINKS": "console", "MUTES": `[{name: all, when: "true", until: 9999-12-31, reason: x}]`}, "check")
	for _, want := range []string{
		"the configuration is good; ledger: memory\n  warning: the mute \"all\" mutes everything that is not critical: it holds for each of the findings that it was tried on\n",
		"\n  warning: the mute \"all\" lasts for more than 90 days; what is never to be sent is better left out by WHEN\n",
	} {
		if code != exitDone || !strings.Contains(stdout, want) {
			t.Errorf("exit code %d, no %q in:\n%s%s", code, want, stdout, stderr)
		}
	}
}

func TestCheckFindsMistakes(t *testing.T) {
	settings := threeInstances(t)
	settings["ONCALL_WHEN"], settings["WHEN"], settings["MUTES"] = "levl == 's3cret'", "severity == 's3cret'", "- wen: s3cret"
	code, _, stderr := tocsin(t, "", settings, "check")
	for _, want := range []string{
		"  ONCALL_WHEN: line 1, column 1: unknown name levl; did you mean level?\n", "  WHEN: line 1, column 10: == stands between number and text\n",
		"  MUTES: line 1: there is no such key; did you mean when?\n", "  MUTES: line 1: until is missing\n",
	} {
		if code != exitUsage || !strings.Contains(stderr, want) || strings.Contains(stderr, "s3cret") {
			t.Errorf("exit code %d: %q is not in:\n%s", code, want, stderr)
		}
	}
}

// An order of levels would be that of the alphabet: a critical finding would be held, a low one
// sent.
func TestOrderOfLevelsIsRefused(t *testing.T) {
	settings := map[string]string{
		"SINKS": "console,oncall=console", "WHEN": `level >= "high"`, "ONCALL_WHEN": `sample or "low" < level`,
		"MUTES": "- when: level < 'high'\n  until: 2099-01-01\n  reason: x",
	}
	for _, command := range []string{"check", "explain", "send"} {
		code, stdout, stderr := tocsin(t, event, settings, command)
		for _, want := range []string{"  WHEN: line 1, column 7: >= would", "  ONCALL_WHEN: line 1, column 17: < would", "  MUTES: line 1: when: line 1, column 7: < would"} {
			if code != exitUsage || !strings.Contains(stderr, want) || !strings.Contains(stderr, "severity >= 7, or level in [") || stdout != "" {
				t.Errorf("%s: exit code %d, %q is not in:\n%s%s", command, code, want, stdout, stderr)
			}
		}
	}
}

// check compares what becomes of the events with a file, for a folder that is kept with the
// configuration.
func TestCheckAgainstAFile(t *testing.T) {
	settings := threeInstances(t)
	events, expected := t.TempDir(), filepath.Join(t.TempDir(), "expected.txt")
	t.Chdir(events)
	if err := os.WriteFile(filepath.Join(events, "ten.jsonl"), []byte(tenEvents(t)), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) (int, string, string) {
		return tocsin(t, "", settings, append([]string{"check", ".", "--expect", expected}, args...)...)
	}
	if code, _, stderr := run(); code != exitUsage || !strings.Contains(stderr, "no such file or directory; --update writes it") {
		t.Errorf("without a file: exit code %d: %s", code, stderr)
	}
	code, stdout, stderr := run("--update")
	if code != exitDone || !strings.Contains(stdout, "30 outcomes written to ") {
		t.Fatalf("update: exit code %d: %s%s", code, stdout, stderr)
	}
	text, err := os.ReadFile(expected)
	if err != nil {
		t.Fatal(err)
	}
	const muted = "ten.jsonl:10 | CryptoCurrency:EC2/BitcoinTool.B | aws.guardduty/111122223333/eu-west-1/g | rest | muted by miners\n"
	if !strings.HasPrefix(string(text), headline+"\n") || strings.Count(string(text), "\n") != 31 || !strings.Contains(string(text), muted) {
		t.Errorf("written:\n%s", text)
	}
	if code, stdout, stderr = run(); code != exitDone || !strings.Contains(stdout, "30 outcomes as expected\n") {
		t.Errorf("unchanged: exit code %d: %s%s", code, stdout, stderr)
	}
	settings["ONCALL_WHEN"] = `level == "critical"`
	settings["MUTES"] = ""
	code, stdout, _ = run()
	const key = " | aws.guardduty/111122223333/eu-west-1/"
	want := []string{
		"- ten.jsonl:2 | Trojan:EC2/DNSDataExfiltration" + key + "b | oncall | delivered",
		"+ ten.jsonl:2 | Trojan:EC2/DNSDataExfiltration" + key + "b | oncall | unmatched by ONCALL_WHEN",
		"- ten.jsonl:10 | CryptoCurrency:EC2/BitcoinTool.B" + key + "g | rest | muted by miners",
		"+ ten.jsonl:10 | CryptoCurrency:EC2/BitcoinTool.B" + key + "g | rest | delivered",
	}
	for _, line := range want {
		if code != exitFailed || !strings.Contains(stdout, line+"\n") {
			t.Errorf("changed: exit code %d, %q is not in:\n%s", code, line, stdout)
		}
	}
	if strings.Contains(stdout, "ten.jsonl:6") {
		t.Errorf("what is the same is shown:\n%s", stdout)
	}
}

func TestEnvFile(t *testing.T) {
	file := write(t, "tocsin.env", `# ours
SINKS=console,oncall=console
ONCALL_WHEN="x" in resource.tags or level == "critical"
WHEN='region != "eu-north-1"'
`)
	for _, command := range []string{"check", "explain"} {
		code, stdout, stderr := tocsin(t, "", map[string]string{"SINKS": "console"}, command, "--env-file", file, write(t, "a.json", event))
		if code != exitDone || !strings.Contains(stdout, "oncall") || !strings.Contains(stdout, "ONCALL_WHEN") {
			t.Errorf("%s: exit code %d: %s%s", command, code, stdout, stderr)
		}
		if os.Getenv("SINKS") != "console" || os.Getenv("ONCALL_WHEN") != "" {
			t.Error("the environment was left changed")
		}
		if code, _, stderr := tocsin(t, "", nil, command, "--env-file", "nowhere.env"); code != exitUsage || !strings.Contains(stderr, "no such file") {
			t.Errorf("%s: exit code %d: %s", command, code, stderr)
		}
	}
}

func TestCheckUsage(t *testing.T) {
	for want, args := range map[string][]string{
		"--update writes the file that --expect names": {"check", "--update"},
		"name their files or folder too":               {"check", "--expect", "x"},
		`"nowhere": no such file`:                      {"check", "nowhere"},
	} {
		if code, _, stderr := tocsin(t, "", map[string]string{"SINKS": "console"}, args...); code != exitUsage || !strings.Contains(stderr, want) {
			t.Errorf("%v: exit code %d: %s", args, code, stderr)
		}
	}
	broken := write(t, "broken.json", "{")
	if code, stdout, stderr := tocsin(t, "", map[string]string{"SINKS": "console"}, "check", broken); code != exitFailed || !strings.Contains(stderr, "broken.json: no event") {
		t.Errorf("a broken event: exit code %d: %s%s", code, stdout, stderr)
	}
}

func TestDifference(t *testing.T) {
	for _, test := range []struct{ want, got, diff string }{
		{"", "", ""},
		{"a b c", "a b c", ""},
		{"a b c", "a x c", "- b,+ x"},
		{"", "a b", "+ a,+ b"},
		{"a b", "", "- a,- b"},
		{"a b c d", "a c d e", "- b,+ e"},
		{"a b c d", "x a d", "+ x,- b,- c"},
	} {
		if got := strings.Join(difference(strings.Fields(test.want), strings.Fields(test.got)), ","); got != test.diff {
			t.Errorf("%q to %q: got %q, want %q", test.want, test.got, got, test.diff)
		}
	}
}

// First come the sums over the events: what became of the findings, the sinks that got nothing, and
// the findings that no sink takes; then what is in force.
func TestCheckSumsUp(t *testing.T) {
	settings := threeInstances(t)
	settings["SLACK_MIN_SEVERITY"], settings["ONCALL_WHEN"], settings["REST_WHEN"] = "critical", `account == "999999999999"`, `account == "111122223333"`
	settings["MENTION"], settings["RUNBOOK_URL"], settings["REST_FIELDS"], settings["DIGEST_EVERY"] = "<!here>", "https://wiki.example.com/{type}", "resource, account", "30s"
	settings["ONCALL_MESSAGE_LANG"], settings["ONCALL_RATE"], settings["ONCALL_DIGEST_AFTER"], settings["MENTION_MIN_SEVERITY"] = "ja", "0.5", "0", "critical"
	code, stdout, stderr := tocsin(t, tenEvents(t), settings, "check", "-")
	const first = "10 findings\n" +
		"  sink    delivered  below  unmatched  muted  duplicate  repeat\n" +
		"  slack   2          8      0          0      0          0\n" +
		"  oncall  0          1      9          0      0          0\n" +
		"  rest    3          1      3          1      1          1\n" +
		"  sink oncall got nothing\n" +
		"  nobody hears of 2 findings, which no sink takes:\n" +
		"    standard input, document 7 | Policy:IAMUser/RootCredentialUsage | aws.guardduty/444455556666/eu-west-1/d\n" +
		"    standard input, document 8 | UnauthorizedAccess:EC2/SSHBruteForce | aws.guardduty/444455556666/eu-west-1/e\n" +
		"the configuration is good; ledger: memory\n"
	if code != exitDone || !strings.HasPrefix(stdout, first) {
		t.Errorf("exit code %d: %s\n%s", code, stderr, stdout)
	}
	const shared = "runbook https://wiki.example.com/{type}; mention <!here> from critical; "
	for _, want := range []string{
		"\n  slack: language en; " + shared + "digest after 10 in a minute, every 30s; rate no limit; fields default\n",
		"\n  oncall: language ja; " + shared + "digest never; rate 0.5 a second; fields default\n",
		"\n  rest: language en; " + shared + "digest after 10 in a minute, every 30s; rate no limit; fields resource, account\n",
	} {
		if !strings.Contains(stdout, want) {
			t.Errorf("%q is not in:\n%s", want, stdout)
		}
	}
	if code, stdout, _ = tocsin(t, "", settings, "check"); code != exitDone || !strings.HasPrefix(stdout, "the configuration is good") {
		t.Errorf("without events: exit code %d: %s", code, stdout)
	}
}

// Of many findings that no sink takes, the first ten are named.
func TestCheckNamesTen(t *testing.T) {
	code, stdout, stderr := tocsin(t, strings.Repeat(event+"\n", 13), map[string]string{"SINKS": "console", "WHEN": "sample"}, "check", "-")
	if code != exitDone || !strings.Contains(stdout, "  nobody hears of 13 findings, which no sink takes:\n") ||
		!strings.Contains(stdout, "document 10 | ") || !strings.Contains(stdout, "\n    and 3 more\nthe configuration is good") {
		t.Errorf("exit code %d: %s%s", code, stdout, stderr)
	}
}

// Mistakes in keys and in values come at once, by the lines of the file, whatever command reads it.
func TestKeysAndValuesAtOnce(t *testing.T) {
	file := write(t, "tocsin.yaml", `min_severty: high
rate: fast
sinks:
  shop:
    type: slack
    webook_url: https://hooks.slack.com/services/T/B/s3cret
    repeat: sometimes
  oncall: {type: pagerdutty, min_severity: hihg}
  console:
    formt: json
    when: levl == "high"
mutes:
  - {when: sample, until: 2999-12-01}
ledger_tabel: x
`)
	const want = `tocsin: the configuration has mistakes:
  tocsin.yaml:1: min_severty: there is no such key; did you mean min_severity?
  tocsin.yaml:2: RATE: not a number of messages a second: want 0.01 to 1000, or 0 for no limit
  tocsin.yaml:6: sinks.shop.webook_url: there is no such key; did you mean webhook_url?
  tocsin.yaml:7: SHOP_REPEAT: want changes, always, never, or an interval of 15m or more, such as 24h
  tocsin.yaml:8: sinks.oncall: there is no such type of sink; did you mean pagerduty?
  tocsin.yaml:8: ONCALL_MIN_SEVERITY: not a severity: want a number from 0 to 10, or low, medium, high, critical
  tocsin.yaml:10: sinks.console.formt: there is no such key; did you mean format?
  tocsin.yaml:11: CONSOLE_WHEN: line 1, column 1: unknown name levl; did you mean level?
  tocsin.yaml:12: MUTES: line 13: reason is missing
  tocsin.yaml:14: ledger_tabel: there is no such key; did you mean ledger_table?
`
	for _, args := range [][]string{{"check"}, {"explain"}, {"send"}, {"preview", "--out", t.TempDir()}, {"preview", "--against", file, "--out", t.TempDir()}} {
		code, stdout, stderr := tocsin(t, event, map[string]string{"SINKS": ""}, append(args, "--config", file)...)
		stderr = strings.ReplaceAll(stderr, "--against: ", "")
		if code != exitUsage || !strings.HasPrefix(stderr, want) || stdout != "" {
			t.Errorf("%v: exit code %d:\n%s%s", args, code, stdout, stderr)
		}
	}
}
