package pipeline

import (
	"context"
	mathrand "math/rand/v2"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/queue"
)

// Invoke handles one Lambda invocation; with it a Pipeline is a handler of the Lambda runtime.
//
// See report.Report.Answer for what it answers.
func (p *Pipeline) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	r, err := p.Handle(ctx, payload)
	if err != nil {
		p.parts.Log.Unreadable(err, p.SinkNames())
		return p.unreadable(ctx, payload, err)
	}
	return r.Answer()
}

// hide keeps the unfinished records of a batch hidden in their queue for as long as waiting is of use. It
// gives how many could not be hidden.
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
	if len(messages) == 0 {
		return 0
	}
	return p.parts.Queue.Hide(ctx, messages)
}

// wait gives how long a record is to be hidden: as long as the pair that waits longest.
func (t task) wait(random float64) (longest time.Duration, waits bool) {
	var results []delivery.Result
	if t.Digest != nil {
		results = append(results, t.Digest.Result)
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
