package sns_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

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
		all[i].Findings[0].Type = fmt.Sprint("T", i)
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
		if want := fmt.Sprintf("of [HIGH] GuardDuty: T%d in prod (eu-west-1)", i); errs[i] != nil || receipts[i].ID != want {
			t.Errorf("message %d: got %q and %v, want %q", i, receipts[i].ID, errs[i], want)
		}
	}
}

// TestBatchSize keeps a call within what SNS takes, in messages and in bytes.
func TestBatchSize(t *testing.T) {
	for _, c := range []struct {
		sizes []int
		want  int
	}{
		{[]int{262_144, 1}, 1}, {[]int{200_000, 62_144, 1}, 2}, {[]int{1, 262_144}, 1}, {[]int{100, 200, 300}, 3},
		{[]int{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, 10}, {[]int{5}, 1},
	} {
		if got := sns.TakenTogether(c.sizes...); got != c.want {
			t.Errorf("of %v: got %d, want %d", c.sizes, got, c.want)
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
			if all := snstest.Entries(r); len(all) > 1 || strings.Contains(all[0].Get("Subject"), "T1") {
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

// held is a topic whose calls hang until they are released, and a sink of it. Each call is announced with its number of
// messages.
func held(t *testing.T, patience time.Duration) (sink *sns.Sink, calls <-chan int, release func()) {
	t.Helper()
	released, arrived := make(chan struct{}), make(chan int, 64)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		arrived <- len(snstest.Entries(r))
		<-released
		accept(w, r)
	}))
	release = sync.OnceFunc(func() { close(released) })
	t.Cleanup(func() {
		release()
		server.Close()
	})
	sink, ok := build(t, server.URL, topic).(*sns.Sink)
	if !ok {
		t.Fatal("another sink")
	}
	sink.SetPatience(patience)
	return sink, arrived, release
}

// TestCompany has messages become ready while calls are under way: they go in one call when one of those has returned.
func TestCompany(t *testing.T) {
	sink, calls, release := held(t, time.Hour)
	var sending sync.WaitGroup
	publish := func() {
		sending.Go(func() {
			if _, err := sink.Notify(t.Context(), notification()); err != nil {
				t.Error(err)
			}
		})
	}
	for range 2 {
		publish()
		if together := <-calls; together != 1 {
			t.Errorf("the first calls: got one with %d messages", together)
		}
	}
	for range 10 {
		publish()
	}
	sink.WaitForReady(t, 10)
	release()
	sending.Wait()
	if together := <-calls; together != 10 || len(calls) != 0 {
		t.Errorf("got a call with %d messages and %d further calls, want one call with 10", together, len(calls))
	}
}

// TestPatience has the calls that are under way hang: the next message goes out all the same.
func TestPatience(t *testing.T) {
	sink, calls, release := held(t, time.Millisecond)
	var sending sync.WaitGroup
	for range 3 {
		sending.Go(func() {
			if _, err := sink.Notify(t.Context(), notification()); err != nil {
				t.Error(err)
			}
		})
		<-calls
	}
	release()
	sending.Wait()
}

// TestWhoeverWaits has messages whose time is over before they are published: each comes back, and does not go out later.
func TestWhoeverWaits(t *testing.T) {
	sink, calls, release := held(t, time.Hour)
	var sending sync.WaitGroup
	for range 2 {
		sending.Go(func() { _, _ = sink.Notify(t.Context(), notification()) })
		<-calls
	}
	short, cancel := context.WithCancel(t.Context())
	defer cancel()
	for range 3 {
		sending.Go(func() {
			if _, err := sink.Notify(short, notification()); err == nil || notify.KindOf(err) != notify.Transient {
				t.Errorf("got %v", err)
			}
		})
	}
	sink.WaitForReady(t, 3)
	cancel()
	sink.WaitForReady(t, 0)
	release()
	sending.Wait()
	if len(calls) != 0 {
		t.Errorf("got %d calls of messages that were given up", len(calls))
	}
}

// TestWhoeverIsTaken has a message published by somebody else, whose call hangs: it comes back when its own time is over.
func TestWhoeverIsTaken(t *testing.T) {
	sink, calls, _ := held(t, time.Hour)
	first, second := sink.Ready(notification()), sink.Ready(notification())
	long, stop := context.WithCancel(t.Context())
	var sending sync.WaitGroup
	sending.Go(func() { _, _ = first(long) })
	if together := <-calls; together != 2 {
		t.Errorf("got a call with %d messages", together)
	}
	short, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := second(short); err == nil || notify.KindOf(err) != notify.Transient {
		t.Errorf("got %v", err)
	}
	stop()
	sending.Wait()
}
