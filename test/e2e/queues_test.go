package e2e_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/test/moto"
)

// newQueue makes a queue of its own for the test, and returns the settings for it as a sink.
func newQueue(t *testing.T, name string) map[string]string {
	t.Helper()
	var queue struct{ QueueURL string }
	sqs(t, "CreateQueue", map[string]any{"QueueName": name, "Attributes": attributesOfQueue(name)}, &queue)
	return map[string]string{"SINKS": "sqs", "SQS_QUEUE_URL": queue.QueueURL, "AWS_ENDPOINT_URL_SQS": shared.emulator.url}
}

// batchUntilTaken hands the function ten findings as a queue does: what it keeps comes again.
func (f *function) batchUntilTaken(t *testing.T) {
	t.Helper()
	batch := map[string]string{}
	for i := range 10 {
		batch[fmt.Sprint("message-", i)] = event(8, fmt.Sprint("finding-", i))
	}
	for receives := 1; len(batch) > 0; receives++ {
		if receives > 20 {
			t.Fatalf("%d records failed time and again", len(batch))
		}
		failed := f.batch(t, batch, receives)
		maps.DeleteFunc(batch, func(id, _ string) bool { return !failed[id] })
	}
}

// documentOf is what the tests read of the JSON of a finding.
type documentOf struct {
	Version   int
	Kind, Key string
	Severity  struct{ Level string }
	Changes   []struct{ What string }
}

// Findings, what becomes of them, and whole batches come to a queue, with the attributes to route by.
func TestQueueAsSink(t *testing.T) {
	settings := newQueue(t, "alerts")
	queue := settings["SQS_QUEUE_URL"]
	f := start(t, settings)
	if got := f.succeeded(t, recipe(t)); got != `{"delivered":1,"findings":1}` {
		t.Errorf("got %s", got)
	}
	newer := strings.Replace(event(8, "one"), "08:25:10.123Z", "09:25:10.123Z", 1)
	newer = strings.Replace(newer, `"title":"A scan"`, `"title":"A scan","service":{"count":7}`, 1)
	for _, payload := range []string{event(5, "one"), event(5, "one"), newer} {
		f.succeeded(t, payload)
	}
	messages := received(t, queue)
	if len(messages) != 3 {
		t.Fatalf("%d messages, want a finding, another one and its update", len(messages))
	}
	for i, want := range []struct{ kind, level, severity string }{{"finding", "high", "8.0"}, {"finding", "medium", "5.0"}, {"update", "high", "8.0"}} {
		var document documentOf
		if err := json.Unmarshal([]byte(messages[i].Body), &document); err != nil || document.Version != 1 || document.Kind != want.kind ||
			document.Severity.Level != want.level {
			t.Errorf("message %d: got %s (%v)", i, messages[i].Body, err)
		}
		for name, value := range map[string]string{"severity": want.severity, "level": want.level, "source": "aws.guardduty", "account": "111122223333"} {
			if got := messages[i].attribute(name); got != value {
				t.Errorf("message %d: %s is %q, want %q", i, name, got, value)
			}
		}
	}

	f.batchUntilTaken(t)
	keys := map[string]bool{}
	for _, message := range received(t, queue) {
		var document documentOf
		if err := json.Unmarshal([]byte(message.Body), &document); err != nil {
			t.Error(err)
		}
		keys[document.Key] = true
	}
	if len(keys) != 10 {
		t.Errorf("%d findings have come to the queue, want 10", len(keys))
	}

	// What comes back is no event, so that it goes round no second time.
	if failed := f.batch(t, map[string]string{"back": messages[0].Body}, 1); !failed["back"] || len(received(t, queue)) > 0 {
		t.Error("the JSON of a finding was taken for an event")
	}
}

// A FIFO queue keeps a publication back that it has had.
func TestFIFOQueueAsSink(t *testing.T) {
	settings := newQueue(t, "alerts.fifo")
	settings["LEDGER"] = "off"
	f := start(t, settings)
	for range 2 {
		if got := f.succeeded(t, recipe(t)); got != `{"delivered":1,"findings":1}` {
			t.Errorf("got %s", got)
		}
	}
	for range 2 {
		f.batchUntilTaken(t)
	}
	if messages := received(t, settings["SQS_QUEUE_URL"]); len(messages) != 11 {
		t.Errorf("%d messages, want 11", len(messages))
	}
}

// A queue that is not there is said to be so.
func TestNoQueueAsSink(t *testing.T) {
	settings := newQueue(t, "there")
	settings["SQS_QUEUE_URL"] += "-not"
	a := start(t, settings).invoke(t, recipe(t), 10*time.Second)
	if !strings.Contains(a.failure, "see that QUEUE_URL is the URL of a queue that exists") {
		t.Errorf("got %q", a.failure)
	}
}

// busEvent is an event as a rule hands it to a queue.
type busEvent struct {
	Source     string   `json:"source"`
	DetailType string   `json:"detail-type"`
	Resources  []string `json:"resources"`
	Detail     documentOf
}

// Findings come through a bus and its rule to a queue. moto alone has buses.
func TestBusAsSink(t *testing.T) {
	url := moto.Start(t)
	usual := shared.emulator
	shared.emulator = &emulator{url: url, tables: url}
	t.Cleanup(func() { shared.emulator = usual })
	const bus = "arn:aws:events:us-east-1:123456789012:event-bus/security"
	queue := newQueue(t, "behind-the-bus")["SQS_QUEUE_URL"]
	events := func(action string, input map[string]any) { awsJSON(t, url+"/", "AWSEvents."+action, input) }
	events("CreateEventBus", map[string]any{"Name": "security"})
	events("PutRule", map[string]any{"Name": "all", "EventBusName": "security", "EventPattern": `{"source":["tocsin"],"detail":{"severity":{"level":["high"]}}}`})
	events("PutTargets", map[string]any{"Rule": "all", "EventBusName": "security", "Targets": []any{
		map[string]any{"Id": "queue", "Arn": "arn:aws:sqs:us-east-1:123456789012:behind-the-bus"},
	}})

	settings := map[string]string{"SINKS": "eventbridge", "EVENTBRIDGE_BUS_ARN": bus, "AWS_ENDPOINT_URL_EVENTBRIDGE": url}
	f := start(t, settings)
	f.succeeded(t, recipe(t))
	f.succeeded(t, event(5, "below the rule"))
	f.batchUntilTaken(t)
	keys := map[string]bool{}
	for _, message := range received(t, queue) {
		var e busEvent
		if err := json.Unmarshal([]byte(message.Body), &e); err != nil || e.Source != "tocsin" || e.DetailType != "Security Finding" ||
			e.Detail.Version != 1 || e.Detail.Severity.Level != "high" {
			t.Errorf("got %s (%v)", message.Body, err)
		}
		keys[e.Detail.Key] = true
	}
	if len(keys) != 11 {
		t.Errorf("%d findings have come through, want 11", len(keys))
	}

	settings["EVENTBRIDGE_BUS_ARN"] = bus + "-not"
	a := start(t, settings).invoke(t, recipe(t), 10*time.Second)
	if !strings.Contains(a.failure, "there is no such bus") {
		t.Errorf("got %q", a.failure)
	}
}
