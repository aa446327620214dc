package app

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/pkg/delivery"
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
		return nil, err
	}
	if report.form == events.SQS {
		return batchAnswer(report)
	}
	if err := report.Err(); err != nil {
		return nil, err
	}
	return json.Marshal(report.counts())
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
