package e2e_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/sinks/slack/slacktest"
)

// handOver gives a function what was put on a queue, as an event source mapping does.
func handOver(t *testing.T, f *function, queueURL, name string) {
	t.Helper()
	var batch struct{ Records []map[string]any }
	for i, message := range received(t, queueURL) {
		batch.Records = append(batch.Records, map[string]any{
			"messageId": "m" + string(rune('0'+i)), "receiptHandle": message.ReceiptHandle, "body": message.Body,
			"eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:" + name,
		})
	}
	if len(batch.Records) == 0 {
		t.Fatal("nothing was put on the queue")
	}
	text, err := json.Marshal(batch)
	if err != nil {
		t.Fatal(err)
	}
	if got := f.succeeded(t, string(text)); got != `{"batchItemFailures":[]}` {
		t.Fatalf("got %s", got)
	}
}

// The whole way, over both built functions: a finding is sent with buttons, taken on, and its update calls nobody;
// its type is muted by the modal, stays quiet, and comes back when the button in the thread has ended the mute; given
// back, it calls people again.
func TestActingTheWholeWay(t *testing.T) {
	const name = "acting"
	w := newActions(t, name, 8)
	variables := maps.Clone(w.variables)
	variables["SLACK_MENTION"], variables["SLACK_REPEAT"] = "<!channel>", "always"
	sender, front := start(t, variables), startProgram(t, shared.actions, w.variables)
	find := func() slacktest.Message {
		all := w.slack.Conversation()
		at := slices.IndexFunc(all, func(m slacktest.Message) bool { return strings.Contains(string(m.Body), "threaded") })
		return all[at]
	}
	last := func() string {
		replies := find().Replies
		return string(replies[len(replies)-1].Body)
	}
	publish := func(v version, id, want string) {
		t.Helper()
		if got := sender.succeeded(t, strings.Replace(v.event(), `"threaded"`, `"`+id+`"`, 1)); got != want {
			t.Errorf("%s: got %s, want %s", id, got, want)
		}
	}
	jane := w.slack.Presser(t, allowed, "jane")

	publish(version{8, 3, 1}, "threaded", delivered)
	first := find()
	pressedWell(t, front, jane.Press(first.Timestamp, "acknowledge").Event())
	if body := string(find().Body); !strings.Contains(body, "Acknowledged by <@"+allowed+">") || !strings.Contains(body, `"give_back"`) || slacktest.Check(find().Body) != nil {
		t.Errorf("the message does not say who has it: %s", body)
	}
	handOver(t, sender, w.queue, name)
	if len(find().Replies) != 1 || !strings.Contains(last(), "has acknowledged this") {
		t.Fatalf("the thread: %+v", find().Replies)
	}
	publish(version{8, 300, 2}, "threaded", delivered)
	if strings.Contains(last(), "!channel") || !strings.Contains(string(find().Body), `"give_back"`) {
		t.Errorf("the update calls people: %s\n%s", last(), find().Body)
	}

	pressedWell(t, front, jane.Press(first.Timestamp, "mute").Event())
	pressedWell(t, front, jane.Submit(w.slack.Views()[0].Body, map[string]any{"scope": "account", "for": "1h", "why": "the scanner"}).Event())
	handOver(t, sender, w.queue, name)
	if !strings.Contains(last(), "the scanner") || !strings.Contains(last(), `"unmute"`) {
		t.Fatalf("the thread: %s", last())
	}
	publish(version{8, 3, 3}, "another", `{"findings":1,"muted":1}`)
	replies := find().Replies
	pressedWell(t, front, jane.Press(replies[len(replies)-1].Timestamp, "unmute").Event())
	handOver(t, sender, w.queue, name)
	publish(version{8, 4, 4}, "a-third", delivered)

	pressedWell(t, front, jane.Press(first.Timestamp, "give_back").Event())
	handOver(t, sender, w.queue, name)
	publish(version{8, 600, 5}, "threaded", delivered)
	if body := string(find().Body); strings.Contains(body, "taken-") || !strings.Contains(body, `"acknowledge"`) || !strings.Contains(body, "!channel") {
		t.Errorf("somebody has it still, or nobody is called: %s", body)
	}
}
