package httpsend_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/internal/httpsend"
)

func TestFault(t *testing.T) {
	for status := 100; status <= 599; status++ {
		err := httpsend.Fault(httpsend.Response{Status: status})
		want := notify.Transient
		switch {
		case status/100 == 2:
			if err != nil {
				t.Errorf("%d: got %v", status, err)
			}
			continue
		case status == 429:
			want = notify.Throttled
		case status/100 == 3, status == 401, status == 403, status == 404, status == 410:
			want = notify.Broken
		case status/100 == 4 && status != 408 && status != 425:
			want = notify.Unacceptable
		}
		if err == nil || notify.KindOf(err) != want {
			t.Errorf("%d: got %v (%v), want %v", status, err, notify.KindOf(err), want)
		}
	}
}

func TestFaultWithRetryAfter(t *testing.T) {
	header := http.Header{"Retry-After": {"7"}}
	for status, want := range map[int]notify.ErrorKind{
		429: notify.Throttled, 503: notify.Throttled, 500: notify.Transient, 404: notify.Broken,
	} {
		err := httpsend.Fault(httpsend.Response{Status: status, Header: header})
		if notify.KindOf(err) != want {
			t.Errorf("%d: got %v", status, notify.KindOf(err))
		}
		if want == notify.Throttled && notify.Delay(err) != 7*time.Second {
			t.Errorf("%d: got a delay of %v", status, notify.Delay(err))
		}
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC)
	tests := []struct {
		header, date string
		want         time.Duration
	}{
		{"", "", 0},
		{"0", "", 0},
		{"30", "", 30 * time.Second},
		{" 30 ", "", 30 * time.Second},
		{"1.5", "", 1500 * time.Millisecond},
		{"-30", "", 0},
		{"NaN", "", 0},
		{"Inf", "", 0},
		{"1e300", "", 24 * time.Hour},
		{"99999999999999999999", "", 24 * time.Hour},
		{"soon", "", 0},
		{"Wed, 01 May 2024 12:00:20 GMT", "", 20 * time.Second},
		{"Wednesday, 01-May-24 12:00:20 GMT", "", 20 * time.Second},
		{"Wed, 01 May 2024 11:00:00 GMT", "", 0},
		{"Wed, 01 May 2030 12:00:00 GMT", "", 24 * time.Hour},
		// The remote end's clock is an hour ahead of ours.
		{"Wed, 01 May 2024 13:00:20 GMT", "Wed, 01 May 2024 13:00:00 GMT", 20 * time.Second},
		{"Wed, 01 May 2024 12:00:20 GMT", "yesterday", 20 * time.Second},
	}
	for _, test := range tests {
		header := http.Header{"Retry-After": {test.header}, "Date": {test.date}}
		if got := httpsend.RetryAfter(header, now); got != test.want {
			t.Errorf("%q: got %v, want %v", test.header, got, test.want)
		}
	}
}

// The function's own Runtime API is no place to post to, by whatever name.
func TestRuntimeAPIIsRefused(t *testing.T) {
	t.Setenv("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001")
	for resolved, want := range map[string]bool{
		"127.0.0.1:9001": true, "[::1]:9001": true, "[::ffff:127.0.0.1]:9001": true, "127.0.0.1:9002": false, "192.0.2.1:9001": false,
	} {
		if err := httpsend.CheckAddress("localhost", resolved); (err != nil && notify.KindOf(err) == notify.Broken && strings.Contains(err.Error(), "Runtime API")) != want {
			t.Errorf("%s: got %v", resolved, err)
		}
	}
	t.Setenv("AWS_LAMBDA_RUNTIME_API", "")
	if err := httpsend.CheckAddress("127.0.0.1", "127.0.0.1:9001"); err != nil {
		t.Errorf("without a Runtime API: %v", err)
	}
}
