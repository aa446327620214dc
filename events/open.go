package events

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/parallel"
)

// maxDepth bounds how many wrappers are taken off: a failure record of a failure record, and so on.
const maxDepth = 8

// Open unwraps whatever the Lambda (or the command line) was handed: an EventBridge event, an SQS
// batch, SNS records, SNS inside SQS, the record of a Lambda failure destination, or bare findings
// of GuardDuty or Security Hub without an envelope. The error is a *NoEventError, and only for a
// payload that as a whole is no event; a bad record of a batch carries its own.
func Open(payload []byte) (Delivery, error) {
	content, err := open(payload)
	if err != nil {
		return Delivery{}, err
	}
	delivery := Delivery{Form: content.form()}
	if delivery.Form != Direct {
		parts := make([][]Record, len(content.list))
		parallel.Each(len(parts), func(i int) { parts[i] = openMessage(content.list[i]) })
		delivery.Records = slices.Concat(parts...)
		return delivery, nil
	}
	delivery.Records = unwrap(content, payload, 0)
	for _, record := range delivery.Records {
		if record.Err == nil {
			return delivery, nil
		}
	}
	return Delivery{}, delivery.Records[0].Err
}

// content is a payload or body that is valid JSON, taken apart one level deep. A batch is its list.
type content struct {
	text   []byte
	object object
	list   []json.RawMessage
}

// open takes text apart. The error is a *NoEventError.
func open(text []byte) (content, error) {
	text = bytes.TrimSpace(bytes.TrimPrefix(bytes.TrimSpace(text), []byte("\xef\xbb\xbf")))
	c := content{text: text}
	parts, isValid := outlined(text)
	switch {
	case len(text) == 0:
		return c, &NoEventError{Reason: "the payload is empty", Remedy: remedyEvent}
	case bytes.HasPrefix(text, []byte("\xff\xfe")), bytes.HasPrefix(text, []byte("\xfe\xff")):
		return c, &NoEventError{Reason: "the text is UTF-16", Remedy: "save it as UTF-8"}
	case !isValid:
		return c, syntaxError(text, json.Unmarshal(text, new(json.RawMessage)))
	case text[0] == '{':
		c.object = parts.members
		records, ok := parts.listAt(c.object.get("Records"))
		if ok && len(records) == 0 {
			return c, &NoEventError{Reason: "the list of records is empty", Remedy: remedyEvent}
		}
		c.list = records
		return c, nil
	case text[0] == '[':
		c.list, _ = parts.listAt(text)
		if len(c.list) == 0 {
			return c, &NoEventError{Reason: "the list is empty", Remedy: remedyEvent}
		}
		return c, nil
	}
	// Some tools encode an event twice.
	if inner := bytes.TrimSpace(unquote(text)); text[0] == '"' && bytes.HasPrefix(inner, []byte("{")) {
		return open(inner)
	}
	return c, &NoEventError{Reason: "the payload is " + kindOf(read(text).value) + ", not an object", Remedy: remedyEvent}
}

func kindOf(value any) string {
	switch value.(type) {
	case nil:
		return "null"
	case *string:
		return "a JSON string"
	case bool:
		return "true or false"
	default:
		return "a number"
	}
}

// form tells a batch of SQS or SNS from anything else by the source that its records state. One
// record that states it is enough, so that a broken one does not spoil the batch.
func (c content) form() Form {
	for _, raw := range c.list {
		switch source := readObject(raw).text("eventSource"); {
		case strings.EqualFold(source, "aws:sqs"):
			return SQS
		case strings.EqualFold(source, "aws:sns"):
			return SNS
		}
	}
	return Direct
}

// openMessage opens one record of an SQS or SNS batch.
func openMessage(raw json.RawMessage) []Record {
	fields := readObject(raw)
	body, ok := messageBody(fields)
	if !ok {
		err := &NoEventError{Reason: "the record has no body", Remedy: "see what was sent to the queue or topic"}
		return []Record{{Err: err, Body: raw, Message: readMessage(fields)}}
	}
	records := openBody(body, 1)
	for i := range records {
		records[i].Message = readMessage(fields)
	}
	return records
}

// messageBody gives what an SQS or SNS record carries.
func messageBody(fields object) ([]byte, bool) {
	if body := fields.get("body"); body != nil {
		return unquote(body), true
	}
	if message := readObject(fields.get("Sns")).get("Message"); message != nil {
		return unquote(message), true
	}
	return nil, false
}

func readMessage(fields object) Message {
	if notification := readObject(fields.get("Sns")); notification != nil {
		return Message{ID: notification.text("MessageId")}
	}
	attributes := read(fields.get("attributes"))
	message := Message{
		ID:            fields.text("messageId"),
		ReceiptHandle: fields.text("receiptHandle"),
		QueueARN:      fields.text("eventSourceARN"),
		ReceiveCount:  attributes.get("ApproximateReceiveCount").integer(),
	}
	for _, m := range read(fields.get("messageAttributes")).each() {
		if value := (document{m.value}).text("stringValue"); value != "" {
			if message.Attributes == nil {
				message.Attributes = make(map[string]string)
			}
			message.Attributes[m.name] = value
		}
	}
	return message
}

func openBody(body []byte, depth int) []Record {
	content, err := open(body)
	if err != nil {
		return []Record{{Err: err, Body: body}}
	}
	return unwrap(content, body, depth)
}

// unwrap takes the wrappers off c, which was opened from body, until events come out. It gives at
// least one record.
func unwrap(c content, body []byte, depth int) []Record {
	if depth > maxDepth {
		err := &NoEventError{Reason: "the event is wrapped too often", Remedy: remedyEvent}
		return []Record{{Err: err, Body: body}}
	}
	inner := wrapped(c)
	if inner == nil {
		envelope, err := readEnvelope(c)
		return []Record{{Envelope: envelope, Err: err, Body: body}}
	}
	var records []Record
	for _, text := range inner {
		records = append(records, openBody(text, depth+1)...)
	}
	if len(records) == 1 {
		records[0].Body = body
	}
	return records
}

// wrapped gives the bodies that c is a wrapper of, or nil when it is none.
func wrapped(c content) [][]byte {
	if len(c.list) > 0 {
		var bodies [][]byte
		for _, raw := range c.list {
			body, ok := messageBody(readObject(raw))
			if !ok {
				body = raw
			}
			bodies = append(bodies, body)
		}
		return bodies
	}
	if c.object.get("requestContext") != nil && c.object.get("requestPayload") != nil {
		return [][]byte{unquote(c.object.get("requestPayload"))}
	}
	message := c.object.get("Message")
	if message != nil && (c.object.text("Type") == "Notification" || c.object.text("TopicArn") != "") &&
		!strings.HasSuffix(c.object.text("Type"), "Confirmation") {
		return [][]byte{unquote(message)}
	}
	return nil
}
