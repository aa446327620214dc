package e2e_test

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// tocsin runs the command line with exactly the given variables, and gives its exit code and
// output.
func tocsin(t *testing.T, variables map[string]string, args ...string) (code int, output string) {
	t.Helper()
	program := filepath.Join(filepath.Dir(shared.bootstrap), "tocsin")
	if text, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "../../cmd/tocsin").CombinedOutput(); err != nil {
		t.Fatalf("building tocsin: %v\n%s", err, text)
	}
	command := exec.CommandContext(t.Context(), program, args...)
	command.Env = []string{"AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY=" + accessSecret}
	for name, value := range variables {
		command.Env = append(command.Env, name+"="+value)
	}
	text, err := command.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	noSecrets(t, string(text))
	return command.ProcessState.ExitCode(), string(text)
}

// A webhook is gone and its letters wait: a replay delivers them once it is mended, and nothing
// else.
func TestReplayOfTheDeadLetterQueue(t *testing.T) {
	slack, tp := newSlack(t), newTopic(t, "replay")
	variables, deadLetters := deployed(t, slack, tp, "replay")
	variables["RATE"] = "0"
	gone := func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte("no_service"))
		return true
	}
	slack.Answer(gone)
	f := start(t, variables)
	queue := map[string]string{"bad": "this is no event"}
	for i := range 3 {
		queue[fmt.Sprint(i)] = event(8, fmt.Sprint("letter-", i))
	}
	if failed := f.batch(t, queue, 1); len(failed) != 0 {
		t.Fatalf("kept: %v", failed)
	}
	// What SQS itself moves there after too many receives has no attributes.
	sqs(t, "SendMessage", map[string]any{"QueueUrl": deadLetters, "MessageBody": event(8, "moved by SQS")}, nil)
	// Nor has what EventBridge could not hand over, but attributes of its own.
	why := map[string]string{"DataType": "String", "StringValue": "NO_PERMISSIONS"}
	sqs(t, "SendMessage", map[string]any{
		"QueueUrl": deadLetters, "MessageBody": event(8, "of the rule"), "MessageAttributes": map[string]any{"ERROR_CODE": why},
	}, nil)
	_ = tp.received(t)

	expect := func(what string, wantCode, wantLetters, wantSlack int, want string, args ...string) {
		t.Helper()
		code, output := tocsin(t, variables, append([]string{"replay", "--queue-url", deadLetters}, args...)...)
		var of struct{ Attributes map[string]string }
		sqs(t, "GetQueueAttributes", map[string]any{"QueueUrl": deadLetters, "AttributeNames": []string{"All"}}, &of)
		letters := of.Attributes["ApproximateNumberOfMessages"]
		if code != wantCode || letters != fmt.Sprint(wantLetters) || len(slack.Messages()) != wantSlack || !strings.Contains(output, want) {
			t.Fatalf("%s: exit code %d, %s letters, %d Slack messages; want %d, %d, %d and %q\n%s",
				what, code, letters, len(slack.Messages()), wantCode, wantLetters, wantSlack, want, output)
		}
	}
	expect("a dry run", 0, 6, 0, "in 111122223333 eu-west-1  NO_PERMISSIONS", "--dry-run")
	expect("another dry run", 0, 6, 0, "for slack: permanent-sink, posting to Slack: status 404: no_service after 1 attempt", "--dry-run")
	expect("while it is gone", 1, 6, 0, "slack: dead", "--limit", "2")
	slack.Answer(nil)
	expect("letters of one sink", 1, 3, 5, "slack: 5 delivered", "--sink", "slack")
	expect("of another sink", 1, 3, 5, "sns: 2 delivered", "--sink", "sns")
	slack.Answer(gone)
	f.batch(t, map[string]string{"late": event(8, "late")}, 1)
	slack.Answer(nil)
	if _, output := tocsin(t, map[string]string{
		"SINKS": "console", "LEDGER": "off", "AWS_ENDPOINT_URL_SQS": variables["AWS_ENDPOINT_URL_SQS"],
	}, "replay", "--queue-url", deadLetters, "--dry-run"); !strings.Contains(output, "it is a letter of sink slack, which SINKS does not name; it stays in the queue") {
		t.Errorf("a sink that is not configured: %s", output)
	}
	expect("the rest", 1, 1, 6, "slack: 1 delivered, 2 duplicate")
	if got := len(tp.received(t)); got != 3 { // with the late one
		t.Errorf("the topic got %d messages, want the two that SQS and EventBridge put there, and the late one", got)
	}
	expect("again", 1, 1, 6, "no event")
}

// Letters that were saved to files are sent too, though they are dead in the ledger.
func TestReplayOfFiles(t *testing.T) {
	slack, tp := newSlack(t), newTopic(t, "replay-files")
	variables, _ := deployed(t, slack, tp, "replay-files")
	dead := maps.Clone(variables)
	slack.Answer(func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusGone)
		return true
	})
	start(t, dead).batch(t, map[string]string{"m": recipe(t)}, 1)
	slack.Answer(nil)
	code, output := tocsin(t, variables, "replay", "../../events/testdata/recipe.json")
	if code != 0 || !strings.Contains(output, "slack: 1 delivered") || !strings.Contains(output, "sns: 1 duplicate") {
		t.Errorf("exit code %d: %s", code, output)
	}
}
