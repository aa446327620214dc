package sns_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/sns"
	"github.com/tocsin-sec/tocsin/sinks/sns/snstest"
)

// together publishes so many notifications to a server in as few calls as can be.
func together(t *testing.T, count int, handle http.HandlerFunc) ([]notify.Receipt, []error) {
	t.Helper()
	server := httptest.NewServer(handle)
	defer server.Close()
	sink, ok := build(t, server.URL, topic).(*sns.Sink)
	if !ok {
		t.Fatal("another sink")
	}
	all := make([]notify.Notification, count)
	for i := range all {
		all[i] = notification()
		all[i].Findings[0].Type = fmt.Sprintf("Recon:EC2/T%d", i)
	}
	return sink.NotifyTogether(t.Context(), all)
}

// TestBatch publishes 25 messages in three calls, each of which gets its own proof.
func TestBatch(t *testing.T) {
	var calls []int
	receipts, errs := together(t, 25, func(w http.ResponseWriter, r *http.Request) {
		calls = append(calls, len(snstest.Entries(r)))
		accept(w, r)
	})
	if fmt.Sprint(calls) != "[10 10 5]" {
		t.Errorf("got calls of %v messages", calls)
	}
	for i := range receipts {
		if want := fmt.Sprintf("of [HIGH] GuardDuty: Recon:EC2/T%d in prod (eu-west-1)", i); errs[i] != nil || receipts[i].ID != want {
			t.Errorf("message %d: got %q and %v, want %q", i, receipts[i].ID, errs[i], want)
		}
	}
}

// TestBatchInPart has a batch whose messages fare differently.
func TestBatchInPart(t *testing.T) {
	want := []notify.ErrorKind{notify.Unacceptable, notify.Broken, notify.Throttled, notify.Transient, notify.Unacceptable, notify.Transient, notify.Broken, notify.Transient}
	_, errs := together(t, len(want)+1, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, snstest.Batch(
			failedEntry("0", "InvalidParameter", true)+failedEntry("1", "AuthorizationError", true)+failedEntry("2", "Throttled", false)+
				failedEntry("3", "InternalError", false)+failedEntry("4", keySecret, true)+failedEntry("5", keySecret, false)+failedEntry("77", "x", true)+failedEntry("", "", true),
			snstest.Accepted("6", "")+snstest.Accepted("8", "m-8")+snstest.Accepted("-1", "m")+snstest.Accepted("x", "m"))) // of 7 it says nothing
	})
	for i, kind := range want {
		if errs[i] == nil || notify.KindOf(errs[i]) != kind || strings.Contains(errs[i].Error(), keySecret) {
			t.Errorf("message %d: got %v, want %v", i, notify.KindOf(errs[i]), kind)
		}
	}
	if errs[len(want)] != nil {
		t.Errorf("the message that was accepted: %v", errs[len(want)])
	}
}

// TestBatchWithoutProof has a batch answered by something that is not SNS: it is asked for once.
func TestBatchWithoutProof(t *testing.T) {
	for _, body := range []string{"", "ok", "<html></html>", snstest.Published("m"), snstest.Batch("", "")} {
		calls := 0
		_, errs := together(t, 3, func(w http.ResponseWriter, _ *http.Request) {
			calls++
			_, _ = io.WriteString(w, body)
		})
		for i, err := range errs {
			if err == nil || notify.KindOf(err) != notify.Broken || calls != 1 {
				t.Errorf("%q, message %d: %d calls, %v (%v)", body, i, calls, err, notify.KindOf(err))
			}
		}
	}
}

// TestBatchRefused has a call refused: a message that is at fault harms no other.
func TestBatchRefused(t *testing.T) {
	for _, code := range []string{"InvalidParameter", "BatchRequestTooLong", "InvalidAction"} {
		_, errs := together(t, 3, func(w http.ResponseWriter, r *http.Request) {
			if all := snstest.Entries(r); len(all) > 1 || strings.Contains(all[0].Get("Subject"), "/T1") {
				refuse(w, code, keySecret)
				return
			}
			accept(w, r)
		})
		if errs[0] != nil || notify.KindOf(errs[1]) != notify.Unacceptable || errs[2] != nil {
			t.Errorf("%s: got %v", code, errs)
		}
	}
}

// TestBatchFails has a call fail whole: that is true of each message.
func TestBatchFails(t *testing.T) {
	for code, want := range map[string]notify.ErrorKind{
		"Throttled": notify.Throttled, "AuthorizationError": notify.Broken, "InternalError": notify.Transient,
	} {
		calls := 0
		_, errs := together(t, 3, func(w http.ResponseWriter, _ *http.Request) {
			calls++
			refuse(w, code, keySecret)
		})
		for _, err := range errs {
			if err == nil || notify.KindOf(err) != want || !strings.Contains(err.Error(), code) || calls != 1 {
				t.Errorf("%s: got %v after %d calls", code, err, calls)
			}
		}
	}
}
