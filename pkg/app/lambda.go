package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"time"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/queue"
)

// Invoke handles one Lambda invocation; with it an App is a handler of the Lambda runtime.
//
// An SQS batch is answered with the records to be kept, as ReportBatchItemFailures wants it
// (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html). Every other
// payload is answered with the counts of its outcomes, or with an error when something in it is not
// finished, so that Lambda invokes again.
func (a *App) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	report, err := a.Handle(ctx, payload)
	if err != nil {
		a.logUnreadable(err)
		return a.unreadable(ctx, payload, err)
	}
	if report.form == events.SQS {
		return batchAnswer(report)
	}
	if err := report.Err(); err != nil {
		return nil, err
	}
	return json.Marshal(report.counts())
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
	return []byte(`{"unreadable":1}`), nil
}

// hide keeps the unfinished records of a batch hidden in their queue for as long as waiting is of use. It
// gives how many could not be hidden.
func (a *App) hide(ctx context.Context, records []RecordReport) int {
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
func (r RecordReport) wait(random float64) (longest time.Duration, waits bool) {
	var results []delivery.Result
	if r.Digest != nil {
		results = append(results, r.Digest.Result)
	}
	for _, f := range r.Findings {
		results = append(results, f.Results...)
	}
	for _, result := range results {
		if result.Outcome == delivery.Retry {
			waits = true
			longest = max(longest, result.Wait.Backoff(r.message.ReceiveCount, random))
		}
	}
	return longest, waits
}

// counts sums the outcomes over all sinks.
func (r Report) counts() map[string]int {
	counts := map[string]int{"findings": r.Findings()}
	for _, outcome := range delivery.Outcomes() {
		for sink := range r.Sinks {
			if n := r.Count(sink, outcome); n > 0 {
				counts[string(outcome)] += n
			}
		}
	}
	for sink := range r.Sinks {
		if n := r.Digests(sink, delivery.Delivered) + r.Digests(sink, delivery.Degraded); n > 0 {
			counts["digests"] += n
		}
	}
	return counts
}

// batchAnswer names the messages to be kept in the queue. Lambda takes an empty or unknown name as
// the failure of the whole batch, so a record without a message id fails the invocation instead.
func batchAnswer(report Report) ([]byte, error) {
	type failure struct {
		ItemIdentifier string `json:"itemIdentifier"`
	}
	answer := struct {
		BatchItemFailures []failure `json:"batchItemFailures"`
	}{BatchItemFailures: []failure{}}
	named := map[string]bool{}
	for place, record := range report.Records {
		reasons := record.unfinished(report.Sinks)
		if len(reasons) == 0 || named[record.Message] {
			continue
		}
		if record.Message == "" {
			return nil, fmt.Errorf("record %d of the batch has no messageId: %w", place+1, &UndeliveredError{reasons})
		}
		named[record.Message] = true
		answer.BatchItemFailures = append(answer.BatchItemFailures, failure{record.Message})
	}
	return json.Marshal(answer)
}
