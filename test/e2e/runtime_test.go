// Package e2e_test drives the built bootstrap through the Lambda Runtime API, against servers that
// speak the real protocols.
package e2e_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// runtimeAPI is the Lambda Runtime API of one function:
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
type runtimeAPI struct {
	server      *httptest.Server
	invocations chan invocation
	initErrors  chan string
	done        chan struct{} // closed when the test is over

	mu      sync.Mutex
	next    int
	waiting map[string]chan answer
}

// invocation is a payload and the time by which it has to be answered.
type invocation struct {
	id       string
	payload  []byte
	deadline time.Time
}

// answer is what the function answered.
type answer struct {
	body []byte
	// failure is the errorMessage of a failed invocation.
	failure string
}

func newRuntimeAPI(t *testing.T) *runtimeAPI {
	t.Helper()
	api := &runtimeAPI{
		invocations: make(chan invocation), initErrors: make(chan string, 1), done: make(chan struct{}),
		waiting: map[string]chan answer{},
	}
	mux := http.NewServeMux()
	const root = "/2018-06-01/runtime"
	mux.HandleFunc("GET "+root+"/invocation/next", api.serveNext)
	mux.HandleFunc("POST "+root+"/invocation/{id}/response", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		api.answered(w, r.PathValue("id"), answer{body: body})
	})
	mux.HandleFunc("POST "+root+"/invocation/{id}/error", func(w http.ResponseWriter, r *http.Request) {
		api.answered(w, r.PathValue("id"), answer{failure: errorMessage(r)})
	})
	mux.HandleFunc("POST "+root+"/init/error", func(w http.ResponseWriter, r *http.Request) {
		api.initErrors <- errorMessage(r)
		w.WriteHeader(http.StatusAccepted)
	})
	api.server = httptest.NewServer(mux)
	t.Cleanup(func() {
		close(api.done)
		api.server.CloseClientConnections()
		api.server.Close()
	})
	return api
}

func errorMessage(r *http.Request) string {
	var e struct{ ErrorMessage, ErrorType string }
	if err := json.NewDecoder(r.Body).Decode(&e); err != nil {
		return "an error that cannot be read"
	}
	return e.ErrorType + ": " + e.ErrorMessage
}

func (api *runtimeAPI) serveNext(w http.ResponseWriter, r *http.Request) {
	select {
	case in := <-api.invocations:
		w.Header().Set("Lambda-Runtime-Aws-Request-Id", in.id)
		w.Header().Set("Lambda-Runtime-Trace-Id", "Root="+traceOf(in.id)+";Parent=53995c3f42cd8ad8;Sampled=0")
		w.Header().Set("Lambda-Runtime-Deadline-Ms", fmt.Sprint(in.deadline.UnixMilli()))
		w.Header().Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:111122223333:function:tocsin")
		_, _ = w.Write(in.payload)
	case <-api.done:
	case <-r.Context().Done():
	}
}

// traceOf returns the id of an invocation's trace.
func traceOf(id string) string { return "1-5759e988-of-" + id }

func (api *runtimeAPI) answered(w http.ResponseWriter, id string, a answer) {
	api.mu.Lock()
	waiting := api.waiting[id]
	delete(api.waiting, id)
	api.mu.Unlock()
	w.WriteHeader(http.StatusAccepted)
	if waiting != nil {
		waiting <- a
	}
}

// invoke hands the function a payload and waits for the answer, at most until the deadline, which
// is when Lambda would kill the function.
func (api *runtimeAPI) invoke(t *testing.T, payload string, timeout time.Duration) answer {
	t.Helper()
	api.mu.Lock()
	api.next++
	in := invocation{id: fmt.Sprintf("request-%d", api.next), payload: []byte(payload)}
	waiting := make(chan answer, 1)
	api.waiting[in.id] = waiting
	api.mu.Unlock()

	in.deadline = time.Now().Add(timeout)
	select {
	case api.invocations <- in:
	case message := <-api.initErrors:
		t.Fatalf("the function did not start: %s", message)
	case <-time.After(30 * time.Second):
		t.Fatal("the function does not ask for work")
	}
	select {
	case a := <-waiting:
		noSecrets(t, a.failure+string(a.body))
		return a
	case <-time.After(time.Until(in.deadline)):
		t.Fatal("the function did not answer before its deadline")
		return answer{}
	}
}

// abandon hands the function a payload and waits until it has taken it, but for no answer.
func (api *runtimeAPI) abandon(payload string, timeout time.Duration) {
	select {
	case api.invocations <- invocation{id: "abandoned", payload: []byte(payload), deadline: time.Now().Add(timeout)}:
	case <-api.done:
	}
}

// succeeded invokes and gives the answer, which must not be an error.
func (api *runtimeAPI) succeeded(t *testing.T, payload string) string {
	t.Helper()
	a := api.invoke(t, payload, 30*time.Second)
	if a.failure != "" {
		t.Fatalf("the invocation failed: %s", a.failure)
	}
	return strings.TrimSpace(string(a.body))
}
