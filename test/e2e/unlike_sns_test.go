package e2e_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/test/moto"
)

// The same for SNS.
func TestUnlikeSNS(t *testing.T) {
	t.Run("fauxqs", func(t *testing.T) { unlikeSNS().check(t, 0, shared.emulator.url) })
	t.Run("moto", func(t *testing.T) {
		wantMoto(t)
		unlikeSNS().check(t, 1, moto.Start(t))
	})
}

func unlikeSNS() emulated {
	const (
		api     = "https://docs.aws.amazon.com/sns/latest/api/API_"
		guide   = "https://docs.aws.amazon.com/sns/latest/dg/"
		kib     = 256 << 10
		publish = "`sinks/sns`: every request of its tests goes through `refusal` and `acceptBatch` of `fake_test.go`"
		typed   = "`sinks/sns`: `TestRequest`: a severity is a `Number`, all else a `String`"
		filters = "nothing of Tocsin's: a filter is its reader's. " + typed
	)
	refused := func(page string) string { return "refused ([source](" + page + "))" }
	comes := func(page string) string { return "comes ([source](" + guide + page + "))" }
	return emulated{"sns", []string{"fauxqs 1.9.2", "moto " + versionOfMoto}, []difference{
		{"a subject of 101 characters", refused(api + "Publish.html"), []string{"taken", ""}, publish, publishes("Message", "x", "Subject", strings.Repeat("x", 101))},
		{"a subject of two lines", refused(api + "Publish.html"), []string{"taken", "taken"}, publish, publishes("Message", "x", "Subject", "a\nb")},
		{"a subject that is not ASCII", refused(api + "Publish.html"), []string{"taken", "taken"}, publish, publishes("Message", "x", "Subject", "検知")},
		{"a message without a text", refused(api + "Publish.html"), []string{"", "taken"}, publish, publishes("Message", "")},
		{"more than 256 KiB in bytes, not in characters", refused(api + "Publish.html"), []string{"", "taken"}, publish, publishes("Message", strings.Repeat("あ", kib/3+1))},
		{"more than 256 KiB with its attributes", refused(guide + "large-message-payloads.html"), []string{"taken", "taken"}, publish, publishesWith("String", "value", strings.Repeat("x", kib-2))},
		{"a `Number` that is none", refused(guide + "sns-message-attributes.html"), []string{"taken", ""}, typed, publishesWith("Number", "abc", "x")},
		{"an attribute without a value", refused(guide + "sns-message-attributes.html"), []string{"taken", ""}, publish, publishesWith("String", "", "x")},
		{"an attribute of an unknown type", refused(guide + "sns-message-attributes.html"), []string{"taken", ""}, typed, publishesWith("Text", "x", "x")},
		{"a deduplication id for a standard topic", refused(api + "Publish.html"), []string{"taken", ""}, publish, publishes("Message", "x", "MessageDeduplicationId", "d")},
		{"a batch with a message without a text", refused(api + "PublishBatch.html"), []string{"in neither list", "taken"}, "an entry in neither list is tried again: `sinks/sns`: `TestBatchInPart`", publishesBatch("Message", "")},
		{"a batch with a subject of 101 characters", refused(api + "PublishBatch.html"), []string{"taken", "in neither list"}, publish + "; `TestBatchInPart`", publishesBatch("Message", "x", "Subject", strings.Repeat("x", 101))},
		{"a batch of 11", refused(api + "PublishBatch.html"), []string{"taken", ""}, publish + "; `sinks/internal/batch`", batchOf(11, "x", strconv.Itoa)},
		{"a batch of none", refused(api + "PublishBatch.html"), []string{"taken", "taken"}, publish, batchOf(0, "x", strconv.Itoa)},
		{"a batch with one id twice", refused(api + "PublishBatch.html"), []string{"taken", ""}, publish, batchOf(2, "x", func(int) string { return "a" })},
		{"a batch of more than 256 KiB in all", refused(api + "PublishBatch.html"), []string{"taken", "taken"}, publish + "; `sinks/internal/batch`", batchOf(2, strings.Repeat("x", kib/2+1), strconv.Itoa)},
		{"a filter for a number, and a `String` that looks like one", "does not come ([source](" + guide + "numeric-value-matching.html))", []string{"comes", ""}, typed, filtered(`{"n":[{"numeric":[">=",7]}]}`, "String", "8")},
		{"a filter for one of a `String.Array`", comes("string-value-matching.html"), []string{"does not come", ""}, filters, filtered(`{"n":["b"]}`, "String.Array", `["a","b"]`)},
		{"`anything-but` for one of a `String.Array`", "does not come ([source](" + guide + "string-value-matching.html))", []string{"comes", ""}, filters, filtered(`{"n":[{"anything-but":["a"]}]}`, "String.Array", `["a","b"]`)},
		{"`equals-ignore-case`", comes("string-value-matching.html"), []string{"does not come", "does not come"}, filters, filtered(`{"n":[{"equals-ignore-case":"AB"}]}`, "String", "ab")},
		{"a filter that is none", refused(guide + "subscription-filter-policy-constraints.html"), []string{"taken", ""}, filters, filterOf(`{"n":[{"unknown":1}]}`)},
		{"a filter for six attributes", refused(guide + "subscription-filter-policy-constraints.html"), []string{"taken", ""}, filters, filterOf(`{"a":["x"],"b":["x"],"c":["x"],"d":["x"],"e":["x"],"f":["x"]}`)},
	}}
}

