package e2e_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/tocsin-sec/tocsin/sinks/slack/slacktest"
)

// newTable makes a ledger's table as the CDK app does.
func newTable(t *testing.T, name string) string {
	t.Helper()
	attribute := func(name, kind string) map[string]string {
		return map[string]string{"AttributeName": name, "AttributeType": kind}
	}
	key := func(name, kind string) map[string]string {
		return map[string]string{"AttributeName": name, "KeyType": kind}
	}
	awsJSON(t, shared.emulator.tables, "DynamoDB_20120810.CreateTable", map[string]any{
		"TableName": name, "BillingMode": "PAY_PER_REQUEST",
		"AttributeDefinitions": []any{attribute("pk", "S"), attribute("sk", "S")},
		"KeySchema":            []any{key("pk", "HASH"), key("sk", "RANGE")},
	})
	return name
}

// deployed are the settings of a deployment: the table and the dead-letter queue.
func deployed(t *testing.T, slack *slacktest.Server, tp *topic, name string) (variables map[string]string, deadLetters string) {
	t.Helper()
	var queue struct{ QueueURL string }
	sqs(t, "CreateQueue", map[string]any{"QueueName": name + "-dead"}, &queue)
	variables = both(slack, tp)
	maps.Copy(variables, map[string]string{
		"LEDGER": "dynamodb", "LEDGER_TABLE": newTable(t, name), "DEAD_LETTER_QUEUE_URL": queue.QueueURL,
		"AWS_ENDPOINT_URL_SQS": shared.emulator.url, "AWS_ENDPOINT_URL_DYNAMODB": shared.emulator.tables,
	})
	return variables, queue.QueueURL
}

// Slack answers 500 for three deliveries and then accepts; SNS is healthy; the process is killed
// after the second delivery. Each is sent once.
func TestRetryReachesOnlyTheSinkThatFailed(t *testing.T) {
	slack, tp := newSlack(t), newTopic(t, "retry")
	variables, _ := deployed(t, slack, tp, "retry")
	var isDown atomic.Bool
	isDown.Store(true)
	slack.Answer(func(w http.ResponseWriter, _ *http.Request) bool {
		if isDown.Load() {
			w.WriteHeader(http.StatusInternalServerError)
		}
		return isDown.Load()
	})
	queue := map[string]string{"m": recipe(t)}
	f := start(t, variables)
	for receives := 1; receives <= 4; receives++ {
		if receives == 3 {
			f = start(t, variables) // another execution environment, on the same ledger
		}
		isDown.Store(receives < 4)
		if failed := f.batch(t, queue, receives); failed["m"] != (receives < 4) {
			t.Errorf("delivery %d: failed %v", receives, failed)
		}
	}
	if failed := f.batch(t, queue, 5); len(failed) != 0 {
		t.Errorf("once more: %v", failed)
	}
	if got, sent := len(slack.Messages()), len(tp.received(t)); got != 1 || sent != 1 {
		t.Errorf("%d Slack messages and %d SNS messages, want 1 and 1", got, sent)
	}
}

// Two execution environments get the same event at once.
func TestTwoCopiesRace(t *testing.T) {
	slack, tp := newSlack(t), newTopic(t, "race")
	variables, _ := deployed(t, slack, tp, "race")
	copies := []*function{start(t, variables), start(t, variables)}
	for round := range 10 {
		queue := map[string]string{"m": event(8, fmt.Sprint("raced-", round))}
		var racing sync.WaitGroup
		for _, f := range copies {
			racing.Go(func() { f.batch(t, queue, 1) })
		}
		racing.Wait()
		for _, f := range copies { // whoever was too late comes again
			if failed := f.batch(t, queue, 2); len(failed) != 0 {
				t.Errorf("round %d: %v", round, failed)
			}
		}
	}
	if got, sent := len(slack.Messages()), len(tp.received(t)); got != 10 || sent != 10 {
		t.Errorf("%d Slack messages and %d SNS messages, want 10 and 10", got, sent)
	}
}

