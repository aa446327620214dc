package main

import (
	"bufio"
	"context"
	"fmt"
	"html"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// put writes a file and gives its path.
func put(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestPreviewOut(t *testing.T) {
	directory := t.TempDir()
	file := put(t, filepath.Join(directory, "a.json"), event)
	lines := put(t, filepath.Join(directory, "b.jsonl"), event+"\n{'a': None}\n")
	ended := put(t, filepath.Join(directory, "c.json"), strings.Replace(event, `"id":"1"`, `"id":"1","service":{"archived":true}`, 1))
	settings := put(t, filepath.Join(directory, "prod.env"),
		"# ours\nexport SINKS=console\nMIN_SEVERITY='critical'\n\nACCOUNT_NAMES=\"111122223333=prod\"\n")
	muted := put(t, filepath.Join(directory, "muted.env"),
		"SINKS=console\nMUTES=[{when: 'severity > 7', until: 2099-01-01, reason: known, by: ops}]\n")
	unmatched := put(t, filepath.Join(directory, "unmatched.env"), "SINKS=console\nCONSOLE_WHEN=severity > 8.5\n")
	for name, test := range map[string]struct {
		stdin    string
		settings map[string]string
		args     []string
		code     int
		page     []string
		stderr   string
	}{
		"samples":          {"", nil, nil, 0, []string{"Sample findings", "Attack sequence", ">slack<", ">sns<", ">console<", "[CRITICAL]"}, "index.html: open it"},
		"a file":           {"", nil, []string{file}, 0, []string{"a.json", "A scan", "<b>Sent</b> <span>severity 8.0 is at or above"}, ""},
		"standard input":   {event, nil, []string{"-"}, 0, []string{"standard input", "A scan"}, ""},
		"below":            {"", map[string]string{"SINKS": "console", "MIN_SEVERITY": "9"}, []string{file}, 0, []string{"<b>Below the threshold</b> <span>severity 8.0 is below the threshold 9.0", "held back"}, ""},
		"an env file":      {"", map[string]string{"SINKS": "nonsense"}, []string{"--env-file", settings, file}, 0, []string{"prod.env", "below the threshold 9.0"}, ""},
		"muted":            {"", nil, []string{"--env-file", muted, file}, 0, []string{"<b>Muted</b>", "known", "severity = 8"}, ""},
		"unmatched":        {"", nil, []string{"--env-file", unmatched, file}, 0, []string{"<b>Unmatched</b>", "CONSOLE_WHEN does not hold"}, ""},
		"the end":          {"", map[string]string{"SINKS": "console"}, []string{ended}, 0, []string{`<span class="mark">ARCHIVED</span> A scan`, ">if sent before<"}, ""},
		"a bad line":       {"", nil, []string{lines}, 1, []string{"b.jsonl:2: no event", "A scan"}, "b.jsonl:2: no event"},
		"configuration":    {"", map[string]string{"SINKS": "slack"}, nil, 2, nil, "SLACK_WEBHOOK_URL: is not set"},
		"no such file":     {"", nil, []string{"gone.json"}, 2, nil, `"gone.json": no such file`},
		"no env file":      {"", nil, []string{"--env-file", "gone.env"}, 2, nil, `--env-file: "gone.env": no such file`},
		"a bad env file":   {"", nil, []string{"--env-file", file}, 2, nil, "a.json:1: want NAME=value"},
		"out and a port":   {"", nil, []string{"--port", "80"}, 2, nil, "--out writes files"},
		"out of the range": {"", nil, []string{"--port", "70000"}, 2, nil, "--port"},
	} {
		t.Run(name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "page")
			code, _, stderr := tocsin(t, test.stdin, test.settings, append([]string{"preview", "--out", out}, test.args...)...)
			if code != test.code || !strings.Contains(stderr, test.stderr) {
				t.Errorf("exit code %d, want %d: %s", code, test.code, stderr)
			}
			page, err := os.ReadFile(filepath.Join(out, "index.html"))
			if (err == nil) != (test.page != nil) {
				t.Errorf("the page: %v", err)
			}
			for _, want := range test.page {
				if !strings.Contains(string(page), want) {
					t.Errorf("the page has no %q", want)
				}
			}
			if os.Getenv("MIN_SEVERITY") != test.settings["MIN_SEVERITY"] {
				t.Error("the environment is not what it was")
			}
		})
	}
}

