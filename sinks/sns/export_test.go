package sns

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// WithForm is the option by which a PublishBatch is written here and not by the SDK.
func WithForm(o *sns.Options) { withForm(o) }

// Ready puts a message in the outbox, and gives what publishes it: Notify in two steps.
func (s *Sink) Ready(n notify.Notification) func(context.Context) (notify.Receipt, error) {
	m := s.message(n)
	s.outbox.put(m)
	return func(ctx context.Context) (notify.Receipt, error) { return s.deliver(ctx, m) }
}

// NotifyTogether publishes notifications in as few calls as they fit into, as Notify does with those that come at the
// same moment.
func (s *Sink) NotifyTogether(ctx context.Context, all []notify.Notification) ([]notify.Receipt, []error) {
	var publish []func(context.Context) (notify.Receipt, error)
	for _, n := range all {
		publish = append(publish, s.Ready(n))
	}
	receipts, errs := make([]notify.Receipt, len(all)), make([]error, len(all))
	for i := range all {
		receipts[i], errs[i] = publish[i](ctx)
	}
	return receipts, errs
}

// SetPatience sets how long a message waits for the calls that are under way.
func (s *Sink) SetPatience(d time.Duration) { s.outbox.patience = d }

// WaitForReady waits until so many messages wait for a call, for half a minute at the most.
func (s *Sink) WaitForReady(t *testing.T, count int) {
	t.Helper()
	ready := -1
	for end := time.Now().Add(30 * time.Second); ready != count && time.Now().Before(end); time.Sleep(time.Millisecond) {
		s.outbox.mu.Lock()
		ready = len(s.outbox.ready)
		s.outbox.mu.Unlock()
	}
	if ready != count {
		t.Fatalf("%d messages wait for a call, not %d", ready, count)
	}
}

// TakenTogether gives how many messages of these sizes are published with the first.
func TakenTogether(sizes ...int) int {
	var o outbox
	var all []*message
	for _, size := range sizes {
		all = append(all, &message{size: size})
		o.put(all[len(all)-1])
	}
	return len(o.take(all[0]))
}
