package report

import (
	"encoding/json"
	"fmt"
)

// Answer returns the answer to Lambda. A batch of SQS is answered with the records to be kept, as
// ReportBatchItemFailures wants it
// (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html). Every other
// payload is answered with the counts of its outcomes, or with an error when something in it is not
// finished, so that Lambda invokes again.
func (r Report) Answer() ([]byte, error) {
	if r.IsBatch {
		return batchAnswer(r)
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	var c Counts
	c.Add(r)
	answer := map[string]int{"findings": c.Findings}
	for _, sink := range r.Sinks {
		for outcome, n := range c.Outcomes[sink] {
			answer[string(outcome)] += n
		}
		if n := c.Digests[sink]; n > 0 {
			answer["digests"] += n
		}
	}
	return json.Marshal(answer)
}

// batchAnswer names the messages to be kept in the queue. Lambda takes an empty or unknown name as
// the failure of the whole batch, so a record without a message id fails the invocation instead.
func batchAnswer(report Report) ([]byte, error) {
	failures := []map[string]string{}
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
		failures = append(failures, map[string]string{"itemIdentifier": record.Message})
	}
	return json.Marshal(map[string]any{"batchItemFailures": failures})
}
