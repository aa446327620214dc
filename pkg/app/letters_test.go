package app_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/tocsin-sec/tocsin/pkg/app"
)

// deadLetters is an SQS that takes messages of 1 MiB, as the real one does.
type deadLetters struct {
	mu      sync.Mutex
	letters []letter
}

// letter is a message that was sent.
type letter struct {
	MessageBody       string
	MessageAttributes map[string]struct{ DataType, StringValue string }
}

func (l letter) attribute(name string) string { return l.MessageAttributes[name].StringValue }

func newDeadLetters(t *testing.T) *deadLetters {
	t.Helper()
	d := &deadLetters{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var sent letter
		text, _ := io.ReadAll(r.Body)
		err := json.Unmarshal(text, &sent)
		size := len(sent.MessageBody)
		for name, value := range sent.MessageAttributes {
			size += len(name) + len(value.DataType) + len(value.StringValue)
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		if err != nil || size > 1<<20 {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"__type":"com.amazonaws.sqs#InvalidParameterValue"}`)
			return
		}
		d.mu.Lock()
		d.letters = append(d.letters, sent)
		d.mu.Unlock()
		_, _ = io.WriteString(w, `{"MessageId":"m"}`)
	}))
	t.Cleanup(server.Close)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL_SQS": server.URL, "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "eu-west-1",
		"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_PROFILE": "",
		"DEAD_LETTER_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/111122223333/dead",
	} {
		t.Setenv(name, value)
	}
	return d
}

// largeEvent is an event of so many bytes, of which so many are white space.
func largeEvent(bytes, space int) string {
	text := event("f1", 8)
	text = text[:len(text)-2] + strings.Repeat(" ", space) + `,"x":"`
	return text + strings.Repeat("x", bytes-len(text)-3) + `"}}`
}

// A letter that SQS cannot take with the sink's name is none: the record stays failed, so that
// SQS's own redrive keeps it whole, and the ledger does not say that it is dead.
func TestLargestEventIsNotCut(t *testing.T) {
	const limit = 1 << 20
	for name, test := range map[string]struct {
		event  string
		buried bool
	}{
		"1,048,576 bytes":                     {largeEvent(limit, 0), false},
		"1,048,576 bytes, 300 of white space": {largeEvent(limit, 300), true},
		"no room for the reason":              {largeEvent(limit-100, 0), true},
		"room for all":                        {largeEvent(limit-4<<10, 0), true},
	} {
		t.Run(name, func(t *testing.T) {
			dead, slack := newDeadLetters(t), newHook(t, http.StatusNotFound)
			a, _ := load(t, map[string]string{"SINKS": "slack", "SLACK_WEBHOOK_URL": slack.address(), "LEDGER": "memory"})
			const kept, done = `{"batchItemFailures":[{"itemIdentifier":"m0"}]}`, `{"batchItemFailures":[]}`
			want := map[bool]string{false: kept, true: done}[test.buried]
			if got := invoke(t, a, batch(test.event)); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
			checkWhole(t, dead, test.event, test.buried)

			// The next time the webhook is there again: what is dead stays so, what is not is sent.
			slack.status = http.StatusOK
			if got := invoke(t, a, batch(test.event)); got != done {
				t.Errorf("the second time: got %s, want %s", got, done)
			}
			if got, want := len(slack.bodies), map[bool]int{false: 2, true: 1}[test.buried]; got != want {
				t.Errorf("%d requests, want %d", got, want)
			}
		})
	}
}

func invoke(t *testing.T, a *app.App, payload string) string {
	t.Helper()
	answer, err := a.Invoke(t.Context(), []byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	return string(answer)
}

// checkWhole sees that the event, and no other text, is in the queue when it was buried.
func checkWhole(t *testing.T, dead *deadLetters, event string, buried bool) {
	t.Helper()
	if got, want := len(dead.letters), map[bool]int{false: 0, true: 1}[buried]; got != want {
		t.Fatalf("%d letters, want %d", got, want)
	}
	if !buried {
		return
	}
	if sink := dead.letters[0].attribute("tocsin.sink"); sink != "slack" {
		t.Errorf("the sink is %q", sink)
	}
	var got, want any
	if err := json.Unmarshal([]byte(dead.letters[0].MessageBody), &got); err != nil {
		t.Fatalf("the letter is no JSON: %v", err)
	}
	if err := json.Unmarshal([]byte(event), &want); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Error("the letter is another event")
	}
}
