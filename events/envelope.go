package events

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/tocsin-sec/tocsin/events/lenient"
)

// The members by which wrappers are known.
const (
	keyRecords = "Records"
	keySNS     = "Sns"
	keyMessage = "Message"
)

// envelope reads an event, or a bare finding as an event. The error is a *NoEventError.
func (o opener) envelope(event lenient.Document) (Envelope, error) {
	if isOwn(event) {
		return Envelope{}, &NoEventError{
			Reason: "this is what Tocsin itself has sent",
			Remedy: "let no sink send to where findings come from, and no rule send events of the source tocsin there",
		}
	}
	detail, raw := unwrapText(event.Get("detail"))
	isEvent := !event.Get("detail-type").IsNull() || (!event.Get("source").IsNull() && raw != nil)
	if !isEvent {
		return o.bareEnvelope(event)
	}
	envelope := Envelope{
		ID:         event.Text("id"),
		Source:     event.Text("source"),
		DetailType: event.Text("detail-type"),
		Account:    event.Get("account").Account(),
		Region:     event.Text("region"),
		Time:       event.Get("time").Time(),
		Resources:  event.Get("resources").Texts(),
		Detail:     raw,
		Event:      event.Raw(),
	}
	return envelope.Opened(detail), nil
}

// ownDetailTypes are those of the events that Tocsin puts on a bus for others. The record by which it
// has a digest sent later has another one.
func ownDetailTypes() []string {
	return []string{
		"Security Finding", "Security Finding Update", "Security Finding Resolved", "Security Finding Digest", "Tocsin Notice", "Tocsin Heartbeat",
	}
}

// isOwn reports whether an event or a bare document is one that Tocsin has sent to a bus or a queue.
// Taken for a finding it would be sent again, and could come back without end. The form of documents is
// that of docs/schema.
func isOwn(event lenient.Document) bool {
	if detailType := event.Text("detail-type"); detailType != "" {
		return event.Text("source") == "tocsin" && slices.Contains(ownDetailTypes(), detailType)
	}
	kinds := []string{"finding", "update", "digest", "notice", "heartbeat"} // of docs/schema
	isDocument := event.Text("version") == "1" && slices.Contains(kinds, event.Text("kind"))
	return isDocument && (event.Text("key") != "" || !event.Get("count").IsNull())
}

// bareEnvelope makes an envelope for findings that came without one, such as the output of a
// service's command line.
func (o opener) bareEnvelope(d lenient.Document) (Envelope, error) {
	envelope := Envelope{Detail: d.Raw(), Event: d.Raw()}.Opened(d)
	sample := d
	if findings, ok := d.Get("findings").Listed(); ok {
		if len(findings) == 0 {
			return Envelope{}, &NoEventError{Reason: "the list of findings is empty", Remedy: o.remedyEvent()}
		}
		sample = findings[0].Object()
	}
	envelope.Source, envelope.DetailType = o.recognise(sample)
	switch {
	case envelope.Source != "":
		return envelope, nil
	case strings.HasSuffix(d.Text("Type"), "Confirmation"):
		return Envelope{}, &NoEventError{
			Reason: "this is SNS asking to confirm a subscription",
			Remedy: "confirm the subscription; events come after that",
		}
	case !d.Get("eventSource").IsNull():
		return Envelope{}, &NoEventError{Reason: "this is a record of another service", Remedy: o.remedyOtherSource()}
	case d.Absent():
		return Envelope{}, &NoEventError{Reason: "the object is empty", Remedy: o.remedyEvent()}
	}
	if envelope, ok := o.transformed(d); ok {
		return envelope, nil
	}
	return Envelope{}, &NoEventError{
		Reason: "the object has neither detail-type nor source and detail, and is no finding",
		Remedy: o.remedyEvent(),
	}
}

// recognise returns the source and the detail-type of a document without an envelope, or "".
func (o opener) recognise(d lenient.Document) (name, detailType string) {
	for _, s := range o.table {
		if s.Recognises != nil && s.Recognises(d) {
			return s.Name, s.DetailTypes[0]
		}
	}
	return "", ""
}

// unwrapText returns the JSON inside a JSON string, as an entry for PutEvents has it, and anything
// else as it is, with the text that it was read from. Null is nothing.
func unwrapText(d lenient.Document) (lenient.Document, json.RawMessage) {
	if d.IsNull() {
		return lenient.Document{}, nil
	}
	if d.Kind() == '"' {
		text := d.Content()
		if inner := lenient.Decode(text); inner.Kind() == '{' {
			return inner, text
		}
	}
	return d, d.Raw()
}
