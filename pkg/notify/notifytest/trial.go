package notifytest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// trial is one case under way: its servers, and what went wrong beside the case's own verdict.
type trial struct {
	testing.TB
	kit Kit
	// patience is how long to wait for what should happen at once.
	patience time.Duration
	// done is closed when the case is over, so that a server that never answers can go.
	done chan struct{}

	mu      sync.Mutex
	leaks   []error
	closers []func()
}

// notify asks the sink to send n, as send does, where the receipt does not matter.
func (tr *trial) notify(ctx context.Context, sink notify.Notifier, n notify.Notification) error {
	_, err := tr.send(ctx, sink, n)
	return err
}

// send asks the sink to send n, and watches over what holds in every case: the sink returns, its
// error does not show the secret, and an error comes without a receipt.
func (tr *trial) send(ctx context.Context, sink notify.Notifier, n notify.Notification) (notify.Receipt, error) {
	type result struct {
		receipt notify.Receipt
		err     error
	}
	results := make(chan result, 1)
	go func() {
		receipt, err := sink.Notify(ctx, n)
		results <- result{receipt, err}
	}()
	select {
	case got := <-results:
		if got.err != nil && got.receipt != (notify.Receipt{}) {
			tr.leak(errors.New("an error comes with a receipt"))
		}
		if shows(got.err, tr.kit.Secret) {
			tr.leak(errors.New("the error shows the secret"))
			return notify.Receipt{}, notShown{notify.KindOf(got.err)}.error()
		}
		return got.receipt, got.err
	case <-time.After(tr.patience):
		err := fmt.Errorf("the sink did not return within %v", tr.patience)
		tr.leak(err)
		return notify.Receipt{}, err
	}
}

// notShown stands for an error that shows the secret, so that the test's own output does not.
type notShown struct{ kind notify.ErrorKind }

func (n notShown) error() error {
	err := errors.New("(an error that shows the secret)")
	switch n.kind {
	case notify.Throttled:
		return notify.RetryAfter(err, 0)
	case notify.Unacceptable:
		return notify.PermanentMessage(err)
	case notify.Broken:
		return notify.PermanentSink(err)
	default:
		return err
	}
}

func (tr *trial) leak(err error) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.leaks = append(tr.leaks, err)
}

// sink builds the sink against a server that answers with handler.
func (tr *trial) sink(handler http.HandlerFunc) notify.Notifier {
	return tr.kit.New(tr, tr.serve(handler))
}

func (tr *trial) serve(handler http.HandlerFunc) string {
	server := httptest.NewServer(handler)
	tr.closers = append(tr.closers, func() {
		server.CloseClientConnections()
		server.Close()
	})
	return server.URL
}

// rawSink builds the sink against a server that reads each request and leaves the rest to answer:
// it can write what net/http would not. The connection is closed when answer returns.
func (tr *trial) rawSink(answer func(conn *net.TCPConn, r *http.Request)) notify.Notifier {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tr.Fatalf("no loopback socket: %v", err)
	}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				defer conn.Close()
				r, err := http.ReadRequest(bufio.NewReader(conn))
				if err != nil {
					return
				}
				answer(conn.(*net.TCPConn), r)
			})
		}
	})
	tr.closers = append(tr.closers, func() {
		listener.Close()
		running.Wait()
	})
	return tr.kit.New(tr, "http://"+listener.Addr().String())
}

func (tr *trial) close() {
	close(tr.done)
	for _, c := range tr.closers {
		c()
	}
}

// answerRaw writes an answer with the given status line, header lines and body, and says that the
// connection ends with it.
func answerRaw(conn io.Writer, status int, header, body string) {
	_, _ = fmt.Fprintf(conn, "HTTP/1.1 %03d Status\r\nConnection: close\r\n%sContent-Length: %d\r\n\r\n%s",
		status, header, len(body), body)
}

// drain reads the request's body to its end, so that closing the connection resets nothing.
func drain(r *http.Request) []byte {
	body, _ := io.ReadAll(r.Body)
	return body
}

// ended returns a context that is over.
func ended(parent context.Context) context.Context {
	ctx, cancel := context.WithCancel(parent)
	cancel()
	return ctx
}

func goroutines() int { return runtime.NumGoroutine() }

// steady returns the number of goroutines once those of an earlier case have gone: when it has not
// changed for a while.
func steady() int {
	const quiet, most = 5, 200 // of 2 ms each
	count, same := goroutines(), 0
	for i := 0; same < quiet && i < most; i++ {
		time.Sleep(2 * time.Millisecond)
		if now := goroutines(); now != count {
			count, same = now, 0
		} else {
			same++
		}
	}
	return count
}

// settled waits until no more goroutines run than before.
func settled(before int, patience time.Duration) error {
	for wait := time.Millisecond; wait < patience; wait *= 2 {
		if goroutines() <= before {
			return nil
		}
		time.Sleep(wait)
	}
	return fmt.Errorf("%d goroutines ran before and %d run after all servers are closed", before, goroutines())
}
