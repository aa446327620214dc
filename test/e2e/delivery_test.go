package e2e_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// event is an event with the given severity, as it stands in JSON.
func event(severity any, id string) string {
	return fmt.Sprintf(`{"version":"0","source":"aws.guardduty","detail-type":"GuardDuty Finding","account":"111122223333","region":"eu-west-1",
		"time":"2026-03-16T08:25:11Z","detail":{"id":%q,"type":"Recon:EC2/Portscan","title":"A scan","severity":%v,"accountId":"111122223333",
		"region":"eu-west-1","updatedAt":"2026-03-16T08:25:10.123Z"}}`, id, severity)
}

func recipe(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../events/testdata/recipe.json")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestDeliveredToBoth(t *testing.T) {
	slack, tp := newSlack(t), newTopic(t, "both")
	f := start(t, both(slack, tp))
	if got := f.succeeded(t, recipe(t)); got != `{"delivered":2,"findings":1}` {
		t.Errorf("got %s", got)
	}
	messages, received := slack.Messages(), tp.received(t)
	if len(messages) != 1 || len(received) != 1 {
		t.Fatalf("%d Slack messages and %d SNS messages, want 1 and 1", len(messages), len(received))
	}
	for _, want := range []string{
		"Data exfiltration through DNS queries from EC2 instance i-0a1b2c3d4e5f60718.",
		"is attempting to query domain names that resemble exfiltrated data.", "8.0", "2018-03-16 08:20:05 UTC",
	} {
		if !strings.Contains(string(messages[0]), want) {
			t.Errorf("the Slack message lacks %q", want)
		}
		if !strings.Contains(received[0].Message, want) {
			t.Errorf("the SNS message lacks %q", want)
		}
	}
	if got := received[0].Subject; got != "[HIGH] GuardDuty: Trojan:EC2/DNSDataExfiltration in 111122223333 (ap-northeast-1)" {
		t.Errorf("got subject %q", got)
	}
	attributes := received[0].MessageAttributes
	if attributes["severity"].Value != "8.0" || attributes["severity"].Type != "Number" || attributes["level"].Value != "high" ||
		attributes["account"].Value != "111122223333" {
		t.Errorf("got %v", attributes)
	}
}

func TestFIFOTopic(t *testing.T) {
	slack, tp := newSlack(t), newTopic(t, "ordered.fifo")
	variables := both(slack, tp)
	variables["LEDGER"] = "off"
	f := start(t, variables)
	for range 2 { // the same publication twice: the topic keeps the second back
		f.succeeded(t, recipe(t))
	}
	if received := tp.received(t); len(received) != 1 {
		t.Errorf("%d messages, want 1", len(received))
	}
}

func TestThresholds(t *testing.T) {
	slack, tp := newSlack(t), newTopic(t, "thresholds")
	variables := both(slack, tp)
	maps.Copy(variables, map[string]string{"MIN_SEVERITY": "4", "SNS_MIN_SEVERITY": "high"})
	f := start(t, variables)
	for _, step := range []struct {
		severity string
		want     string
	}{
		{"3.9", `{"below":2,"findings":1}`}, {"3.95", `{"below":2,"findings":1}`}, {"4", `{"below":1,"delivered":1,"findings":1}`},
		{"4.0", `{"below":1,"delivered":1,"findings":1}`}, {`"4.0"`, `{"below":1,"delivered":1,"findings":1}`},
		{"6.9", `{"below":1,"delivered":1,"findings":1}`}, {"7", `{"delivered":2,"findings":1}`}, {"8.0", `{"delivered":2,"findings":1}`},
		{`"3.9"`, `{"below":2,"findings":1}`}, {`"8.0"`, `{"delivered":2,"findings":1}`},
		{"null", `{"delivered":2,"findings":1}`},
	} {
		if got := f.succeeded(t, event(step.severity, "s"+step.severity)); got != step.want {
			t.Errorf("severity %s: got %s, want %s", step.severity, got, step.want)
		}
	}
	if got, sent := len(slack.Messages()), len(tp.received(t)); got != 8 || sent != 4 {
		t.Errorf("%d Slack messages and %d SNS messages, want 8 and 4", got, sent)
	}
}

