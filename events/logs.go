package events

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"io"

	"github.com/tocsin-sec/tocsin/events/lenient"
)

// maxLogs bounds what a payload of CloudWatch Logs may hold once it is unpacked. CloudWatch Logs
// packs no more than a few megabytes into one.
const maxLogs = 32 << 20

// openLogs opens what a subscription of CloudWatch Logs hands to a function: lines of a log, packed
// with gzip and base64. A rule of EventBridge that writes to a log group makes each event a line.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
func (o opener) openLogs(data lenient.Document, body []byte, depth int) []Record {
	logs, err := unpack(data.Content())
	if err != nil {
		fault := &NoEventError{Reason: "this is a payload of CloudWatch Logs that cannot be unpacked", Remedy: "see what was sent to the function", Err: err}
		return []Record{{Err: fault, Body: body}}
	}
	if logs.Text("messageType") == "CONTROL_MESSAGE" {
		fault := &NoEventError{Reason: "this is CloudWatch Logs asking whether anybody is there", Remedy: "events come after that"}
		return []Record{{Err: fault, Body: body}}
	}
	var records []Record
	for _, line := range logs.List("logEvents") {
		records = append(records, o.openBody(line.Get("message").Content(), depth+1)...)
	}
	if len(records) == 0 {
		fault := &NoEventError{Reason: "this is a payload of CloudWatch Logs without a line", Remedy: o.remedyEvent()}
		return []Record{{Err: fault, Body: body}}
	}
	return records
}

// unpack returns the JSON in a text that is packed with gzip and base64.
func unpack(text []byte) (lenient.Document, error) {
	unpacked, err := gzip.NewReader(base64.NewDecoder(base64.StdEncoding, bytes.NewReader(text)))
	if err != nil {
		return lenient.Document{}, fmt.Errorf("unpack: %w", err)
	}
	logs, err := io.ReadAll(io.LimitReader(unpacked, maxLogs+1))
	if err != nil {
		return lenient.Document{}, fmt.Errorf("unpack: %w", err)
	}
	if len(logs) > maxLogs {
		return lenient.Document{}, fmt.Errorf("unpack: more than %d bytes", maxLogs)
	}
	d, isValid := lenient.Read(logs)
	if !isValid {
		return lenient.Document{}, fmt.Errorf("unpack: no JSON")
	}
	return d, nil
}
