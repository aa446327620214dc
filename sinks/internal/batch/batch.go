// Package batch gathers messages that are ready at one moment into one call, for services that take
// several in one: SNS's PublishBatch, SQS's SendMessageBatch, EventBridge's PutEvents. Each message
// has an outcome of its own.
package batch

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// Limits are what one call takes, and how many calls are made side by side.
type Limits struct {
	// Entries is how many messages one call takes, Bytes how large they are at the most, all
	// together. A message that is larger goes by itself.
	Entries, Bytes int
	// Calls is how many calls are under way at once as a rule.
	Calls int
	// Patience is how long messages wait for one to return: a call that hangs holds nobody up.
	Patience time.Duration
}

// Outcome is what came of one message.
type Outcome struct {
	Receipt notify.Receipt
	Err     error
}

// Call sends messages in one call, one message at least, and returns what came of each, in their
// order. Its error is true of each of them. An error that is permanent for the message
// (notify.PermanentMessage) need not be the fault of all: each of its messages is sent again alone.
type Call[M any] func(ctx context.Context, messages []M) ([]Outcome, error)

// errNoWord says that the call has returned no outcome for a message.
var errNoWord = errors.New("the answer does not name the message")

// errAlone says that a message has to be sent by itself: the call that it shared was refused, which
// need not be this message's fault.
var errAlone = errors.New("the messages of this call were refused together")

// message is one message on its way, and what came of it.
type message[M any] struct {
	content M
	size    int

	// done is closed when the outcome is known.
	done    chan struct{}
	outcome Outcome
}

// wait returns what came of the message, which somebody else may be sending.
func (m *message[M]) wait(ctx context.Context) (notify.Receipt, error) {
	select {
	case <-m.done:
	case <-ctx.Done():
	}
	select {
	case <-m.done: // even when both have happened
		return m.outcome.Receipt, m.outcome.Err
	default:
		return notify.Receipt{}, ctx.Err()
	}
}

// Outbox holds the messages that are ready, until somebody sends them. Who puts a message in takes
// it out again, with those that were put in meanwhile: at once, or when one of the calls that are
// under way has returned. It is safe for concurrent use.
type Outbox[M any] struct {
	limits Limits
	call   Call[M]
	// underWay has room for the calls that are made at once as a rule.
	underWay chan struct{}

	mu    sync.Mutex
	ready []*message[M]
}

// New returns an outbox whose messages are sent by call.
func New[M any](limits Limits, call Call[M]) *Outbox[M] {
	return &Outbox[M]{limits: limits, call: call, underWay: make(chan struct{}, limits.Calls)}
}

// Send sends a message of the given size in bytes, in one call with others that are ready at this
// very moment, or become so while it waits for a call. It returns what came of this message, or the
// error of ctx once that has ended; a message that nobody has begun to send then is not sent.
func (o *Outbox[M]) Send(ctx context.Context, content M, size int) (notify.Receipt, error) {
	send := o.Put(content, size)
	runtime.Gosched() // whoever has a message ready puts it in as well
	return send(ctx)
}

// Put puts a message of the given size in bytes into the outbox and returns what sends it, which
// has to be called: Send in two steps.
func (o *Outbox[M]) Put(content M, size int) (send func(context.Context) (notify.Receipt, error)) {
	m := &message[M]{content: content, size: size, done: make(chan struct{}), outcome: Outcome{Err: errNoWord}}
	o.mu.Lock()
	o.ready = append(o.ready, m)
	o.mu.Unlock()
	return func(ctx context.Context) (notify.Receipt, error) {
		o.sendReady(ctx, m)
		receipt, err := m.wait(ctx)
		if errors.Is(err, errAlone) {
			alone := o.outcomes(ctx, []*message[M]{m})[0]
			return alone.Receipt, alone.Err
		}
		return receipt, err
	}
}

// sendReady sends a message with the others that are ready, unless somebody else has taken it.
func (o *Outbox[M]) sendReady(ctx context.Context, m *message[M]) {
	defer o.begin(ctx, m)()
	if ctx.Err() != nil {
		o.withdraw(m)
		return
	}
	together := o.take(m)
	if len(together) == 0 {
		return
	}
	defer func() { // whatever happens, a panic of the call too: others wait for it
		for _, m := range together {
			close(m.done)
		}
	}()
	for i, outcome := range o.outcomes(ctx, together) {
		together[i].outcome = outcome
	}
}

// outcomes makes one call and returns what came of each message.
func (o *Outbox[M]) outcomes(ctx context.Context, together []*message[M]) []Outcome {
	contents, outcomes := make([]M, len(together)), make([]Outcome, len(together))
	for i, m := range together {
		contents[i], outcomes[i].Err = m.content, errNoWord
	}
	known, err := o.call(ctx, contents)
	if err == nil {
		copy(outcomes, known)
		return outcomes
	}
	if len(together) > 1 && notify.KindOf(err) == notify.Unacceptable {
		err = errAlone
	}
	for i := range outcomes {
		outcomes[i].Err = err
	}
	return outcomes
}

// begin waits until a call may begin in which the message can go, or until somebody else has sent
// it. What it returns is to be called when the call has returned.
func (o *Outbox[M]) begin(ctx context.Context, m *message[M]) (end func()) {
	end = func() { <-o.underWay }
	select {
	case o.underWay <- struct{}{}:
		return end
	default:
	}
	wait := time.NewTimer(o.limits.Patience)
	defer wait.Stop()
	select {
	case o.underWay <- struct{}{}:
		return end
	case <-m.done:
	case <-wait.C:
	case <-ctx.Done():
	}
	return func() {}
}

// withdraw takes a message out that is not to be sent any more, unless somebody else has taken it.
func (o *Outbox[M]) withdraw(m *message[M]) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if at := slices.Index(o.ready, m); at >= 0 {
		o.ready = slices.Delete(o.ready, at, at+1)
	}
}

// take takes a message out, and as many others as fit into one call with it. It returns nothing
// when somebody else has taken the message.
func (o *Outbox[M]) take(m *message[M]) []*message[M] {
	o.mu.Lock()
	defer o.mu.Unlock()
	at := slices.Index(o.ready, m)
	if at < 0 {
		return nil
	}
	o.ready = slices.Delete(o.ready, at, at+1)
	together, size := []*message[M]{m}, m.size
	for len(together) < o.limits.Entries && len(o.ready) > 0 && size+o.ready[0].size <= o.limits.Bytes {
		together, size = append(together, o.ready[0]), size+o.ready[0].size
		o.ready = slices.Delete(o.ready, 0, 1)
	}
	return together
}
