package e2e_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/test/moto"
)

// Where the tests believe an emulator of SQS, what it does unlike SQS is known, and something else holds Tocsin to SQS's
// rule.
func TestUnlikeSQS(t *testing.T) {
	t.Run("fauxqs", func(t *testing.T) { unlikeSQS().check(t, 0, shared.emulator.url) })
	t.Run("moto", func(t *testing.T) {
		wantMoto(t)
		unlikeSQS().check(t, 1, moto.Start(t))
	})
}

const (
	sqsQuotas = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html"
	sqsAPI    = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_"
	sinkSQS   = "`sinks/sqs`: every message goes through `sqstest.Check` (`TestEverythingArrives`, `FuzzMessage`)"
	letters   = "`pkg/deadletter`: `TestSend`, `TestLargeEvent`"
)

func unlikeSQS() emulated {
	const mib = 1 << 20
	refused := func(page string) string { return "refused ([source](" + page + "))" }
	return emulated{"sqs", []string{"fauxqs 1.9.2", "moto " + versionOfMoto}, []difference{
		{"a message without a text", refused(sqsAPI + "SendMessage.html"), []string{"", "taken"}, sinkSQS, sends(map[string]any{"MessageBody": ""})},
		{"the same in a batch", refused(sqsAPI + "SendMessageBatch.html"), []string{"taken", "taken"}, sinkSQS, sendsBatch("")},
		{"a character that XML has no form of", refused(sqsQuotas), []string{"", "taken"}, sinkSQS + "; " + letters, sends(map[string]any{"MessageBody": "a\x00b"})},
		{"the same in an attribute", refused(sqsQuotas), []string{"taken", "taken"}, sinkSQS + "; " + letters, sendsWith("n", "String", "a\x00b")},
		{"more than 1 MiB in bytes, not in characters", refused(sqsQuotas), []string{"", "taken"}, sinkSQS + "; " + letters, sends(map[string]any{"MessageBody": strings.Repeat("あ", mib/3+1)})},
		{"more than 1 MiB with its attributes", refused(sqsQuotas), []string{"", "taken"}, sinkSQS + "; " + letters, sends(map[string]any{
			"MessageBody": strings.Repeat("x", mib-4), "MessageAttributes": map[string]any{"name": map[string]any{"DataType": "String", "StringValue": "value"}},
		})},
		{"eleven attributes", refused(sqsQuotas), []string{"taken", "taken"}, sinkSQS, elevenAttributes},
		{"an attribute without a value", refused(sqsAPI + "MessageAttributeValue.html"), []string{"taken", "taken"}, sinkSQS + "; `pkg/queue`: `TestSend`", sendsWith("n", "String", "")},
		{"a `Number` that is none", refused(sqsAPI + "MessageAttributeValue.html"), []string{"taken", "taken"}, sinkSQS, sendsWith("n", "Number", "abc")},
		{"an attribute's name with `AWS.`", refused(sqsAPI + "SendMessage.html"), []string{"taken", "taken"}, sinkSQS, sendsWith("AWS.n", "String", "v")},
		{"an attribute's name with a blank", refused(sqsAPI + "SendMessage.html"), []string{"taken", ""}, sinkSQS, sendsWith("a b", "String", "v")},
		{"a delay of 901 seconds", refused(sqsAPI + "SendMessage.html"), []string{"taken", ""}, "`DIGEST_EVERY` is 15 minutes at the most: `pkg/config`: `TestMistakes`", sends(map[string]any{"MessageBody": "x", "DelaySeconds": 901})},
		{"a group of 129 characters", refused(sqsQuotas), []string{"taken", "taken"}, sinkSQS, sends(map[string]any{"MessageBody": "x", "MessageGroupId": strings.Repeat("g", 129)})},
		{"to hide for 12 hours what was received a moment ago", refused(sqsAPI + "ChangeMessageVisibility.html"), []string{"taken", ""}, "`pkg/delivery`: `TestBackoff`: a quarter of an hour less at the most", hides(43200)},
		{"to hide for less than nothing", refused(sqsAPI + "ChangeMessageVisibility.html"), []string{"", "taken"}, "`pkg/delivery`: `TestBackoff`", hides(-1)},
		{"to delete by an earlier receipt", "may stay ([source](" + sqsAPI + "DeleteMessage.html))", []string{"stays", "goes"}, "Tocsin deletes by the receipt that it has just got: `test/e2e`: `TestReplayOfTheDeadLetterQueue`", deletesByOldReceipt},
		{"`StartMessageMoveTask`, AWS's own redrive", "taken ([source](" + sqsAPI + "StartMessageMoveTask.html))", []string{"refused", "status 500"}, "`test/e2e`: `TestDeadLetterAndRedrive` hands a letter over as SQS moves it", movesLetters},
	}}
}

