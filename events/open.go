package events

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/panics"
	"github.com/tocsin-sec/tocsin/pkg/parallel"
)

// maxDepth bounds how many wrappers are taken off: a failure record of a failure record, and so on.
const maxDepth = 8

// opener opens payloads by a table of sources.
type opener struct{ table []source.Source }

// Open unwraps whatever the Lambda (or the command line) was handed: an EventBridge event, an SQS
// batch, SNS records, SNS inside SQS, the record of a Lambda failure destination, or bare findings
// without an envelope, of the sources that recognise theirs. The error is a *NoEventError, and only
// for a payload that as a whole is no event; a bad record of a batch carries its own.
func Open(table []source.Source, payload []byte) (Delivery, error) {
	o := opener{table}
	isOwn := !looksLikeBatch(payload)
	if isOwn {
		payload = bytes.Clone(payload) // the caller's memory is used again, while findings may live on
	}
	d, err := o.open(payload)
	if err != nil {
		return Delivery{}, err
	}
	list := batch(d)
	delivery := Delivery{Form: formOf(list)}
	if delivery.Form == Direct && !isOwn {
		payload = bytes.Clone(payload)
		if d, err = o.open(payload); err != nil {
			return Delivery{}, err
		}
	}
	if delivery.Form != Direct {
		parts := make([][]Record, len(list))
		parallel.Each(len(parts), func(i int) { parts[i] = o.openMessage(list[i]) })
		delivery.Records = slices.Concat(parts...)
		return delivery, nil
	}
	delivery.Records = guarded(payload, func() []Record { return o.unwrap(d, payload, 0) })
	for _, record := range delivery.Records {
		if record.Err == nil {
			return delivery, nil
		}
	}
	return Delivery{}, delivery.Records[0].Err
}

// looksLikeBatch reports whether a payload begins as a batch does. What is kept of that is in memory of
// its own anyway: a body is a text with escapes, which is the payload but for a tenth.
func looksLikeBatch(payload []byte) bool {
	const beginning = 64
	return bytes.Contains(payload[:min(len(payload), beginning)], []byte(`"`+keyRecords+`"`))
}

// open reads a payload or body, which is an object or a list. The error is a *NoEventError.
func (o opener) open(text []byte) (lenient.Document, error) {
	whole := text
	text = bytes.TrimSpace(bytes.TrimPrefix(bytes.TrimSpace(text), []byte("\xef\xbb\xbf")))
	d, isValid := lenient.Read(text)
	switch {
	case len(text) == 0:
		return d, &NoEventError{Reason: "the payload is empty", Remedy: o.remedyEvent()}
	case bytes.HasPrefix(text, []byte("\xff\xfe")), bytes.HasPrefix(text, []byte("\xfe\xff")):
		return d, &NoEventError{Reason: "the text is UTF-16", Remedy: "save it as UTF-8"}
	case !isValid:
		return d, o.syntaxError(whole, text, json.Unmarshal(text, new(json.RawMessage)))
	case d.Kind() == '{':
		if records, ok := d.Get(keyRecords).Listed(); ok && len(records) == 0 {
			return d, &NoEventError{Reason: "the list of records is empty", Remedy: o.remedyEvent()}
		}
		return d, nil
	case d.Kind() == '[':
		if d.Absent() {
			return d, &NoEventError{Reason: "the list is empty", Remedy: o.remedyEvent()}
		}
		return d, nil
	}
	// Some tools encode an event twice.
	if inner := bytes.TrimSpace(d.Content()); d.Kind() == '"' && bytes.HasPrefix(inner, []byte("{")) {
		return o.open(inner)
	}
	remedy := o.remedyEvent()
	if isText(text) {
		remedy = "take the InputTransformer out of the rule's target, if it has made this text; otherwise " + remedy
	}
	return d, &NoEventError{Reason: "the payload is " + kindOf(d) + ", not an object", Remedy: remedy}
}

// batch returns the elements of a list, or of an object's list of records.
func batch(d lenient.Document) []lenient.Document {
	list, isList := d.Listed()
	if !isList {
		list, _ = d.Get(keyRecords).Listed()
	}
	return list
}

