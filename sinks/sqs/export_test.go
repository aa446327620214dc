package sqs

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// NotifyTogether sends notifications in as few calls as they fit into, as Notify does with
// those that come at the same moment.
func (s *Sink) NotifyTogether(ctx context.Context, all []notify.Notification) ([]notify.Receipt, []error) {
	var send []func(context.Context) (notify.Receipt, error)
	for _, n := range all {
		m, err := s.message(n)
		if err != nil {
			panic(err)
		}
		send = append(send, s.outbox.Put(m, sizeOf(m)))
	}
	receipts, errs := make([]notify.Receipt, len(all)), make([]error, len(all))
	for i := range all {
		receipts[i], errs[i] = send[i](ctx)
	}
	return receipts, errs
}

// Message returns what would be sent.
func (s *Sink) Message(n notify.Notification) (types.SendMessageBatchRequestEntry, error) {
	return s.message(n)
}
