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
	// leastTime is the time below which an attempt is not begun: it would only be cut off.
	leastTime = 100 * time.Millisecond
	// grace is how long after the end of its context a sink may take to return.
	grace = 200 * time.Millisecond
)

// errNoTime says that the attempt was not begun.
var errNoTime = errors.New("no time was left in this invocation")

// timeLeft gives how long ctx has left; ok is false when it never ends.
func timeLeft(ctx context.Context, clock Clock) (left time.Duration, ok bool) {
	if ctx.Err() != nil {
		return 0, true
	}
	deadline, ok := ctx.Deadline()
	return deadline.Sub(clock.Now()), ok
}

// attempt calls the sink once, within the time for an attempt. A sink that panics, or that does not
// come back when its time is over, gives a transient error.
func (w *worker) attempt(ctx context.Context, n notify.Notification) (notify.Receipt, error) {
	if left, ok := timeLeft(ctx, w.engine.options.Clock); ok && left < leastTime {
		return notify.Receipt{}, errNoTime
	}
	ctx, cancel := context.WithTimeout(ctx, w.engine.options.Limits.Attempt)
	defer cancel()
	return w.caller.notify(ctx, n)
}

// caller calls a sink on another goroutine, so that a sink that hangs can be left alone. That goroutine serves one call
// after the other: its stack has grown to what the sink needs.
type caller struct {
	sink notify.Notifier
	// calls and answers are those of the goroutine; they are nil while there is none.
	calls   chan call
	answers chan answer
}

type call struct {
	ctx          context.Context //nolint:containedctx // it is an argument on its way
	notification notify.Notification
}

type answer struct {
	receipt notify.Receipt
	err     error
}

// notify calls the sink, and waits until grace after the end of ctx.
func (c *caller) notify(ctx context.Context, n notify.Notification) (notify.Receipt, error) {
	if c.calls == nil {
		c.calls, c.answers = make(chan call), make(chan answer, 1)
		go serve(c.sink, c.calls, c.answers)
	}
	c.calls <- call{ctx, n}
	select {
	case a := <-c.answers:
		return a.receipt, a.err
	case <-ctx.Done():
	}
	select {
	case a := <-c.answers:
		return a.receipt, a.err
	case <-time.After(grace):
		c.leave()
		return notify.Receipt{}, fmt.Errorf("the sink did not come back in time: %w", ctx.Err())
	}
}

// leave lets the goroutine end, as soon as the sink comes back.
func (c *caller) leave() {
	if c.calls != nil {
		close(c.calls)
		c.calls, c.answers = nil, nil
	}
}

// serve answers calls until there are no more.
func serve(sink notify.Notifier, calls <-chan call, answers chan<- answer) {
	for c := range calls {
		answers <- tried(sink, c)
	}
}

func tried(sink notify.Notifier, c call) (a answer) {
	defer func() {
		if value := recover(); value != nil {
			a = answer{err: panicError(value)}
		}
	}()
	a.receipt, a.err = sink.Notify(c.ctx, c.notification)
	return a
}

// panicError describes a panic by its kind and place only: its value may hold a secret.
func panicError(value any) error {
	return errors.New("the sink panicked: " + panics.Describe(value))
}