func TestSlackFailsWhileSNSWorks(t *testing.T) {
	slack, tp := newSlack(t), newTopic(t, "fails")
	slack.Answer(func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusInternalServerError)
		return true
	})
	f := start(t, both(slack, tp))
	a := f.invoke(t, recipe(t), 10*time.Second)
	if !strings.Contains(a.failure, "UndeliveredError: not delivered: slack: retry: posting to Slack: status 500") {
		t.Errorf("got %q", a.failure)
	}
	if received := tp.received(t); len(received) != 1 {
		t.Errorf("%d SNS messages, want 1", len(received))
	}
}

func TestHangingSink(t *testing.T) {
	slack, tp := newSlack(t), newTopic(t, "hangs")
	over := make(chan struct{})
	t.Cleanup(func() { close(over) })
	sent := make(chan struct{}, 1)
	slack.Answer(func(_ http.ResponseWriter, r *http.Request) bool {
		select {
		case sent <- struct{}{}:
		default: // a further attempt
		}
		select {
		case <-over:
		case <-r.Context().Done():
		}
		return true
	})
	f := start(t, both(slack, tp))
	answered := make(chan answer, 1)
	go func() {
		defer close(answered)
		answered <- f.invoke(t, recipe(t), 4*time.Second)
	}()
	<-sent
	received := tp.received(t)
	for len(received) == 0 { // it arrives while the webhook hangs
		select {
		case a := <-answered:
			t.Fatalf("the topic was not sent before the function gave up: %q", a.failure)
		case <-time.After(10 * time.Millisecond):
			received = tp.received(t)
		}
	}
	if a := <-answered; !strings.Contains(a.failure, "slack: retry") {
		t.Errorf("got %q, want a failure of Slack before the deadline", a.failure)
	}
}

func TestBatch(t *testing.T) {
	slack, tp := newSlack(t), newTopic(t, "batch")
	f := start(t, both(slack, tp))
	queue := map[string]string{}
	for i := range 10 {
		queue[fmt.Sprint("message-", i)] = event(8, fmt.Sprint("finding-", i))
	}
	queue["message-3"] = "this is no event"
	queue["message-7"] = `{"source":"aws.guardduty","detail-type":`
	// Slack takes one message a second, so that a batch of ten needs more than one delivery.
	for receives := 1; len(queue) > 2 && receives < 10; receives++ {
		failed := f.batch(t, queue, receives)
		if !failed["message-3"] || !failed["message-7"] {
			t.Fatalf("the bad records are not among the failed ones: %v", failed)
		}
		maps.DeleteFunc(queue, func(id, _ string) bool { return !failed[id] })
	}
	if got, sent := len(slack.Messages()), len(tp.received(t)); len(queue) != 2 || got != 8 || sent != 8 {
		t.Errorf("%d records left, %d Slack messages and %d SNS messages, want 2, 8 and 8", len(queue), got, sent)
	}
}

// batch hands the function a batch of a queue and gives the ids of the records that it wants to
// keep.
func (f *function) batch(t *testing.T, queue map[string]string, receives int) map[string]bool {
	t.Helper()
	type record struct {
		MessageID   string            `json:"messageId"`
		Body        string            `json:"body"`
		EventSource string            `json:"eventSource"`
		Attributes  map[string]string `json:"attributes"`
	}
	var batch struct{ Records []record }
	for _, id := range slices.Sorted(maps.Keys(queue)) {
		batch.Records = append(batch.Records, record{
			id, queue[id], "aws:sqs", map[string]string{"ApproximateReceiveCount": fmt.Sprint(receives)},
		})
	}
	payload, err := json.Marshal(batch)
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		BatchItemFailures []struct{ ItemIdentifier string }
	}
	if err := json.Unmarshal([]byte(f.succeeded(t, string(payload))), &answer); err != nil {
		t.Fatal(err)
	}
	failed := map[string]bool{}
	for _, failure := range answer.BatchItemFailures {
		if _, known := queue[failure.ItemIdentifier]; !known {
			t.Errorf("an unknown record is said to have failed: %q", failure.ItemIdentifier)
		}
		failed[failure.ItemIdentifier] = true
	}
	return failed
}
