// Package panics describes a panic that was caught.
package panics

import (
	"fmt"
	"runtime"
	"strings"
)

// Describe returns the kind and the place of a panic whose value was recovered. It is called by the
// deferred function that recovers. The value's own text is left out, unless the runtime wrote it:
// it may hold a secret, or text of a finding.
func Describe(value any) string {
	what := fmt.Sprintf("%T", value)
	if err, ok := value.(runtime.Error); ok {
		what = err.Error()
	}
	var callers [16]uintptr
	frames := runtime.CallersFrames(callers[:runtime.Callers(0, callers[:])])
	for panicking, more := false, true; more; {
		var frame runtime.Frame
		frame, more = frames.Next()
		inRuntime := strings.HasPrefix(frame.Function, "runtime.")
		if panicking && !inRuntime {
			return what + " in " + frame.Function
		}
		panicking = panicking || frame.Function == "runtime.gopanic"
	}
	return what
}
