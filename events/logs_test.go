package events_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/events"
)

// subscribed returns what CloudWatch Logs hands to a function for the lines of a log.
func subscribed(t *testing.T, messageType string, lines ...string) string {
	t.Helper()
	type line struct {
		ID        string `json:"id"`
		Timestamp int64  `json:"timestamp"`
		Message   string `json:"message"`
	}
	logEvents := []line{}
	for _, text := range lines {
		logEvents = append(logEvents, line{"1", 1777629600000, text})
	}
	text, err := json.Marshal(map[string]any{
		"messageType": messageType, "owner": "111122223333", "logGroup": "/aws/events/findings", "logStream": "s",
		"subscriptionFilters": []string{"f"}, "logEvents": logEvents,
	})
	if err != nil {
		t.Fatal(err)
	}
	return `{"awslogs":{"data":"` + packed(t, text) + `"}}`
}

func packed(t *testing.T, text []byte) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(b.Bytes())
}

// Each line of a log that is an event is read, whatever stands in the others.
func TestLogs(t *testing.T) {
	first := strings.TrimSpace(recipe(t))
	second := `{"source":"aws.toy","detail-type":"Toy Finding","id":"2","detail":{"id":"g2"}}`
	payload := subscribed(t, "DATA_MESSAGE", first, "START RequestId: 1", second)
	for name, body := range map[string]string{
		"direct": payload,
		"SQS":    `{"Records":[` + sqsRecord("a", payload) + `]}`,
	} {
		delivery, err := events.Open(events.Table(), []byte(body))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		records := delivery.Records
		if len(records) != 3 || records[0].Err != nil || records[1].Err == nil || records[2].Envelope.Source != "aws.toy" {
			t.Fatalf("%s: got %+v", name, records)
		}
		if string(records[0].Body) != first || string(records[2].Body) != second {
			t.Errorf("%s: got the bodies %s and %s", name, records[0].Body, records[2].Body)
		}
	}
}

// What cannot be unpacked says what it is and what to do.
func TestNoLogs(t *testing.T) {
	huge := packed(t, append([]byte(`{"logEvents":[{"message":"`), bytes.Repeat([]byte("a"), 33<<20)...))
	for payload, want := range map[string]string{
		`{"awslogs":{"data":"x"}}`:                                    "cannot be unpacked",
		`{"awslogs":{"data":7}}`:                                      "cannot be unpacked",
		`{"awslogs":{"data":"` + packed(t, []byte("no JSON")) + `"}}`: "cannot be unpacked",
		`{"awslogs":{"data":"` + huge + `"}}`:                         "cannot be unpacked",
		subscribed(t, "CONTROL_MESSAGE", "CWL CONTROL MESSAGE"):       "asking whether anybody is there",
		subscribed(t, "DATA_MESSAGE"):                                 "without a line",
		subscribed(t, "DATA_MESSAGE", "END RequestId: 1"):             "not JSON",
	} {
		_, err := events.Open(events.Table(), []byte(payload))
		if noEvent, ok := errors.AsType[*events.NoEventError](err); !ok || !strings.Contains(noEvent.Reason, want) {
			t.Errorf("%.60s: got %v, want %s", payload, err, want)
		}
	}
}
