// Package httpsend is the only way out over HTTP: one client with the rules that every sink needs.
//
// It speaks https, and plain http to this machine alone; it needs TLS 1.2; it follows no redirect;
// it never connects to a link-local address, where the cloud keeps its credentials, nor to the
// Lambda Runtime API, where it would take part in its own function's invocations; it reads a
// bounded part of an answer; and no error of its holds more of a URL than the host, since a
// webhook's path and query are its secret.
package httpsend

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/notify"
)

const (
	// maxBody is how much of an answer is read, in bytes. Most remote ends say what they have to
	// say in a few hundred; Slack's Web API repeats the whole message, with every letter but ASCII
	// in six bytes or twelve.
	maxBody = 512 << 10
	// maxHeader bounds the header of an answer, in bytes.
	maxHeader = 64 << 10

	// The longest that each step may take. The context can end each of them sooner.
	dialTimeout      = 5 * time.Second
	handshakeTimeout = 5 * time.Second
	headerTimeout    = 15 * time.Second
	exchangeTimeout  = 30 * time.Second

	// idleTimeout is shorter than the 60 seconds after which common servers hang up, so that a
	// connection that was kept over a pause is closed by us and not found dead. It is measured by
	// the wall clock, so it holds across a freeze of the Lambda environment.
	idleTimeout = 30 * time.Second
	// idlePerHost keeps as many connections as a sink sends at once.
	idlePerHost = 8
	// writeBuffer holds ten messages to SNS with their header, in bytes, for one write.
	writeBuffer = 32 << 10

	userAgent = "tocsin"
)

// Client sends requests. It is safe for concurrent use and keeps connections alive between
// requests; build one for each sink, once.
type Client struct{ transport *http.Transport }

// New builds a client. The proxy comes from HTTPS_PROXY, HTTP_PROXY and NO_PROXY.
func New() *Client {
	return &Client{&http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            dial,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    handshakeTimeout,
		ResponseHeaderTimeout:  headerTimeout,
		MaxResponseHeaderBytes: maxHeader,
		IdleConnTimeout:        idleTimeout,
		MaxIdleConnsPerHost:    idlePerHost,
		WriteBufferSize:        writeBuffer,
		ForceAttemptHTTP2:      true,
		DisableCompression:     true, // answers are small, and a packed one could be a bomb
	}}
}

// Request is one message on its way.
type Request struct {
	// URL is where it goes; its bytes are sent as they are. It may hold a secret.
	URL string
	// Method is POST where it is empty.
	Method string
	// ContentType is the media type of Body.
	ContentType string
	Body        []byte
	// Header holds further header fields; it may be nil.
	Header http.Header
}

// Response is the remote end's answer.
type Response struct {
	Status int
	Header http.Header
	// Body is the answer's text, or its first 512 KiB.
	Body []byte
}

// Post sends one request and gives the answer, whatever its status; Fault says what a status means.
//
// There is no retry here, but for one: when a connection that was kept alive turns out to be closed
// and no byte of the request was written to it, net/http sends the request over a fresh one. A
// request that the remote end may have seen is never sent again.
//
// An error is a notify.PermanentSink for a URL or an address that is refused, and transient else.
// It names the host and no other part of the URL.
func (c *Client) Post(ctx context.Context, r Request) (Response, error) {
	target, err := parsed(r.URL)
	if err != nil {
		return Response{}, notify.PermanentSink(err)
	}
	ctx, cancel := Bounded(ctx)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, cmp.Or(r.Method, http.MethodPost), "", bytes.NewReader(r.Body))
	if err != nil {
		return Response{}, fmt.Errorf("a request to %s: %w", target.Hostname(), err)
	}
	// net/http would read the text once more, and show it in its errors.
	request.URL, request.Host = target, strings.TrimSuffix(target.Host, ":")
	for name, values := range r.Header {
		request.Header[name] = values
	}
	request.Header.Set("Content-Type", r.ContentType)
	request.Header.Set("User-Agent", userAgent)

	answer, err := c.Do(request)
	if err != nil {
		return Response{}, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil && answer.StatusCode/100 == 2 {
		// What would have been the proof is cut off. Any other status stands without its body.
		return Response{}, err
	}
	return Response{Status: answer.StatusCode, Header: answer.Header, Body: body}, nil
}

// Bounded returns the context for one exchange, which takes no longer than 30 seconds.
func Bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	if end, isBounded := ctx.Deadline(); isBounded && time.Until(end) <= exchangeTimeout {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, exchangeTimeout)
}

// Do sends a request that somebody else has built, by the same rules as Post: it follows no
// redirect, which would carry the message to somebody else. It makes the client fit where an HTTP
// client is asked for, as by the AWS SDK. Reading from the answer's body ends after 512 KiB; the
// caller closes it. Every error is an *Error, those of that reading too.
func (c *Client) Do(request *http.Request) (*http.Response, error) {
	if err := checkScheme(request.URL); err != nil {
		return nil, &Error{notify.PermanentSink(err)}
	}
	answer, err := c.transport.RoundTrip(request)
	if err != nil {
		return nil, &Error{fmt.Errorf("no answer from %s: %w", request.URL.Hostname(), cause(request, err))}
	}
	if answer.StatusCode < http.StatusOK {
		// An answer of 101 hands over the bare connection, which has no end.
		answer.Body.Close()
		answer.Body = http.NoBody
	}
	answer.Body = bounded{io.LimitReader(answer.Body, maxBody), answer.Body, request}
	return answer, nil
}

// bounded is a body that ends early. Closing it before its true end closes the connection, so the
// rest is never read. Its errors are marked as those of the transport, whoever reads it.
type bounded struct {
	io.Reader
	io.Closer
	request *http.Request
}

// Read implements io.Reader.
func (b bounded) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = &Error{fmt.Errorf("answer of %s broke off: %w", b.request.URL.Hostname(), cause(b.request, err))}
	}
	return n, err
}
