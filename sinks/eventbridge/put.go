package eventbridge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/internal/batch"
)

// The calls that are made, by the rights that the role needs to make them.
const (
	putEvents        = "events:PutEvents"
	describeEventBus = "events:DescribeEventBus"
)

// knownFor is how long it is taken for granted that a bus which was there still is: what is sent
// after it has been deleted is lost without a word.
const knownFor = 5 * time.Minute

// errNoProof says that an answer without a failure gave no proof of acceptance. EventBridge always
// gives it: this is something else, the next answer would be the same, and the event may have been
// taken.
var errNoProof = notify.PermanentSink(errors.New("the answer is not EventBridge's (see that the endpoint is that of EventBridge)"))

// call makes the call that a right is to, and reads an answer of 200 into output.
func (s *Sink) call(ctx context.Context, right string, input, output any) error {
	body, err := json.Marshal(input)
	if err != nil {
		return notify.PermanentMessage(fmt.Errorf("the request has no JSON form: %w", err))
	}
	header := http.Header{"X-Amz-Target": {"AWSEvents." + strings.TrimPrefix(right, "events:")}, "Content-Type": {"application/x-amz-json-1.1"}}
	answer, err := s.client.Post(ctx, "/", header, body)
	switch {
	case err != nil:
		return err
	case answer.Status/100 != 2:
		return fault(answer)
	case json.Unmarshal(answer.Body, output) != nil:
		return errNoProof
	}
	return nil
}

// checkBus sees that the bus exists, the first time and then every five minutes. EventBridge answers
// PutEvents to a bus that does not exist as it answers any other, and drops the events.
func (s *Sink) checkBus(ctx context.Context) error {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if s.now().Before(s.knownUntil) {
		return nil
	}
	var bus struct{ Arn string }
	if err := s.call(ctx, describeEventBus, map[string]string{"Name": s.bus}, &bus); err != nil {
		return err
	}
	if bus.Arn != s.bus {
		return errNoProof
	}
	s.knownUntil = s.now().Add(knownFor)
	return nil
}

// results is the answer to PutEvents: the entries are in the order of the events.
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html
type results struct {
	FailedEntryCount *int
	Entries          []struct{ EventID, ErrorCode string }
}

func (s *Sink) put(ctx context.Context, events []Event) ([]batch.Outcome, error) {
	var answer results
	if err := s.call(ctx, putEvents, map[string]any{"Entries": events}, &answer); err != nil {
		return nil, err
	}
	failed, outcomes := 0, make([]batch.Outcome, len(answer.Entries))
	for i, entry := range answer.Entries {
		switch {
		case entry.ErrorCode != "":
			failed++
			outcomes[i].Err = entryFault(entry.ErrorCode)
		case entry.EventID == "":
			outcomes[i].Err = errNoProof
		default:
			outcomes[i].Receipt = notify.Receipt{ID: entry.EventID}
		}
	}
	if len(outcomes) != len(events) || answer.FailedEntryCount == nil || *answer.FailedEntryCount != failed {
		return nil, errNoProof
	}
	return outcomes, nil
}
