package sqs_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/sqs"
	"github.com/tocsin-sec/tocsin/sinks/sqs/sqstest"
)

// at builds a sink whose queue answers by a function.
func at(t *testing.T, answer http.HandlerFunc) *sqs.Sink {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	return build(t, server.URL+"/111122223333/alerts")
}

func kinds() map[notify.ErrorKind][]string {
	return map[notify.ErrorKind][]string{
		notify.Throttled: {
			"RequestThrottled", "Throttling", "ThrottlingException", "ThrottledException", "KmsThrottled", "KMS.ThrottlingException", "OverLimit",
		},
		notify.Transient: {
			"InternalError", "InternalFailure", "ServiceUnavailable", "RequestExpired", "RequestAbortedException", "RequestTimeoutException",
			"ExpiredToken", "ExpiredTokenException",
		},
		notify.Unacceptable: {
			"InvalidMessageContents", "UnsupportedOperation", "InvalidParameterValue", "InvalidParameterValueException",
			"InvalidParameterCombination", "MissingParameter", "ValidationException", "ValidationError",
		},
		notify.Broken: {
			"QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue", "QueueDeletedRecently", "ResourceNotFoundException",
			"InvalidAddress", "InvalidSecurity", "AccessDenied", "AccessDeniedException", "InvalidClientTokenId", "SignatureDoesNotMatch",
			"UnrecognizedClientException", "MissingAuthenticationToken", "OptInRequired", "IncompleteSignature", "InvalidSignatureException",
			"NotAuthorized", "KmsDisabled", "KmsInvalidState", "KmsNotFound", "KmsOptInRequired",
			"KmsAccessDenied", "KmsInvalidKeyUsage", "KMS.DisabledException", "KMS.AccessDeniedException", "KMS.NotFoundException",
		},
	}
}

// SQS's words are not shown: they can repeat the request.
func TestErrorCodes(t *testing.T) {
	for want, codes := range kinds() {
		for _, code := range codes {
			_, err := at(t, func(w http.ResponseWriter, _ *http.Request) { sqstest.Refuse(w, code, keySecret) }).Notify(t.Context(), notification())
			if err == nil || notify.KindOf(err) != want || !strings.Contains(err.Error(), code) || strings.Contains(err.Error(), keySecret) {
				t.Errorf("%s: got %v (%v), want %v", code, err, notify.KindOf(err), want)
			}
			isExplained := err != nil && strings.Contains(err.Error(), ": see that QUEUE_URL") ||
				strings.Contains(err.Error(), ": the role needs sqs:SendMessage") || strings.Contains(err.Error(), ": the queue's key has to be")
			if want == notify.Broken && !isExplained {
				t.Errorf("%s: no remedy in %v", code, err)
			}
		}
	}
}

// SQS names its errors by those of its older protocol too.
func TestErrorCodeInHeader(t *testing.T) {
	_, err := at(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Amzn-Query-Error", "AWS.SimpleQueueService.NonExistentQueue;Sender")
		sqstest.Refuse(w, "QueueDoesNotExist", keySecret)
	}).Notify(t.Context(), notification())
	if notify.KindOf(err) != notify.Broken || !strings.Contains(err.Error(), "see that QUEUE_URL") {
		t.Errorf("got %v", err)
	}
}

// An answer of 2xx that is not SQS's is asked for once: the next would be the same.
func TestNoProof(t *testing.T) {
	for _, body := range []string{
		"", "ok", "{}", `{"ok":true}`, "<html>It works!</html>", "\x00\xff", `{"MessageId":"m-1"}`,
		`{"MD5OfMessageBody":"d41d8cd98f00b204e9800998ecf8427e"}`, `{"MessageId":"","MD5OfMessageBody":""}`,
	} {
		calls := 0
		_, err := at(t, func(w http.ResponseWriter, _ *http.Request) {
			calls++
			_, _ = io.WriteString(w, body)
		}).Notify(t.Context(), notification())
		if err == nil || notify.KindOf(err) != notify.Broken || calls != 1 {
			t.Errorf("%q: %d calls, %v (%v)", body, calls, err, notify.KindOf(err))
		}
	}
}

// What has arrived as something else has not arrived.
func TestDamaged(t *testing.T) {
	_, err := at(t, func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(sqstest.TakenAs(sqstest.Entry{Body: "something else"}, "m-1"))
	}).Notify(t.Context(), notification())
	if err == nil || notify.KindOf(err) != notify.Transient || !strings.Contains(err.Error(), "checksum") {
		t.Errorf("got %v", err)
	}
}

