package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"reflect"
	"strconv"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/tocsin-sec/tocsin/pkg/panics"
)

// loop serves invocations one after another. It asks Lambda for them and answers over one connection, each
// with one write: AWS's own loop makes three of an answer, which is a fourteenth of what a lone finding
// takes. What the handler sees is the same.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
type loop struct {
	api     string // host and port of the Runtime API
	handler invoker

	conn    net.Conn // nil where there is none
	answers *bufio.Reader
	payload bytes.Buffer
}

// invoker handles the payload of an invocation.
type invoker interface {
	Invoke(ctx context.Context, payload []byte) ([]byte, error)
}

// invocations is the path under which the Runtime API has them.
const invocations = "/2018-06-01/runtime/invocation/"

// errPanic says that the handler panicked: the process is to end, since nobody knows what it has left.
var errPanic = errors.New("the handler panicked")

// run serves invocations, and returns why there can be no more.
func (l *loop) run(ctx context.Context) error {
	if l.api == "" {
		return errors.New("AWS_LAMBDA_RUNTIME_API is not set: this program is to be started by Lambda")
	}
	for {
		if err := l.serve(ctx); err != nil {
			return err
		}
	}
}

// serve serves the next invocation.
func (l *loop) serve(ctx context.Context) error {
	const most = 1 << 20 // what is kept of the room for a large payload
	if l.payload.Cap() > most {
		l.payload = bytes.Buffer{}
	}
	l.payload.Reset()
	header, err := l.exchange(l.request(http.MethodGet, invocations+"next", nil), http.StatusOK, &l.payload)
	if err != nil {
		return fmt.Errorf("failed to get the next invoke: %w", err)
	}
	id := header.Get("Lambda-Runtime-Aws-Request-Id")
	answer, failed := l.invoke(ctx, id, header)
	path := invocations + id + "/response"
	if failed != nil {
		path, answer = invocations+id+"/error", failed.json()
		fmt.Fprintf(os.Stderr, "%s\n", answer)
	}
	if _, err := l.exchange(l.request(http.MethodPost, path, answer), http.StatusAccepted, io.Discard); err != nil {
		return fmt.Errorf("failed to answer an invoke: %w", err)
	}
	if failed != nil && failed.isPanic {
		return errPanic
	}
	return nil
}

// failure is why an invocation failed.
type failure struct {
	Message string `json:"errorMessage"`
	Type    string `json:"errorType"`
	isPanic bool
}

func (f *failure) json() []byte {
	text, err := json.Marshal(f)
	if err != nil {
		return []byte("{}") // texts have a form
	}
	return text
}

// invoke calls the handler with what Lambda says of the invocation. A panic is described by kind and place
// only: its value may hold a secret.
func (l *loop) invoke(ctx context.Context, id string, header http.Header) (answer []byte, failed *failure) {
	milliseconds, err := strconv.ParseInt(header.Get("Lambda-Runtime-Deadline-Ms"), 10, 64)
	if err != nil {
		return nil, &failure{Message: "Lambda does not say until when an answer is due", Type: "Runtime.UnknownDeadline"}
	}
	ctx, cancel := context.WithDeadline(ctx, time.UnixMilli(milliseconds))
	defer cancel()
	ctx = lambdacontext.NewContext(ctx, &lambdacontext.LambdaContext{
		AwsRequestID: id, InvokedFunctionArn: header.Get("Lambda-Runtime-Invoked-Function-Arn"),
	})
	trace := header.Get("Lambda-Runtime-Trace-Id")
	if err := os.Setenv("_X_AMZN_TRACE_ID", trace); err != nil { // where the SDK looks for it
		return nil, &failure{Message: "the trace has no form", Type: "Runtime.Trace"}
	}
	ctx = context.WithValue(ctx, traceKey, trace) //nolint:revive,staticcheck // the runtime's own key
	defer func() {
		if value := recover(); value != nil {
			answer, failed = nil, &failure{Message: panics.Describe(value), Type: "panic", isPanic: true}
		}
	}()
	answer, err = l.handler.Invoke(ctx, l.payload.Bytes())
	if err != nil {
		return nil, &failure{Message: err.Error(), Type: typeOf(err)}
	}
	return answer, nil
}

// typeOf returns the name of an error's type, by which Lambda shows it.
func typeOf(err error) string {
	kind := reflect.TypeOf(err)
	if kind.Kind() == reflect.Pointer {
		kind = kind.Elem()
	}
	return kind.Name()
}

// exchange sends a request, and reads the body of the answer into to. A connection that was kept can have
// been closed meanwhile: then the request goes over another one.
func (l *loop) exchange(request []byte, want int, to io.Writer) (http.Header, error) {
	for {
		isKept := l.conn != nil
		header, status, err := l.try(request, to)
		switch {
		case err == nil && status == want:
			return header, nil
		case err == nil:
			return nil, fmt.Errorf("the Runtime API answers with status %d", status)
		case status != 0 || !isKept:
			return nil, err
		}
	}
}

// try makes one exchange. status is 0 where no answer has begun.
func (l *loop) try(request []byte, to io.Writer) (header http.Header, status int, err error) {
	isLast := true
	defer func() {
		if isLast {
			l.close()
		}
	}()
	if err := l.connect(); err != nil {
		return nil, 0, err
	}
	if _, err := l.conn.Write(request); err != nil {
		return nil, 0, err
	}
	response, err := http.ReadResponse(l.answers, nil)
	if err != nil {
		return nil, 0, err
	}
	defer response.Body.Close()
	if _, err := io.Copy(to, response.Body); err != nil {
		return nil, response.StatusCode, err
	}
	isLast = response.Close
	return response.Header, response.StatusCode, nil
}

// request returns a request as it goes over the connection.
func (l *loop) request(method, path string, body []byte) []byte {
	text := make([]byte, 0, 256+len(body))
	text = append(text, method+" "+path+" HTTP/1.1\r\nHost: "+l.api+"\r\nUser-Agent: tocsin\r\n"...)
	if method == http.MethodPost {
		text = append(text, "Content-Type: application/json\r\nContent-Length: "...)
		text = append(strconv.AppendInt(text, int64(len(body)), 10), "\r\n"...)
	}
	return append(append(text, "\r\n"...), body...)
}

// connect makes a connection where there is none.
func (l *loop) connect() error {
	if l.conn != nil {
		return nil
	}
	conn, err := net.Dial("tcp", l.api) //nolint:noctx // it is this machine's, and nothing goes on without it
	if err != nil {
		return err
	}
	l.conn, l.answers = conn, bufio.NewReader(conn)
	return nil
}

func (l *loop) close() {
	if l.conn != nil {
		_ = l.conn.Close()
		l.conn = nil
	}
}
