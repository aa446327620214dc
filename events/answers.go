package events

import (
	"strings"

	"github.com/tocsin-sec/tocsin/events/lenient"
)

// answered returns the bodies in what AWS's command line has answered or was asked with, which people
// hand on as they have it, or nil when it is none of that:
//
//   - sqs receive-message, and one of its messages
//   - logs filter-log-events and get-log-events
//   - cloudtrail lookup-events
//   - events put-events --entries
//   - one record of a queue without the batch around it, as EventBridge Pipes hand them on in a list
func answered(d lenient.Document) [][]byte {
	if d.Kind() != '{' {
		return nil
	}
	if body := d.Get("body"); body.Kind() == '"' && (d.Text("MessageId") != "" || strings.EqualFold(d.Text("eventSource"), "aws:sqs")) {
		return [][]byte{body.Content()}
	}
	for _, answer := range [...]struct{ list, text, beside string }{
		{"Messages", "Body", "MessageId"}, {"events", "message", "timestamp"}, {"Events", "CloudTrailEvent", "EventId"},
	} {
		if bodies := texts(d.List(answer.list), answer.text, answer.beside); bodies != nil {
			return bodies
		}
	}
	var entries [][]byte
	for _, entry := range d.List("Entries") {
		if entry.Text("DetailType") == "" || entry.Get("Detail").IsNull() {
			return nil
		}
		entries = append(entries, entry.Raw())
	}
	return entries
}

// texts returns one member of each element, or nil unless each has it and the other one.
func texts(list []lenient.Document, name, beside string) [][]byte {
	var all [][]byte
	for _, element := range list {
		text := element.Get(name)
		if text.Kind() != '"' || element.Get(beside).IsNull() {
			return nil
		}
		all = append(all, text.Content())
	}
	return all
}
