package sns

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// WithForm is the option by which a PublishBatch is written here and not by the SDK.
func WithForm(o *sns.Options) { withForm(o) }

// NotifyTogether publishes notifications in as few calls as they fit into, as Notify does with those that come at the
// same moment.
func (s *Sink) NotifyTogether(ctx context.Context, all []notify.Notification) ([]notify.Receipt, []error) {
	messages := make([]*message, len(all))
	for i, n := range all {
		messages[i] = s.message(n)
		s.outbox.put(messages[i])
	}
	receipts, errs := make([]notify.Receipt, len(all)), make([]error, len(all))
	for i, m := range messages {
		receipts[i], errs[i] = s.deliver(ctx, m)
	}
	return receipts, errs
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
