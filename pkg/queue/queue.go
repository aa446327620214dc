// Package queue is what Tocsin does with SQS beside being invoked by it: it hides a record until it
// is to be tried again, sends messages, and reads a queue.
package queue

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/tocsin-sec/tocsin/pkg/awscall"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/queueurl"
)

// Client speaks to SQS, with the AWS settings of the context. It is safe for concurrent use.
type Client struct {
	at func(*sqs.Options) error // sets where SQS is asked; nil leaves that to the environment
}

// New returns a client of the SQS of the function's own region.
func New() *Client { return &Client{} }

// connect makes the SDK's client for one call. It is never kept: a type that holds a *sqs.Client,
// or a function of one, makes the linker keep every call that the client has.
func connect(ctx context.Context, c *Client) (*sqs.Client, error) {
	settings, err := awscall.Config(ctx, awscall.Client{Retries: awscall.Once})
	if err != nil {
		return nil, err
	}
	client := sqs.NewFromConfig(settings, func(o *sqs.Options) {
		if c.at != nil {
			err = c.at(o)
		}
	})
	return client, err
}

// explained returns the error of a call in words that can be shown; nil for none.
func explained(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	return awscall.Explain(ctx, "SQS", err)
}

// Hidden is a received message that is to stay hidden for a while.
type Hidden struct {
	QueueARN, ReceiptHandle string
	For                     time.Duration // in whole seconds, at most 12 hours from when it was received
}

// Hide keeps messages of one queue hidden, and reports how many of them it could not hide. Such a
// message comes back when the queue's own visibility timeout ends, which does no harm.
func (c *Client) Hide(ctx context.Context, messages []Hidden) (failed int) {
	for batch := range slices.Chunk(messages, 10) { // as many as one call takes
		failed += c.hideBatch(ctx, batch)
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
	client, err := connect(ctx, c)
	if err != nil {
		return len(messages)
	}
	output, err := client.ChangeMessageVisibilityBatch(ctx, input)
	if err != nil {
		return len(messages)
	}
	return len(output.Failed)
}

// Later sends a message to the queue with the given ARN, which hands it over once the delay, at
// most 15 minutes and in whole seconds, has gone by.
func (c *Client) Later(ctx context.Context, queueARN string, body []byte, delay time.Duration) error {
	url, ok := urlOf(queueARN)
	if !ok {
		return errors.New("the queue of this batch has no ARN that can be read")
	}
	return c.Delayed(ctx, url, body, delay)
}

// Delayed sends a message to the queue with the given URL, which hands it over once the delay, at most 15 minutes and
// in whole seconds, has gone by.
func (c *Client) Delayed(ctx context.Context, url string, body []byte, delay time.Duration) error {
	return c.send(ctx, &sqs.SendMessageInput{
		QueueUrl: &url, MessageBody: aws.String(string(body)), DelaySeconds: int32(delay / time.Second), //nolint:gosec // at most 900
	})
}

// Send sends a message with the texts of its message attributes to the queue with the given URL.
// Attributes that are empty are left out, since SQS refuses them. It returns nil once SQS has it.
func (c *Client) Send(ctx context.Context, url, body string, attributes map[string]string) error {
	input := &sqs.SendMessageInput{
		QueueUrl: &url, MessageBody: &body, MessageAttributes: map[string]types.MessageAttributeValue{},
	}
	for name, value := range attributes {
		if value != "" {
			input.MessageAttributes[name] = types.MessageAttributeValue{DataType: aws.String("String"), StringValue: &value}
		}
	}
	return c.send(ctx, input)
}

func (c *Client) send(ctx context.Context, input *sqs.SendMessageInput) error {
	client, err := connect(ctx, c)
	if err != nil {
		return err
	}
	_, err = client.SendMessage(ctx, input)
	return explained(ctx, err)
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

// Put puts a message into the queue with the given URL, as a person does: it asks where NewReader does. It
// returns nil once SQS has it.
func Put(ctx context.Context, url, body string) error {
	place, err := queueurl.Parse(url)
	if err != nil {
		return err
	}
	return (&Client{at: setAt(place)}).Send(ctx, url, body, nil)
}