// The value of a variable may be a secret.
func TestEnvFileShowsNoValue(t *testing.T) {
	file := put(t, filepath.Join(t.TempDir(), "x.env"), "SINKS=slack\nSLACK_WEBHOOK_URL=hunter2\nhunter2\n2X=hunter2\n")
	code, stdout, stderr := tocsin(t, "", nil, "preview", "--out", t.TempDir(), "--env-file", file)
	if code != exitUsage || strings.Contains(stdout+stderr, "hunter2") || !strings.Contains(stderr, "x.env:3") || !strings.Contains(stderr, "x.env:4") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}

func TestPreviewServes(t *testing.T) {
	for _, name := range []string{"SINKS", "MIN_SEVERITY", "ACCOUNT_NAMES", "LEDGER", "SLACK_WEBHOOK_URL"} {
		t.Setenv(name, "")
	}
	directory := t.TempDir()
	file := put(t, filepath.Join(directory, "a.json"), event)
	settings := put(t, filepath.Join(directory, "a.env"), "SINKS=console\n")
	address, end := startPreview(t, file, "--env-file", settings)
	page, version := get(t, address), get(t, address+"version")
	if !strings.Contains(page, "A scan") || !strings.Contains(page, `<html lang="en" data-live="`+version+`">`) {
		t.Error("the page does not show the finding, or does not know its version")
	}
	if again := get(t, address+"version"); again != version {
		t.Errorf("the version is %s, and then %s", version, again)
	}
	put(t, file, strings.ReplaceAll(event, "A scan", "A worm on the loose"))
	if page := get(t, address); !strings.Contains(page, "A worm on the loose") || get(t, address+"version") == version {
		t.Error("the page does not follow its event file")
	}
	put(t, settings, "SINKS=console\nMIN_SEVERITY=critical\n")
	if page := get(t, address); !strings.Contains(page, "Below the threshold") {
		t.Error("the page does not follow its environment file")
	}
	put(t, settings, "SINKS=console\nMIN_SEVERITY=enormous\n")
	if page := get(t, address); !strings.Contains(page, "MIN_SEVERITY: not a severity") {
		t.Error("the page does not say what is wrong with the configuration")
	}
	put(t, settings, "SINKS=console\n")
	put(t, file, "{'a': None}")
	if page := get(t, address); !strings.Contains(page, "a.json: no event: this is the text of a Python dict") {
		t.Error("the page does not say what is wrong with the event")
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if page := get(t, address); !strings.Contains(page, "no such file") {
		t.Error("the page does not say that the file is gone")
	}
	if code := end(); code != exitDone {
		t.Errorf("exit code %d", code)
	}
}

func get(t *testing.T, address string) string {
	t.Helper()
	answer, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("status %d: %v", answer.StatusCode, err)
	}
	return string(body)
}

// startPreview serves a page and gives its address; end stops that and gives the exit code.
func startPreview(t *testing.T, args ...string) (address string, end func() int) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	reader, writer := io.Pipe()
	done := make(chan int, 1)
	go func() {
		done <- run(ctx, append([]string{"preview"}, args...), streams{strings.NewReader(""), io.Discard, writer})
		_ = writer.Close()
	}()
	line, err := bufio.NewReader(reader).ReadString('\n')
	if err != nil {
		stop()
		t.Fatal(err)
	}
	if _, err := fmt.Sscanf(line, "The page is at %s", &address); err != nil || !strings.HasPrefix(address, "http://127.0.0.1:") {
		t.Errorf("%q: %v", line, err)
	}
	return address, func() int {
		stop()
		select {
		case code := <-done:
			return code
		case <-time.After(10 * time.Second):
			return -1
		}
	}
}

