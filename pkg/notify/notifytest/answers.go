package notifytest

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// page is the body of an answer that comes from something other than the remote end, as a proxy.
const page = "<html><body><h1>It works!</h1></body></html>"

// answerCases are those in which the remote end answers, in one way or another.
func answerCases() []oneCase {
	return []oneCase{
		{"throttled in the remote end's own way", throttled},
		{"every status", everyStatus},
		{"retry-after in all its forms", retryAfterForms},
		{"status 200 without a proof", noProof},
		{"redirect", redirect},
		{"answer that repeats the request", echo},
	}
}

func throttled(tr *trial) error {
	answer := tr.kit.Throttle
	if answer == nil {
		answer = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) }
	}
	err := tr.notify(tr.Context(), tr.sink(answer), plainFinding())
	return wantKind(err, notify.Throttled)
}

// everyStatus answers with each status that there can be, with the body of a stranger.
func everyStatus(tr *trial) error {
	var status atomic.Int32
	sink := tr.rawSink(func(conn *net.TCPConn, r *http.Request) {
		drain(r)
		answerRaw(conn, int(status.Load()), "", page)
	})
	var all []error
	for code := 100; code <= 599; code++ {
		status.Store(int32(code))
		err := tr.notify(tr.Context(), sink, plainFinding())
		if err := errors.Join(wantKind(err, kindsOf(code)...), wantReason(err, reasonsOf(code)...)); err != nil {
			all = append(all, fmt.Errorf("status %d: %w", code, err))
		}
	}
	return errors.Join(all...)
}

// kindsOf returns the kinds of error that a bare status may be taken for.
func kindsOf(status int) []notify.ErrorKind {
	switch {
	case status/100 == 2: // no proof, and nobody can say why
		return []notify.ErrorKind{notify.Transient, notify.Throttled, notify.Unacceptable, notify.Broken}
	case status == http.StatusTooManyRequests:
		return []notify.ErrorKind{notify.Throttled}
	case status == http.StatusRequestTimeout, status == http.StatusTooEarly, status/100 == 1:
		return []notify.ErrorKind{notify.Transient}
	case status/100 == 5:
		return []notify.ErrorKind{notify.Transient, notify.Throttled}
	case status/100 == 3:
		return []notify.ErrorKind{notify.Broken}
	default:
		return []notify.ErrorKind{notify.Unacceptable, notify.Broken}
	}
}

// reasonsOf returns the reasons for which a bare status may be counted. What stands in place of another
// status that is none of HTTP's can be anything.
func reasonsOf(status int) []notify.Reason {
	switch status / 100 {
	case 2, 1:
		return notify.Reasons()
	case 5:
		return []notify.Reason{notify.ReasonServer, notify.ReasonThrottled}
	}
	if status == http.StatusTooManyRequests {
		return []notify.Reason{notify.ReasonThrottled}
	}
	return []notify.Reason{notify.ReasonClient}
}

func retryAfterForms(tr *trial) error {
	now := time.Now().UTC()
	var header atomic.Pointer[string]
	sink := tr.rawSink(func(conn *net.TCPConn, r *http.Request) {
		drain(r)
		answerRaw(conn, http.StatusTooManyRequests, *header.Load(), "")
	})
	day := 24 * time.Hour
	forms := []struct {
		value    string
		from, to time.Duration
	}{
		{"7", 7 * time.Second, 7 * time.Second},
		{"1.5", 1500 * time.Millisecond, 2 * time.Second},
		{now.Add(time.Minute).Format(http.TimeFormat), time.Minute, time.Minute},
		{now.Add(-time.Minute).Format(http.TimeFormat), 0, 0},
		{"0", 0, 0},
		{"-7", 0, 0},
		{"", 0, 0},
		{"in a while", 0, 0},
		{"99999999999999999999", time.Hour, day},
	}
	var all []error
	for _, form := range forms {
		lines := fmt.Sprintf("Date: %s\r\nRetry-After: %s\r\n", now.Format(http.TimeFormat), form.value)
		header.Store(&lines)
		err := tr.notify(tr.Context(), sink, plainFinding())
		if err := wantKind(err, notify.Throttled); err != nil {
			all = append(all, fmt.Errorf("Retry-After %q: %w", form.value, err))
			continue
		}
		if got := notify.Delay(err); got < form.from || got > form.to {
			all = append(all, fmt.Errorf("Retry-After %q: the delay is %v, want %v to %v", form.value, got, form.from, form.to))
		}
	}
	return errors.Join(all...)
}