// queueOf makes a queue for a question.
func queueOf(t *testing.T, s server) string {
	t.Helper()
	var queue struct{ QueueURL string }
	s.sqs(t, "CreateQueue", map[string]any{"QueueName": fmt.Sprint("unlike-", time.Now().UnixNano())}).into(t, &queue)
	return queue.QueueURL
}

func sends(input map[string]any) func(*testing.T, server) string {
	return func(t *testing.T, s server) string {
		t.Helper()
		input["QueueUrl"] = queueOf(t, s)
		return s.sqs(t, "SendMessage", input).word()
	}
}

func sendsWith(name, kind, value string) func(*testing.T, server) string {
	return sends(map[string]any{"MessageBody": "x", "MessageAttributes": map[string]any{name: map[string]any{"DataType": kind, "StringValue": value}}})
}

func elevenAttributes(t *testing.T, s server) string {
	all := map[string]any{}
	for i := range 11 {
		all[fmt.Sprint("n", i)] = map[string]any{"DataType": "String", "StringValue": "v"}
	}
	return sends(map[string]any{"MessageBody": "x", "MessageAttributes": all})(t, s)
}

// listed says in which of its two lists the answer to a batch has the entry "a".
func listed(successful, failed bool) string {
	switch {
	case successful:
		return "taken"
	case failed:
		return "refused"
	}
	return "in neither list"
}

func sendsBatch(body string) func(*testing.T, server) string {
	return func(t *testing.T, s server) string {
		t.Helper()
		var answer struct{ Successful, Failed []struct{ ID string } }
		s.sqs(t, "SendMessageBatch", map[string]any{"QueueUrl": queueOf(t, s), "Entries": []any{
			map[string]any{"Id": "a", "MessageBody": body}, map[string]any{"Id": "b", "MessageBody": "x"},
		}}).into(t, &answer)
		return listed(len(answer.Successful) == 2, len(answer.Failed) == 1)
	}
}

// receive receives the one message of a queue, and returns its receipt handle.
func receive(t *testing.T, s server, queue string) string {
	t.Helper()
	var got struct {
		Messages []struct{ ReceiptHandle string }
	}
	s.sqs(t, "ReceiveMessage", map[string]any{"QueueUrl": queue, "VisibilityTimeout": 30}).into(t, &got)
	if len(got.Messages) != 1 {
		t.Fatalf("%d messages", len(got.Messages))
	}
	return got.Messages[0].ReceiptHandle
}

func hides(seconds int) func(*testing.T, server) string {
	return func(t *testing.T, s server) string {
		t.Helper()
		queue := queueOf(t, s)
		s.sqs(t, "SendMessage", map[string]any{"QueueUrl": queue, "MessageBody": "x"})
		return s.sqs(t, "ChangeMessageVisibility", map[string]any{"QueueUrl": queue, "ReceiptHandle": receive(t, s, queue), "VisibilityTimeout": seconds}).word()
	}
}

func deletesByOldReceipt(t *testing.T, s server) string {
	queue := queueOf(t, s)
	s.sqs(t, "SendMessage", map[string]any{"QueueUrl": queue, "MessageBody": "x"})
	old := receive(t, s, queue)
	s.sqs(t, "ChangeMessageVisibility", map[string]any{"QueueUrl": queue, "ReceiptHandle": old, "VisibilityTimeout": 0})
	receive(t, s, queue)
	s.sqs(t, "DeleteMessage", map[string]any{"QueueUrl": queue, "ReceiptHandle": old})
	var of struct{ Attributes map[string]string }
	s.sqs(t, "GetQueueAttributes", map[string]any{"QueueUrl": queue, "AttributeNames": []string{"All"}}).into(t, &of)
	return map[string]string{"0": "goes", "1": "stays"}[of.Attributes["ApproximateNumberOfMessagesNotVisible"]]
}

func movesLetters(t *testing.T, s server) string {
	var of struct{ Attributes map[string]string }
	s.sqs(t, "GetQueueAttributes", map[string]any{"QueueUrl": queueOf(t, s), "AttributeNames": []string{"QueueArn"}}).into(t, &of)
	return s.sqs(t, "StartMessageMoveTask", map[string]any{"SourceArn": of.Attributes["QueueArn"]}).word()
}
