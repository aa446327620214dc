package remote_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"testing"

	"github.com/tocsin-sec/tocsin/pkg/remote"
)

// A cause is shown without what has been wrapped around it, and one that is not known is not shown
// at all.
func TestCause(t *testing.T) {
	refused := &net.OpError{Op: "dial", Net: "tcp", Addr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1}, Err: errors.New("refused")}
	for want, err := range map[string]error{
		"dial tcp 127.0.0.1:1: refused":                   refused,
		"lookup host: no such host":                       &net.DNSError{Err: "no such host", Name: "host"},
		"http: server gave HTTP response to HTTPS client": http.ErrSchemeMismatch,
		"the connection was closed":                       fmt.Errorf("s3cr3t: %w", io.EOF),
		"it took too long":                                os.ErrDeadlineExceeded,
		"<nil>":                                           errors.New("malformed HTTP response s3cr3t"),
	} {
		err = &url.Error{Op: "Post", URL: "https://host/s3cr3t", Err: err}
		if got := fmt.Sprint(remote.Cause(err, nil)); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if got := remote.Cause(err, context.Canceled); !errors.Is(got, context.Canceled) || got.Error() != "context canceled" {
			t.Errorf("%q: got %v once the context has ended", want, got)
		}
	}
}

func TestIsThisMachine(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost": true, "127.0.0.1": true, "127.9.9.9": true, "::1": true, "::ffff:127.0.0.1": true,
		"": false, "0.0.0.0": false, "192.0.2.1": false, "localhost.example": false, "127.0.0.1.example": false,
	} {
		if got := remote.IsThisMachine(host); got != want {
			t.Errorf("%q: got %v", host, got)
		}
	}
}
