package sns

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/internal/batch"
)

const (
	// callsAtOnce is how many calls are under way at once as a rule.
	callsAtOnce = 2
	// maxTogether is how many messages PublishBatch takes; together as large as one.
	maxTogether = 10
	// patience is how long a message waits for others to go with.
	patience = 20 * time.Millisecond
)

// errNoID says that an answer without a failure gave no proof of acceptance. SNS always gives it:
// this is something else, the next answer would be the same, and the message may have been taken.
var errNoID = notify.PermanentSink(errors.New("the answer has no MessageId (see that the endpoint is that of SNS)"))

// errNoWord says that the answer to a batch leaves out a message. It names others, and so is SNS's.
var errNoWord = errors.New("the answer does not name the message")

func (s *Sink) publish(ctx context.Context, messages []types.PublishBatchRequestEntry) ([]batch.Outcome, error) {
	if len(messages) > 1 {
		return s.publishBatch(ctx, messages)
	}
	m := messages[0]
	output, err := s.calls.publish(ctx, &sns.PublishInput{
		TopicArn: &s.topic, Subject: m.Subject, Message: m.Message, MessageAttributes: m.MessageAttributes,
		MessageGroupId: m.MessageGroupId, MessageDeduplicationId: m.MessageDeduplicationId,
	})
	if err != nil {
		return nil, fault(ctx, err)
	}
	return []batch.Outcome{accepted(output.MessageId)}, nil
}

func accepted(id *string) batch.Outcome {
	if aws.ToString(id) == "" {
		return batch.Outcome{Err: errNoID}
	}
	return batch.Outcome{Receipt: notify.Receipt{ID: *id}}
}

func (s *Sink) publishBatch(ctx context.Context, messages []types.PublishBatchRequestEntry) ([]batch.Outcome, error) {
	input := &sns.PublishBatchInput{TopicArn: &s.topic, PublishBatchRequestEntries: messages}
	outcomes := make([]batch.Outcome, len(messages))
	named := map[string]*batch.Outcome{}
	for i := range messages {
		id := strconv.Itoa(i)
		messages[i].Id, named[id] = &id, &outcomes[i]
		outcomes[i].Err = errNoWord
	}
	output, err := s.calls.publishBatch(ctx, input)
	if err != nil {
		return nil, fault(ctx, err)
	}
	if len(output.Failed)+len(output.Successful) == 0 {
		return nil, errNoID
	}
	for _, failed := range output.Failed {
		if one := named[aws.ToString(failed.Id)]; one != nil {
			one.Err = entryFault(aws.ToString(failed.Code), failed.SenderFault)
		}
	}
	for _, success := range output.Successful {
		if one := named[aws.ToString(success.Id)]; one != nil {
			*one = accepted(success.MessageId)
		}
	}
	return outcomes, nil
}
