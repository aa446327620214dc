package batch

import (
	"testing"
	"time"
)

// WaitForReady waits until so many messages wait for a call, for half a minute at the most.
func (o *Outbox[M]) WaitForReady(t *testing.T, count int) {
	t.Helper()
	ready := -1
	for end := time.Now().Add(30 * time.Second); ready != count && time.Now().Before(end); time.Sleep(time.Millisecond) {
		o.mu.Lock()
		ready = len(o.ready)
		o.mu.Unlock()
	}
	if ready != count {
		t.Fatalf("%d messages wait for a call, not %d", ready, count)
	}
}
