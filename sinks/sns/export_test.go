package sns

import (
	"context"

	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// NotifyTogether publishes notifications in as few calls as they fit into, as Notify does with
// those that come at the same moment.
func (s *Sink) NotifyTogether(ctx context.Context, all []notify.Notification) ([]notify.Receipt, []error) {
	var publish []func(context.Context) (notify.Receipt, error)
	for _, n := range all {
		m := s.message(n)
		publish = append(publish, s.outbox.Put(m, m.size()))
	}
	receipts, errs := make([]notify.Receipt, len(all)), make([]error, len(all))
	for i := range all {
		receipts[i], errs[i] = publish[i](ctx)
	}
	return receipts, errs
}
