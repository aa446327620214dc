// Package own is the form of the records that Tocsin puts on the way itself: they are events like any other, so that
// they go the same way, wait in the same queue, and can be dead letters.
package own

import (
	"encoding/json"
	"fmt"
	"time"
)

// Source is the EventBridge source of all of them.
const Source = "tocsin"

// Record is such a record. What it asks for stands in Detail, by what DetailType says.
type Record struct {
	DetailType string
	// ID names the record, where it has a name of its own.
	ID string
	// At is its time; zero for none.
	At     time.Time
	Detail any
}

// JSON returns the record as an event of EventBridge.
func (r Record) JSON() ([]byte, error) {
	event := map[string]any{"version": "0", "source": Source, "detail-type": r.DetailType, "detail": r.Detail}
	if r.ID != "" {
		event["id"] = r.ID
	}
	if !r.At.IsZero() {
		event["time"] = r.At.UTC().Format(time.RFC3339)
	}
	text, err := json.Marshal(event)
	if err != nil {
		return nil, fmt.Errorf("the record %s has no JSON form: %w", r.DetailType, err)
	}
	return text, nil
}
