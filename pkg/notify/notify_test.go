package notify_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/notify"
)

var errPlain = errors.New("plain")

func TestKindOf(t *testing.T) {
	for _, test := range []struct {
		err   error
		kind  notify.ErrorKind
		delay time.Duration
		text  string
	}{
		{nil, notify.Transient, 0, "transient"},
		{errPlain, notify.Transient, 0, "transient"},
		{notify.PermanentMessage(errPlain), notify.Unacceptable, 0, "permanent-message"},
		{notify.PermanentSink(errPlain), notify.Broken, 0, "permanent-sink"},
		{notify.RetryAfter(errPlain, time.Minute), notify.Throttled, time.Minute, "throttled"},
		{notify.RetryAfter(errPlain, -time.Minute), notify.Throttled, 0, "throttled"},
		{fmt.Errorf("wrapped: %w", notify.RetryAfter(errPlain, time.Second)), notify.Throttled, time.Second, "throttled"},
	} {
		if kind := notify.KindOf(test.err); kind != test.kind || kind.String() != test.text {
			t.Errorf("%v: got %v, want %v", test.err, kind, test.kind)
		}
		if delay := notify.Delay(test.err); delay != test.delay {
			t.Errorf("%v: got delay %v, want %v", test.err, delay, test.delay)
		}
		if test.err != nil && !errors.Is(test.err, errPlain) {
			t.Errorf("%v hides its cause", test.err)
		}
	}
}

func TestMarkingNothingIsNothing(t *testing.T) {
	for _, err := range []error{
		notify.PermanentMessage(nil), notify.PermanentSink(nil), notify.RetryAfter(nil, time.Second),
	} {
		if err != nil {
			t.Errorf("got %v, want nil", err)
		}
	}
}

func TestKindNames(t *testing.T) {
	for kind, want := range map[notify.Kind]string{
		notify.KindFinding: "finding", notify.KindUpdate: "update", notify.KindDigest: "digest",
		notify.KindNotice: "notice", notify.KindResolved: "resolved", notify.KindHeartbeat: "heartbeat", notify.Kind(99): "unknown",
	} {
		if kind.String() != want {
			t.Errorf("got %s, want %s", kind, want)
		}
	}
}
