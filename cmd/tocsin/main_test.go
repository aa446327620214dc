package main

import (
	"bytes"
	"compress/gzip"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/pkg/config"
)

// tocsin runs a command line with exactly the given settings, and gives its exit code and output.
func tocsin(t *testing.T, stdin string, settings map[string]string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	for _, name := range []string{"SINKS", "MIN_SEVERITY", "ACCOUNT_NAMES", "LEDGER", "SLACK_WEBHOOK_URL", "CONSOLE_FORMAT"} {
		t.Setenv(name, "")
	}
	for name, value := range settings {
		t.Setenv(name, value)
	}
	var out, err bytes.Buffer
	code = run(t.Context(), args, streams{strings.NewReader(stdin), &out, &err})
	return code, out.String(), err.String()
}

// requests counts what comes over several connections at once.
type requests struct{ atomic.Int32 }

func (r *requests) n() int { return int(r.Load()) }

// hook is a Slack webhook that answers with status, and the settings that lead to it.
func hook(t *testing.T, status int) (settings map[string]string, count *requests) {
	t.Helper()
	count = &requests{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		count.Add(1)
		w.WriteHeader(status)
		if status == http.StatusOK {
			_, _ = io.WriteString(w, "ok")
		}
	}))
	t.Cleanup(server.Close)
	return map[string]string{"SINKS": "slack", "SLACK_WEBHOOK_URL": server.URL + "/services/T/B/X", "LEDGER": "off"}, count
}

const event = `{"source":"aws.guardduty","detail-type":"GuardDuty Finding","detail":{"id":"1","title":"A scan","severity":8}}`

