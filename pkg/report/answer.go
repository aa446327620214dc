package report

import (
	"encoding/json"
	"fmt"

	"github.com/tocsin-sec/tocsin/pkg/delivery"
)

// Answer gives the answer to Lambda. A batch of SQS is answered with the records to be kept, as ReportBatchItemFailures
// wants it (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html). Every other payload is
// answered with the counts of its outcomes, or with an error when something in it is not finished, so that Lambda
// invokes again.
func (r Report) Answer() ([]byte, error) {
	if r.IsBatch {
		return batchAnswer(r)
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	return json.Marshal(r.counts())
}

// UnreadableAnswer gives the answer to a payload that is no event at all and is in the dead-letter queue.
func UnreadableAnswer() []byte { return []byte(`{"unreadable":1}`) }

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
