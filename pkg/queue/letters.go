package queue

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/tocsin-sec/tocsin/pkg/delivery"
)

// The attributes of a dead letter. AttrSink makes AWS's own redrive work as a replay: a record that comes
// with it is told to that sink although it was dead.
const (
	AttrSink     = "tocsin.sink"
	AttrKind     = "tocsin.error_kind"
	AttrFinding  = "tocsin.finding"
	AttrAttempts = "tocsin.attempts"
	AttrReason   = "tocsin.reason"
)

const (
	// maxAttribute bounds an attribute's value, in bytes.
	maxAttribute = 500
	// maxBody is what SQS takes, attributes included, less room for these:
	// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
	maxBody = 1<<20 - 4<<10
)

// Letters writes to a dead-letter queue. It is safe for concurrent use.
type Letters struct {
	client *Client
	url    string
}

// NewLetters gives the dead-letter queue with the given URL.
func NewLetters(client *Client, url string) *Letters { return &Letters{client, url} }

// Bury writes the letter of a pair that can never succeed: the original event, with what went wrong as
// attributes. It returns nil once SQS has it.
func (l *Letters) Bury(ctx context.Context, letter delivery.Letter) error {
	return l.send(ctx, letter.Finding.Event, map[string]string{
		AttrSink: letter.Sink, AttrKind: letter.Kind.String(), AttrFinding: letter.Finding.Key(),
		AttrAttempts: strconv.Itoa(letter.Attempts), AttrReason: letter.Reason,
	})
}

// BuryUnreadable writes a record that holds no event, with the reason why.
func (l *Letters) BuryUnreadable(ctx context.Context, body []byte, reason string) error {
	return l.send(ctx, body, map[string]string{AttrKind: "unreadable", AttrReason: reason})
}

func (l *Letters) send(ctx context.Context, body []byte, attributes map[string]string) error {
	text := allowed(string(body), maxBody)
	if text == "" {
		text = "(empty)"
	}
	input := &sqs.SendMessageInput{
		QueueUrl: &l.url, MessageBody: &text, MessageAttributes: map[string]types.MessageAttributeValue{},
	}
	for name, value := range attributes {
		if value = allowed(value, maxAttribute); value != "" {
			input.MessageAttributes[name] = types.MessageAttributeValue{DataType: aws.String("String"), StringValue: &value}
		}
	}
	calls, err := l.client.connect(ctx)
	if err != nil {
		return fmt.Errorf("dead letter: %w", err)
	}
	if _, err := calls.send(ctx, input); err != nil {
		return fmt.Errorf("dead letter: %w", fault(ctx, err))
	}
	return nil
}

// allowed keeps what SQS takes: characters of XML 1.0, at most limit bytes of them. In the JSON of an event
// everything else stands as an escape, which stays.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
func allowed(text string, limit int) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\t', r == '\n', r == '\r', r >= 0x20 && r <= 0xd7ff, r >= 0xe000 && r <= 0xfffd, r >= 0x10000:
			return r
		}
		return '\ufffd'
	}, text)
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "")
}