// A webhook that is gone: one request, one letter, over ten redeliveries; once it is mended, AWS's
// own redrive delivers the letter to it, and to nobody else.
func TestDeadLetterAndRedrive(t *testing.T) {
	slack, tp := newSlack(t), newTopic(t, "dead")
	variables, deadLetters := deployed(t, slack, tp, "dead")
	var requests atomic.Int32
	slack.Answer(func(w http.ResponseWriter, _ *http.Request) bool {
		requests.Add(1)
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte("no_service"))
		return true
	})
	f := start(t, variables)
	queue := map[string]string{"m": recipe(t)}
	for receives := 1; receives <= 10; receives++ {
		if failed := f.batch(t, queue, receives); len(failed) != 0 {
			t.Errorf("delivery %d: %v", receives, failed)
		}
	}
	if requests.Load() != 1 || len(tp.received(t)) != 1 {
		t.Errorf("%d requests to Slack, want 1, and one SNS message", requests.Load())
	}
	letters := received(t, deadLetters)
	if len(letters) != 1 || letters[0].attribute("tocsin.sink") != "slack" ||
		!strings.Contains(letters[0].attribute("tocsin.reason"), "no_service") || letters[0].Body != strings.TrimSpace(recipe(t)) {
		t.Fatalf("got %d letters: %+v", len(letters), letters)
	}

	slack.Answer(nil)
	redriven := fmt.Sprintf(`{"Records":[{"messageId":"r","eventSource":"aws:sqs","body":%s,
		"messageAttributes":{"tocsin.sink":{"stringValue":"slack","dataType":"String"}}}]}`, quoted(t, letters[0].Body))
	if got := f.succeeded(t, redriven); got != `{"batchItemFailures":[]}` {
		t.Errorf("the redrive: got %s", got)
	}
	if len(slack.Messages()) != 1 || len(tp.received(t)) != 0 {
		t.Errorf("%d Slack messages after the redrive, want 1, and no SNS message", len(slack.Messages()))
	}
}

func quoted(t *testing.T, text string) string {
	t.Helper()
	encoded, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(encoded)
}

func TestUnreadableRecordsAreDeadLetters(t *testing.T) {
	slack, tp := newSlack(t), newTopic(t, "unreadable")
	variables, deadLetters := deployed(t, slack, tp, "unreadable")
	f := start(t, variables)
	if failed := f.batch(t, map[string]string{"m": "this is no event"}, 1); len(failed) != 0 {
		t.Errorf("got %v", failed)
	}
	letters := received(t, deadLetters)
	if len(letters) != 1 || letters[0].Body != "this is no event" || letters[0].attribute("tocsin.error_kind") != "unreadable" {
		t.Errorf("got %+v", letters)
	}
	if got := f.succeeded(t, `{"hello":"world"}`); got != `{"unreadable":1}` {
		t.Errorf("a direct invocation: got %s", got)
	}
}

// The table is gone: everything is sent all the same, and counted.
func TestLedgerDown(t *testing.T) {
	slack, tp := newSlack(t), newTopic(t, "no-ledger")
	variables, _ := deployed(t, slack, tp, "no-ledger")
	for name, change := range map[string]map[string]string{
		"no such table": {"LEDGER_TABLE": "nowhere"},
		"no answer":     {"AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:1"},
	} {
		broken := maps.Clone(variables)
		maps.Copy(broken, change)
		f := start(t, broken)
		if failed := f.batch(t, map[string]string{"m": event(8, name)}, 1); len(failed) != 0 {
			t.Errorf("%s: %v", name, failed)
		}
		// Two for each sink, and the mutes of the table that could not be read.
		if got := f.logged(t, 1).metrics[0].LedgerUnavailable; got != 5 {
			t.Errorf("%s: the log counts %d failures of the ledger, want 5", name, got)
		}
	}
	if got, sent := len(slack.Messages()), len(tp.received(t)); got != 2 || sent != 2 {
		t.Errorf("%d Slack messages and %d SNS messages, want 2 and 2", got, sent)
	}
}
