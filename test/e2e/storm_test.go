package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path"
	"regexp"
	"strings"
	"testing"
	"time"
)

// 200 sample findings come within a moment, in batches of eight as SQS hands them over, to a Slack
// that takes one message a second: people get a few messages and digests, every critical finding by
// itself, and every finding is accounted for.
func TestStorm(t *testing.T) {
	const findings, critical, most = 200, 2, 20
	slack, tp := newSlack(t), newTopic(t, "storm")
	variables, deadLetters := deployed(t, slack, tp, "storm")
	variables["SINKS"] = "slack"
	variables["DIGEST_EVERY"] = "10s"
	delete(variables, "SNS_TOPIC_ARN")
	var queue struct{ QueueURL string }
	sqs(t, "CreateQueue", map[string]any{"QueueName": "storm-findings"}, &queue)
	variables["AWS_ENDPOINT_URL_SQS"] = sqsFront(t, queue.QueueURL)
	f := start(t, variables)
	for i := range findings {
		severity := any(8)
		if i%70 == 69 {
			severity = 9.5
		}
		text := strings.Replace(event(severity, fmt.Sprint("storm-", i)), `"title":"A scan"`, fmt.Sprintf(`"title":"[SAMPLE] Finding number-%d.","service":{"additionalInfo":{"sample":true}}`, i), 1)
		sqs(t, "SendMessage", map[string]any{"QueueUrl": queue.QueueURL, "MessageBody": text}, nil)
	}
	for deadline := time.Now().Add(90 * time.Second); isLeft(t, queue.QueueURL); {
		if time.Now().After(deadline) {
			t.Fatal("the storm does not end")
		}
		f.poll(t, queue.QueueURL, "storm-findings", 8)
	}

	messages := slack.Messages()
	if got := len(messages) - critical; got > most {
		t.Errorf("%d messages beside the critical ones, want at most %d", got, most)
	}
	logged := readLog(t, f.stdout.String())
	sent, digested := logged.total("slack", "delivered"), logged.total("slack", "digested")
	digests, inDigests := 0, 0
	for line := range strings.Lines(f.stdout.String()) {
		var d struct {
			Message, Outcome string
			Findings         int
		}
		decode(t, line, &d)
		if d.Message == "digest" && d.Outcome == "delivered" {
			digests, inDigests = digests+1, inDigests+d.Findings
		}
	}
	if sent+digested != findings || inDigests != digested || len(messages) != sent+digests {
		t.Errorf("%d sent and %d digested of %d; %d in %d digests; %d messages", sent, digested, findings, inDigests, digests, len(messages))
	}
	single := 0
	for _, message := range messages {
		if strings.Contains(string(message), `"text":"CRITICAL  [SAMPLE] `) {
			single++
		}
	}
	if single != critical {
		t.Errorf("%d critical findings came by themselves, want %d", single, critical)
	}
	if letters := received(t, deadLetters); len(letters) != 0 {
		t.Errorf("%d dead letters", len(letters))
	}
	t.Logf("%d findings: %d messages, %d of them digests of %d findings", findings, len(messages), digests, inDigests)
}

