package batch_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/internal/batch"
)

// service is one that takes so many messages and bytes in one call, and refuses a call that holds
// more, or a message that it does not like. It keeps the sizes of its calls.
type service struct {
	limits batch.Limits
	mu     sync.Mutex
	calls  []int
}

func (s *service) send(_ context.Context, messages []string) ([]batch.Outcome, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, len(messages))
	all := strings.Join(messages, "")
	if len(messages) > s.limits.Entries || len(all) > s.limits.Bytes || strings.Contains(all, "refused") {
		return nil, notify.PermanentMessage(fmt.Errorf("refused %d", len(messages)))
	}
	var outcomes []batch.Outcome
	for _, m := range messages {
		if strings.HasPrefix(m, "fails") {
			outcomes = append(outcomes, batch.Outcome{Err: errors.New(m)})
			continue
		}
		outcomes = append(outcomes, batch.Outcome{Receipt: notify.Receipt{ID: "of " + m[:min(len(m), 8)]}})
	}
	return outcomes, nil
}

// together sends messages that are ready at one moment, and returns their outcomes in short.
func together(t *testing.T, limits batch.Limits, call batch.Call[string], messages ...string) []string {
	t.Helper()
	outbox := batch.New(limits, call)
	var send []func(context.Context) (notify.Receipt, error)
	for _, m := range messages {
		send = append(send, outbox.Put(m, len(m)))
	}
	var all []string
	for _, one := range send {
		receipt, err := one(t.Context())
		if err != nil {
			receipt.ID = err.Error()
		}
		all = append(all, receipt.ID)
	}
	return all
}

// The limits of one call of each service:
// https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html
func services() map[string]batch.Limits {
	return map[string]batch.Limits{
		"SNS":         {Entries: 10, Bytes: 262_144, Calls: 2},
		"SQS":         {Entries: 10, Bytes: 1_048_576, Calls: 2},
		"EventBridge": {Entries: 10, Bytes: 1_048_575, Calls: 2}, // less than 1 MiB
	}
}

