package e2e_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/sinks/slack/slacktest"
)

// suite is what the tests share: the bootstraps, built once, and the emulator.
type suite struct {
	bootstrap string
	actions   string // of the function that answers buttons
	emulator  *emulator
	// directory is where programs are built, buildClocked what builds the one of newClock once.
	directory    string
	buildClocked func() error
}

var shared suite

func TestMain(m *testing.M) { os.Exit(runAll(m)) }

// runAll builds the bootstrap, starts the emulator, runs the tests and stops what it started.
func runAll(m *testing.M) int {
	directory, err := os.MkdirTemp("", "tocsin-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(directory) }()

	shared.directory, shared.buildClocked = directory, sync.OnceValue(buildClocked)
	shared.bootstrap, shared.actions = filepath.Join(directory, "bootstrap"), filepath.Join(directory, "actions")
	for path, folder := range map[string]string{shared.bootstrap: "../../cmd/lambda", shared.actions: "../../cmd/actions"} {
		build := exec.Command("go", "build", "-tags", "lambda.norpc", "-trimpath", "-o", path, folder)
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if output, err := build.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "building %s: %v\n%s", folder, err, output)
			return 1
		}
	}
	if shared.emulator, err = startEmulator(); err != nil {
		fmt.Fprintln(os.Stderr, "starting the emulators of AWS:", err)
		return 1
	}
	defer shared.emulator.stop()
	return m.Run()
}

// function is a running bootstrap.
type function struct {
	*runtimeAPI
	process        *exec.Cmd
	stdout, stderr *output
}

// output collects what a process writes.
type output struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buffer.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buffer.String()
}

// environment is that of the function: nothing of the test's own gets in.
func environment(api *runtimeAPI, variables map[string]string) []string {
	all := []string{
		"AWS_LAMBDA_RUNTIME_API=" + strings.TrimPrefix(api.server.URL, "http://"), "AWS_REGION=us-east-1",
		"AWS_ACCESS_KEY_ID=AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY=" + accessSecret, "AWS_LAMBDA_FUNCTION_NAME=tocsin",
	}
	for name, value := range variables {
		all = append(all, name+"="+value)
	}
	return all
}

// start runs the bootstrap with exactly the given variables and those of Lambda; it is killed when
// the test ends. No secret may stand in what it wrote, and every invocation in its log balances.
func start(t *testing.T, variables map[string]string) *function {
	t.Helper()
	return startProgram(t, shared.bootstrap, variables)
}

// startProgram runs another bootstrap as start does.
func startProgram(t *testing.T, program string, variables map[string]string) *function {
	t.Helper()
	f := &function{runtimeAPI: newRuntimeAPI(t), stdout: &output{}, stderr: &output{}}
	process := exec.Command(program)
	process.Env = environment(f.runtimeAPI, variables)
	process.Stdout, process.Stderr = f.stdout, f.stderr
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	f.process = process
	t.Cleanup(func() {
		_ = process.Process.Kill()
		_ = process.Wait()
		noSecrets(t, f.stdout.String()+f.stderr.String())
		if program == shared.bootstrap && variables["LOG_LEVEL"] == "" { // others have another log
			balanced(t, f.stdout.String())
		}
	})
	return f
}

// accessSecret is the secret key that the function has.
const accessSecret = "wJalrXUtnFEMIexample"

// noSecrets fails the test when what the function wrote or answered shows a secret.
func noSecrets(t *testing.T, text string) {
	t.Helper()
	for name, value := range map[string]string{"AWS secret key": accessSecret, "webhook's secret": slacktest.Secret} {
		if strings.Contains(text, value) {
			t.Errorf("the %s shows", name)
		}
	}
}

func TestBadConfiguration(t *testing.T) {
	api := newRuntimeAPI(t)
	variables := map[string]string{
		"SINKS": "slack,sns,pigeon", "MIN_SEVERITY": "s3cr3t-a", "SLACK_WEBHOOK_URL": "http://hooks.slack.com/s3cr3t-b",
		"SNS_TOPIC_ARN": "s3cr3t-c", "SLACK_WEBHOKO_URL": "s3cr3t-d", "REPEAT": "s3cr3t-e",
	}
	process := exec.Command(shared.bootstrap)
	process.Env = environment(api, variables)
	var stdout, stderr output
	process.Stdout, process.Stderr = &stdout, &stderr
	err := process.Run()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Errorf("got %v, want exit code 1", err)
	}
	if got := stdout.String(); got != "" {
		t.Errorf("%d characters on the standard output, want none", len(got))
	}
	lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
	want := []string{"MIN_SEVERITY:", "SINKS:", "SLACK_WEBHOKO_URL:", "REPEAT:", "SLACK_WEBHOOK_URL:", "SNS_TOPIC_ARN:"}
	if len(lines) != len(want) {
		t.Fatalf("%d lines, want one for each of %v:\n%s", len(lines), want, stderr.String())
	}
	for i, line := range lines {
		if !strings.HasPrefix(line, "tocsin: configuration: "+want[i]) || strings.Contains(line, "s3cr3t") {
			t.Errorf("line %d does not begin with %s, or shows a value", i+1, want[i])
		}
	}
}

