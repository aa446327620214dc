package outside_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// call is a command line of tocsin.
type call struct {
	args      []string
	stdin     string
	variables map[string]string
	folder    string
}

// run runs tocsin and gives its exit code and what it writes.
func run(t *testing.T, c call) string {
	t.Helper()
	code, stdout, stderr := outputs(t, c)
	text := fmt.Sprintf("exit code %d\n", code)
	if stdout != "" {
		text += "-- stdout\n" + stdout
	}
	if stderr != "" {
		text += "-- stderr\n" + stderr
	}
	return worded(settledText(text))
}

func outputs(t *testing.T, c call) (code int, stdout, stderr string) {
	t.Helper()
	command := exec.Command(shared.tocsin, c.args...)
	command.Env = environment(c.variables)
	command.Dir = c.folder
	command.Stdin = strings.NewReader(c.stdin)
	var out, errs bytes.Buffer
	command.Stdout, command.Stderr = &out, &errs
	var exit *exec.ExitError
	if err := command.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return command.ProcessState.ExitCode(), out.String(), errs.String()
}

// The commands with their flags, as the help names them. Its prose is not frozen.
func TestHelp(t *testing.T) {
	var text strings.Builder
	for _, command := range []string{"", "--help", "accounts --help", "check --help", "drill --help", "explain --help", "preview --help", "replay --help", "samples --help", "send --help", "simulate --help"} {
		code, stdout, stderr := outputs(t, call{args: strings.Fields(command)})
		fmt.Fprintf(&text, "== tocsin %s\nexit code %d, %d bytes on stderr\n%s\n", command, code, len(stderr), skeleton(stdout))
	}
	golden(t, "help.txt", text.String())
}

var (
	flagLine    = regexp.MustCompile(`^ +(-\w, )?--[a-z-]+( [a-z0-9]+)?`)
	flagDefault = regexp.MustCompile(`\(default [^)]*\)`)
	commandLine = regexp.MustCompile(`^  [a-z]+`)
)

// skeleton takes the prose out of a help text: what stays are usage, examples, and the names of commands and flags with
// their types and defaults.
func skeleton(help string) string {
	var kept strings.Builder
	section := ""
	for line := range strings.Lines(help) {
		line = strings.TrimRight(line, "\n")
		if heading, found := strings.CutSuffix(line, ":"); found && !strings.HasPrefix(line, " ") {
			section = heading
		}
		switch {
		case line == "":
			section = ""
		case section == "Flags" && flagLine.MatchString(line):
			line = strings.TrimSpace(flagLine.FindString(line)) + " " + flagDefault.FindString(line)
			fmt.Fprintln(&kept, " ", strings.TrimSpace(line))
		case section == "Available Commands" && commandLine.MatchString(line):
			fmt.Fprintln(&kept, commandLine.FindString(line))
		case section != "":
			fmt.Fprintln(&kept, line)
		}
	}
	return kept.String()
}

// Exit codes and outputs of command lines, good and bad.
func TestCommands(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, "a.json", event(t, "ssh", nil))
	write(t, folder, "b.jsonl", event(t, "ssh", nil)+"\n"+event(t, "bucket", nil)+"\n{'a': None}\n")
	write(t, folder, "tocsin.env", "SINKS=console\nCONSOLE_MIN_SEVERITY=critical\n")
	write(t, folder, "bad.env", "what is this\n")
	generic := event(t, "generic", nil)
	refusing, accepting := newSlack(t), newSlack(t)
	refusing.refuses(http.StatusNotFound, "no_service", false)
	hook := func(s *slack) map[string]string {
		return map[string]string{"SINKS": "slack", "SLACK_WEBHOOK_URL": s.webhook(), "LEDGER": "off"}
	}
	var text strings.Builder
	for _, c := range []call{
		{args: []string{"sned"}}, {args: []string{"--nope"}}, {args: []string{"send", "--nope"}}, {args: []string{"samples", "x.json"}},
		{args: []string{"drill"}}, {args: []string{"drill", "--queue", "q"}}, {args: []string{"drill", "--bus", "default"}},
		{args: []string{"send", "a.json"}}, {args: []string{"send"}, stdin: generic}, {args: []string{"send", "-"}, stdin: generic},
		{args: []string{"send", "a.json"}, variables: hook(refusing)},
		{args: []string{"send", "b.jsonl"}, variables: hook(accepting)}, {args: []string{"send", "nowhere.json"}}, {args: []string{"send"}},
		{args: []string{"send"}, stdin: "{'a': 1}"}, {args: []string{"send", "a.json"}, variables: map[string]string{"SINKS": "slack", "MIN_SEVERITY": "loud"}},
		{args: []string{"explain", "a.json"}, variables: map[string]string{"SINKS": "console,oncall=console", "ONCALL_WHEN": "sample"}},
		{args: []string{"explain", "--json", "a.json"}, variables: map[string]string{"SINKS": "console,oncall=console", "ONCALL_MIN_SEVERITY": "high"}},
		{args: []string{"explain", "--env-file", "tocsin.env", "a.json"}}, {args: []string{"explain", "--env-file", "bad.env", "a.json"}},
		{args: []string{"explain", "--env-file", "gone.env", "a.json"}}, {args: []string{"explain"}, stdin: "{'a': 1}"},
		{args: []string{"check"}}, {args: []string{"check"}, variables: map[string]string{"LEDGER": "x", "SINKS": "slak"}}, {args: []string{"check", "a.json"}},
		{args: []string{"check", "--live"}}, {args: []string{"check", "--live", "--json"}}, {args: []string{"check", "--stack", "Tocsin"}}, {args: []string{"check", "--live", "a.json"}},
		{args: []string{"check", "--update"}}, {args: []string{"check", "--expect", "want.txt"}}, {args: []string{"check", "a.json", "--expect", "want.txt"}},
		{args: []string{"check", "a.json", "--expect", "want.txt", "--update"}}, {args: []string{"check", "a.json", "--expect", "want.txt"}},
		{args: []string{"check", "a.json", "--expect", "want.txt"}, variables: map[string]string{"MIN_SEVERITY": "high"}}, {args: []string{"check", "b.jsonl"}},
		{args: []string{"replay"}}, {args: []string{"replay", "--guardduty"}}, {args: []string{"replay", "--guardduty", "--since", "1h", "--min-severity", "loud"}},
		{args: []string{"replay", "a.json", "--region", "eu-west-1"}}, {args: []string{"replay", "a.json", "--limit", "-1"}}, {args: []string{"replay", "--queue-url", "x"}},
		{args: []string{"replay", "a.json", "--dry-run"}}, {args: []string{"replay", "a.json", "--sink", "sns"}}, {args: []string{"replay", "b.jsonl", "--limit", "1"}, variables: hook(accepting)},
		{args: []string{"samples", "--type", "Recon:EC2/PortScan"}}, {args: []string{"samples", "--account", "prod"}}, {args: []string{"samples", "--region", "EU (Frankfurt)"}},
		{args: []string{"samples", "--type", "x", "--showcase"}}, {args: []string{"simulate", "--profile", "storm"}}, {args: []string{"accounts", "--format", "xml"}},
		{args: []string{"preview", "nowhere.json"}}, {args: []string{"preview", "--port", "x"}},
	} {
		c.folder = folder
		fmt.Fprintf(&text, "== tocsin %s\n%s\n", strings.Join(c.args, " "), run(t, c))
	}
	golden(t, "commands.txt", text.String())
	golden(t, "expected.txt", read(t, filepath.Join(folder, "want.txt")))
}

