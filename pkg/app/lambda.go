package app

import (
	"context"
	"errors"
	mathrand "math/rand/v2"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/queue"
	"github.com/tocsin-sec/tocsin/pkg/report"
)

// Invoke handles one Lambda invocation; with it an App is a handler of the Lambda runtime.
//
// See report.Report.Answer for what it answers.
func (a *App) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	r, err := a.Handle(ctx, payload)
	if err != nil {
		a.log.Unreadable(err, a.SinkNames())
		return a.unreadable(ctx, payload, err)
	}
	return r.Answer()
}

// unreadable answers a payload that is no event at all: with a dead letter, else with the error, after
// which Lambda tries twice more and then writes to the function's own failure destination.
func (a *App) unreadable(ctx context.Context, payload []byte, err error) ([]byte, error) {
	if a.letters == nil {
		return nil, err
	}
	if buryErr := a.letters.SendUnreadable(ctx, payload, err.Error()); buryErr != nil {
		return nil, errors.Join(err, buryErr)
	}
	return report.UnreadableAnswer(), nil
}

// hide keeps the unfinished records of a batch hidden in their queue for as long as waiting is of use. It
// gives how many could not be hidden.
func (a *App) hide(ctx context.Context, records []task) int {
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
	return a.queue.Hide(ctx, messages)
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
