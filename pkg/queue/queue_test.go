package queue_test

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/queue"
)

// request is what SQS was asked.
type request struct {
	target string
	body   map[string]any
}

// newSQS is SQS; it answers every request with the given status and body and keeps what it was asked.
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

func TestBury(t *testing.T) {
	asked := newSQS(t, http.StatusOK, `{"MessageId":"m"}`)
	letters := queue.NewLetters(queue.New(), "https://sqs.example/111122223333/dead")
	f := finding.Finding{ID: "f", Source: "s", Origin: finding.Origin{Event: []byte(`{"a":"` + "\uffff" + `"}`)}}
	err := letters.Bury(t.Context(), delivery.Letter{Finding: f, Sink: "slack", Reason: "no_service", Kind: notify.Broken, Attempts: 2})
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

// An event is never cut. Where it is too large with its attributes, white space goes first and then the attributes, but
// for the sink's name.
func TestBuryLargeEvent(t *testing.T) {
	const limit = 1 << 20
	asked := newSQS(t, http.StatusOK, `{"MessageId":"m"}`)
	letters := queue.NewLetters(queue.New(), "https://sqs.example/111122223333/dead")
	event := func(bytes int, space string) string {
		const head, tail = `{"a":"b c",`, `"x":""}`
		return head + space + `"x":"` + strings.Repeat("x", bytes-len(head)-len(space)-len(tail)) + `"}`
	}
	const (
		sink     = len("tocsin.sink") + len("String") + len("slack")
		key      = len("tocsin.finding") + len("String") + len("s///f")
		kind     = len("tocsin.error_kind") + len("String") + len("permanent-sink")
		attempts = len("tocsin.attempts") + len("String") + len("2")
		reason   = len("tocsin.reason") + len("String") + len("no_service")
	)
	for name, test := range map[string]struct {
		event, body, attributes string
	}{
		"all":          {event(limit-sink-key-kind-attempts-reason, "\n \t"), event(limit-sink-key-kind-attempts-reason, "\n \t"), "attempts error_kind finding reason sink"},
		"white space":  {event(limit, strings.Repeat(" ", 200)), event(limit-200, ""), "attempts error_kind finding reason sink"},
		"no reason":    {event(limit-sink-key-kind-attempts-reason+1, ""), "", "attempts error_kind finding sink"},
		"no attempts":  {event(limit-sink-key-kind-attempts+1, ""), "", "error_kind finding sink"},
		"no kind":      {event(limit-sink-key-kind+1, ""), "", "finding sink"},
		"the sink":     {event(limit-sink, ""), "", "sink"},
		"not the sink": {event(limit-sink+1, ""), "", ""},
		"1,048,576":    {event(limit, ""), "", ""},
	} {
		*asked = nil
		f := finding.Finding{ID: "f", Source: "s", Origin: finding.Origin{Event: []byte(test.event)}}
		err := letters.Bury(t.Context(), delivery.Letter{Finding: f, Sink: "slack", Reason: "no_service", Kind: notify.Broken, Attempts: 2})
		if test.attributes == "" {
			if err == nil || !strings.HasPrefix(err.Error(), "dead letter: too large: ") || len(*asked) != 0 {
				t.Errorf("%s: error %v, %d requests", name, err, len(*asked))
			}
			continue
		}
		if err != nil || len(*asked) != 1 {
			t.Errorf("%s: error %v, %d requests", name, err, len(*asked))
			continue
		}
		body := (*asked)[0].body
		attributes, _ := body["MessageAttributes"].(map[string]any)
		var names []string
		for _, attribute := range slices.Sorted(maps.Keys(attributes)) {
			names = append(names, strings.TrimPrefix(attribute, "tocsin."))
		}
		if got := strings.Join(names, " "); got != test.attributes {
			t.Errorf("%s: got the attributes %s, want %s", name, got, test.attributes)
		}
		want := test.body
		if want == "" {
			want = test.event
		}
		if body["MessageBody"] != want {
			t.Errorf("%s: the body is another one", name)
		}
	}
}

// A record that is no event is not cut either.
func TestBuryLargeUnreadable(t *testing.T) {
	asked := newSQS(t, http.StatusOK, `{"MessageId":"m"}`)
	letters := queue.NewLetters(queue.New(), "https://sqs.example/111122223333/dead")
	body := strings.Repeat("x", 1<<20)
	if err := letters.BuryUnreadable(t.Context(), []byte(body), "no event"); err != nil || (*asked)[0].body["MessageBody"] != body {
		t.Errorf("error %v", err)
	}
	if err := letters.BuryUnreadable(t.Context(), []byte(body+"x"), "no event"); err == nil || len(*asked) != 1 {
		t.Errorf("error %v, %d requests", err, len(*asked))
	}
}

func TestBuryUnreadable(t *testing.T) {
	asked := newSQS(t, http.StatusOK, `{"MessageId":"m"}`)
	letters := queue.NewLetters(queue.New(), "https://sqs.example/111122223333/dead")
	for body, want := range map[string]string{"": "(empty)", "\x00\xff": "\ufffd\ufffd"} {
		*asked = nil
		if err := letters.BuryUnreadable(t.Context(), []byte(body), "no event"); err != nil || (*asked)[0].body["MessageBody"] != want {
			t.Errorf("%q: error %v, got %v", body, err, (*asked)[0].body["MessageBody"])
		}
	}
}

func TestBuryThatFails(t *testing.T) {
	newSQS(t, http.StatusBadRequest, `{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"s3cr3t"}`)
	letters := queue.NewLetters(queue.New(), "https://sqs.example/111122223333/dead")
	err := letters.BuryUnreadable(t.Context(), []byte("x"), "no event")
	if err == nil || !strings.HasPrefix(err.Error(), "dead letter: SQS: ") || strings.Contains(err.Error(), "s3cr3t") {
		t.Errorf("got %v", err)
	}
}
