// Package events turns bytes into findings: Open unwraps whatever the Lambda was handed into
// EventBridge events, Parse reads the findings of one event by the table of sources.
//
// Nothing is dropped here. An event that nobody has written a parser for becomes a generic finding,
// and a field of an odd type costs that field only. To add a source, write it in a folder of its
// own and add its line to the table in table.go.
package events

import "github.com/tocsin-sec/tocsin/events/source"

// Form says how a payload came, and so how the answer must be given.
type Form int

// The forms. Whatever is wrapped inside a record (SNS in SQS, the record of a Lambda failure
// destination) is unwrapped and does not change the form.
const (
	// Direct is an event on its own: an error as the answer makes Lambda try again.
	Direct Form = iota
	// SQS is a batch from a queue: the answer names the messages that failed.
	SQS
	// SNS is one or more records of a topic: an error as the answer makes Lambda try again.
	SNS
)

// Delivery is what one payload held.
type Delivery struct {
	Form    Form
	Records []Record
}

// Record is one event of a delivery, or the reason why there is none.
type Record struct {
	// Envelope is zero when Err is set.
	Envelope Envelope
	// Err is a *NoEventError when the record holds no event.
	Err error
	// Body is the record's body as it came, before anything inside it was unwrapped. It can share
	// memory with the payload. When one body holds several records, it is the record's own part.
	Body []byte
	// IsWrapped says that the record stood in something else: in what a topic, a log or a failure destination
	// hands over, or in a list.
	IsWrapped bool
	// Message is what the queue says of the record.
	Message Message
}

// Message is what SQS says of a record; it is zero for other forms, but that the ID of an SNS
// record is its MessageId. The shape is AWS's:
// https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
type Message struct {
	ID, ReceiptHandle, QueueARN string
	// ReceiveCount is how often the message was received, this time included; 0 when not stated.
	ReceiveCount int
	// Attributes are the string values of the message attributes.
	Attributes map[string]string
}

// Envelope is an EventBridge event.
type Envelope = source.Envelope
