package e2e_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
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
	f := start(t, both(slack, tp))
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
		{"null", `{"delivered":2,"findings":1}`},
	} {
		if got := f.succeeded(t, event(step.severity, "s"+step.severity)); got != step.want {
			t.Errorf("severity %s: got %s, want %s", step.severity, got, step.want)
		}
	}
	if got, sent := len(slack.Messages()), len(tp.received(t)); got != 7 || sent != 3 {
		t.Errorf("%d Slack messages and %d SNS messages, want 7 and 3", got, sent)
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
	told := make(chan struct{}, 1)
	slack.Answer(func(_ http.ResponseWriter, r *http.Request) bool {
		told <- struct{}{}
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
	<-told
	received := tp.received(t)
	for len(received) == 0 { // it arrives while the webhook hangs
		select {
		case a := <-answered:
			t.Fatalf("the topic was not told before the function gave up: %q", a.failure)
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
	var records []string
	for i := range 10 {
		body := event(8, fmt.Sprint("finding-", i))
		switch i {
		case 3:
			body = "this is no event"
		case 7:
			body = `{"source":"aws.guardduty","detail-type":`
		}
		encoded, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, fmt.Sprintf(`{"messageId":"message-%d","eventSource":"aws:sqs","body":%s}`, i, encoded))
	}
	got := f.succeeded(t, `{"Records":[`+strings.Join(records, ",")+`]}`)
	if got != `{"batchItemFailures":[{"itemIdentifier":"message-3"},{"itemIdentifier":"message-7"}]}` {
		t.Errorf("got %s", got)
	}
	if got, sent := len(slack.Messages()), len(tp.received(t)); got != 8 || sent != 8 {
		t.Errorf("%d Slack messages and %d SNS messages, want 8 and 8", got, sent)
	}
}
