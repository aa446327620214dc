package app

import (
	"errors"
	"fmt"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/mute"
	"github.com/tocsin-sec/tocsin/pkg/panics"
	"github.com/tocsin-sec/tocsin/pkg/router"
)

// steps are what an App does with the text of others: to read findings out of it, and to decide about them.
type steps struct {
	parse  func(events.Envelope) []finding.Finding
	decide func(finding.Finding, []router.Route, []mute.Mute) []router.Decision
}

func usualSteps() steps { return steps{parse: events.Parse, decide: router.Decide} }

// FaultError says that Tocsin itself failed at a record, which is then as good as unreadable: the other records go
// their way. Its text holds nothing of the record but its message id.
type FaultError struct {
	// Record is the id of the message, or where the record stands in the payload.
	Record string
	// Err says what went wrong, and where in the program.
	Err error
}

// Error gives the fault in one line.
func (e *FaultError) Error() string {
	return fmt.Sprintf("a fault of Tocsin, not of the event: record %s: %v; please report it", e.Record, e.Err)
}

// Unwrap returns what went wrong.
func (e *FaultError) Unwrap() error { return e.Err }

// guarded calls do for the record at a place of the payload. After a panic there is nothing in the report but the fault.
func guarded(report *RecordReport, place int, do func()) {
	defer func() {
		if value := recover(); value != nil {
			name := report.message.ID
			if name == "" {
				name = fmt.Sprintf("%d of the payload", place+1)
			}
			err := &FaultError{Record: name, Err: errors.New(panics.Describe(value))}
			*report = RecordReport{Message: report.message.ID, Err: err, message: report.message}
		}
	}()
	do()
}
