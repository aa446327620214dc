// Package deadletter writes letters to the dead-letter queue: what can never succeed, with the
// reason why. People read them, tocsin replay does, and Tocsin itself when SQS moves them back.
package deadletter

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/queue"
)

// The attributes of a dead letter. AttrSink makes AWS's own redrive work as a replay: a record that
// comes with it is sent to that sink although it was dead.
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
	// maxMessage is what SQS takes, in bytes: the body with the names, types and values of the
	// attributes.
	// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
	maxMessage = 1 << 20
	stringType = "String"
)

// Queue is a dead-letter queue. It is safe for concurrent use.
type Queue struct {
	client *queue.Client
	url    string
}

// NewQueue returns the dead-letter queue with the given URL.
func NewQueue(client *queue.Client, url string) *Queue { return &Queue{client, url} }

// Send writes the letter of a pair that can never succeed: the original event, with what went wrong
// as attributes. It returns nil once SQS has it. The event is never cut: one that SQS does not take
// with the sink's name is an error. It implements delivery.DeadLetters.
func (q *Queue) Send(ctx context.Context, letter delivery.Letter) error {
	return q.send(ctx, letter.Event, map[string]string{
		AttrSink: letter.Sink, AttrKind: letter.Kind.String(), AttrFinding: letter.Key,
		AttrAttempts: strconv.Itoa(letter.Attempts), AttrReason: letter.Reason,
	})
}

// SendUnreadable writes a record that holds no event, with the reason why.
func (q *Queue) SendUnreadable(ctx context.Context, body []byte, reason string) error {
	return q.send(ctx, body, map[string]string{AttrKind: "unreadable", AttrReason: reason})
}

func (q *Queue) send(ctx context.Context, body []byte, attributes map[string]string) error {
	for name, value := range attributes {
		value = allowed(value)
		attributes[name] = strings.ToValidUTF8(value[:min(len(value), maxAttribute)], "") // whole characters
	}
	text, err := fitted(body, attributes)
	if err != nil {
		return fmt.Errorf("dead letter: %w", err)
	}
	if err := q.client.Send(ctx, q.url, text, attributes); err != nil {
		return fmt.Errorf("dead letter: %w", err)
	}
	return nil
}

// fitted returns the text of a letter. Where body and attributes are too large together, it takes
// white space out of the JSON first and then attributes out of the letter.
func fitted(body []byte, attributes map[string]string) (string, error) {
	text := allowed(string(body))
	if text == "" {
		text = "(empty)"
	}
	if size(text, attributes) > maxMessage {
		var compact bytes.Buffer
		if json.Compact(&compact, []byte(text)) == nil {
			text = compact.String()
		}
	}
	// Why the letter was written is in the log too, and the finding's key is in the event. Without
	// AttrSink a redrive would do nothing.
	for _, name := range []string{AttrReason, AttrAttempts, AttrKind, AttrFinding} {
		if size(text, attributes) > maxMessage {
			delete(attributes, name)
		}
	}
	if all := size(text, attributes); all > maxMessage {
		return "", fmt.Errorf("too large: %d bytes, of which SQS takes %d", all, maxMessage)
	}
	return text, nil
}

// size returns how large SQS finds a message.
func size(text string, attributes map[string]string) int {
	all := len(text)
	for name, value := range attributes {
		if value != "" {
			all += len(name) + len(stringType) + len(value)
		}
	}
	return all
}

// allowed keeps what SQS takes: characters of XML 1.0. In the JSON of an event everything else
// stands as an escape, which stays.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
func allowed(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t', r == '\n', r == '\r', r >= 0x20 && r <= 0xd7ff, r >= 0xe000 && r <= 0xfffd, r >= 0x10000:
			return r
		}
		return '\ufffd'
	}, text)
}
