// Package deadletter writes letters to the dead-letter queue: what can never succeed, with the reason why. The letters
// are read by people, by tocsin replay, and by Tocsin itself when SQS moves them back.
package deadletter

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/queue"
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

// Queue is a dead-letter queue. It is safe for concurrent use.
type Queue struct {
	client *queue.Client
	url    string
}

// NewQueue returns the dead-letter queue with the given URL.
func NewQueue(client *queue.Client, url string) *Queue { return &Queue{client, url} }

// Send writes the letter of a pair that can never succeed: the original event, with what went wrong as
// attributes. It returns nil once SQS has it. It implements delivery.DeadLetters.
func (q *Queue) Send(ctx context.Context, letter delivery.Letter) error {
	return q.send(ctx, letter.Finding.Event, map[string]string{
		AttrSink: letter.Sink, AttrKind: letter.Kind.String(), AttrFinding: letter.Finding.Key(),
		AttrAttempts: strconv.Itoa(letter.Attempts), AttrReason: letter.Reason,
	})
}

// SendUnreadable writes a record that holds no event, with the reason why.
func (q *Queue) SendUnreadable(ctx context.Context, body []byte, reason string) error {
	return q.send(ctx, body, map[string]string{AttrKind: "unreadable", AttrReason: reason})
}

func (q *Queue) send(ctx context.Context, body []byte, attributes map[string]string) error {
	text := allowed(string(body), maxBody)
	if text == "" {
		text = "(empty)"
	}
	for name, value := range attributes {
		attributes[name] = allowed(value, maxAttribute)
	}
	if err := q.client.Send(ctx, q.url, queue.Message{Body: text, Attributes: attributes}); err != nil {
		return fmt.Errorf("dead letter: %w", err)
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