func TestWithoutCredentials(t *testing.T) {
	environment(t)
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	sink, err := sqs.New(t.Context(), "sqs", sqs.Config{QueueURL: "http://127.0.0.1:1/111122223333/alerts"}, formatter.Style{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sink.Notify(t.Context(), notification()); err == nil || !strings.Contains(err.Error(), "AWS credentials") {
		t.Errorf("got %v", err)
	}
}

// Where nobody answers, the host is named, and no status is made up.
func TestNobodyAnswers(t *testing.T) {
	_, err := build(t, "http://127.0.0.1:1/111122223333/alerts").Notify(t.Context(), notification())
	if notify.KindOf(err) != notify.Transient || !strings.Contains(err.Error(), "no answer from 127.0.0.1") {
		t.Errorf("got %v (%v)", err, notify.KindOf(err))
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

// TestBatch sends 25 messages in three calls, each of which gets its own proof, in their order.
func TestBatch(t *testing.T) {
	queue := sqstest.New(t)
	receipts, errs := build(t, queue.URL("alerts.fifo")).NotifyTogether(t.Context(), several(25))
	if got := fmt.Sprint(queue.Calls()); got != "[10 10 5]" {
		t.Errorf("got calls of %s messages", got)
	}
	for i, m := range queue.Messages() {
		if errs[i] != nil || receipts[i].ID != fmt.Sprintf("m-%d", i+1) || !strings.Contains(m.Body, fmt.Sprintf(`"f%d"`, i)) {
			t.Errorf("message %d: got %q and %v", i, receipts[i].ID, errs[i])
		}
	}
}

// Messages that are more together than a call takes go in several calls: none is too long.
func TestBatchOfLargeMessages(t *testing.T) {
	queue := sqstest.New(t)
	all := several(5)
	for i := range all {
		for tag := range 60 {
			all[i].Findings[0].Resource.Tags = append(all[i].Findings[0].Resource.Tags, finding.Tag{
				Key: fmt.Sprint("tag-", tag), Value: strings.Repeat("x", 10_000),
			})
		}
	}
	_, errs := build(t, queue.URL("alerts")).NotifyTogether(t.Context(), all)
	for i, err := range errs {
		if err != nil {
			t.Errorf("message %d: %v", i, err)
		}
	}
	if refused := queue.Refused(); len(refused) > 0 || len(queue.Messages()) != 5 || len(queue.Calls()) != 5 {
		t.Errorf("%v in %v", refused, queue.Calls())
	}
}

// TestBatchInPart has a batch whose messages fare differently.
func TestBatchInPart(t *testing.T) {
	want := []notify.ErrorKind{
		notify.Unacceptable, notify.Broken, notify.Throttled, notify.Transient, notify.Unacceptable, notify.Transient, notify.Broken,
		notify.Transient, notify.Transient,
	}
	_, errs := at(t, func(w http.ResponseWriter, r *http.Request) {
		all := sqstest.Entries(r)
		failed := func(id, code string, isSender bool) sqstest.Failed {
			return sqstest.Failed{ID: id, Code: code, SenderFault: isSender}
		}
		damaged := all[8]
		damaged.Body = "something else"
		_ = json.NewEncoder(w).Encode(sqstest.Results{
			Failed: []sqstest.Failed{
				failed("0", "InvalidMessageContents", true), failed("1", "AccessDenied", true), failed("2", "RequestThrottled", false),
				failed("3", "InternalError", false), failed("4", keySecret, true), failed("5", keySecret, false), failed("77", "x", true), failed("", "", true),
			},
			Successful: []sqstest.Taken{ // of 7 it says nothing
				{ID: "6"}, sqstest.TakenAs(damaged, "m-8"), sqstest.TakenAs(all[9], "m-9"), {ID: "-1", Message: "m"}, {ID: "x"}, {},
			},
		})
	}).NotifyTogether(t.Context(), several(10))
	for i, kind := range want {
		if errs[i] == nil || notify.KindOf(errs[i]) != kind || strings.Contains(errs[i].Error(), keySecret) {
			t.Errorf("message %d: got %v (%v), want %v", i, errs[i], notify.KindOf(errs[i]), kind)
		}
	}
	if errs[9] != nil {
		t.Errorf("the message that was taken: %v", errs[9])
	}
}

// TestBatchRefused has a call refused: a message that is at fault harms no other.
func TestBatchRefused(t *testing.T) {
	for _, code := range []string{"InvalidParameterValue", "BatchRequestTooLong", "InvalidAction"} {
		queue := sqstest.New(t)
		queue.Answer(func(w http.ResponseWriter, r *http.Request) bool {
			all := sqstest.Entries(r)
			if len(all) > 1 || strings.Contains(all[0].Body, `"f1"`) {
				sqstest.Refuse(w, code, keySecret)
				return true
			}
			return false
		})
		_, errs := build(t, queue.URL("alerts")).NotifyTogether(t.Context(), several(3))
		if errs[0] != nil || notify.KindOf(errs[1]) != notify.Unacceptable || errs[2] != nil {
			t.Errorf("%s: got %v", code, errs)
		}
	}
}

// TestBatchFails has a call fail whole: that is true of each message.
func TestBatchFails(t *testing.T) {
	for code, want := range map[string]notify.ErrorKind{
		"RequestThrottled": notify.Throttled, "AccessDenied": notify.Broken, "InternalError": notify.Transient,
	} {
		calls := 0
		_, errs := at(t, func(w http.ResponseWriter, _ *http.Request) {
			calls++
			sqstest.Refuse(w, code, keySecret)
		}).NotifyTogether(t.Context(), several(3))
		for _, err := range errs {
			if err == nil || notify.KindOf(err) != want || !strings.Contains(err.Error(), code) || calls != 1 {
				t.Errorf("%s: got %v after %d calls", code, err, calls)
			}
		}
	}
}
