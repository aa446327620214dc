package delivery

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/notify"
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
func (l *lane) attempt(ctx context.Context, n notify.Notification) (notify.Receipt, error) {
	if left, ok := timeLeft(ctx, l.engine.options.Clock); ok && left < leastTime {
		return notify.Receipt{}, errNoTime
	}
	ctx, cancel := context.WithTimeout(ctx, l.engine.options.Limits.Attempt)
	defer cancel()

	type answer struct {
		receipt notify.Receipt
		err     error
	}
	answered := make(chan answer, 1)
	go func() {
		var a answer
		defer func() {
			if value := recover(); value != nil {
				a = answer{err: panicError(value)}
			}
			answered <- a
		}()
		a.receipt, a.err = l.target.Sink.Notify(ctx, n)
	}()

	select {
	case a := <-answered:
		return a.receipt, a.err
	case <-ctx.Done():
	}
	select {
	case a := <-answered:
		return a.receipt, a.err
	case <-time.After(grace):
		return notify.Receipt{}, fmt.Errorf("the sink did not come back in time: %w", ctx.Err())
	}
}

// panicError describes a panic by its kind and place only: its value may hold a secret.
func panicError(value any) error {
	what := fmt.Sprintf("%T", value)
	if err, ok := value.(runtime.Error); ok {
		what = err.Error()
	}
	var callers [16]uintptr
	frames := runtime.CallersFrames(callers[:runtime.Callers(0, callers[:])])
	for panicking, more := false, true; more; {
		var frame runtime.Frame
		frame, more = frames.Next()
		inRuntime := strings.HasPrefix(frame.Function, "runtime.")
		if panicking && !inRuntime {
			return fmt.Errorf("the sink panicked: %s in %s", what, frame.Function)
		}
		panicking = panicking || frame.Function == "runtime.gopanic"
	}
	return fmt.Errorf("the sink panicked: %s", what)
}
