package delivery

import (
	"context"
	"time"
)

// Clock knows the time and waits. A simulation has one of its own, on which a week takes seconds.
type Clock interface {
	Now() time.Time
	// Sleep waits, and reports whether it waited to the end: ctx may end before.
	Sleep(ctx context.Context, d time.Duration) bool
}

// wall is the real clock.
type wall struct{}

// Now implements Clock.
func (wall) Now() time.Time { return time.Now() }

// Sleep implements Clock.
func (wall) Sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
