package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"
)

// runtimeAPI hands over payloads, and keeps what is answered. After the last payload it refuses.
type runtimeAPI struct {
	*httptest.Server
	payloads []string
	// closes says that it closes the connection with each answer.
	closes   bool
	deadline string

	mu      sync.Mutex
	answers []string
	asked   int
}

func newRuntimeAPI(t *testing.T, payloads ...string) *runtimeAPI {
	t.Helper()
	api := &runtimeAPI{payloads: payloads, deadline: fmt.Sprint(time.Now().Add(time.Minute).UnixMilli())}
	api.Server = httptest.NewServer(http.HandlerFunc(api.serve))
	t.Cleanup(api.Close)
	t.Setenv("_X_AMZN_TRACE_ID", "")
	return api
}

func (a *runtimeAPI) serve(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closes {
		w.Header().Set("Connection", "close")
	}
	if r.Method == http.MethodPost {
		body, _ := io.ReadAll(r.Body)
		a.answers = append(a.answers, r.URL.Path+" "+string(body))
		w.WriteHeader(http.StatusAccepted)
		_, _ = io.WriteString(w, `{"status":"OK"}`)
		return
	}
	if a.asked == len(a.payloads) || r.URL.Path != "/2018-06-01/runtime/invocation/next" {
		http.Error(w, "no more", http.StatusGone)
		return
	}
	a.asked++
	w.Header().Set("Lambda-Runtime-Aws-Request-Id", fmt.Sprint("r", a.asked))
	w.Header().Set("Lambda-Runtime-Deadline-Ms", a.deadline)
	w.Header().Set("Lambda-Runtime-Invoked-Function-Arn", "arn")
	w.Header().Set("Lambda-Runtime-Trace-Id", "Root=1-2-3")
	_, _ = io.WriteString(w, a.payloads[a.asked-1])
}

// doing is a handler that is a function.
type doing func(context.Context, string) (string, error)

func (d doing) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	answer, err := d(ctx, string(payload))
	return []byte(answer), err
}

// serve serves all payloads, and wants the answers.
func serve(t *testing.T, api *runtimeAPI, handler doing, want ...string) error {
	t.Helper()
	l := &loop{api: strings.TrimPrefix(api.URL, "http://"), handler: handler}
	err := l.run(t.Context())
	api.mu.Lock()
	defer api.mu.Unlock()
	if got := strings.ReplaceAll(strings.Join(api.answers, "\n"), "/2018-06-01/runtime/invocation/", ""); got != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
	return err
}

// What the handler is told is what Lambda says, and what it answers goes back, over a connection that is
// kept and over one that is not.
func TestInvocations(t *testing.T) {
	large := strings.Repeat("x", 3<<20)
	for _, closes := range []bool{false, true} {
		api := newRuntimeAPI(t, "a", large, "", "b")
		api.closes = closes
		err := serve(t, api, func(ctx context.Context, payload string) (string, error) {
			of, _ := lambdacontext.FromContext(ctx)
			deadline, _ := ctx.Deadline()
			if left := time.Until(deadline); of == nil || of.InvokedFunctionArn != "arn" || left < 30*time.Second || left > time.Minute {
				t.Errorf("%+v, %v", of, deadline)
			}
			if ctx.Value(traceKey) != "Root=1-2-3" || os.Getenv("_X_AMZN_TRACE_ID") != "Root=1-2-3" {
				t.Errorf("the trace is %v", ctx.Value(traceKey))
			}
			return fmt.Sprint(of.AwsRequestID, " ", len(payload)), nil
		}, "r1/response r1 1", "r2/response r2 3145728", "r3/response r3 0", "r4/response r4 1")
		if err == nil || !strings.Contains(err.Error(), "status 410") {
			t.Errorf("got %v", err)
		}
	}
}

// mistakeError is an error with a name.
type mistakeError struct{}

func (*mistakeError) Error() string { return `"no" good` }

// An invocation that fails is answered with why, and the next one is served.
func TestFailures(t *testing.T) {
	failures := []error{&mistakeError{}, fmt.Errorf("x: %w", &mistakeError{}), errors.Join(&mistakeError{})}
	at := 0
	_ = serve(t, newRuntimeAPI(t, "a", "b", "c"), func(context.Context, string) (string, error) {
		at++
		return "not this", failures[at-1]
	}, `r1/error {"errorMessage":"\"no\" good","errorType":"mistakeError"}`, `r2/error {"errorMessage":"x: \"no\" good","errorType":"wrapError"}`,
		`r3/error {"errorMessage":"\"no\" good","errorType":"joinError"}`)

	api := newRuntimeAPI(t, "a")
	api.deadline = "soon"
	_ = serve(t, api, func(context.Context, string) (string, error) {
		t.Error("it is called without a deadline")
		return "", nil
	}, `r1/error {"errorMessage":"Lambda does not say until when an answer is due","errorType":"Runtime.UnknownDeadline"}`)
}

// After a panic there are no more invocations, and what was in it does not show.
func TestPanic(t *testing.T) {
	api := newRuntimeAPI(t, "a", "b")
	l := &loop{api: strings.TrimPrefix(api.URL, "http://"), handler: doing(func(context.Context, string) (string, error) { panic("s3cr3t") })}
	if err := l.run(t.Context()); !errors.Is(err, errPanic) {
		t.Errorf("got %v", err)
	}
	if len(api.answers) != 1 || !strings.Contains(api.answers[0], `r1/error {"errorMessage":"`) || strings.Contains(api.answers[0], "s3cr3t") {
		t.Errorf("got %s", api.answers)
	}
}

// A connection that was closed while the handler was at work does not lose its answer.
func TestClosedConnection(t *testing.T) {
	api := newRuntimeAPI(t, "a", "b")
	err := serve(t, api, func(_ context.Context, payload string) (string, error) {
		api.CloseClientConnections()
		return payload, nil
	}, "r1/response a", "r2/response b")
	if err == nil || !strings.Contains(err.Error(), "status 410") {
		t.Errorf("got %v", err)
	}
}

func TestNobodyToAsk(t *testing.T) {
	gone := httptest.NewServer(nil)
	gone.Close()
	for api, want := range map[string]string{
		"": "AWS_LAMBDA_RUNTIME_API is not set", strings.TrimPrefix(gone.URL, "http://"): "failed to get the next invoke: dial tcp",
	} {
		if err := (&loop{api: api}).run(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v", api, err)
		}
	}
}
