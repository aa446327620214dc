// Package eventbridge puts findings as events on an EventBridge bus, whose rules send them on.
//
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
package eventbridge

import (
	"context"
	"fmt"
	"time"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/internal/awssend"
	"github.com/tocsin-sec/tocsin/sinks/internal/batch"
)

const (
	// callsAtOnce is how many calls are under way at once as a rule.
	callsAtOnce = 2
	// maxTogether is how many events PutEvents takes.
	maxTogether = 10
	// patience is how long an event waits for others to go with.
	patience = 20 * time.Millisecond
)

// Sink is one bus.
type Sink struct {
	client *awssend.Client
	bus    string
	outbox *batch.Outbox[Event]
	// turn lets one at a time ask whether the bus exists, which is known until then.
	turn       chan struct{}
	knownUntil time.Time
	now        func() time.Time
}

// New builds the sink; events are the same in every style. The error begins with the setting's name
// and shows no value. Credentials are looked for as by every AWS tool, when the first message is
// sent.
func New(ctx context.Context, _ string, c Config, _ formatter.Style) (*Sink, error) {
	region, err := c.region()
	if err != nil {
		return nil, fmt.Errorf("BUS_ARN: %w", err)
	}
	client, err := awssend.New(ctx, awssend.Service{Name: "EventBridge", SDK: "EventBridge", Host: "events", Signing: "events", IsValidated: true}, region)
	if err != nil {
		return nil, fmt.Errorf("BUS_ARN: %w", err)
	}
	s := &Sink{client: client, bus: c.busARN(), turn: make(chan struct{}, 1), now: time.Now}
	s.outbox = batch.New(batch.Limits{Entries: maxTogether, Bytes: maxTogetherBytes, Calls: callsAtOnce, Patience: patience}, s.put)
	return s, nil
}

// Notify puts one event on the bus, in one call with those of other findings that are ready at this
// very moment, or become so while two calls are under way, for 20 ms at the most. The proof of
// acceptance is the event's id, from a bus that exists: EventBridge gives ids for any other too.
func (s *Sink) Notify(ctx context.Context, n notify.Notification) (notify.Receipt, error) {
	if err := ctx.Err(); err != nil {
		return notify.Receipt{}, fmt.Errorf("not sent to EventBridge: %w", err)
	}
	event, err := eventOf(n, s.bus)
	if err != nil {
		return notify.Receipt{}, notify.PermanentMessage(err)
	}
	if err := s.checkBus(ctx); err != nil {
		return notify.Receipt{}, fmt.Errorf("looking for the bus: %w", err)
	}
	receipt, err := s.outbox.Send(ctx, event, event.size())
	if err != nil {
		return notify.Receipt{}, fmt.Errorf("sending to EventBridge: %w", err)
	}
	return receipt, nil
}

// Preview returns the event's type as the subject, and its detail.
func (s *Sink) Preview(n notify.Notification) (notify.Preview, error) {
	event, err := eventOf(n, s.bus)
	if err != nil {
		return notify.Preview{}, err
	}
	return notify.Preview{Form: notify.FormJSON, Subject: event.DetailType, Body: []byte(event.Detail), Sizes: []notify.Size{
		{What: "bytes of the event's entry", Value: event.size(), Limit: maxEntry},
		{What: "characters of the event's type", Value: len(event.DetailType), Limit: maxDetailType},
	}}, nil
}
