package eventbridge_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/eventbridge"
	"github.com/tocsin-sec/tocsin/sinks/eventbridge/eventbridgetest"
)

// kinds returns what each code means, of a call and of one event of it.
func kinds() map[notify.ErrorKind][]string {
	return map[notify.ErrorKind][]string{
		notify.Throttled: {"ThrottlingException", "Throttling", "TooManyRequestsException", "RequestLimitExceeded", "LimitExceededException"},
		notify.Transient: {
			"InternalFailure", "InternalException", "InternalServerError", "ServiceUnavailable", "RequestExpired", "RequestAbortedException",
			"RequestTimeoutException", "ExpiredTokenException",
		},
		notify.Unacceptable: {"InvalidArgument", "MalformedDetail", "RedactionFailure", "ValidationException", "ValidationError", "SerializationException"},
		notify.Broken: {
			"ResourceNotFoundException", "AccessDeniedException", "NotAuthorizedForSourceException", "NotAuthorizedForDetailTypeException",
			"InvalidAccountIdException", "OptInRequired", "UnrecognizedClientException", "InvalidClientTokenId", "InvalidSignatureException",
			"SignatureDoesNotMatch", "IncompleteSignature", "MissingAuthenticationToken", "MissingAuthenticationTokenException",
		},
	}
}

// EventBridge's words are not shown: they can repeat the request.
func TestErrorCodes(t *testing.T) {
	for want, codes := range kinds() {
		for _, code := range codes {
			for name, answer := range map[string]func(http.ResponseWriter){
				"the call":  func(w http.ResponseWriter) { eventbridgetest.Refuse(w, code, keySecret) },
				"the event": func(w http.ResponseWriter) { eventbridgetest.Results(w, eventbridgetest.Result{ErrorCode: code}) },
			} {
				service := eventbridgetest.New(t)
				service.Answer(func(w http.ResponseWriter, _ *http.Request) bool { answer(w); return true })
				_, err := build(t, service.URL()).Known().Notify(t.Context(), notification())
				if err == nil || notify.KindOf(err) != want || !strings.Contains(err.Error(), code) || strings.Contains(err.Error(), keySecret) {
					t.Errorf("%s: %s: got %v (%v), want %v", name, code, err, notify.KindOf(err), want)
				}
				if err != nil && want == notify.Broken && !strings.Contains(err.Error(), "): ") {
					t.Errorf("%s: no remedy in %v", code, err)
				}
			}
		}
	}
}

// An answer of 2xx that is not EventBridge's is asked for once: the next would be the same.
func TestNoProof(t *testing.T) {
	for _, body := range []string{
		"", "ok", "{}", "null", "[]", `{"ok":true}`, "<html>It works!</html>", "\x00\xff", `{"FailedEntryCount":0}`, `{"FailedEntryCount":0,"Entries":[]}`,
		`{"Entries":[{"EventId":"e"}]}`, `{"FailedEntryCount":1,"Entries":[{"EventId":"e"}]}`, `{"FailedEntryCount":0,"Entries":[{}]}`,
		`{"FailedEntryCount":0,"Entries":[{"EventId":""}]}`, `{"FailedEntryCount":0,"Entries":[{"EventId":"e"},{"EventId":"f"}]}`,
		`{"FailedEntryCount":0,"Entries":[{"ErrorCode":"InternalFailure"}]}`,
	} {
		calls := 0
		service := eventbridgetest.New(t)
		service.Answer(func(w http.ResponseWriter, _ *http.Request) bool {
			calls++
			_, _ = io.WriteString(w, body)
			return true
		})
		sink := build(t, service.URL())
		for range 2 { // the question for the bus, and the event
			_, err := sink.Notify(t.Context(), notification())
			if err == nil || notify.KindOf(err) != notify.Broken {
				t.Errorf("%q: %v (%v)", body, err, notify.KindOf(err))
			}
			sink.Known()
		}
		if calls != 2 {
			t.Errorf("%q: %d calls", body, calls)
		}
	}
}

