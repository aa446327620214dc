package queue

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/tocsin-sec/tocsin/pkg/queueurl"
)

// HiddenFor is how long a message that was received stays hidden from others: longer than sending
// ten can take.
const HiddenFor = 10 * time.Minute

const (
	pollTime = time.Second      // how long one receive waits for a message
	callTime = 30 * time.Second // the longest that one call may take, with its second attempt
)

// Reader takes messages out of a queue, as the event source mapping does for the Lambda.
type Reader struct {
	client *Client
	url    string
}

// NewReader returns a reader of the queue with the given URL. It asks the region that stands in the
// name of an AWS host, and any other host, such as an emulator's, itself; an endpoint of the
// environment (AWS_ENDPOINT_URL_SQS, AWS_ENDPOINT_URL) comes before both. It makes no request. The
// error says what the URL of a queue looks like.
func NewReader(url string) (*Reader, error) {
	place, err := queueurl.Parse(url)
	if err != nil {
		return nil, err
	}
	return &Reader{&Client{at: setAt(place)}, url}, nil
}

// Received is a message of a queue.
type Received struct {
	ID, Body, ReceiptHandle string
	Sent                    time.Time         // when it was put into the queue; zero when SQS does not say
	Attributes              map[string]string // the texts of its message attributes
}

// Size returns about how many messages are in the queue: those that it has to hand over, and those
// that are hidden since somebody has received them. SQS counts with a delay, of up to a minute
// after a change.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html
func (r *Reader) Size(ctx context.Context) (waiting, hidden int, err error) {
	client, err := connect(ctx, r.client)
	if err != nil {
		return 0, 0, err
	}
	within, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	const nameWaiting, nameHidden = types.QueueAttributeNameApproximateNumberOfMessages, types.QueueAttributeNameApproximateNumberOfMessagesNotVisible
	output, err := client.GetQueueAttributes(within, &sqs.GetQueueAttributesInput{
		QueueUrl: &r.url, AttributeNames: []types.QueueAttributeName{nameWaiting, nameHidden},
	})
	if err != nil {
		return 0, 0, explained(ctx, err)
	}
	for name, count := range map[types.QueueAttributeName]*int{nameWaiting: &waiting, nameHidden: &hidden} {
		if *count, err = strconv.Atoi(output.Attributes[string(name)]); err != nil {
			return 0, 0, errors.New("SQS gave no count of the queue's messages") // the error shows a part of the answer
		}
	}
	return waiting, hidden, nil
}

// Receive returns up to ten messages, which stay hidden from others for HiddenFor; none means that
// the queue has nothing to hand over.
func (r *Reader) Receive(ctx context.Context) ([]Received, error) {
	client, err := connect(ctx, r.client)
	if err != nil {
		return nil, err
	}
	within, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	output, err := client.ReceiveMessage(within, &sqs.ReceiveMessageInput{
		QueueUrl: &r.url, MaxNumberOfMessages: 10, MessageAttributeNames: []string{"All"},
		VisibilityTimeout: int32(HiddenFor / time.Second), WaitTimeSeconds: int32(pollTime / time.Second),
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameSentTimestamp},
	})
	if err != nil {
		return nil, explained(ctx, err)
	}
	var all []Received
	for _, message := range output.Messages {
		received := Received{
			ID: aws.ToString(message.MessageId), Body: aws.ToString(message.Body), ReceiptHandle: aws.ToString(message.ReceiptHandle),
			Attributes: map[string]string{},
		}
		for name, value := range message.MessageAttributes {
			if value.StringValue != nil {
				received.Attributes[name] = *value.StringValue
			}
		}
		if ms, err := strconv.ParseInt(message.Attributes["SentTimestamp"], 10, 64); err == nil {
			received.Sent = time.UnixMilli(ms)
		}
		all = append(all, received)
	}
	return all, nil
}

// Delete takes a message out of the queue for good.
func (r *Reader) Delete(ctx context.Context, receiptHandle string) error {
	client, err := connect(ctx, r.client)
	if err != nil {
		return err
	}
	within, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	_, err = client.DeleteMessage(within, &sqs.DeleteMessageInput{QueueUrl: &r.url, ReceiptHandle: &receiptHandle})
	return explained(ctx, err)
}

// Return lets others see a message again at once; it is no error if they do already.
func (r *Reader) Return(ctx context.Context, receiptHandle string) error {
	client, err := connect(ctx, r.client)
	if err != nil {
		return err
	}
	within, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	_, err = client.ChangeMessageVisibility(within, &sqs.ChangeMessageVisibilityInput{
		QueueUrl: &r.url, ReceiptHandle: &receiptHandle, VisibilityTimeout: 0,
	})
	if _, isVisible := errors.AsType[*types.MessageNotInflight](err); isVisible {
		return nil
	}
	return explained(ctx, err)
}
