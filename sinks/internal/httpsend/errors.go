package httpsend

import (
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/remote"
)

// maxDelay is the longest Retry-After that is believed.
const maxDelay = 24 * time.Hour

// Error is why a request has no answer. Its text holds the host and no other part of the URL, and
// nothing of the request or the answer, so that it can be shown; what is wrapped around it may not.
type Error struct{ reason error }

// Error returns the reason.
func (e *Error) Error() string { return e.reason.Error() }

// Unwrap returns the reason, which keeps its kind.
func (e *Error) Unwrap() error { return e.reason }

// cause returns why a request has no answer, without a text that may hold the URL, the request or
// the answer. It is marked with its reason.
func cause(request *http.Request, err error) error {
	known := remote.Cause(err, request.Context().Err())
	timeout, isTimed := errors.AsType[net.Error](err)
	switch {
	case known == nil:
		return notify.Because(errors.New("it is not HTTP that can be read, or a proxy is in the way"), notify.ReasonNetwork)
	case notify.KindOf(known) != notify.Transient:
		return known // an address that is refused
	case request.Context().Err() != nil, isTimed && timeout.Timeout():
		return notify.Because(known, notify.ReasonTimeout)
	default:
		return notify.Because(known, notify.ReasonNetwork)
	}
}

// Fault returns what the status of an answer means where the remote end has no words of its own for
// it. It is nil for 2xx only, which is not yet a proof that the message was taken.
//
//	429, and 503 with a Retry-After    throttled
//	1xx, 408, 425, other 5xx           transient
//	3xx, 401, 403, 404, 410            permanent for the sink
//	other 4xx                          permanent for the message
//
// The error shows the status and nothing of the answer's body.
func Fault(r Response) error {
	if r.Status/100 == 2 {
		return nil
	}
	err := ByStatus(r.Status, errors.New(strings.TrimSpace(fmt.Sprintf("status %d %s", r.Status, http.StatusText(r.Status)))))
	delay := r.Delay()
	switch {
	case r.Status == http.StatusTooManyRequests,
		r.Status == http.StatusServiceUnavailable && delay > 0:
		return notify.RetryAfter(err, delay)
	case r.Status/100 == 3:
		return notify.PermanentSink(fmt.Errorf("%w (redirects are not followed: see that the address is right, and no proxy in the way)", err))
	case r.Status == http.StatusUnauthorized, r.Status == http.StatusForbidden,
		r.Status == http.StatusNotFound, r.Status == http.StatusGone:
		return notify.PermanentSink(err)
	case r.Status/100 == 4 && r.Status != http.StatusRequestTimeout && r.Status != http.StatusTooEarly:
		return notify.PermanentMessage(err)
	}
	return err
}

// ByStatus marks an error with the reason that the status of the answer stands for: 5xx is the remote
// end's own fault, and everything else a refusal.
func ByStatus(status int, err error) error {
	if status/100 == 5 {
		return notify.Because(err, notify.ReasonServer)
	}
	return notify.Because(err, notify.ReasonClient)
}

// Delay returns what the answer's Retry-After asks for, at most 24 hours; 0 when it says nothing
// that can be understood. It may be a number of seconds, whole or not, or a date.
func (r Response) Delay() time.Duration { return retryAfter(r.Header, time.Now()) }

// retryAfter reads the header field; a date in it is held against the remote end's own clock, where
// its answer shows it. https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
func retryAfter(header http.Header, now time.Time) time.Duration {
	text := strings.TrimSpace(header.Get("Retry-After"))
	if seconds, err := strconv.ParseFloat(text, 64); err == nil {
		if math.IsNaN(seconds) || math.IsInf(seconds, 0) || seconds <= 0 {
			return 0
		}
		return time.Duration(min(seconds, maxDelay.Seconds()) * float64(time.Second))
	}
	until, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	if date, err := http.ParseTime(header.Get("Date")); err == nil {
		now = date
	}
	return min(max(until.Sub(now), 0), maxDelay)
}