// EventBridge takes events for a bus that is not there, and drops them: nothing is sent to one.
func TestNoBus(t *testing.T) {
	service := eventbridgetest.New(t)
	service.Delete()
	sink := build(t, service.URL())
	for range 2 {
		_, err := sink.Notify(t.Context(), notification())
		if notify.KindOf(err) != notify.Broken || !strings.Contains(err.Error(), "there is no such bus; see that BUS_ARN") {
			t.Errorf("got %v", err)
		}
	}
	if calls := service.Calls(); len(calls) > 0 || service.Looked() != 2 {
		t.Errorf("events were sent: %v", calls)
	}
}

// Who may not look at the bus cannot know that anything arrives.
func TestBusThatNobodyMayLookAt(t *testing.T) {
	service := eventbridgetest.New(t)
	service.Forbid()
	_, err := build(t, service.URL()).Notify(t.Context(), notification())
	if notify.KindOf(err) != notify.Broken || !strings.Contains(err.Error(), "events:DescribeEventBus") || len(service.Calls()) > 0 {
		t.Errorf("got %v", err)
	}
}

// The bus is looked for once, and again after a while: it may be deleted meanwhile.
func TestBusIsLookedForAgain(t *testing.T) {
	service := eventbridgetest.New(t)
	sink := build(t, service.URL())
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	sink.At(func() time.Time { return now })
	for _, step := range []struct {
		later  time.Duration
		looked int
	}{{0, 1}, {4 * time.Minute, 1}, {time.Minute, 2}, {time.Minute, 2}} {
		now = now.Add(step.later)
		if _, err := sink.Notify(t.Context(), notification()); err != nil || service.Looked() != step.looked {
			t.Errorf("%v later: looked for %d times, want %d (%v)", step.later, service.Looked(), step.looked, err)
		}
	}
	service.Delete()
	now = now.Add(5 * time.Minute)
	if _, err := sink.Notify(t.Context(), notification()); notify.KindOf(err) != notify.Broken {
		t.Errorf("got %v", err)
	}
}

func several(count int) []notify.Notification {
	all := make([]notify.Notification, count)
	for i := range all {
		all[i] = notification()
		all[i].Findings[0].ID = fmt.Sprintf("f%d", i)
	}
	return all
}

// TestBatch sends 25 events in three calls, each of which gets its own proof, in their order.
func TestBatch(t *testing.T) {
	service := eventbridgetest.New(t)
	receipts, errs := build(t, service.URL()).NotifyTogether(t.Context(), several(25))
	if got := fmt.Sprint(service.Calls()); got != "[10 10 5]" {
		t.Errorf("got calls of %s events", got)
	}
	for i, e := range service.Events() {
		if errs[i] != nil || receipts[i].ID != fmt.Sprintf("event-%d", i+1) || !strings.Contains(e.Detail, fmt.Sprintf(`"f%d"`, i)) {
			t.Errorf("event %d: got %q and %v", i, receipts[i].ID, errs[i])
		}
	}
}

// Events that are more together than a call takes go in several calls: none is too large.
func TestBatchOfLargeEvents(t *testing.T) {
	service := eventbridgetest.New(t)
	all := several(10)
	for i := range all {
		for tag := range 20 {
			all[i].Findings[0].Resource.Tags = append(all[i].Findings[0].Resource.Tags, finding.Tag{
				Key: fmt.Sprint("tag-", tag), Value: strings.Repeat("x", 10_000),
			})
		}
	}
	_, errs := build(t, service.URL()).NotifyTogether(t.Context(), all)
	for i, err := range errs {
		if err != nil {
			t.Errorf("event %d: %v", i, err)
		}
	}
	if got := fmt.Sprint(service.Calls()); len(service.Refused()) > 0 || got != "[4 4 2]" {
		t.Errorf("%v in calls of %s events", service.Refused(), got)
	}
}

