package eventbus_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/cmd/tocsin/internal/eventbus"
	"github.com/tocsin-sec/tocsin/pkg/awssend/awssendtest"
)

const busARN = "arn:aws:events:eu-west-1:111122223333:event-bus/hub"

// service is an EventBridge that knows one bus, and answers PutEvents with put.
func service(t *testing.T, put string) (entries *[]map[string]string) {
	t.Helper()
	entries = new([]map[string]string)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Name    string
			Entries []map[string]string
		}
		_ = json.NewDecoder(r.Body).Decode(&in)
		switch {
		case !strings.Contains(r.Header.Get("Authorization"), "/eu-west-1/events/aws4_request"):
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"__type":"UnrecognizedClientException"}`)
		case r.Header.Get("X-Amz-Target") == "AWSEvents.DescribeEventBus":
			_, _ = fmt.Fprintf(w, `{"Name":%q,"Arn":%q}`, in.Name, busARN)
		default:
			*entries = append(*entries, in.Entries...)
			_, _ = io.WriteString(w, put)
		}
	}))
	t.Cleanup(server.Close)
	awssendtest.Environment(t, map[string]string{"AWS_ENDPOINT_URL_EVENTBRIDGE": server.URL, "AWS_REGION": "us-east-1"})
	return entries
}

// The event goes to the bus that was found by its name or ARN, in the region of that.
func TestPut(t *testing.T) {
	entries := service(t, `{"FailedEntryCount":0,"Entries":[{"EventId":"e-1"}]}`)
	for _, name := range []string{busARN, "hub"} {
		if name == "hub" {
			t.Setenv("AWS_REGION", "eu-west-1")
		}
		bus, err := eventbus.Parse(name)
		if err != nil {
			t.Fatal(err)
		}
		id, err := bus.Put(t.Context(), eventbus.Event{Source: "tocsin", DetailType: "Tocsin Drill", Detail: `{"rule":"r"}`})
		if err != nil || id != "e-1" {
			t.Errorf("%s: got %q, %v", name, id, err)
		}
	}
	for _, e := range *entries {
		if e["EventBusName"] != busARN || e["Source"] != "tocsin" || e["DetailType"] != "Tocsin Drill" || e["Detail"] != `{"rule":"r"}` {
			t.Errorf("got %v", e)
		}
	}
	if len(*entries) != 2 {
		t.Errorf("%d events, want 2", len(*entries))
	}
}

// An answer without a proof is none, and a refusal says what to do.
func TestPutThatFails(t *testing.T) {
	for answer, want := range map[string]string{
		`{"FailedEntryCount":1,"Entries":[{"ErrorCode":"NotAuthorizedForSourceException"}]}`: "PutEvents: EventBridge: NotAuthorizedForSourceException; the policy of the bus",
		`{"FailedEntryCount":1,"Entries":[{"ErrorCode":"InternalFailure"}]}`:                 "PutEvents: EventBridge: InternalFailure",
		`{"FailedEntryCount":0,"Entries":[{}]}`:                                              "no proof",
		`{"FailedEntryCount":0,"Entries":[]}`:                                                "the answer is not EventBridge's",
		`<html>`:                                                                             "the answer is not EventBridge's",
	} {
		service(t, answer)
		bus, err := eventbus.Parse(busARN)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := bus.Put(t.Context(), eventbus.Event{Source: "tocsin", DetailType: "x", Detail: "{}"}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", answer, err, want)
		}
	}
	for _, text := range []string{"", "a b", "arn:aws:events:eu-west-1:1:event-bus/x", "arn:aws:events:eu-west-1:111122223333:rule/x", strings.Repeat("x", 300)} {
		if _, err := eventbus.Parse(text); err == nil {
			t.Errorf("%.20q is taken for a bus", text)
		}
	}
}