// noProof answers 200 with everything but what the remote end says when it has taken a message.
func noProof(tr *trial) error {
	bodies := []string{
		"", " ", page, "null", "0", "true", "[]", "{}", `""`, "\x00\xff\xfe", "not ok", "ok?", "OK!",
		`{"ok":false}`, `{"ok":"true"}`, `{"ok":true`, `{"error":"no"}`, "<a/>", "<a><b></a>", "<?xml version='1.0'?>",
	}
	var body atomic.Pointer[string]
	sink := tr.sink(func(w http.ResponseWriter, r *http.Request) {
		drain(r)
		_, _ = io.WriteString(w, *body.Load())
	})
	var all []error
	for _, text := range bodies {
		body.Store(&text)
		if err := tr.notify(tr.Context(), sink, plainFinding()); err == nil {
			all = append(all, fmt.Errorf("status 200 with the body %q was taken for a success", text))
		}
	}
	return errors.Join(all...)
}

func redirect(tr *trial) error {
	var reached atomic.Int32
	elsewhere := tr.serve(func(w http.ResponseWriter, r *http.Request) {
		reached.Add(1)
		tr.kit.Accept(w, r)
	})
	var status atomic.Int32
	sink := tr.sink(func(w http.ResponseWriter, r *http.Request) {
		drain(r)
		w.Header().Set("Location", elsewhere)
		w.WriteHeader(int(status.Load()))
	})
	var all []error
	for _, code := range []int32{301, 302, 303, 307, 308} {
		status.Store(code)
		err := tr.notify(tr.Context(), sink, plainFinding())
		if err := wantKind(err, notify.Broken); err != nil {
			all = append(all, fmt.Errorf("status %d: %w", code, err))
		}
	}
	if n := reached.Load(); n != 0 {
		all = append(all, fmt.Errorf("redirects were followed %d times", n))
	}
	return errors.Join(all...)
}

// echo answers with the request itself, secret and all, where a status line, a header and a body
// should be. None of it may come back in an error, which tr.notify sees to.
func echo(tr *trial) error {
	var shape atomic.Pointer[string]
	sink := tr.rawSink(func(conn *net.TCPConn, r *http.Request) {
		var request strings.Builder
		fmt.Fprintf(&request, "%s %s", r.Method, r.RequestURI)
		for name, values := range r.Header {
			fmt.Fprintf(&request, "; %s: %s", name, strings.Join(values, ", "))
		}
		fmt.Fprintf(&request, "; %s", drain(r))
		text := strings.NewReplacer("\r", "", "\n", "").Replace(request.String())
		_, _ = io.WriteString(conn, strings.ReplaceAll(*shape.Load(), "REQUEST", text))
	})
	shapes := []string{
		"REQUEST\r\n\r\n",
		"HTTP/1.1 REQUEST\r\n\r\n",
		"HTTP/1.1 200 REQUEST\r\nConnection: close\r\n\r\nREQUEST",
		"HTTP/1.1 400 REQUEST\r\nConnection: close\r\n\r\nREQUEST",
		"HTTP/1.1 404 No\r\nConnection: close\r\nX-Request: REQUEST\r\n\r\nREQUEST",
		"HTTP/1.1 500 REQUEST\r\nConnection: close\r\n\r\nREQUEST",
		"HTTP/1.1 200 OK\r\nREQUEST REQUEST\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: REQUEST\r\n\r\nREQUEST",
		"HTTP/1.1 302 Found\r\nConnection: close\r\nLocation: http://127.0.0.1:1/?REQUEST\r\n\r\n",
		"HTTP/1.1 429 Slow\r\nConnection: close\r\nRetry-After: REQUEST\r\n\r\nREQUEST",
	}
	var all []error
	for _, s := range shapes {
		shape.Store(&s)
		if err := tr.notify(tr.Context(), sink, plainFinding()); err == nil {
			all = append(all, fmt.Errorf("the answer %q was taken for a success", s))
		}
	}
	return errors.Join(all...)
}
