package deadletter_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/pkg/deadletter"
	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/queue"
)

// request is what SQS was asked.
type request struct {
	target string
	body   map[string]any
}

// newSQS is SQS; it answers every request with the given status and body and keeps what it was
// asked.
func newSQS(t *testing.T, status int, answer string) *[]request {
	t.Helper()
	var asked []request
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		one := request{target: strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "AmazonSQS.")}
		_ = json.Unmarshal(text, &one.body)
		asked = append(asked, one)
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(server.Close)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL_SQS": server.URL, "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "eu-west-1",
		"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_PROFILE": "",
	} {
		t.Setenv(name, value)
	}
	return &asked
}

func TestSend(t *testing.T) {
	asked := newSQS(t, http.StatusOK, `{"MessageId":"m"}`)
	letters := deadletter.NewQueue(queue.New(), "https://sqs.example/111122223333/dead")
	letter := delivery.Letter{Key: "s///f", Event: []byte(`{"a":"` + "\uffff" + `"}`), Sink: "slack", Reason: "no_service", Kind: notify.Broken, Attempts: 2}
	err := letters.Send(t.Context(), letter)
	if err != nil {
		t.Fatal(err)
	}
	body := (*asked)[0].body
	if body["MessageBody"] != `{"a":"`+"\ufffd"+`"}` || body["QueueUrl"] != "https://sqs.example/111122223333/dead" {
		t.Errorf("got %v", body)
	}
	want := map[string]string{
		"tocsin.sink": "slack", "tocsin.error_kind": "permanent-sink", "tocsin.finding": "s///f", "tocsin.attempts": "2", "tocsin.reason": "no_service",
	}
	got := map[string]string{}
	attributes, _ := body["MessageAttributes"].(map[string]any)
	for name, value := range attributes {
		attribute, _ := value.(map[string]any)
		got[name], _ = attribute["StringValue"].(string)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestSendUnreadable(t *testing.T) {
	asked := newSQS(t, http.StatusOK, `{"MessageId":"m"}`)
	letters := deadletter.NewQueue(queue.New(), "https://sqs.example/111122223333/dead")
	for body, want := range map[string]string{"": "(empty)", "\x00\xff": "\ufffd\ufffd"} {
		*asked = nil
		if err := letters.SendUnreadable(t.Context(), []byte(body), "no event"); err != nil || (*asked)[0].body["MessageBody"] != want {
			t.Errorf("%q: error %v, got %v", body, err, (*asked)[0].body["MessageBody"])
		}
	}
}

func TestSendThatFails(t *testing.T) {
	newSQS(t, http.StatusBadRequest, `{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"s3cr3t"}`)
	letters := deadletter.NewQueue(queue.New(), "https://sqs.example/111122223333/dead")
	err := letters.SendUnreadable(t.Context(), []byte("x"), "no event")
	if err == nil || !strings.HasPrefix(err.Error(), "dead letter: SQS: ") || strings.Contains(err.Error(), "s3cr3t") {
		t.Errorf("got %v", err)
	}
}