// TestBatchInPart has a call whose events fare differently.
func TestBatchInPart(t *testing.T) {
	service := eventbridgetest.New(t)
	service.Answer(func(w http.ResponseWriter, _ *http.Request) bool {
		eventbridgetest.Results(w, eventbridgetest.Result{ErrorCode: "MalformedDetail"}, eventbridgetest.Result{ErrorCode: "AccessDeniedException"},
			eventbridgetest.Result{ErrorCode: "ThrottlingException"}, eventbridgetest.Result{ErrorCode: "InternalFailure"},
			eventbridgetest.Result{ErrorCode: keySecret}, eventbridgetest.Result{}, eventbridgetest.Result{EventID: "e"})
		return true
	})
	want := []notify.ErrorKind{notify.Unacceptable, notify.Broken, notify.Throttled, notify.Transient, notify.Transient, notify.Broken}
	receipts, errs := build(t, service.URL()).NotifyTogether(t.Context(), several(len(want)+1))
	for i, kind := range want {
		if errs[i] == nil || notify.KindOf(errs[i]) != kind || strings.Contains(errs[i].Error(), keySecret) {
			t.Errorf("event %d: got %v (%v), want %v", i, errs[i], notify.KindOf(errs[i]), kind)
		}
	}
	if errs[len(want)] != nil || receipts[len(want)].ID != "e" {
		t.Errorf("the event that was taken: %v", errs[len(want)])
	}
}

// TestBatchRefused has a call refused: an event that is at fault harms no other.
func TestBatchRefused(t *testing.T) {
	service := eventbridgetest.New(t)
	service.Answer(func(w http.ResponseWriter, r *http.Request) bool {
		if all := eventbridgetest.Entries(r); len(all) > 1 || strings.Contains(all[0].Detail, `"f1"`) {
			eventbridgetest.Refuse(w, "ValidationException", keySecret)
			return true
		}
		return false
	})
	_, errs := build(t, service.URL()).NotifyTogether(t.Context(), several(3))
	if errs[0] != nil || notify.KindOf(errs[1]) != notify.Unacceptable || errs[2] != nil {
		t.Errorf("got %v", errs)
	}
}

func TestMistakes(t *testing.T) {
	environment(t, "")
	for arn, want := range map[string]string{
		"":         "BUS_ARN: is not set",
		"security": "BUS_ARN: is not the ARN",
		"arn:aws:events:eu-west-1:111122223333:event-busv2/s3cr3t/0123456789abcdefghijklmno": "BUS_ARN: is the ARN of a bus of the newer kind (event-busv2)",
		"arn:aws:events:eu-west-1:111122223333:rule/s3cr3t":                                  "BUS_ARN: is the ARN of a rule",
		"arn:aws:events:eu-west-1:111122223333:event-bus/":                                   "BUS_ARN: is not the ARN",
		"arn:aws:events:eu-west-1:111122223333:event-bus/s3cr3t x":                           "BUS_ARN: is not the ARN",
		"arn:aws:events::111122223333:event-bus/s3cr3t":                                      "BUS_ARN: is not the ARN",
		"arn:aws:events:evil.example:111122223333:event-bus/s3cr3t":                          "BUS_ARN: is not the ARN",
		"arn:aws:sns:eu-west-1:111122223333:s3cr3t":                                          "BUS_ARN: is not the ARN",
	} {
		c := eventbridge.Config{BusARN: arn}
		_, err := eventbridge.New(t.Context(), "eventbridge", c, formatter.Style{})
		for _, err := range []error{err, c.Check(t.Context(), "eventbridge")} {
			if err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "s3cr3t") {
				t.Errorf("%q: got %v, want %q", arn, err, want)
			}
		}
	}
	for _, arn := range []string{
		"arn:aws-cn:events:cn-north-1:111122223333:event-bus/default", "arn:aws-us-gov:events:us-gov-west-1:111122223333:event-bus/a.b_c-d",
	} {
		if err := (eventbridge.Config{BusARN: arn}).Check(t.Context(), "eventbridge"); err != nil {
			t.Errorf("%s: %v", arn, err)
		}
	}
}
