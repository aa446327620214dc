package eventbridge

import (
	"context"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// NotifyTogether sends notifications in as few calls as they fit into, as Notify does with those that
// come at the same moment.
func (s *Sink) NotifyTogether(ctx context.Context, all []notify.Notification) ([]notify.Receipt, []error) {
	var send []func(context.Context) (notify.Receipt, error)
	for _, n := range all {
		event, err := eventOf(n, s.bus)
		if err != nil {
			panic(err)
		}
		send = append(send, s.outbox.Put(event, event.size()))
	}
	receipts, errs := make([]notify.Receipt, len(all)), make([]error, len(all))
	for i := range all {
		receipts[i], errs[i] = send[i](ctx)
	}
	return receipts, errs
}

// Known takes it for granted that the bus exists.
func (s *Sink) Known() *Sink {
	s.knownUntil = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	return s
}

// At sets the sink's clock.
func (s *Sink) At(now func() time.Time) { s.now = now }

// EventOf returns what would be sent to a bus.
func EventOf(n notify.Notification, bus string) (Event, error) { return eventOf(n, bus) }
