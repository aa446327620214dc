package notifytest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// connectionCases are those in which the remote end does not finish what it says.
func connectionCases() []oneCase {
	return []oneCase{
		{"nobody there", nobodyThere},
		{"no answer", noAnswer},
		{"header but no body", noBody},
		{"connection reset", reset},
		{"connection closed half way", halfWay},
		{"proof cut short", proofCutShort},
		{"answer of 100 MB", hugeBody},
		{"answer without end", endlessBody},
	}
}

// within tries a remote end that does not answer: the sink returns once its time is over, and what
// stopped it may pass.
func (tr *trial) within(sink notify.Notifier) error {
	ctx, cancel := context.WithTimeout(tr.Context(), deadline)
	defer cancel()
	err := tr.notify(ctx, sink, plainFinding())
	return errors.Join(wantKind(err, notify.Transient), wantReason(err, notify.ReasonTimeout))
}

func nobodyThere(tr *trial) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("no loopback socket: %w", err)
	}
	listener.Close()
	err = tr.notify(tr.Context(), tr.kit.New(tr, "http://"+listener.Addr().String()), plainFinding())
	return errors.Join(wantKind(err, notify.Transient), wantReason(err, notify.ReasonNetwork))
}

func noAnswer(tr *trial) error {
	return tr.within(tr.rawSink(func(_ *net.TCPConn, r *http.Request) {
		drain(r)
		<-tr.done
	}))
}

func noBody(tr *trial) error {
	return tr.within(tr.rawSink(func(conn *net.TCPConn, r *http.Request) {
		drain(r)
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
		<-tr.done
	}))
}

func reset(tr *trial) error {
	sink := tr.rawSink(func(conn *net.TCPConn, r *http.Request) {
		drain(r)
		_ = conn.SetLinger(0) // closing now sends a reset
	})
	err := tr.notify(tr.Context(), sink, plainFinding())
	return errors.Join(wantKind(err, notify.Transient), wantReason(err, notify.ReasonNetwork))
}

// halfWay closes the connection after nothing, a part of the status line, and a part of the header.
func halfWay(tr *trial) error {
	var said atomic.Pointer[string]
	sink := tr.rawSink(func(conn *net.TCPConn, r *http.Request) {
		drain(r)
		_, _ = io.WriteString(conn, *said.Load())
		_ = conn.CloseWrite()
	})
	var all []error
	for _, text := range []string{"", "HTTP/1.1 2", "HTTP/1.1 200 OK\r\nContent-", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"} {
		said.Store(&text)
		err := tr.notify(tr.Context(), sink, plainFinding())
		if err := errors.Join(wantKind(err, notify.Transient), wantReason(err, notify.ReasonNetwork)); err != nil {
			all = append(all, fmt.Errorf("closed after %q: %w", text, err))
		}
	}
	return errors.Join(all...)
}

// proofCutShort sends what the remote end says when it accepts, but for the second half.
func proofCutShort(tr *trial) error {
	sink := tr.rawSink(func(conn *net.TCPConn, r *http.Request) {
		answer := recorded(tr.kit.Accept, r)
		body := answer.Body.Bytes()
		_, _ = fmt.Fprintf(conn, "HTTP/1.1 %d OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s",
			answer.Code, answer.Header().Get("Content-Type"), max(len(body), 1), body[:len(body)/2]) // of an empty one too
	})
	err := tr.notify(tr.Context(), sink, plainFinding())
	return errors.Join(wantKind(err, notify.Transient), wantReason(err, notify.ReasonNetwork))
}

// hugeBody answers with more than anybody should read. The sink has all the time it wants.
func hugeBody(tr *trial) error {
	const whole, enough = 100 << 20, 50 << 20 // the sockets' own buffers hold some of it
	var status, written atomic.Int64
	chunk := make([]byte, 64<<10)
	for i := range chunk {
		chunk[i] = 'x'
	}
	sink := tr.sink(func(w http.ResponseWriter, r *http.Request) {
		drain(r)
		w.WriteHeader(int(status.Load()))
		for written.Load() < whole {
			n, err := w.Write(chunk)
			written.Add(int64(n))
			if err != nil {
				return
			}
		}
	})
	var all []error
	for _, code := range []int64{200, 400, 500} {
		status.Store(code)
		written.Store(0)
		if err := tr.notify(tr.Context(), sink, plainFinding()); err == nil {
			all = append(all, fmt.Errorf("status %d with 100 MB of nothing was taken for a success", code))
		}
		if n := written.Load(); n > enough {
			all = append(all, fmt.Errorf("status %d: %d MB of the answer were read", code, n>>20))
		}
	}
	return errors.Join(all...)
}

// endlessBody answers with a byte now and then, for ever.
func endlessBody(tr *trial) error {
	sink := tr.rawSink(func(conn *net.TCPConn, r *http.Request) {
		drain(r)
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
		for {
			select {
			case <-tr.done:
				return
			case <-time.After(deadline / 20):
				if _, err := io.WriteString(conn, "1\r\nx\r\n"); err != nil {
					return
				}
			}
		}
	})
	return tr.within(sink)
}
