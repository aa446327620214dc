// Package notifytest tries a sink against everything that a remote end can do: the conformance kit
// that every notify.Notifier passes.
//
// A sink's test is one call of Run with a Kit. The kit's servers are real ones, on loopback
// sockets, and answer what no well-behaved server would: every status, half an answer, an answer
// without end, none at all.
package notifytest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/notify"
)

const (
	// deadline is what the kit gives a sink whose remote end does not answer.
	deadline = 100 * time.Millisecond
	// patience is how long the kit waits for what should happen at once, on a machine under load.
	patience = 10 * time.Second
)

// Kit says how to try one sink.
type Kit struct {
	// New builds the sink so that it sends to baseURL, "http://127.0.0.1:port". It is called once
	// for each case. For a Local sink baseURL is empty.
	New func(t testing.TB, baseURL string) notify.Notifier
	// Accept answers a request as the remote end does when it takes the message. It should refuse
	// what the remote end refuses.
	Accept http.HandlerFunc
	// Messages returns how many messages a request holds; nil stands for one.
	Messages func(*http.Request) int
	// Throttle answers in the remote end's own way of asking for less. Nil means status 429 alone.
	Throttle http.HandlerFunc
	// Secret is a text that must never show: a part of the URL or of the credentials that New gives
	// to the sink.
	Secret string
	// Local marks a sink that speaks to no server, such as the console: only the cases that need
	// none are run.
	Local bool
}

// Run tries the sink in each case of the kit, as subtests. It takes a few seconds; no other test of
// the package may run beside it, since it counts goroutines.
func Run(t *testing.T, k Kit) {
	t.Helper()
	for _, c := range cases(k) {
		t.Run(c.name, func(t *testing.T) {
			for _, err := range c.failures(t, k, patience) {
				t.Error(err)
			}
		})
	}
}

// oneCase is one thing that a remote end can do, or one thing that a sink is asked to do.
type oneCase struct {
	name string
	try  func(*trial) error
}

// cases returns those that apply to the kit's sink.
func cases(k Kit) []oneCase {
	all := localCases()
	if !k.Local {
		all = append(all, answerCases()...)
		all = append(all, connectionCases()...)
	}
	return all
}

// failures runs the case and then looks for goroutines that it has left behind.
func (c oneCase) failures(t testing.TB, k Kit, patience time.Duration) []error {
	before := steady()
	failures := c.attempt(&trial{TB: t, kit: k, patience: patience, done: make(chan struct{})})
	if err := settled(before, patience); err != nil {
		failures = append(failures, err)
	}
	return failures
}

func (c oneCase) attempt(tr *trial) []error {
	defer tr.close()
	var failures []error
	if err := c.try(tr); err != nil {
		failures = append(failures, err)
	}
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return append(failures, tr.leaks...)
}

// localCases need no server of a special kind, and so are for every sink.
func localCases() []oneCase {
	return []oneCase{
		{"accepted", accepted},
		{"every notification", everyNotification},
		{"updates", updates},
		{"concurrent use", concurrentUse},
		{"context ended before", endedBefore},
	}
}

// accepting returns a sink whose remote end takes every message, and the count of messages.
func (tr *trial) accepting() (notify.Notifier, *atomic.Int32) {
	var count atomic.Int32
	if tr.kit.Local {
		return tr.kit.New(tr, ""), &count
	}
	return tr.sink(func(w http.ResponseWriter, r *http.Request) {
		if tr.kit.Messages != nil {
			count.Add(int32(tr.kit.Messages(r))) //nolint:gosec // a few
		} else {
			count.Add(1)
		}
		tr.kit.Accept(w, r)
	}), &count
}

func accepted(tr *trial) error {
	sink, count := tr.accepting()
	if err := tr.notify(tr.Context(), sink, plainFinding()); err != nil {
		return fmt.Errorf("a message that was taken gives an error: %w", err)
	}
	return tr.counted(count, 1)
}

// counted checks the number of messages; a Local sink sends none.
func (tr *trial) counted(count *atomic.Int32, want int32) error {
	if got := count.Load(); !tr.kit.Local && got != want {
		return fmt.Errorf("%d messages were sent, want %d", got, want)
	}
	return nil
}