func kindOf(scalar lenient.Document) string {
	switch scalar.Kind() {
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

// formOf recognises a batch of SQS or SNS by the source that its records state. One record that
// states it is enough, so that a broken one does not spoil the batch.
func formOf(records []lenient.Document) Form {
	for _, record := range records {
		switch source := record.Object().Text("eventSource"); {
		case strings.EqualFold(source, "aws:sqs"):
			return SQS
		case strings.EqualFold(source, "aws:sns"):
			return SNS
		}
	}
	return Direct
}

// openMessage opens one record of an SQS or SNS batch. What it gives shares no memory with the record.
func (o opener) openMessage(record lenient.Document) []Record {
	if record.Object().Get("body").Kind() != '"' || !record.Object().Get(keySNS).IsNull() {
		record = lenient.Decode(bytes.Clone(record.Raw()))
	}
	body := messageBody(record.Object())
	var records []Record
	if body == nil {
		err := &NoEventError{Reason: "the record has no body", Remedy: "see what was sent to the queue or topic"}
		records = []Record{{Err: err, Body: record.Raw()}}
	} else {
		records = guarded(body, func() []Record { return o.openBody(body, 1) })
		records = asNotice(records, record.Get(keySNS).Object())
		if !record.Object().Get(keySNS).IsNull() {
			records = marked(records)
		}
	}
	for i := range records {
		records[i].Message = readMessage(record.Object())
	}
	return records
}

// guarded returns what open makes of a body. A panic, such as that of a source that is to recognise
// a finding, costs this body alone.
func guarded(body []byte, open func() []Record) (records []Record) {
	defer func() {
		if value := recover(); value != nil {
			fault := "a fault of Tocsin, not of the event: " + panics.Describe(value)
			records = []Record{{Err: &NoEventError{Reason: fault, Remedy: "please report it"}, Body: body}}
		}
	}()
	return open()
}

// messageBody returns what an SQS or SNS record carries, or nil when it carries nothing. A text for
// people goes with the notification that has its subject.
func messageBody(record lenient.Document) []byte {
	if body := record.Get("body"); !body.IsNull() {
		return body.Content()
	}
	notification := record.Get(keySNS).Object()
	if isNotice(notification) {
		return notification.Raw()
	}
	if message := notification.Get(keyMessage); !message.IsNull() {
		return message.Content()
	}
	return nil
}

func readMessage(record lenient.Document) Message {
	if notification := record.Get(keySNS).Object(); !notification.IsNull() {
		return Message{ID: strings.Clone(notification.Text("MessageId"))}
	}
	message := Message{ // cloned, so as not to keep the whole payload in memory
		ID:            strings.Clone(record.Text("messageId")),
		ReceiptHandle: strings.Clone(record.Text("receiptHandle")),
		QueueARN:      strings.Clone(record.Text("eventSourceARN")),
		ReceiveCount:  record.Get("attributes").Get("ApproximateReceiveCount").Integer(),
	}
	for _, m := range record.Get("messageAttributes").Each() {
		if value := m.Value.Text("stringValue"); value != "" {
			if message.Attributes == nil {
				message.Attributes = make(map[string]string)
			}
			message.Attributes[strings.Clone(m.Name)] = strings.Clone(value)
		}
	}
	return message
}

func (o opener) openBody(body []byte, depth int) []Record {
	d, err := o.open(body)
	if err != nil {
		return []Record{{Err: err, Body: body}}
	}
	return o.unwrap(d, body, depth)
}

// unwrap takes the wrappers off d, which was opened from body, until events come out: one at least.
func (o opener) unwrap(d lenient.Document, body []byte, depth int) []Record {
	if depth > maxDepth {
		err := &NoEventError{Reason: "the event is wrapped too often", Remedy: o.remedyEvent()}
		return []Record{{Err: err, Body: body}}
	}
	if isNotice(d) {
		return []Record{{Envelope: notice(d), Body: body}}
	}
	if data := d.Get("awslogs", "data"); !data.IsNull() {
		return marked(o.openLogs(data, body, depth))
	}
	inner := wrapped(d)
	if inner == nil {
		envelope, err := o.envelope(d)
		if err != nil {
			inner = answered(d)
		}
		if inner == nil {
			return []Record{{Envelope: envelope, Err: err, Body: body}}
		}
	}
	var records []Record
	for _, text := range inner {
		records = append(records, o.openBody(text, depth+1)...)
	}
	records = asNotice(records, d)
	if len(records) == 1 {
		records[0].Body = body
	}
	return marked(records)
}

// marked returns records as what stood in something else.
func marked(records []Record) []Record {
	for i := range records {
		records[i].IsWrapped = true
	}
	return records
}

// wrapped returns the bodies that d is a wrapper of, or nil when it is none.
func wrapped(d lenient.Document) [][]byte {
	if list := batch(d); len(list) > 0 {
		var bodies [][]byte
		for _, element := range list {
			body := messageBody(element.Object())
			if body == nil {
				body = element.Raw()
			}
			bodies = append(bodies, body)
		}
		return bodies
	}
	if payload := d.Get("requestPayload"); !d.Get("requestContext").IsNull() && !payload.IsNull() {
		return [][]byte{payload.Content()}
	}
	if isNotification(d) {
		return [][]byte{d.Get(keyMessage).Content()}
	}
	return nil
}
