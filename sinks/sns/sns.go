// Package sns publishes to an SNS topic, standard or FIFO: whatever subscribes to it.
//
// https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
// https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html
package sns

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/text"
	"github.com/tocsin-sec/tocsin/pkg/awscall"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/internal/attributes"
	"github.com/tocsin-sec/tocsin/sinks/internal/batch"
	"github.com/tocsin-sec/tocsin/sinks/internal/httpsend"
)

// What SNS takes: the subject in characters, message and attributes together in bytes.
const (
	maxSubject = 99
	maxPublish = 262_144
	// maxMessage is the latter less what the attributes can have.
	maxMessage = maxPublish - attributes.MaxBytes
)

// Config is what can be set; each field is a variable under the instance's prefix.
type Config struct {
	// TopicARN is the topic's ARN; its region is used whatever the function's.
	TopicARN string `split_words:"true"`
}

// calls are the calls that are made. They are held as functions because a type that holds a
// *sns.Client makes the linker keep every call that the client has.
type calls struct {
	publish      func(context.Context, *sns.PublishInput, ...func(*sns.Options)) (*sns.PublishOutput, error)
	publishBatch func(context.Context, *sns.PublishBatchInput, ...func(*sns.Options)) (*sns.PublishBatchOutput, error)
}

// Sink is one topic.
type Sink struct {
	calls    calls
	topic    string
	instance string
	style    formatter.Style
	outbox   *batch.Outbox[types.PublishBatchRequestEntry]
}

// New builds the sink. The error begins with the setting's name and shows no value. Credentials are
// looked for as by every AWS tool, when the first message is sent.
func New(ctx context.Context, instance string, c Config, style formatter.Style) (*Sink, error) {
	topic := strings.TrimSpace(c.TopicARN)
	region, err := topicRegion(topic)
	if err != nil {
		return nil, fmt.Errorf("TOPIC_ARN: %w", err)
	}
	settings, err := awscall.Config(ctx, awscall.Client{Region: region, Retries: awscall.Never, HTTPClient: httpsend.New()})
	if err != nil {
		return nil, fmt.Errorf("TOPIC_ARN: %w", err)
	}
	client := sns.NewFromConfig(settings)
	s := &Sink{calls: calls{client.Publish, client.PublishBatch}, topic: topic, instance: instance, style: style}
	s.outbox = batch.New(batch.Limits{
		Entries: maxTogether, Bytes: maxPublish, Calls: callsAtOnce, Patience: patience,
	}, s.publish)
	return s, nil
}

// topicRegion checks a topic's ARN (arn:partition:sns:region:account:name) and gives its region.
func topicRegion(arn string) (string, error) {
	parts := strings.Split(arn, ":")
	switch {
	case arn == "":
		return "", errors.New("is not set; give the ARN of an SNS topic")
	case len(parts) == 7 && parts[2] == "sns":
		return "", errors.New("is the ARN of a subscription; give that of its topic, which has one part less")
	case len(parts) != 6 || parts[0] != "arn" || parts[2] != "sns" || parts[3] == "" || parts[4] == "" || parts[5] == "":
		return "", errors.New("is not the ARN of an SNS topic, such as arn:aws:sns:eu-west-1:111122223333:security")
	}
	return parts[3], nil
}

// Notify publishes one message, in one call with those of other findings that are ready at this
// very moment, or become so while two calls are under way, for 20 ms at the most. The MessageId is
// the proof of acceptance: SNS has stored the message for delivery to the subscribers.
func (s *Sink) Notify(ctx context.Context, n notify.Notification) (notify.Receipt, error) {
	if err := ctx.Err(); err != nil {
		return notify.Receipt{}, fmt.Errorf("not published to SNS: %w", err)
	}
	m := s.message(n)
	receipt, err := s.outbox.Send(ctx, m, sizeOf(m))
	if err != nil {
		return notify.Receipt{}, fmt.Errorf("publishing to SNS: %w", err)
	}
	return receipt, nil
}

// Preview returns the subject and the text that would be published.
func (s *Sink) Preview(n notify.Notification) (notify.Preview, error) {
	m := s.message(n)
	return notify.Preview{Form: notify.FormText, Subject: *m.Subject, Body: []byte(*m.Message), Sizes: []notify.Size{
		{What: "characters in the subject", Value: len(*m.Subject), Limit: maxSubject},
		{What: "bytes of message and attributes", Value: sizeOf(m) - len(*m.Subject), Limit: maxPublish},
	}}, nil
}

func (s *Sink) message(n notify.Notification) types.PublishBatchRequestEntry {
	content := formatter.New(n, s.style)
	m := types.PublishBatchRequestEntry{
		Subject: aws.String(text.Subject(content)), Message: aws.String(text.Render(content, maxMessage)), MessageAttributes: attributesOf(n),
	}
	if strings.HasSuffix(s.topic, ".fifo") {
		m.MessageGroupId = aws.String(attributes.GroupID(n))
		m.MessageDeduplicationId = aws.String(n.MessageID(s.instance)) // not delivered again within five minutes
	}
	return m
}

// sizeOf returns the size of a message in bytes, as SNS counts.
func sizeOf(m types.PublishBatchRequestEntry) int {
	size := len(*m.Subject) + len(*m.Message)
	for name, value := range m.MessageAttributes {
		size += len(name) + len(*value.DataType) + len(*value.StringValue)
	}
	return size
}