// zipped returns a text as gzip packs it.
func zipped(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestSend(t *testing.T) {
	directory := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		path := filepath.Join(directory, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	file := write("a.json", event)
	lines := write("b.jsonl", event+"\n\n"+event+"\n{'a': None}\n"+event)
	pretty := write("c.json", event+"\n"+event+"\n["+event+","+event+"]")
	packed := write("d.jsonl.gz", zipped(t, event+"\n"+event))
	broken := write("broken.gz", zipped(t, event)[:20])
	write("notes.txt", "not an event")
	for name, test := range map[string]struct {
		stdin string
		args  []string
		code  int
		sent  int
		want  string
	}{
		"a file":              {"", []string{file}, 0, 1, "1 finding in 1 document\n  slack: 1 delivered\n"},
		"standard input":      {event, nil, 0, 1, "1 delivered"},
		"a dash":              {event, []string{"-"}, 0, 1, "1 delivered"},
		"lines, one is bad":   {"", []string{lines}, 1, 3, "b.jsonl:4: no event: this is the text of a Python dict"},
		"one after another":   {"", []string{pretty}, 0, 4, "4 delivered"},
		"a directory":         {"", []string{directory}, 1, 10, "10 findings in 11 documents, 1 unreadable"},
		"packed lines":        {"", []string{packed}, 0, 2, "2 findings in 2 documents"},
		"packed input":        {zipped(t, event), nil, 0, 1, "1 delivered"},
		"a broken package":    {"", []string{broken}, 1, 0, "broken.gz: cannot be read: unexpected EOF"},
		"a mistake below":     {event + "\n" + event + "\n\n {\n  \"id\": x}", nil, 1, 2, "standard input, document 3: no event: not JSON: invalid character 'x' looking for beginning of value (line 5, column 9)"},
		"a Python dict":       {"{'a': 1}", nil, 1, 0, "standard input: no event: this is the text of a Python dict, not JSON; print it with json.dumps"},
		"nothing":             {"", nil, 1, 0, "standard input: is empty"},
		"no such file":        {"", []string{"nowhere.json"}, 2, 0, `"nowhere.json": no such file`},
		"a slip after a file": {"", []string{file, "nowhere.json", "gone.json"}, 2, 0, "tocsin: \"nowhere.json\": no such file or directory\ntocsin: \"gone.json\": no such file"},
		"encoded twice":       {strconv.Quote(event), nil, 0, 1, "1 delivered"},
		"an empty directory":  {"", []string{t.TempDir()}, 2, 0, "no event files in this directory"},
	} {
		t.Run(name, func(t *testing.T) {
			settings, count := hook(t, http.StatusOK)
			code, _, stderr := tocsin(t, test.stdin, settings, append([]string{"send"}, test.args...)...)
			if code != test.code || count.n() != test.sent || !strings.Contains(stderr, test.want) {
				t.Errorf("exit code %d, want %d; %d sent, want %d; %s", code, test.code, count.n(), test.sent, stderr)
			}
		})
	}
}

// An event in YAML is none, and of one with a mistake the line is said, by every command that reads events.
// JSON in a file that is called YAML is read.
func TestEventsInYAML(t *testing.T) {
	const advice = "no event: this is YAML, not JSON"
	for text, want := range map[string]string{
		"source: aws.guardduty\ndetail-type: GuardDuty Finding\n": advice + "; convert it, as with yq -o json",
		"a: 1\nb:\n  c: 1\n   d: x\n":                             advice + ", and has a mistake: mapping values are not allowed in this context (line 4); mend it",
		"a: b: c\n":                                               advice + ", and has a mistake: mapping values are not allowed in this context (line 1); mend it",
		"a: 1\nb: [1\nc: 2\n":                                     advice + ", and has a mistake: did not find expected ',' or ']' (line 2 or after); mend it",
		"a: 1\nb:\n\tc: 1\n":                                      advice + ", and has a mistake: found character that cannot start any token (line 3); mend it",
		"a: 1\n---\nb: *c\n":                                      advice + ", and has a mistake: unknown anchor 'c' referenced; mend it",
		" {\n'a': 1}":                                             "no event: this is the text of a Python dict",
		"{\n\"a\": x}":                                            "no event: not JSON: invalid character 'x' looking for beginning of value (line 2, column 6)",
		"\n":                                                      "is empty",
	} {
		file := put(t, filepath.Join(t.TempDir(), "event.yaml"), text)
		for _, command := range []string{"send", "explain", "check"} {
			code, _, stderr := tocsin(t, "", map[string]string{"SINKS": "console"}, command, file)
			if code != exitFailed || !strings.Contains(stderr, "event.yaml: "+want) {
				t.Errorf("%s: %q: exit code %d: %s", command, text, code, stderr)
			}
		}
		out := t.TempDir()
		_, _, _ = tocsin(t, "", map[string]string{"SINKS": "console"}, "preview", "--out", out, file)
		if page := html.UnescapeString(pageOf(t, out, "index.html")); !strings.Contains(page, "event.yaml: "+want) {
			t.Errorf("preview: %q: the page does not say %s", text, want)
		}
	}
	settings, count := hook(t, http.StatusOK)
	file := put(t, filepath.Join(t.TempDir(), "event.yml"), event+"\n"+event)
	if code, _, stderr := tocsin(t, "", settings, "send", file); code != exitDone || count.n() != 2 {
		t.Errorf("exit code %d, %d sent: %s", code, count.n(), stderr)
	}
}

func TestSendThatFails(t *testing.T) {
	settings, _ := hook(t, http.StatusInternalServerError)
	code, _, stderr := tocsin(t, event, settings, "send", "--verbose")
	if code != 1 || !strings.Contains(stderr, "slack: 1 retry") || !strings.Contains(stderr, `"message":"metrics"`) {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}

func TestUsage(t *testing.T) {
	for name, test := range map[string]struct {
		settings map[string]string
		args     []string
		want     string
	}{
		"unknown command":      {nil, []string{"sned"}, `unknown command "sned"`},
		"unknown flag":         {nil, []string{"send", "--nope"}, "unknown flag: --nope"},
		"configuration":        {map[string]string{"SINKS": "slack", "MIN_SEVERITY": "loud"}, []string{"send"}, "the configuration has mistakes:\n  MIN_SEVERITY: not a severity: want a number from 0 to 10, or low, medium, high, critical\n  SLACK_WEBHOOK_URL: is not set"},
		"unknown sample":       {nil, []string{"samples", "--type", "Recon:EC2/PortScan"}, "did you mean Recon:EC2/Portscan?"},
		"list of no sample":    {nil, []string{"samples", "--list", "--type", "nope"}, "no such finding type"},
		"sample of nothing":    {nil, []string{"samples", "--type", ""}, "no such finding type"},
		"sample of no source":  {nil, []string{"samples", "--source", "guardduti"}, "--source: there is no such source; did you mean guardduty?"},
		"sample of what reads": {nil, []string{"samples", "--source", "generic"}, "--source: there is no such source; want one of guardduty"},
		"another's sample":     {nil, []string{"samples", "--source", "guardduty", "--type", "nope"}, "no such finding type"},
		"a slip of case":       {nil, []string{"samples", "--type", "recon:ec2/portscan"}, "did you mean Recon:EC2/Portscan?"},
		"sample elsewhere":     {nil, []string{"samples", "--source", "macie", "--type", "Recon:EC2/Portscan"}, "no such finding type of macie; it is one of guardduty"},
		"a slip elsewhere":     {nil, []string{"samples", "--source", "macie", "--type", "recon:EC2/portscan"}, "did you mean Recon:EC2/Portscan of guardduty?"},
		"name of a source":     {nil, []string{"samples", "--source", "aws.health"}, "did you mean health?"},
		"product of a source":  {nil, []string{"samples", "--source", "security hub CSPM"}, "did you mean securityhub-cspm?"},
		"part of a source":     {nil, []string{"samples", "--source", "cspm"}, "did you mean securityhub-cspm?"},
		"odd account":          {nil, []string{"samples", "--account", "prod"}, "an account id has 12 digits"},
		"odd region":           {nil, []string{"samples", "--region", "EU (Frankfurt)"}, "a region is a code such as"},
		"where to look it up":  {map[string]string{"LEDGER": "x"}, []string{"send"}, "docs/configuration.md"},
		"samples of two ways":  {nil, []string{"samples", "--type", "x", "--showcase"}, "exclude each other"},
		"samples of a file":    {nil, []string{"samples", "x.json"}, "unknown command"},
		"help of a command":    {nil, []string{"replay", "--nope"}, "\nRun 'tocsin replay --help' for how it is used.\n"},
		"help of another":      {nil, []string{"samples", "--type", "nope"}, "\nRun 'tocsin samples --help' for how it is used.\n"},
		"a variable unset":     {nil, []string{"drill", "--queue", ""}, "--queue: is empty, as a variable of the shell is that was not set; give its value, or leave the flag out"},
		"no name of a stack":   {nil, []string{"check", "--live", "--stack="}, "--stack: is empty"},
		"no name of a sink":    {nil, []string{"replay", "--sink", "", "x.json"}, "--sink: is empty"},
		"help of none":         {nil, []string{"--nope"}, "\nRun 'tocsin --help' for how it is used.\n"},
	} {
		t.Run(name, func(t *testing.T) {
			code, _, stderr := tocsin(t, "", test.settings, test.args...)
			if code != exitUsage || !strings.Contains(stderr, test.want) {
				t.Errorf("exit code %d: %s", code, stderr)
			}
		})
	}
}

func TestSamples(t *testing.T) {
	_, list, _ := tocsin(t, "", nil, "samples", "--list")
	if count := strings.Count(list, "\n"); count < 229 {
		t.Errorf("%d types are listed", count)
	}
	for line := range strings.Lines(list) {
		if name, from, ok := strings.Cut(line, "\t"); !ok || name == "" || from == "\n" {
			t.Errorf("got the line %q", line)
		}
	}
	if !strings.Contains(list, "\nTrojan:EC2/DNSDataExfiltration\tguardduty\n") {
		t.Error("a type has no source beside it")
	}
	code, all, _ := tocsin(t, "", nil, "samples", "--account", "000022223333")
	if code != 0 || strings.Count(all, "\n") != strings.Count(list, "\n") || !strings.Contains(all, `"000022223333"`) {
		t.Errorf("exit code %d, %d samples", code, strings.Count(all, "\n"))
	}
	settings, count := hook(t, http.StatusOK)
	settings["MIN_SEVERITY"] = "0"
	code, _, stderr := tocsin(t, all, settings, "send")
	if want := openSamples(t, all); code != 0 || count.n() != want || want < 229 {
		t.Errorf("exit code %d, %d of %d open samples sent: %s", code, count.n(), want, stderr)
	}
}

// openSamples counts the samples that are not over. What is over and was never sent is no message.
func openSamples(t *testing.T, samples string) int {
	t.Helper()
	open := 0
	for line := range strings.Lines(samples) {
		delivery, err := events.Open(events.Table(), []byte(line))
		if err != nil {
			t.Fatal(err)
		}
		if f := events.Parse(events.Table(), delivery.Records[0].Envelope)[0]; !f.State.Over() {
			open++
		}
	}
	return open
}

func TestHelp(t *testing.T) {
	if code, stdout, _ := tocsin(t, "", nil, "--version"); code != 0 || !strings.HasPrefix(stdout, "tocsin version ") {
		t.Errorf("exit code %d: %s", code, stdout)
	}
	code, stdout, _ := tocsin(t, "", nil, "--help")
	if code != 0 || !strings.Contains(stdout, "send") || !strings.Contains(stdout, "samples") {
		t.Errorf("exit code %d: %s", code, stdout)
	}
}

func TestReplayFiles(t *testing.T) {
	old := strings.Replace(event, `"id":"1"`, `"id":"2","updatedAt":"2020-01-01T00:00:00Z"`, 1)
	settings, count := hook(t, http.StatusOK)
	for _, step := range []struct {
		stdin string
		args  []string
		code  int
		sent  int
		want  string
	}{
		{event, []string{"-", "--dry-run"}, 0, 0, "standard input: 8.0"},
		{event + old, []string{"-", "--since", "24h"}, 0, 1, "1 finding in 1 document"},
		{event + old, []string{"-", "--limit", "1"}, 0, 2, "slack: 1 delivered"},
		{"{'a': 1}", []string{"-"}, 1, 2, "print it with json.dumps"},
		{`{"Records":[{"messageId":"m","eventSource":"aws:sqs","body":"bad"}]}`, []string{"-", "--since", "24h"}, 1, 2, "record m: no event"},
		{"", nil, 2, 2, "say what to replay: one of --queue-url, --guardduty, or files"},
		{"", []string{"--guardduty"}, 2, 2, "--guardduty needs --since"},
		{"", []string{"-", "--region", "eu-west-1"}, 2, 2, "go with --guardduty"},
		{"", []string{"--guardduty", "--since", "1h", "--min-severity", "loud"}, 2, 2, "--min-severity: not a severity"},
		{"", []string{"-", "--sink", "sns"}, 2, 2, `SINKS: does not name "sns"`},
	} {
		code, stdout, stderr := tocsin(t, step.stdin, settings, append([]string{"replay"}, step.args...)...)
		if code != step.code || count.n() != step.sent || !strings.Contains(stdout+stderr, step.want) {
			t.Errorf("%v: exit code %d, want %d; %d sent, want %d; %s%s", step.args, code, step.code, count.n(), step.sent, stdout, stderr)
		}
	}
}

func TestSimulate(t *testing.T) {
	code, stdout, _ := tocsin(t, "", nil, "simulate", "--accounts", "10", "--days", "2", "--profile", "samples")
	if code != 0 || !strings.Contains(stdout, "10 accounts, 2 days, samples, seed 1: ") || !strings.Contains(stdout, "| slack ") || !strings.Contains(stdout, "one message for each") {
		t.Errorf("exit code %d: %s", code, stdout)
	}
	if code, _, stderr := tocsin(t, "", nil, "simulate", "--profile", "storm"); code != exitUsage || !strings.Contains(stderr, "steady, incident, samples") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}

// What GuardDuty has is sent once to a sink whose ledger knows nothing, and by its exact severity.
func TestReplayGuardDuty(t *testing.T) {
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := `{"detectorIds":["d"]}`
		switch r.URL.Path {
		case "/detector/d/findings":
			answer = `{"findingIds":["1","2"]}`
		case "/detector/d/findings/get":
			answer = `{"findings":[{"id":"1","arn":"arn:aws:guardduty:eu-west-1:1:detector/d/finding/1","severity":8.5,"title":"A","updatedAt":"2026-03-16T08:25:10Z"},
				{"id":"2","arn":"arn:aws:guardduty:eu-west-1:1:detector/d/finding/2","severity":8.1,"title":"B","updatedAt":"2026-03-16T08:25:10Z"}]}`
		}
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(api.Close)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL_GUARDDUTY": api.URL, "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "eu-west-1", "AWS_PROFILE": "",
	} {
		t.Setenv(name, value)
	}
	settings, count := hook(t, http.StatusOK)
	since := "87600h"
	code, _, stderr := tocsin(t, "", settings, "replay", "--guardduty", "--since", since, "--min-severity", "8.4")
	if code != 0 || count.n() != 1 || !strings.Contains(stderr, "slack: 1 delivered") {
		t.Errorf("exit code %d, %d sent: %s", code, count.n(), stderr)
	}
	code, stdout, _ := tocsin(t, "", settings, "replay", "--guardduty", "--since", since, "--dry-run")
	if code != 0 || count.n() != 1 || strings.Count(stdout, "\n") != 2 {
		t.Errorf("a dry run: exit code %d, %d sent: %s", code, count.n(), stdout)
	}
}

// What the command prints is what ACCOUNT_NAMES takes.
func TestAccounts(t *testing.T) {
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		_, _ = io.WriteString(w, `{"Accounts":[{"Id":"000011112222","Name":"Prod EU","Status":"ACTIVE"},
			{"Id":"333344445555","Name":"a:b\u001b[31m","Status":"ACTIVE"},{"Id":"666677778888","Name":"gone","Status":"SUSPENDED"}]}`)
	}))
	t.Cleanup(api.Close)
	for name, value := range map[string]string{"AWS_ENDPOINT_URL_ORGANIZATIONS": api.URL, "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "x", "AWS_PROFILE": ""} {
		t.Setenv(name, value)
	}
	for _, format := range []string{"json", "pairs"} {
		code, stdout, stderr := tocsin(t, "", nil, "accounts", "--format", format)
		if code != 0 {
			t.Fatalf("exit code %d: %s", code, stderr)
		}
		names, mistakes := config.ParseAccountNames(strings.TrimSpace(stdout))
		if len(mistakes) > 0 || len(names) != 2 || names["000011112222"] != "Prod EU" || names["333344445555"] != "a:b [31m" {
			t.Errorf("%s: got %v, %v from %s", format, names, mistakes, stdout)
		}
	}
	if code, _, stderr := tocsin(t, "", nil, "accounts", "--format", "xml"); code != exitUsage || !strings.Contains(stderr, "want json or pairs") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}