func everyNotification(tr *trial) error {
	sink, count := tr.accepting()
	var all []error
	for i, n := range notifications() {
		if err := tr.notify(tr.Context(), sink, n.Notification); err != nil {
			all = append(all, fmt.Errorf("%s: %w", n.name, err))
		}
		if err := tr.counted(count, int32(i+1)); err != nil {
			all = append(all, fmt.Errorf("up to %s: %w", n.name, err))
		}
	}
	return errors.Join(all...)
}

// updates sends a finding, and then whatever can become of it, each time with the receipt that the
// ledger would have: the latest one that is not empty. How many requests an update takes is the
// sink's own affair; one at least.
func updates(tr *trial) error {
	sink, count := tr.accepting()
	receipt, err := tr.send(tr.Context(), sink, plainFinding())
	all := []error{err}
	for _, n := range notifications() {
		if len(n.Findings) != 1 {
			continue
		}
		before := count.Load()
		if n.Previous = receipt; n.Kind != notify.KindAction { // which stays what it is
			n.Kind = notify.KindUpdate
		}
		next, err := tr.send(tr.Context(), sink, n.Notification)
		if err != nil {
			all = append(all, fmt.Errorf("%s: %w", n.name, err))
		} else if !tr.kit.Local && count.Load() == before {
			all = append(all, fmt.Errorf("%s: no request was made", n.name))
		}
		if next != (notify.Receipt{}) {
			receipt = next
		}
	}
	return errors.Join(all...)
}

func concurrentUse(tr *trial) error {
	const senders, each = 8, 4
	sink, count := tr.accepting()
	results := make(chan error, senders)
	for range senders {
		go func() {
			var all []error
			for range each {
				err := tr.notify(tr.Context(), sink, plainFinding())
				all = append(all, err)
			}
			results <- errors.Join(all...)
		}()
	}
	var all []error
	for range senders {
		all = append(all, <-results)
	}
	return errors.Join(errors.Join(all...), tr.counted(count, senders*each))
}

func endedBefore(tr *trial) error {
	sink, count := tr.accepting()
	err := tr.notify(ended(tr.Context()), sink, plainFinding())
	if err == nil {
		return errors.New("a notification whose context had ended gives no error")
	}
	if !errors.Is(err, context.Canceled) {
		err = fmt.Errorf("the error does not say that the context has ended: %w", err)
		return errors.Join(err, tr.counted(count, 0))
	}
	return errors.Join(wantKind(err, notify.Transient), tr.counted(count, 0))
}

// wantKind checks that err is an error of one of the kinds.
func wantKind(err error, kinds ...notify.ErrorKind) error {
	if err == nil {
		return errors.New("no error, though nothing was accepted")
	}
	got := notify.KindOf(err)
	for _, kind := range kinds {
		if got == kind {
			return nil
		}
	}
	return fmt.Errorf("the error is %v, want %v: %w", got, kinds, err)
}

// wantReason checks that err is counted for one of the reasons; that there is one at all, wantKind sees
// to.
func wantReason(err error, reasons ...notify.Reason) error {
	if got := notify.ReasonOf(err); err != nil && !slices.Contains(reasons, got) {
		return fmt.Errorf("the reason is %q, want %q: %w", got, reasons, err)
	}
	return nil
}

// recorded returns what handler answers to r.
func recorded(handler http.HandlerFunc, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	handler(w, r)
	_, _ = io.Copy(io.Discard, r.Body)
	return w
}

// shows reports whether secret stands in the text of err or of an error inside it.
func shows(err error, secret string) bool {
	if err == nil || secret == "" {
		return false
	}
	if strings.Contains(fmt.Sprintf("%s\n%+v\n%#v", err, err, err), secret) {
		return true
	}
	switch wrapped := err.(type) { //nolint:errorlint // each layer is looked at
	case interface{ Unwrap() error }:
		return shows(wrapped.Unwrap(), secret)
	case interface{ Unwrap() []error }:
		for _, one := range wrapped.Unwrap() {
			if shows(one, secret) {
				return true
			}
		}
	}
	return false
}
