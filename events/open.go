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
	d, err := open(payload)
	if err != nil {
		return Delivery{}, err
	}
	list := batch(d)
	delivery := Delivery{Form: formOf(list)}
	if delivery.Form != Direct {
		parts := make([][]Record, len(list))
		parallel.Each(len(parts), func(i int) { parts[i] = openMessage(list[i]) })
		delivery.Records = slices.Concat(parts...)
		return delivery, nil
	}
	delivery.Records = unwrap(d, payload, 0)
	for _, record := range delivery.Records {
		if record.Err == nil {
			return delivery, nil
		}
	}
	return Delivery{}, delivery.Records[0].Err
}

// open reads a payload or body, which is an object or a list. The error is a *NoEventError.
func open(text []byte) (document, error) {
	text = bytes.TrimSpace(bytes.TrimPrefix(bytes.TrimSpace(text), []byte("\xef\xbb\xbf")))
	d, isValid := read(text)
	switch {
	case len(text) == 0:
		return d, &NoEventError{Reason: "the payload is empty", Remedy: remedyEvent}
	case bytes.HasPrefix(text, []byte("\xff\xfe")), bytes.HasPrefix(text, []byte("\xfe\xff")):
		return d, &NoEventError{Reason: "the text is UTF-16", Remedy: "save it as UTF-8"}
	case !isValid:
		return d, syntaxError(text, json.Unmarshal(text, new(json.RawMessage)))
	case d.kind() == '{':
		if records, ok := d.get(keyRecords).listed(); ok && len(records) == 0 {
			return d, &NoEventError{Reason: "the list of records is empty", Remedy: remedyEvent}
		}
		return d, nil
	case d.kind() == '[':
		if d.absent() {
			return d, &NoEventError{Reason: "the list is empty", Remedy: remedyEvent}
		}
		return d, nil
	}
	// Some tools encode an event twice.
	if inner := bytes.TrimSpace(d.content()); d.kind() == '"' && bytes.HasPrefix(inner, []byte("{")) {
		return open(inner)
	}
	return d, &NoEventError{Reason: "the payload is " + kindOf(d) + ", not an object", Remedy: remedyEvent}
}

// batch returns the elements of a list, or of an object's list of records.
func batch(d document) []document {
	list, isList := d.listed()
	if !isList {
		list, _ = d.get(keyRecords).listed()
	}
	return list
}

func kindOf(scalar document) string {
	switch scalar.kind() {
	case 'n':
		return "null"
	case '"':
		return "a JSON string"
	case 't', 'f':
		return "true or false"
	default:
		return "a number"
	}
}

// formOf tells a batch of SQS or SNS from anything else by the source that its records state. One
// record that states it is enough, so that a broken one does not spoil the batch.
func formOf(records []document) Form {
	for _, record := range records {
		switch source := record.object().text("eventSource"); {
		case strings.EqualFold(source, "aws:sqs"):
			return SQS
		case strings.EqualFold(source, "aws:sns"):
			return SNS
		}
	}
	return Direct
}

// openMessage opens one record of an SQS or SNS batch.
func openMessage(record document) []Record {
	body := messageBody(record.object())
	if body == nil {
		err := &NoEventError{Reason: "the record has no body", Remedy: "see what was sent to the queue or topic"}
		return []Record{{Err: err, Body: record.raw(), Message: readMessage(record.object())}}
	}
	records := openBody(body, 1)
	for i := range records {
		records[i].Message = readMessage(record.object())
	}
	return records
}

// messageBody returns what an SQS or SNS record carries, or nil when it carries nothing.
func messageBody(record document) []byte {
	if body := record.get("body"); !body.isNull() {
		return body.content()
	}
	if message := record.get(keySNS).object().get(keyMessage); !message.isNull() {
		return message.content()
	}
	return nil
}

func readMessage(record document) Message {
	if notification := record.get(keySNS).object(); !notification.isNull() {
		return Message{ID: strings.Clone(notification.text("MessageId"))}
	}
	message := Message{ // cloned, so as not to keep the whole payload in memory
		ID:            strings.Clone(record.text("messageId")),
		ReceiptHandle: strings.Clone(record.text("receiptHandle")),
		QueueARN:      strings.Clone(record.text("eventSourceARN")),
		ReceiveCount:  record.get("attributes").get("ApproximateReceiveCount").integer(),
	}
	for _, m := range record.get("messageAttributes").each() {
		if value := m.value.text("stringValue"); value != "" {
			if message.Attributes == nil {
				message.Attributes = make(map[string]string)
			}
			message.Attributes[strings.Clone(m.name)] = strings.Clone(value)
		}
	}
	return message
}

func openBody(body []byte, depth int) []Record {
	d, err := open(body)
	if err != nil {
		return []Record{{Err: err, Body: body}}
	}
	return unwrap(d, body, depth)
}

// unwrap takes the wrappers off d, which was opened from body, until events come out. It gives at
// least one record.
func unwrap(d document, body []byte, depth int) []Record {
	if depth > maxDepth {
		err := &NoEventError{Reason: "the event is wrapped too often", Remedy: remedyEvent}
		return []Record{{Err: err, Body: body}}
	}
	inner := wrapped(d)
	if inner == nil {
		envelope, err := readEnvelope(d)
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

// wrapped returns the bodies that d is a wrapper of, or nil when it is none.
func wrapped(d document) [][]byte {
	if list := batch(d); len(list) > 0 {
		var bodies [][]byte
		for _, element := range list {
			body := messageBody(element.object())
			if body == nil {
				body = element.raw()
			}
			bodies = append(bodies, body)
		}
		return bodies
	}
	if payload := d.get("requestPayload"); !d.get("requestContext").isNull() && !payload.isNull() {
		return [][]byte{payload.content()}
	}
	message := d.get(keyMessage)
	if !message.isNull() && (d.text("Type") == "Notification" || d.text("TopicArn") != "") &&
		!strings.HasSuffix(d.text("Type"), "Confirmation") {
		return [][]byte{message.content()}
	}
	return nil
}