func write(t *testing.T, folder, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Exit codes of command lines whose output is long, differs from run to run or comes from AWS.
func TestCommandsOverServices(t *testing.T) {
	services, slack, folder := newServices(t), newSlack(t), t.TempDir()
	variables := map[string]string{"SINKS": "slack", "SLACK_WEBHOOK_URL": slack.webhook(), "LEDGER": "off"}
	for _, service := range []string{"SQS", "GUARDDUTY", "ORGANIZATIONS"} {
		variables["AWS_ENDPOINT_URL_"+service] = services.server.URL
	}
	letter := map[string]attribute{"tocsin.sink": {"String", "slack"}, "tocsin.reason": {"String", "posting to Slack: status 404"}, "tocsin.error_kind": {"String", "permanent-sink"}}
	letters := []message{{Queue: "tocsin-dead", Body: event(t, "ssh", nil), Attributes: letter}, {Queue: "tocsin-dead", Body: "{'a': 1}"}}
	write(t, folder, "a.json", event(t, "ssh", nil))
	var text strings.Builder
	for _, args := range []string{
		"accounts", "accounts --format pairs --all", "replay --guardduty --since 87600h --dry-run", "replay --guardduty --since 87600h --min-severity 8.4",
		"replay --queue-url " + deadLetters + " --dry-run", "replay --queue-url " + deadLetters + " --sink slack", "replay --queue-url " + deadLetters,
	} {
		services.fill(letters)
		fmt.Fprintf(&text, "== tocsin %s\n%s", args, run(t, call{args: strings.Fields(args), variables: variables, folder: folder}))
		for _, m := range services.took() {
			if m.isGone {
				fmt.Fprintln(&text, "deleted:", m.Body[:8])
			}
		}
		fmt.Fprintf(&text, "slack: %d\n\n", len(slack.took()))
	}
	for _, args := range []string{"--version", "send --verbose a.json", "samples --showcase", "simulate --accounts 5 --days 1 --profile steady", "preview --out page"} {
		code, _, _ := outputs(t, call{args: strings.Fields(args), variables: maps.Clone(variables), folder: folder})
		fmt.Fprintf(&text, "== tocsin %s\nexit code %d\n", args, code)
	}
	golden(t, "commands-services.txt", text.String())
}

// The types that there are samples of, and one sample.
func TestSamples(t *testing.T) {
	golden(t, "samples-list.txt", run(t, call{args: []string{"samples", "--list"}}))
	random := regexp.MustCompile(`\b[0-9a-f]{8}-[0-9a-f-]{27}\b|\b[0-9a-f]{64}\b|\b[0-9a-f]{32}\b`)
	for name, kind := range map[string]string{"sequence": "AttackSequence:S3/CompromisedData", "runtime": "Execution:Runtime/ReverseShell"} {
		_, stdout, _ := outputs(t, call{args: []string{"samples", "--type", kind}})
		value := timeless(decoded(t, []byte(random.ReplaceAllString(stdout, "<id>"))))
		golden(t, "samples-"+name+".json", indented(t, value))
	}
}

// timeless takes every time out of a JSON value.
func timeless(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for key, member := range v {
			v[key] = timeless(member)
		}
	case []any:
		for i, member := range v {
			v[i] = timeless(member)
		}
	case string:
		return stamp.ReplaceAllString(v, "<time>")
	}
	return value
}
