package pipeline

import (
	"context"
	"errors"
	mathrand "math/rand/v2"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/queue"
	"github.com/tocsin-sec/tocsin/pkg/report"
)

// Invoke handles one Lambda invocation; with it a Pipeline is a handler of the Lambda runtime.
//
// See report.Report.Answer for what it answers. A payload that is no event at all is answered with
// a dead letter, else with the error.
func (p *Pipeline) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	r, err := p.Handle(ctx, payload)
	if err == nil {
		return r.Answer()
	}
	p.parts.Log.Report(report.Report{Sinks: p.SinkNames(), Records: []report.Record{{Err: err}}, Invocation: report.InvocationOf(ctx)})
	if p.parts.DeadLetters == nil {
		return nil, err // Lambda tries twice more, then writes to the function's own failure destination
	}
	if letterErr := p.parts.DeadLetters.SendUnreadable(ctx, payload, err.Error()); letterErr != nil {
		return nil, errors.Join(err, letterErr)
	}
	return []byte(`{"unreadable":1}`), nil
}

// hide keeps the unfinished records of a batch hidden in their queue for as long as waiting is of
// use. It gives how many could not be hidden.
func (p *Pipeline) hide(ctx context.Context, records []task) int {
	var messages []queue.Hidden
	for _, record := range records {
		wait, waits := record.wait(mathrand.Float64()) //nolint:gosec // it spreads load
		if waits && record.message.ReceiptHandle != "" {
			messages = append(messages, queue.Hidden{
				QueueARN: record.message.QueueARN, ReceiptHandle: record.message.ReceiptHandle, For: wait,
			})
		}
	}
	return p.parts.Queue.Hide(ctx, messages)
}

// wait returns how long a record is to be hidden: as long as the pair that waits longest.
func (t task) wait(random float64) (longest time.Duration, waits bool) {
	var results []delivery.Result
	if t.Digest != nil {
		results = append(results, t.Digest.Result)
	}
	for _, said := range t.Said {
		results = append(results, said.Result)
	}
	for _, f := range t.Findings {
		results = append(results, f.Results...)
	}
	for _, result := range results {
		if result.Outcome == delivery.Retry {
			waits = true
			longest = max(longest, result.Wait.Backoff(t.message.ReceiveCount, random))
		}
	}
	return longest, waits
}