// TestProcessors looks at the scheduler of a function whose memory has the time of one processor,
// of one with the time of many, and of one for which GOMAXPROCS says something else.
// https://pkg.go.dev/runtime#hdr-Environment_Variables
func TestProcessors(t *testing.T) {
	seen := runtime.GOMAXPROCS(0)
	if seen < 2 {
		t.Skip("this machine has one processor, so that there is nothing to choose")
	}
	for _, test := range []struct {
		memory, set string
		want        int
	}{{"256", "", 1}, {"10240", "", min(seen, 6)}, {"256", "2", 2}} {
		variables := map[string]string{"SINKS": "console", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": test.memory, "GODEBUG": "schedtrace=5"}
		if test.set != "" {
			variables["GOMAXPROCS"] = test.set
		}
		f := start(t, variables)
		f.invoke(t, recipe(t), time.Minute)
		// The line that is written next is of a time after the start.
		before := len(f.stderr.String())
		var found []string
		for end := time.Now().Add(20 * time.Second); found == nil && time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
			found = regexp.MustCompile(`\nSCHED .*gomaxprocs=(\d+) `).FindStringSubmatch(f.stderr.String()[before:])
		}
		if found == nil || found[1] != fmt.Sprint(test.want) {
			t.Errorf("%s MB and GOMAXPROCS=%s: got %q, want %d", test.memory, test.set, found, test.want)
		}
	}
}

// TestMalformedInput returns the bootstrap what is no event, and events that are odd. The first it
// refuses in words, the second it sends; neither ends it.
func TestMalformedInput(t *testing.T) {
	slack := newSlack(t)
	f := start(t, map[string]string{"SINKS": "slack", "SLACK_WEBHOOK_URL": slack.URL(), "SLACK_RATE": "0"})
	for payload, want := range map[string]string{
		`"hello"`: "a JSON string", `{}`: "the object is empty", `[]`: "the list is empty", `null`: "null", "42": "a number", "true": "true or false",
		`{"source":"aws.guardduty","detail-type":`: "the JSON is cut off", "hello": "not JSON", "<html>": "not JSON", `{"a":1} x`: "more text",
		`{"Records":[]}`: "the list of records is empty", `{"hello":"world"}`: "neither detail-type nor source", `{"a":1,}`: "not JSON",
		`{'detail': None}`: "Python dict", "\xff\xfe{\x00}\x00": "UTF-16", strings.Repeat("[", 50_000): "nested too deeply",
		`{"Records":[{"eventSource":"aws:s3"}]}`: "another service", `{"Findings":[]}`: "the list of findings is empty",
		`{"Type":"SubscriptionConfirmation","Message":"x","TopicArn":"arn:aws:sns:a:1:t"}`: "confirm a subscription",
	} {
		if a := f.invoke(t, payload, 10*time.Second); !strings.Contains(a.failure, want) {
			t.Errorf("%.80s: got %q, want %q", payload, a.failure, want)
		}
	}
	odd := []string{
		`null`, `"text"`, `7`, `[1,2]`, `{"id":"a","severity":"terrible"}`, `{"id":"b","severity":1e300,"title":["x"]}`, `{"id":"c","type":"New:Thing/Of.Tomorrow"}`,
		`{"id":{},"type":[],"severity":{},"resource":3,"service":"x","title":null,"updatedAt":true}`, `{"id":"d","description":"` + strings.Repeat("x", 1<<20) + `"}`,
	}
	for _, detail := range odd {
		f.succeeded(t, `{"source":"aws.guardduty","detail-type":"GuardDuty Finding","detail":`+detail+`}`)
	}
	f.succeeded(t, event(8, "after all that"))
	if got, want := len(slack.Messages()), len(odd)+1; got != want {
		t.Errorf("%d messages, want %d", got, want)
	}
}