// TestLimits keeps each call within what the service takes, in messages and in bytes.
func TestLimits(t *testing.T) {
	for name, limits := range services() {
		for _, c := range []struct {
			sizes []int
			want  []int
		}{
			{[]int{limits.Bytes, 1}, []int{1, 1}},
			{[]int{limits.Bytes - 1, 1, 1}, []int{2, 1}},
			{[]int{1, limits.Bytes}, []int{1, 1}},
			{[]int{100, 200, 300}, []int{3}},
			{[]int{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, []int{10, 2}},
			{[]int{5}, []int{1}},
		} {
			far := &service{limits: limits}
			var messages, want []string
			for i, size := range c.sizes {
				messages = append(messages, strings.Repeat(string(rune('a'+i)), size))
				want = append(want, "of "+messages[i][:min(size, 8)])
			}
			if diff := cmp.Diff(want, together(t, limits, far.send, messages...)); diff != "" {
				t.Errorf("%s, %v: %s", name, c.sizes, diff)
			}
			if diff := cmp.Diff(c.want, far.calls); diff != "" {
				t.Errorf("%s, calls of %v: %s", name, c.sizes, diff)
			}
		}
	}
}

// TestOutcomes has messages of one call fare differently, and one of which the answer says nothing.
func TestOutcomes(t *testing.T) {
	far := &service{limits: services()["SQS"]}
	forgets := func(ctx context.Context, messages []string) ([]batch.Outcome, error) {
		outcomes, err := far.send(ctx, messages)
		return outcomes[:3], err
	}
	want := []string{"of a", "fails", "of c", "the answer does not name the message"}
	if diff := cmp.Diff(want, together(t, far.limits, forgets, "a", "fails", "c", "d")); diff != "" {
		t.Error(diff)
	}
}

// TestRefused has a call refused as a whole: it is taken apart, and a message that is at fault
// harms no other.
func TestRefused(t *testing.T) {
	for name, limits := range services() {
		far := &service{limits: limits}
		want := []string{"of a", "refused 1", "of c", "of a large "}
		// The service counts more than the sender: the largest message fits by itself alone.
		got := together(t, batch.Limits{Entries: 10, Bytes: 2 * limits.Bytes, Calls: 2}, far.send, "a", "refused", "c", "a large one"+strings.Repeat(" ", limits.Bytes-11))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if diff := cmp.Diff([]int{4, 1, 1, 1, 1}, far.calls); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestFails has a call fail in a way that is true of each message, and is not sent again.
func TestFails(t *testing.T) {
	for _, err := range []error{errors.New("no answer"), notify.PermanentSink(errors.New("no rights")), notify.RetryAfter(errors.New("later"), time.Second)} {
		calls := 0
		got := together(t, services()["SNS"], func(context.Context, []string) ([]batch.Outcome, error) {
			calls++
			return nil, err
		}, "a", "b", "c")
		if diff := cmp.Diff([]string{err.Error(), err.Error(), err.Error()}, got); diff != "" || calls != 1 {
			t.Errorf("%d calls, %s", calls, diff)
		}
	}
}

// held is an outbox whose calls hang until they are released or their context ends. Each call is
// announced with its number of messages.
func held(t *testing.T, patience time.Duration) (outbox *batch.Outbox[string], calls <-chan int, release func()) {
	t.Helper()
	released, arrived := make(chan struct{}), make(chan int, 64)
	release = sync.OnceFunc(func() { close(released) })
	t.Cleanup(release)
	return batch.New(batch.Limits{Entries: 10, Bytes: 100, Calls: 2, Patience: patience}, func(ctx context.Context, messages []string) ([]batch.Outcome, error) {
		arrived <- len(messages)
		select {
		case <-released:
			return make([]batch.Outcome, len(messages)), nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}), arrived, release
}

// TestCompany has messages become ready while calls are under way: they go in one call when one of
// those has returned.
func TestCompany(t *testing.T) {
	outbox, calls, release := held(t, time.Hour)
	var sending sync.WaitGroup
	send := func() {
		sending.Go(func() {
			if _, err := outbox.Send(t.Context(), "m", 1); err != nil {
				t.Error(err)
			}
		})
	}
	for range 2 {
		send()
		if together := <-calls; together != 1 {
			t.Errorf("the first calls: got one with %d messages", together)
		}
	}
	for range 10 {
		send()
	}
	outbox.WaitForReady(t, 10)
	release()
	sending.Wait()
	if together := <-calls; together != 10 || len(calls) != 0 {
		t.Errorf("got a call with %d messages and %d further calls, want one call with 10", together, len(calls))
	}
}

// TestPatience has the calls that are under way hang: the next message goes out all the same.
func TestPatience(t *testing.T) {
	outbox, calls, release := held(t, time.Millisecond)
	var sending sync.WaitGroup
	for range 3 {
		sending.Go(func() {
			if _, err := outbox.Send(t.Context(), "m", 1); err != nil {
				t.Error(err)
			}
		})
		<-calls
	}
	release()
	sending.Wait()
}

// TestWhoeverWaits has messages whose time is over before they are sent: each comes back, and does
// not go out later.
func TestWhoeverWaits(t *testing.T) {
	outbox, calls, release := held(t, time.Hour)
	var sending sync.WaitGroup
	for range 2 {
		sending.Go(func() { _, _ = outbox.Send(t.Context(), "m", 1) })
		<-calls
	}
	short, cancel := context.WithCancel(t.Context())
	defer cancel()
	for range 3 {
		sending.Go(func() {
			if _, err := outbox.Send(short, "m", 1); err == nil || notify.KindOf(err) != notify.Transient {
				t.Errorf("got %v", err)
			}
		})
	}
	outbox.WaitForReady(t, 3)
	cancel()
	outbox.WaitForReady(t, 0)
	release()
	sending.Wait()
	if len(calls) != 0 {
		t.Errorf("got %d calls of messages that were given up", len(calls))
	}
}

// TestWhoeverIsTaken has a message sent by somebody else, whose call hangs: it comes back when its
// own time is over.
func TestWhoeverIsTaken(t *testing.T) {
	outbox, calls, _ := held(t, time.Hour)
	first, second := outbox.Put("m", 1), outbox.Put("m", 1)
	long, stop := context.WithCancel(t.Context())
	var sending sync.WaitGroup
	sending.Go(func() { _, _ = first(long) })
	if together := <-calls; together != 2 {
		t.Errorf("got a call with %d messages", together)
	}
	short, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := second(short); err == nil || notify.KindOf(err) != notify.Transient {
		t.Errorf("got %v", err)
	}
	stop()
	sending.Wait()
}

// TestPanic has a call panic: whoever waits for it comes back.
func TestPanic(t *testing.T) {
	outbox := batch.New(services()["SNS"], func(context.Context, []string) ([]batch.Outcome, error) { panic("a fault") })
	first, second := outbox.Put("m", 1), outbox.Put("m", 1)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic is gone")
			}
		}()
		_, _ = first(t.Context())
	}()
	if _, err := second(t.Context()); err == nil || notify.KindOf(err) != notify.Transient {
		t.Errorf("got %v", err)
	}
}
