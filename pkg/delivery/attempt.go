package delivery

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/panics"
)

const (
	leastTime = 100 * time.Millisecond // an attempt is not begun in less: it would only be cut off
	grace     = 200 * time.Millisecond // that a sink may take to return after the end of its context
)

// errNoTime says that the attempt was not begun.
var errNoTime = errors.New("no time was left in this invocation")

// hasTime reports whether ctx lasts as long as that.
func (r *sinkRun) hasTime(ctx context.Context, needed time.Duration) bool {
	deadline, ok := ctx.Deadline()
	return ctx.Err() == nil && (!ok || deadline.Sub(r.Clock.Now()) >= needed)
}

// attempt calls the sink once, within the time for an attempt. A sink that panics, or that does not
// come back when its time is over, gives a transient error.
func (r *sinkRun) attempt(ctx context.Context, n notify.Notification) (notify.Receipt, error) {
	if !r.hasTime(ctx, leastTime) {
		return notify.Receipt{}, errNoTime
	}
	began := r.Clock.Now()
	receipt, err := r.callInTime(ctx, n)
	r.note(Call{Took: r.Clock.Now().Sub(began), Failed: failureOf(err)})
	return receipt, err
}

// failureOf returns why a call failed; "" where it did not.
func failureOf(err error) notify.Reason {
	if err == nil {
		return ""
	}
	return notify.ReasonOf(err)
}

// note keeps a call for the report.
func (r *sinkRun) note(c Call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls = append(r.calls, c)
}

// taken returns the calls that have come to their end. One that was left alone has.
func (r *sinkRun) taken() []Call {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.calls
}

// callInTime calls the sink, and leaves it alone where it does not come back.
func (r *sinkRun) callInTime(ctx context.Context, n notify.Notification) (notify.Receipt, error) {
	ctx, cancel := context.WithTimeout(ctx, r.Limits.Attempt)
	defer cancel()
	answers := make(chan answer, 1)
	go func() { answers <- call(ctx, r.target.Sink, n) }() // a sink that hangs can be left alone
	select {
	case a := <-answers:
		return a.receipt, a.err
	case <-ctx.Done():
	}
	select {
	case a := <-answers:
		return a.receipt, a.err
	case <-time.After(grace):
		return notify.Receipt{}, fmt.Errorf("the sink did not come back in time: %w", ctx.Err())
	}
}

type answer struct {
	receipt notify.Receipt
	err     error
}

// call calls the sink, and describes a panic by kind and place only: its value may hold a secret.
func call(ctx context.Context, sink notify.Notifier, n notify.Notification) (a answer) {
	defer func() {
		if value := recover(); value != nil {
			a = answer{err: errors.New("the sink panicked: " + panics.Describe(value))}
		}
	}()
	a.receipt, a.err = sink.Notify(ctx, n)
	return a
}
