package notify_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// What a failure means for the next attempt and why it is counted are told apart: a mark of the one
// keeps the other.
func TestReasonOf(t *testing.T) {
	plain := errors.New("x")
	refused := &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
	for name, test := range map[string]struct {
		err    error
		reason notify.Reason
		kind   notify.ErrorKind
	}{
		"nothing known":               {plain, notify.ReasonOther, notify.Transient},
		"server":                      {fmt.Errorf("to Slack: %w", notify.Because(plain, notify.ReasonServer)), notify.ReasonServer, notify.Transient},
		"the outer mark wins":         {notify.Because(notify.Because(plain, notify.ReasonServer), notify.ReasonNetwork), notify.ReasonNetwork, notify.Transient},
		"permanent for the message":   {notify.PermanentMessage(plain), notify.ReasonClient, notify.Unacceptable},
		"permanent for the sink":      {notify.PermanentSink(plain), notify.ReasonClient, notify.Broken},
		"permanent, and the server's": {notify.PermanentSink(notify.Because(plain, notify.ReasonServer)), notify.ReasonServer, notify.Broken},
		"marked, and permanent":       {notify.Because(notify.PermanentSink(plain), notify.ReasonServer), notify.ReasonServer, notify.Broken},
		"throttled by a 503":          {notify.RetryAfter(notify.Because(plain, notify.ReasonServer), time.Second), notify.ReasonThrottled, notify.Throttled},
		"throttled inside":            {notify.Because(notify.RetryAfter(plain, time.Second), notify.ReasonServer), notify.ReasonThrottled, notify.Throttled},
		"the time is up":              {fmt.Errorf("to Slack: %w", context.DeadlineExceeded), notify.ReasonTimeout, notify.Transient},
		"given up":                    {context.Canceled, notify.ReasonOther, notify.Transient},
		"refused connection":          {fmt.Errorf("to Slack: %w", refused), notify.ReasonNetwork, notify.Transient},
	} {
		t.Run(name, func(t *testing.T) {
			if got := notify.ReasonOf(test.err); got != test.reason || !slices.Contains(notify.Reasons(), got) {
				t.Errorf("got %q, want %q", got, test.reason)
			}
			if got := notify.KindOf(test.err); got != test.kind {
				t.Errorf("got %v, want %v", got, test.kind)
			}
		})
	}
	if notify.Because(nil, notify.ReasonServer) != nil {
		t.Error("no error was made one")
	}
}
