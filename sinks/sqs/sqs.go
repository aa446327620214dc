// Package sqs sends findings as JSON to an SQS queue, standard or FIFO, for programs to take them out.
//
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
package sqs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/json"
	"github.com/tocsin-sec/tocsin/pkg/awscall"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/internal/attributes"
	"github.com/tocsin-sec/tocsin/sinks/internal/batch"
	"github.com/tocsin-sec/tocsin/sinks/internal/httpsend"
)

const (
	// maxSent is how much SQS takes, in bytes: a message with its attributes, and all messages of a
	// call together.
	maxSent = 1_048_576
	// maxBody is the former less what the attributes can have.
	maxBody = maxSent - attributes.MaxBytes
)

// calls are the calls that are made. They are held as functions because a type that holds a
// *sqs.Client makes the linker keep every call that the client has.
type calls struct {
	send      func(context.Context, *sqs.SendMessageInput, ...func(*sqs.Options)) (*sqs.SendMessageOutput, error)
	sendBatch func(context.Context, *sqs.SendMessageBatchInput, ...func(*sqs.Options)) (*sqs.SendMessageBatchOutput, error)
}

// Sink is one queue.
type Sink struct {
	calls    calls
	queue    string
	isFIFO   bool
	instance string
	outbox   *batch.Outbox[types.SendMessageBatchRequestEntry]
}

// New builds the sink; the JSON is the same in every style. The error begins with the setting's name
// and shows no value. Credentials are looked for as by every AWS tool, when the first message is
// sent.
func New(ctx context.Context, instance string, c Config, _ formatter.Style) (*Sink, error) {
	at, err := c.place()
	if err != nil {
		return nil, fmt.Errorf("QUEUE_URL: %w", err)
	}
	settings, err := awscall.Config(ctx, awscall.Client{Region: at.Region, Retries: awscall.Never, HTTPClient: httpsend.New()})
	if err == nil && settings.Region == "" {
		err = errors.New("names no region, and the environment none either; set AWS_REGION")
	}
	if err != nil {
		return nil, fmt.Errorf("QUEUE_URL: %w", err)
	}
	client := sqs.NewFromConfig(settings, func(o *sqs.Options) {
		// The SDK holds answers against what was sent only where they have a checksum, and one message
		// of a call that is damaged would count for all.
		o.DisableMessageChecksumValidation = true
		var isOwn bool
		if o.BaseEndpoint, isOwn, err = at.Endpoint(o.BaseEndpoint); isOwn {
			// The URL has chosen the host, and the SDK refuses to choose another kind of host beside it.
			o.EndpointOptions.UseFIPSEndpoint = aws.FIPSEndpointStateDisabled
			o.EndpointOptions.UseDualStackEndpoint = aws.DualStackEndpointStateDisabled
		}
	})
	if err != nil {
		return nil, fmt.Errorf("QUEUE_URL: %w", err)
	}
	queue := c.queueURL()
	s := &Sink{calls: calls{client.SendMessage, client.SendMessageBatch}, queue: queue, instance: instance}
	s.isFIFO = strings.HasSuffix(strings.TrimRight(queue, "/"), ".fifo")
	s.outbox = batch.New(batch.Limits{Entries: maxTogether, Bytes: maxSent, Calls: callsAtOnce, Patience: patience}, s.send)
	return s, nil
}

// Notify sends one message, in one call with those of other findings that are ready at this very
// moment, or become so while two calls are under way, for 20 ms at the most. The proof of acceptance
// is the MessageId, with the checksum of what SQS has stored.
func (s *Sink) Notify(ctx context.Context, n notify.Notification) (notify.Receipt, error) {
	if err := ctx.Err(); err != nil {
		return notify.Receipt{}, fmt.Errorf("not sent to SQS: %w", err)
	}
	m, err := s.message(n)
	if err != nil {
		return notify.Receipt{}, err
	}
	receipt, err := s.outbox.Send(ctx, m, sizeOf(m))
	if err != nil {
		return notify.Receipt{}, fmt.Errorf("sending to SQS: %w", err)
	}
	return receipt, nil
}

// Preview returns the JSON that would be sent.
func (s *Sink) Preview(n notify.Notification) (notify.Preview, error) {
	m, err := s.message(n)
	if err != nil {
		return notify.Preview{}, err
	}
	return notify.Preview{Form: notify.FormJSON, Body: []byte(*m.MessageBody), Sizes: []notify.Size{
		{What: "bytes of message and attributes", Value: sizeOf(m), Limit: maxSent},
	}}, nil
}

func (s *Sink) message(n notify.Notification) (types.SendMessageBatchRequestEntry, error) {
	body, err := bodyOf(n)
	if err != nil {
		return types.SendMessageBatchRequestEntry{}, notify.PermanentMessage(err)
	}
	m := types.SendMessageBatchRequestEntry{MessageBody: aws.String(string(body)), MessageAttributes: map[string]types.MessageAttributeValue{}}
	for _, a := range attributes.Of(n) {
		m.MessageAttributes[a.Name] = types.MessageAttributeValue{DataType: &a.Type, StringValue: &a.Value}
	}
	account := attributes.Account(n)
	switch {
	case s.isFIFO:
		m.MessageGroupId = aws.String(attributes.GroupID(n))
		m.MessageDeduplicationId = aws.String(n.MessageID(s.instance)) // not delivered again within five minutes
	case !n.Minimal && attributes.IsGroup(account): // a queue that has no groups refuses them
		// An account with much to say does not hold up the others:
		// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html
		m.MessageGroupId = &account
	}
	return m, nil
}

// bodyOf returns the documented JSON in the characters that SQS takes.
func bodyOf(n notify.Notification) ([]byte, error) {
	body, err := json.Document(n, maxBody)
	if body = inXML(body); err != nil || len(body) <= maxBody {
		return body, err
	}
	body, err = json.Document(n, maxBody/2) // what inXML writes is twice as long at the most
	return inXML(body), err
}

// inXML returns JSON without the characters that XML has no form of, which SQS refuses. Those that
// can stand in JSON as they are, are two noncharacters; the JSON means the same.
// https://www.w3.org/TR/REC-xml/#charsets
func inXML(document []byte) []byte {
	document = bytes.ReplaceAll(document, []byte("\ufffe"), []byte(`\ufffe`))
	return bytes.ReplaceAll(document, []byte("\uffff"), []byte(`\uffff`))
}

// sizeOf returns the size of a message in bytes, as SQS counts.
func sizeOf(m types.SendMessageBatchRequestEntry) int {
	size := len(*m.MessageBody)
	for name, value := range m.MessageAttributes {
		size += len(name) + len(*value.DataType) + len(*value.StringValue)
	}
	return size
}
