package sqs

import (
	"context"
	"crypto/md5" //nolint:gosec // the checksum that SQS answers with, and no protection
	"encoding/hex"
	"errors"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/internal/awsfault"
	"github.com/tocsin-sec/tocsin/sinks/internal/batch"
)

const (
	// callsAtOnce is how many calls are under way at once as a rule.
	callsAtOnce = 2
	// maxTogether is how many messages SendMessageBatch takes.
	maxTogether = 10
	// patience is how long a message waits for others to go with.
	patience = 20 * time.Millisecond
)

// errNoID says that an answer without a failure gave no proof of acceptance. SQS always gives it:
// this is something else, the next answer would be the same, and the message may have been taken.
var errNoID = notify.PermanentSink(errors.New("the answer has no MessageId with a checksum (see that the endpoint is that of SQS)"))

// errDamaged says that SQS has stored something else: what was sent has not arrived.
var errDamaged = errors.New("SQS has stored something else than was sent, by the checksum of its answer")

// errNoWord says that the answer to a batch leaves out a message. It names others, and so is SQS's.
var errNoWord = errors.New("the answer does not name the message")

func (s *Sink) send(ctx context.Context, messages []types.SendMessageBatchRequestEntry) ([]batch.Outcome, error) {
	if len(messages) > 1 {
		return s.sendBatch(ctx, messages)
	}
	m := messages[0]
	output, err := s.calls.send(ctx, &sqs.SendMessageInput{
		QueueUrl: &s.queue, MessageBody: m.MessageBody, MessageAttributes: m.MessageAttributes,
		MessageGroupId: m.MessageGroupId, MessageDeduplicationId: m.MessageDeduplicationId,
	})
	if err != nil {
		return nil, awsfault.Of(ctx, "SQS", err, byCode)
	}
	return []batch.Outcome{accepted(m, output.MessageId, output.MD5OfMessageBody)}, nil
}

// accepted returns what came of a message that the answer names with an id and the checksum of the
// body. SQS takes the MD5 of the body for it.
func accepted(m types.SendMessageBatchRequestEntry, id, checksum *string) batch.Outcome {
	if aws.ToString(id) == "" || aws.ToString(checksum) == "" {
		return batch.Outcome{Err: errNoID}
	}
	sum := md5.Sum([]byte(*m.MessageBody)) //nolint:gosec // see the import
	if hex.EncodeToString(sum[:]) != *checksum {
		return batch.Outcome{Err: errDamaged}
	}
	return batch.Outcome{Receipt: notify.Receipt{ID: *id}}
}

func (s *Sink) sendBatch(ctx context.Context, messages []types.SendMessageBatchRequestEntry) ([]batch.Outcome, error) {
	outcomes := make([]batch.Outcome, len(messages))
	for i := range messages {
		messages[i].Id, outcomes[i].Err = aws.String(strconv.Itoa(i)), errNoWord
	}
	output, err := s.calls.sendBatch(ctx, &sqs.SendMessageBatchInput{QueueUrl: &s.queue, Entries: messages})
	if err != nil {
		return nil, awsfault.Of(ctx, "SQS", err, byCode)
	}
	if len(output.Failed)+len(output.Successful) == 0 {
		return nil, errNoID
	}
	named := func(id *string) (int, bool) {
		at, err := strconv.Atoi(aws.ToString(id))
		return at, err == nil && at >= 0 && at < len(messages)
	}
	for _, failed := range output.Failed {
		if at, ok := named(failed.Id); ok {
			outcomes[at].Err = awsfault.OfEntry(aws.ToString(failed.Code), failed.SenderFault, byCode)
		}
	}
	for _, success := range output.Successful {
		if at, ok := named(success.Id); ok {
			outcomes[at] = accepted(messages[at], success.MessageId, success.MD5OfMessageBody)
		}
	}
	return outcomes, nil
}
