package pipeline

import (
	"fmt"

	"github.com/tocsin-sec/tocsin/pkg/panics"
	"github.com/tocsin-sec/tocsin/pkg/report"
)

// guarded calls do for the record at a place of the payload. After a panic the record is as good as
// unreadable, and the others go their way. The error holds the message id alone.
func guarded(t *task, place int, do func()) {
	defer func() {
		if value := recover(); value != nil {
			name := t.message.ID
			if name == "" {
				name = fmt.Sprintf("%d of the payload", place+1)
			}
			fault := panics.Describe(value)
			err := fmt.Errorf("a fault of Tocsin, not of the event: record %s: %s; please report it", name, fault)
			*t = task{Record: report.Record{Message: t.message.ID, Err: err}, message: t.message}
		}
	}()
	do()
}
