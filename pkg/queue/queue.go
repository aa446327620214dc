// Package queue is what Tocsin does with SQS beside being invoked by it: it hides a record until it is to
// be tried again, sends messages, and reads a queue.
package queue

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/tocsin-sec/tocsin/pkg/awscall"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// service is what errors call SQS.
const service = "SQS"

// Client speaks to SQS. It is safe for concurrent use, and reads the AWS settings of its environment when it is first
// used.
type Client struct {
	// at sets where SQS is asked; nil leaves that to the environment.
	at    func(*sqs.Options) error
	once  sync.Once // guards what follows
	calls calls
	err   error
}

// calls are those that are made. They are held as functions because a type that holds a *sqs.Client makes the linker
// keep every call that the client has.
type calls struct {
	send    call[sqs.SendMessageInput, sqs.SendMessageOutput]
	hide    call[sqs.ChangeMessageVisibilityInput, sqs.ChangeMessageVisibilityOutput]
	hideAll call[sqs.ChangeMessageVisibilityBatchInput, sqs.ChangeMessageVisibilityBatchOutput]
	receive call[sqs.ReceiveMessageInput, sqs.ReceiveMessageOutput]
	remove  call[sqs.DeleteMessageInput, sqs.DeleteMessageOutput]
	look    call[sqs.GetQueueAttributesInput, sqs.GetQueueAttributesOutput]
}

type call[In, Out any] func(context.Context, *In, ...func(*sqs.Options)) (*Out, error)

// New gives a client of the SQS of the function's own region.
func New() *Client { return &Client{} }

func (c *Client) connect(ctx context.Context) (calls, error) {
	settings, err := awscall.Config(ctx, awscall.Client{Retries: awscall.Once})
	if err != nil {
		return calls{}, err
	}
	c.once.Do(func() {
		client := sqs.NewFromConfig(settings, func(o *sqs.Options) {
			if c.at != nil {
				c.err = c.at(o)
			}
		})
		c.calls = calls{
			send: client.SendMessage, hide: client.ChangeMessageVisibility, hideAll: client.ChangeMessageVisibilityBatch,
			receive: client.ReceiveMessage, remove: client.DeleteMessage, look: client.GetQueueAttributes,
		}
	})
	return c.calls, c.err
}

// Hidden is a received message that is to stay hidden for a while.
type Hidden struct {
	QueueARN, ReceiptHandle string
	// For is in whole seconds, at most 12 hours.
	For time.Duration
}

// Hide keeps messages of one queue hidden, and reports how many of them it could not hide. Such a message
// comes back when the queue's own visibility timeout ends, which does no harm.
func (c *Client) Hide(ctx context.Context, messages []Hidden) (failed int) {
	const most = 10 // in one call
	for start := 0; start < len(messages); start += most {
		failed += c.hideBatch(ctx, messages[start:min(start+most, len(messages))])
	}
	return failed
}

func (c *Client) hideBatch(ctx context.Context, messages []Hidden) (failed int) {
	url, ok := urlOf(messages[0].QueueARN)
	if !ok {
		return len(messages)
	}
	input := &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: &url}
	for i, message := range messages {
		input.Entries = append(input.Entries, types.ChangeMessageVisibilityBatchRequestEntry{
			Id: aws.String(strconv.Itoa(i)), ReceiptHandle: aws.String(message.ReceiptHandle),
			VisibilityTimeout: int32(message.For / time.Second), //nolint:gosec // at most 12 hours
		})
	}
	calls, err := c.connect(ctx)
	if err != nil {
		return len(messages)
	}
	output, err := calls.hideAll(ctx, input)
	if err != nil {
		return len(messages)
	}
	return len(output.Failed)
}

// Later sends a message to the queue with the given ARN, which hands it over once the delay, at most 15 minutes
// and in whole seconds, has gone by.
func (c *Client) Later(ctx context.Context, queueARN string, body []byte, delay time.Duration) error {
	url, ok := urlOf(queueARN)
	if !ok {
		return errors.New("the queue of this batch has no ARN that can be read")
	}
	calls, err := c.connect(ctx)
	if err != nil {
		return err
	}
	_, err = calls.send(ctx, &sqs.SendMessageInput{
		QueueUrl: &url, MessageBody: aws.String(string(body)), DelaySeconds: int32(delay / time.Second), //nolint:gosec // at most 900
	})
	if err != nil {
		return awscall.Explain(ctx, service, err)
	}
	return nil
}

// Message is a message to be sent.
type Message struct {
	Body string
	// Attributes are the texts of its message attributes. Those that are empty are left out, since SQS refuses them.
	Attributes map[string]string
}

// Send sends a message to the queue with the given URL. It returns nil once SQS has it.
func (c *Client) Send(ctx context.Context, url string, m Message) error {
	input := &sqs.SendMessageInput{
		QueueUrl: &url, MessageBody: &m.Body, MessageAttributes: map[string]types.MessageAttributeValue{},
	}
	for name, value := range m.Attributes {
		if value == "" {
			continue
		}
		input.MessageAttributes[name] = types.MessageAttributeValue{DataType: aws.String("String"), StringValue: &value}
	}
	calls, err := c.connect(ctx)
	if err != nil {
		return err
	}
	if _, err := calls.send(ctx, input); err != nil {
		return awscall.Explain(ctx, service, err)
	}
	return nil
}

// urlOf returns the URL of the queue with the given ARN (arn:partition:sqs:region:account:name).
// https://docs.aws.amazon.com/general/latest/gr/sqs-service.html
func urlOf(arn string) (string, bool) {
	parts := strings.Split(arn, ":")
	if len(parts) != 6 || parts[2] != "sqs" {
		return "", false
	}
	partition := finding.PartitionNamed(parts[1])
	if partition.Name == "" {
		return "", false
	}
	return "https://sqs." + parts[3] + "." + partition.DNSSuffix + "/" + parts[4] + "/" + parts[5], true
}