// topicOf makes a topic for a question.
func topicOf(t *testing.T, s server) string {
	t.Helper()
	return s.sns(t, "CreateTopic", "Name", fmt.Sprint("unlike-", time.Now().UnixNano())).first("TopicArn")
}

func publishes(pairs ...string) func(*testing.T, server) string {
	return func(t *testing.T, s server) string {
		t.Helper()
		return s.sns(t, "Publish", append([]string{"TopicArn", topicOf(t, s)}, pairs...)...).word()
	}
}

// attributeN are the values of an attribute "n".
func attributeN(kind, value string) []string {
	const entry = "MessageAttributes.entry.1."
	return []string{entry + "Name", "n", entry + "Value.DataType", kind, entry + "Value.StringValue", value}
}

func publishesWith(kind, value, message string) func(*testing.T, server) string {
	return publishes(append([]string{"Message", message}, attributeN(kind, value)...)...)
}

// publishesBatch publishes an entry "a" with what it is given, and one beside it.
func publishesBatch(pairs ...string) func(*testing.T, server) string {
	return func(t *testing.T, s server) string {
		t.Helper()
		const member = "PublishBatchRequestEntries.member."
		all := []string{"TopicArn", topicOf(t, s), member + "1.Id", "a", member + "2.Id", "b", member + "2.Message", "x"}
		for i := 0; i < len(pairs); i += 2 {
			all = append(all, member+"1."+pairs[i], pairs[i+1])
		}
		answer := string(s.sns(t, "PublishBatch", all...).body)
		taken, failed, _ := strings.Cut(answer, "<Failed>")
		return listed(strings.Contains(taken, "<Id>a</Id>"), strings.Contains(failed, "<Id>a</Id>"))
	}
}

func batchOf(entries int, message string, id func(int) string) func(*testing.T, server) string {
	return func(t *testing.T, s server) string {
		t.Helper()
		all := []string{"TopicArn", topicOf(t, s)}
		for i := range entries {
			member := fmt.Sprintf("PublishBatchRequestEntries.member.%d.", i+1)
			all = append(all, member+"Id", id(i), member+"Message", message)
		}
		return s.sns(t, "PublishBatch", all...).word()
	}
}

// subscribed makes a queue that is subscribed to a topic, and returns topic, queue and subscription.
func subscribed(t *testing.T, s server) (topic, queue, subscription string) {
	t.Helper()
	topic, queue = topicOf(t, s), queueOf(t, s)
	var of struct{ Attributes map[string]string }
	s.sqs(t, "GetQueueAttributes", map[string]any{"QueueUrl": queue, "AttributeNames": []string{"QueueArn"}}).into(t, &of)
	return topic, queue, s.sns(t, "Subscribe", "TopicArn", topic, "Protocol", "sqs", "Endpoint", of.Attributes["QueueArn"]).first("SubscriptionArn")
}

func filtered(policy, kind, value string) func(*testing.T, server) string {
	return func(t *testing.T, s server) string {
		t.Helper()
		topic, queue, subscription := subscribed(t, s)
		s.sns(t, "SetSubscriptionAttributes", "SubscriptionArn", subscription, "AttributeName", "FilterPolicy", "AttributeValue", policy)
		s.sns(t, "Publish", append([]string{"TopicArn", topic, "Message", "x"}, attributeN(kind, value)...)...)
		return arrived(t, s, queue)
	}
}

// arrived says whether a message has come to a queue. Both emulators deliver before they answer.
func arrived(t *testing.T, s server, queue string) string {
	t.Helper()
	var got struct{ Messages []json.RawMessage }
	s.sqs(t, "ReceiveMessage", map[string]any{"QueueUrl": queue}).into(t, &got)
	if len(got.Messages) > 0 {
		return "comes"
	}
	return "does not come"
}

func filterOf(policy string) func(*testing.T, server) string {
	return func(t *testing.T, s server) string {
		t.Helper()
		_, _, subscription := subscribed(t, s)
		return s.sns(t, "SetSubscriptionAttributes", "SubscriptionArn", subscription, "AttributeName", "FilterPolicy", "AttributeValue", policy).word()
	}
}
