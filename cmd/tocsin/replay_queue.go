package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/deadletter"
	"github.com/tocsin-sec/tocsin/pkg/queue"
)

// queue replays a dead-letter queue: each message once, until the queue has no other to hand over.
func (r *replayer) queue(ctx context.Context, reader *queue.Reader) error {
	waiting, hidden, err := reader.Size(ctx)
	if err != nil {
		return fmt.Errorf("the queue of --queue-url: %w", err)
	}
	seen := map[string]bool{}
	var kept []string // receipt handles of messages that stay
	defer func() { r.giveBack(ctx, reader, kept) }()
	for !r.isFull() {
		messages, err := reader.Receive(ctx)
		if err != nil {
			return fmt.Errorf("the queue of --queue-url: %w", err)
		}
		isNew := false
		for _, message := range messages {
			if seen[message.ID] || r.isFull() || ctx.Err() != nil {
				kept = append(kept, message.ReceiptHandle)
				continue
			}
			seen[message.ID], isNew = true, true
			if !r.message(ctx, message) {
				kept = append(kept, message.ReceiptHandle)
			} else if err := reader.Delete(ctx, message.ReceiptHandle); err != nil {
				r.fail("message "+message.ID+" was sent and could not be deleted", err)
			}
			r.progress.show(r.done, waiting)
		}
		if !isNew {
			if ctx.Err() == nil {
				r.compare(waiting, hidden, len(seen))
			}
			return ctx.Err()
		}
	}
	return nil
}

// afterInterrupt is how long a run that was interrupted goes on giving back what it holds.
const afterInterrupt = 10 * time.Second

// giveBack lets others see the messages that stay, also those of a run that was interrupted.
func (r *replayer) giveBack(ctx context.Context, reader *queue.Reader, receipts []string) {
	returning, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(afterInterrupt, cancel) })
	defer stop()
	failed := 0
	for _, receipt := range receipts {
		if err := reader.Return(returning, receipt); err != nil {
			failed++
		}
	}
	if failed > 0 {
		r.progress.clear()
		fmt.Fprintf(r.err, "tocsin: %s could not be given back at once; the queue shows what it hides again after %.0f minutes\n",
			counted(failed, "message"), queue.HiddenFor.Minutes())
	}
}

// compare says when the queue has handed over fewer messages than it held. Another reader may have
// the others, or SQS handed them over in an answer that got lost on its way.
func (r *replayer) compare(waiting, hidden, handedOver int) {
	if handedOver >= waiting+hidden {
		return
	}
	r.failed = true
	r.progress.clear()
	fmt.Fprintf(r.err, "tocsin: the queue held about %s, %d of them hidden, and handed over %d; "+
		"if another reader does not see to the others, replay again in %.0f minutes\n",
		counted(waiting+hidden, "message"), hidden, handedOver, queue.HiddenFor.Minutes())
}

// message replays one message and reports whether it may be deleted.
func (r *replayer) message(ctx context.Context, m queue.Received) (isDone bool) {
	name := "message " + m.ID
	sink := m.Attributes[deadletter.AttrSink]
	switch {
	case r.flags.since > 0 && m.Sent.Before(time.Now().Add(-r.flags.since)),
		r.flags.sink != "" && sink != "" && sink != r.flags.sink:
		return false // not asked for
	case sink != "" && !slices.Contains(r.handler.SinkNames(), sink):
		r.done++
		r.progress.clear()
		r.unreadable(name, fmt.Errorf("it is a letter of sink %s, which SINKS does not name; it stays in the queue", plain(sink)))
		return false
	case r.flags.isDryRun:
		r.done++
		r.show(name, []byte(m.Body), m.Attributes)
		return false
	}
	r.done++
	payload, err := asBatch(m)
	if err != nil {
		r.unreadable(name, err)
		return false
	}
	// With --sink the other sinks may still be owed the message, unless it is a letter of this one.
	return r.send(ctx, name, payload) && (r.flags.sink == "" || sink == r.flags.sink)
}

// asBatch returns a message as the Lambda gets it, so that a replay goes the way of AWS's own
// redrive.
// https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
func asBatch(m queue.Received) ([]byte, error) {
	attributes := map[string]any{}
	for name, text := range m.Attributes {
		attributes[name] = map[string]string{"stringValue": text, "dataType": "String"}
	}
	batch, err := json.Marshal(map[string]any{"Records": []any{map[string]any{
		"messageId": m.ID, "body": m.Body, "messageAttributes": attributes, "eventSource": "aws:sqs",
	}}})
	if err != nil {
		return nil, errors.New("it has no JSON form")
	}
	return batch, nil
}
