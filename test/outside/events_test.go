package outside_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// event reads an event of testdata/events, and changes members of its detail.
func event(t *testing.T, name string, changes map[string]any) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "events", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	value := decoded(t, text).(map[string]any)
	detail := value["detail"].(map[string]any)
	for key, change := range changes {
		if key == "count" {
			detail["service"].(map[string]any)[key] = change
			continue
		}
		detail[key] = change
	}
	return compact(t, value)
}

const (
	queueARN = "arn:aws:sqs:us-east-1:111122223333:tocsin-findings"
	// deadLetters is a queue; the address is that of the stand-in, by AWS_ENDPOINT_URL_SQS.
	deadLetters = "https://sqs.us-east-1.amazonaws.com/111122223333/tocsin-dead"
	topicARN    = "arn:aws:sns:us-east-1:111122223333:tocsin-alerts"
)

// batch makes the payload of an SQS batch; the messages are m1, m2 and so on.
func batch(t *testing.T, bodies ...string) string {
	t.Helper()
	var records []any
	for i, body := range bodies {
		records = append(records, map[string]any{
			"messageId": fmt.Sprint("m", i+1), "receiptHandle": fmt.Sprint("receipt-", i+1), "body": body,
			"attributes":  map[string]string{"ApproximateReceiveCount": "1"},
			"eventSource": "aws:sqs", "eventSourceARN": queueARN, "awsRegion": "us-east-1",
		})
	}
	return compact(t, map[string]any{"Records": records})
}

// redriven makes the payload of a dead letter that AWS's redrive brings back.
func redriven(t *testing.T, letter message) string {
	t.Helper()
	var payload map[string]any
	if err := json.Unmarshal([]byte(batch(t, letter.Body)), &payload); err != nil {
		t.Fatal(err)
	}
	attributes := map[string]any{}
	for name, a := range letter.Attributes {
		attributes[name] = map[string]string{"dataType": a.DataType, "stringValue": a.StringValue}
	}
	payload["Records"].([]any)[0].(map[string]any)["messageAttributes"] = attributes
	return compact(t, payload)
}
