package queue_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

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

func hidden(n int, arn string) []queue.Hidden {
	all := make([]queue.Hidden, n)
	for i := range all {
		all[i] = queue.Hidden{QueueARN: arn, ReceiptHandle: "handle", For: 90 * time.Second}
	}
	return all
}

func TestHide(t *testing.T) {
	asked := newSQS(t, http.StatusOK, `{"Successful":[],"Failed":[{"Id":"0","Code":"x","SenderFault":true}]}`)
	for partition, want := range map[string]string{
		"aws": "https://sqs.eu-west-1.amazonaws.com/111122223333/q", "aws-cn": "https://sqs.eu-west-1.amazonaws.com.cn/111122223333/q",
		"aws-us-gov": "https://sqs.eu-west-1.amazonaws.com/111122223333/q",
	} {
		*asked = nil
		failed := queue.New().Hide(t.Context(), hidden(12, "arn:"+partition+":sqs:eu-west-1:111122223333:q"))
		if failed != 2 || len(*asked) != 2 {
			t.Fatalf("%d failed in %d calls, want 2 in 2", failed, len(*asked))
		}
		first := (*asked)[0]
		entries, _ := first.body["Entries"].([]any)
		if first.target != "ChangeMessageVisibilityBatch" || first.body["QueueUrl"] != want || len(entries) != 10 {
			t.Errorf("got %s of %v with %d entries", first.target, first.body["QueueUrl"], len(entries))
		}
		if entry, _ := entries[0].(map[string]any); entry["VisibilityTimeout"] != 90.0 {
			t.Errorf("got %v", entries[0])
		}
	}
}

func TestHideThatFails(t *testing.T) {
	newSQS(t, http.StatusBadRequest, `{"__type":"x"}`)
	if failed := queue.New().Hide(t.Context(), hidden(3, "arn:aws:sqs:eu-west-1:111122223333:q")); failed != 3 {
		t.Errorf("%d failed, want 3", failed)
	}
	if failed := queue.New().Hide(t.Context(), hidden(2, "no ARN")); failed != 2 {
		t.Errorf("%d failed, want 2", failed)
	}
}

// A client whose AWS settings cannot be read at its first call is no worse for it at the next one.
func TestSettingsThatCannotBeReadYet(t *testing.T) {
	asked := newSQS(t, http.StatusOK, `{"MessageId":"m"}`)
	t.Setenv("AWS_PROFILE", "s3cr3t")
	client := queue.New()
	later := func() error {
		return client.Later(t.Context(), "arn:aws:sqs:eu-west-1:111122223333:q", []byte("x"), time.Second)
	}
	for range 2 {
		if err := later(); err == nil || len(*asked) > 0 || !strings.Contains(err.Error(), "see AWS_PROFILE") || strings.Contains(err.Error(), "s3cr3t") {
			t.Fatalf("got %v, %d requests", err, len(*asked))
		}
	}
	t.Setenv("AWS_PROFILE", "")
	if err := later(); err != nil || len(*asked) != 1 {
		t.Errorf("got %v, %d requests", err, len(*asked))
	}
}

// A message goes to the queue with its attributes, but for empty ones, which SQS refuses.
func TestSend(t *testing.T) {
	asked := newSQS(t, http.StatusOK, `{"MessageId":"m"}`)
	const url = "https://sqs.example/111122223333/q"
	if err := queue.New().Send(t.Context(), url, "text", map[string]string{"a": "1", "b": ""}); err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal((*asked)[0].body)
	want := `{"MessageAttributes":{"a":{"DataType":"String","StringValue":"1"}},"MessageBody":"text","QueueUrl":"` + url + `"}`
	if err != nil || string(got) != want || (*asked)[0].target != "SendMessage" {
		t.Errorf("got %s of %s, %v", (*asked)[0].target, got, err)
	}
}
