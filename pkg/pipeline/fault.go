package pipeline

import (
	"errors"
	"fmt"

	"github.com/tocsin-sec/tocsin/pkg/panics"
	"github.com/tocsin-sec/tocsin/pkg/report"
)

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

// guarded calls do for the record at a place of the payload. After a panic nothing is left of the record but the fault.
func guarded(t *task, place int, do func()) {
	defer func() {
		if value := recover(); value != nil {
			name := t.message.ID
			if name == "" {
				name = fmt.Sprintf("%d of the payload", place+1)
			}
			err := &FaultError{Record: name, Err: errors.New(panics.Describe(value))}
			*t = task{Record: report.Record{Message: t.message.ID, Err: err}, message: t.message}
		}
	}()
	do()
}