// A digest that cannot be sent is one dead letter; once the webhook is mended, AWS's redrive sends
// it whole.
func TestDeadDigest(t *testing.T) {
	slack, tp := newSlack(t), newTopic(t, "dead-digest")
	variables, deadLetters := deployed(t, slack, tp, "dead-digest")
	maps.Copy(variables, map[string]string{"SINKS": "slack", "RATE": "0", "DIGEST_AFTER": "1", "DIGEST_EVERY": "10s"})
	delete(variables, "SNS_TOPIC_ARN")
	var queue struct{ QueueURL string }
	sqs(t, "CreateQueue", map[string]any{"QueueName": "dead-digest-findings"}, &queue)
	variables["AWS_ENDPOINT_URL_SQS"] = sqsFront(t, queue.QueueURL)
	f := start(t, variables)
	for i := range 4 {
		sqs(t, "SendMessage", map[string]any{"QueueUrl": queue.QueueURL, "MessageBody": event(5, fmt.Sprint("dead-digest-", i))}, nil)
	}
	for len(slack.Messages()) == 0 {
		f.poll(t, queue.QueueURL, "dead-digest-findings", 10)
	}
	slack.Answer(func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, "no_service")
		return true
	})
	for isLeft(t, queue.QueueURL) {
		f.poll(t, queue.QueueURL, "dead-digest-findings", 10)
	}
	letters := received(t, deadLetters)
	if len(letters) != 1 || letters[0].attribute("tocsin.sink") != "slack" || !strings.Contains(letters[0].attribute("tocsin.reason"), "no_service") {
		t.Fatalf("%d letters: %+v", len(letters), letters)
	}

	slack.Answer(nil)
	redriven := fmt.Sprintf(`{"Records":[{"messageId":"r","eventSource":"aws:sqs","body":%s,
		"messageAttributes":{"tocsin.sink":{"stringValue":"slack","dataType":"String"}}}]}`, quoted(t, letters[0].Body))
	for range 2 { // once more does no harm
		if got := f.succeeded(t, redriven); got != `{"batchItemFailures":[]}` {
			t.Errorf("the redrive: got %s", got)
		}
	}
	messages := slack.Messages()
	if len(messages) != 2 || !strings.Contains(string(messages[1]), "3 findings") {
		t.Errorf("%d messages, want the first finding and a digest of the other three: %s", len(messages), messages[len(messages)-1])
	}
}

// sqsFront stands before the emulator of SQS, which knows its queues by its own address only: the
// bootstrap makes the URL of its queue from the ARN. What is hidden comes back after two seconds,
// so that the test need not wait for a minute. queueURL is the queue as the emulator knows it. It
// returns its own address.
func sqsFront(t *testing.T, queueURL string) string {
	t.Helper()
	hidden := regexp.MustCompile(`"VisibilityTimeout":\d+`)
	target, err := url.Parse(shared.emulator.url)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		body, _ := io.ReadAll(r.In.Body)
		body = bytes.ReplaceAll(body, []byte("https://sqs.us-east-1.amazonaws.com/000000000000/"+path.Base(queueURL)), []byte(queueURL))
		body = hidden.ReplaceAll(body, []byte(`"VisibilityTimeout":2`))
		r.Out.Body, r.Out.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	}})
	t.Cleanup(server.Close)
	return server.URL
}

// isLeft reports whether a queue holds messages, hidden and delayed ones included.
func isLeft(t *testing.T, queueURL string) bool {
	t.Helper()
	var of struct{ Attributes map[string]string }
	sqs(t, "GetQueueAttributes", map[string]any{"QueueUrl": queueURL, "AttributeNames": []string{"All"}}, &of)
	for _, name := range []string{"ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"} {
		if count := of.Attributes[name]; count != "" && count != "0" {
			return true
		}
	}
	return false
}

// poll is what the event source mapping does once: it hands a batch over and deletes what is done.
func (f *function) poll(t *testing.T, queueURL, name string, most int) {
	t.Helper()
	var batch struct {
		Messages []struct {
			MessageID, Body, ReceiptHandle string
			Attributes                     map[string]string
		}
	}
	sqs(t, "ReceiveMessage", map[string]any{
		"QueueUrl": queueURL, "MaxNumberOfMessages": most, "AttributeNames": []string{"All"}, "VisibilityTimeout": 60,
	}, &batch)
	if len(batch.Messages) == 0 {
		time.Sleep(100 * time.Millisecond)
		return
	}
	receipts := map[string]string{}
	var records []map[string]any
	for _, m := range batch.Messages {
		receipts[m.MessageID] = m.ReceiptHandle
		records = append(records, map[string]any{
			"messageId": m.MessageID, "body": m.Body, "receiptHandle": m.ReceiptHandle, "attributes": m.Attributes,
			"eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:" + name,
		})
	}
	payload, err := json.Marshal(map[string]any{"Records": records})
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		BatchItemFailures []struct{ ItemIdentifier string }
	}
	decode(t, f.succeeded(t, string(payload)), &answer)
	for _, failure := range answer.BatchItemFailures {
		delete(receipts, failure.ItemIdentifier)
	}
	for receipt := range maps.Values(receipts) {
		sqs(t, "DeleteMessage", map[string]any{"QueueUrl": queueURL, "ReceiptHandle": receipt}, nil)
	}
}
