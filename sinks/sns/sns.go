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

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/text"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/internal/attributes"
	"github.com/tocsin-sec/tocsin/sinks/internal/awssend"
	"github.com/tocsin-sec/tocsin/sinks/internal/batch"
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

// Sink is one topic.
type Sink struct {
	client   *awssend.Client
	topic    string
	instance string
	style    formatter.Style
	outbox   *batch.Outbox[message]
}

// New builds the sink. The error begins with the setting's name and shows no value. Credentials are
// looked for as by every AWS tool, when the first message is sent.
func New(ctx context.Context, instance string, c Config, style formatter.Style) (*Sink, error) {
	topic := strings.TrimSpace(c.TopicARN)
	region, err := topicRegion(topic)
	if err != nil {
		return nil, fmt.Errorf("TOPIC_ARN: %w", err)
	}
	client, err := awssend.New(ctx, awssend.Service{Name: "SNS", SDK: "SNS", Host: "sns", Signing: "sns", IsValidated: true}, region)
	if err != nil {
		return nil, fmt.Errorf("TOPIC_ARN: %w", err)
	}
	s := &Sink{client: client, topic: topic, instance: instance, style: style}
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
	receipt, err := s.outbox.Send(ctx, m, m.size())
	if err != nil {
		return notify.Receipt{}, fmt.Errorf("publishing to SNS: %w", err)
	}
	return receipt, nil
}

// Preview returns the subject and the text that would be published.
func (s *Sink) Preview(n notify.Notification) (notify.Preview, error) {
	m := s.message(n)
	return notify.Preview{Form: notify.FormText, Subject: m.subject, Body: []byte(m.text), Sizes: []notify.Size{
		{What: "characters in the subject", Value: len(m.subject), Limit: maxSubject},
		{What: "bytes of message and attributes", Value: m.size() - len(m.subject), Limit: maxPublish},
	}}, nil
}

func (s *Sink) message(n notify.Notification) message {
	content := formatter.New(n, s.style)
	m := message{subject: text.Subject(content), text: text.Render(content, maxMessage), attributes: attributes.Of(n)}
	if strings.HasSuffix(s.topic, ".fifo") {
		m.group = attributes.GroupID(n)
		m.id = n.MessageID(s.instance) // not delivered again within five minutes
	}
	return m
}