// Below each message stand its update and its end, and after the findings a digest of them all. Of
// one finding there is none.
func TestPreviewOfWhatFollows(t *testing.T) {
	withoutSettings(t)
	var variables map[string]string
	page := func(stdin string, args ...string) string {
		out := t.TempDir()
		code, _, errs := tocsin(t, stdin, variables, append([]string{"preview", "--out", out}, args...)...)
		if code != 0 {
			t.Fatalf("exit code %d: %s", code, errs)
		}
		text, err := os.ReadFile(filepath.Join(out, "index.html"))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	all := page("")
	for _, want := range []string{">When it is sent again<", "UPDATE", ">When it is over<", "RESOLVED", "A digest of all of them", ">digest<",
		">notice<", ">summary<", "takes no messages", "takes messages again", "findings came"} {
		if !strings.Contains(all, want) {
			t.Errorf("the page has no %q", want)
		}
	}
	_, one, _ := tocsin(t, "", nil, "samples", "--type", "Recon:EC2/Portscan")
	if strings.Contains(page(one, "-"), "A digest of all of them") {
		t.Error("there is a digest of one finding")
	}
	if strings.Contains(page(one, "-"), ">notice<") {
		t.Error("there is a notice that nobody is sent")
	}
	variables = map[string]string{"SINKS": "console,other=console", "FALLBACK_SINK": "other", "OTHER_DRILL": "true"}
	told := page(one, "-")
	for _, want := range []string{">heartbeat<", "Fire drill: findings would come through", "DRILL lets this sink be told.", "Fire drill missed", ">notice<", "console takes no messages", "FALLBACK_SINK lets this sink be told.", "This sink is not told: FALLBACK_SINK names another."} {
		if !strings.Contains(told, want) {
			t.Errorf("the page has no %q", want)
		}
	}
	if strings.Contains(told, ">summary<") {
		t.Error("there is a summary that nobody is sent")
	}
}

// A bot whose presses can be known shows its buttons, what they ask, and what a finding looks like that somebody has
// taken on; the words of what people do are there for everybody, and say who is told.
func TestPreviewOfButtons(t *testing.T) {
	withoutSettings(t)
	page := func(variables map[string]string) string {
		out := t.TempDir()
		if code, _, errs := tocsin(t, "", variables, "preview", "--out", out); code != 0 {
			t.Fatalf("exit code %d: %s", code, errs)
		}
		text, err := os.ReadFile(filepath.Join(out, "index.html"))
		if err != nil {
			t.Fatal(err)
		}
		return html.UnescapeString(string(text))
	}
	variables := map[string]string{
		"SINKS": "slack,console", "SLACK_BOT_TOKEN": "xoxb-0", "SLACK_CHANNEL": "C0123ABCD", "ACTIONS_ARCHIVE": "true",
		"SLACK_SIGNING_SECRET": "arn:aws:secretsmanager:eu-central-1:111122223333:secret:slack-AbCdEf",
	}
	with := page(variables)
	for _, want := range []string{
		`<span class="s-button s-pressed s-primary">Acknowledge</span>`, `>Mute…</span>`, `>Archive in GuardDuty</span>`, "Asked before <i>Archive in GuardDuty</i>",
		`<summary>What a button asks</summary>`, `class="slack s-modal"`, `<summary>When it is sent again, and somebody has taken it on</summary>`, "Acknowledged by jane", ">Give back</span>",
		">action<", `<span class="mention">@U012AB3CD</span> has muted this type on this resource`, ">End the mute</span>", "could not archive this at its source",
		"GuardDuty leaves it out of its correlation", "Sinks of this type are not told what people do.", "SIGNING_SECRET lets this sink be told.",
		"ESCALATED", "Nobody has acknowledged this for 15 min.", "ESCALATE_AFTER is not set, so that nobody is told.",
	} {
		if !strings.Contains(with, want) {
			t.Errorf("the page has no %q", want)
		}
	}
	variables["SLACK_SIGNING_SECRET"], variables["ACTIONS_ARCHIVE"] = "", ""
	without := page(variables)
	for _, other := range []string{"s-pressed", "What a button asks", "somebody has taken it on"} {
		if strings.Contains(without, other) {
			t.Errorf("without the secret the page has %q", other)
		}
	}
	if !strings.Contains(without, "SIGNING_SECRET is not set, so that nobody is told.") {
		t.Error("it does not say what gives a sink buttons")
	}
}
