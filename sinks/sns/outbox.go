package sns

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/tocsin-sec/tocsin/pkg/notify"
)

const (
	// callsAtOnce is how many calls are under way at once as a rule.
	callsAtOnce = 2
	// mostTogether is how many messages PublishBatch takes.
	mostTogether = 10
	// Concurrency is how many messages may be under way at once, so that the calls are full.
	Concurrency = callsAtOnce * mostTogether
)

// maxTogether is the size in bytes that PublishBatch takes, all messages and attributes together.
const maxTogether = 262_144

// message is one message on its way, and what came of it.
type message struct {
	types.PublishBatchRequestEntry
	size int // in bytes, as SNS counts

	// done is closed when what follows is known.
	done    chan struct{}
	receipt notify.Receipt
	err     error
}

// errAlone says that a message has to be published by itself: SNS refused the call that it shared, which need not be
// this message's fault.
var errAlone = errors.New("the messages of this call were refused together")

// wait gives what came of the message, which somebody else may be publishing.
func (m *message) wait(ctx context.Context) (notify.Receipt, error) {
	select {
	case <-m.done:
		return m.receipt, m.err
	case <-ctx.Done():
	}
	select {
	case <-m.done: // both have happened
		return m.receipt, m.err
	default:
		return notify.Receipt{}, ctx.Err()
	}
}

func newMessage(subject, text string, attributes map[string]types.MessageAttributeValue) *message {
	m := &message{size: len(subject) + len(text), done: make(chan struct{}), err: errNoID}
	m.Subject, m.Message, m.MessageAttributes = &subject, &text, attributes
	for name, value := range attributes {
		m.size += len(name) + len(*value.DataType) + len(*value.StringValue)
	}
	return m
}

// outbox holds the messages that are ready, until somebody publishes them. Who puts a message in takes it out again,
// with those that were put in meanwhile: at once, or when one of the calls that are under way has returned. It is safe
// for concurrent use.
type outbox struct {
	mu    sync.Mutex
	ready []*message

	// underWay has room for the calls that are made at once as a rule.
	underWay chan struct{}
	// patience is how long a message waits for one of them: a call that hangs holds nobody up.
	patience time.Duration
}

const patience = 20 * time.Millisecond

// begin waits until a call may begin in which the message can go, or until somebody else has published it. What it
// gives is to be called when the call has returned.
func (o *outbox) begin(ctx context.Context, m *message) (end func()) {
	end = func() { <-o.underWay }
	select {
	case o.underWay <- struct{}{}:
		return end
	default:
	}
	wait := time.NewTimer(o.patience)
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

func (o *outbox) put(m *message) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ready = append(o.ready, m)
}

// withdraw takes a message out that is not to be published any more, unless somebody else has taken it.
func (o *outbox) withdraw(m *message) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if at := slices.Index(o.ready, m); at >= 0 {
		o.ready = slices.Delete(o.ready, at, at+1)
	}
}

// take takes a message out, and as many others as fit into one call with it. It gives nothing when somebody else has
// taken the message.
func (o *outbox) take(m *message) []*message {
	o.mu.Lock()
	defer o.mu.Unlock()
	at := slices.Index(o.ready, m)
	if at < 0 {
		return nil
	}
	o.ready = slices.Delete(o.ready, at, at+1)
	together, size := []*message{m}, m.size
	for len(together) < mostTogether && len(o.ready) > 0 && size+o.ready[0].size <= maxTogether {
		together, size = append(together, o.ready[0]), size+o.ready[0].size
		o.ready = slices.Delete(o.ready, 0, 1)
	}
	return together
}
