package sns

import (
	"context"
	"errors"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// errNoID says that an answer without a failure gave no proof of acceptance. SNS always gives it: this is something
// else, the next answer would be the same, and the message may have been taken.
var errNoID = notify.PermanentSink(errors.New("the answer has no MessageId (see that the endpoint is that of SNS)"))

// errNoWord says that the answer to a batch leaves out a message. It names others, and so is SNS's.
var errNoWord = errors.New("the answer does not name the message")

// deliver publishes a message that is in the outbox with what else is there, or waits for whoever does.
func (s *Sink) deliver(ctx context.Context, m *message) (notify.Receipt, error) {
	s.publishReady(ctx, m)
	receipt, err := m.wait(ctx)
	if errors.Is(err, errAlone) {
		return s.publish(ctx, m)
	}
	return receipt, err
}

// publishReady publishes a message with the others that are ready, unless somebody else has taken it.
func (s *Sink) publishReady(ctx context.Context, m *message) {
	defer s.outbox.begin(ctx, m)()
	if ctx.Err() != nil {
		s.outbox.withdraw(m)
		return
	}
	if together := s.outbox.take(m); len(together) > 0 {
		s.publishAll(ctx, together)
	}
}

// publish publishes a message by itself.
func (s *Sink) publish(ctx context.Context, m *message) (notify.Receipt, error) {
	output, err := s.calls.publish(ctx, &sns.PublishInput{
		TopicArn: &s.topic, Subject: m.Subject, Message: m.Message, MessageAttributes: m.MessageAttributes,
		MessageGroupId: m.MessageGroupId, MessageDeduplicationId: m.MessageDeduplicationId,
	})
	if err != nil {
		return notify.Receipt{}, fault(ctx, err)
	}
	return receiptOf(output.MessageId)
}

func receiptOf(id *string) (notify.Receipt, error) {
	if aws.ToString(id) == "" {
		return notify.Receipt{}, errNoID
	}
	return notify.Receipt{ID: *id}, nil
}

// publishAll publishes messages in one call, and says of each what came of it.
func (s *Sink) publishAll(ctx context.Context, messages []*message) {
	defer func() { // whatever happens: others wait for it
		for _, m := range messages {
			close(m.done)
		}
	}()
	if len(messages) == 1 {
		messages[0].receipt, messages[0].err = s.publish(ctx, messages[0])
		return
	}
	s.publishBatch(ctx, messages)
}

// publishBatch publishes several messages. What SNS says of all of them is true of each, but for a refusal, which the
// fault of a single one can be.
func (s *Sink) publishBatch(ctx context.Context, messages []*message) {
	input := &sns.PublishBatchInput{TopicArn: &s.topic}
	for i, m := range messages {
		m.Id = aws.String(strconv.Itoa(i))
		input.PublishBatchRequestEntries = append(input.PublishBatchRequestEntries, m.PublishBatchRequestEntry)
	}
	output, err := s.calls.publishBatch(ctx, input, withForm)
	if err != nil {
		if err = fault(ctx, err); notify.KindOf(err) == notify.Unacceptable {
			err = errAlone
		}
		for _, m := range messages {
			m.err = err
		}
		return
	}
	if len(output.Failed)+len(output.Successful) > 0 {
		for _, m := range messages {
			m.err = errNoWord
		}
	}
	for _, failed := range output.Failed {
		if m := named(messages, failed.Id); m != nil {
			m.err = entryFault(aws.ToString(failed.Code), failed.SenderFault)
		}
	}
	for _, accepted := range output.Successful {
		if m := named(messages, accepted.Id); m != nil {
			m.receipt, m.err = receiptOf(accepted.MessageId)
		}
	}
}

// named gives the message of an id in a batch, or nil.
func named(messages []*message, id *string) *message {
	at, err := strconv.Atoi(aws.ToString(id))
	if err != nil || at < 0 || at >= len(messages) {
		return nil
	}
	return messages[at]
}
