// Package farendtest is what the far ends of all sinks share in tests: a server on a loopback socket,
// a lock, what was refused, and answers in the far end's place. What the far end takes and keeps is
// for the package of each vendor to say.
package farendtest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
)

// End is one far end. A vendor's server embeds it, and guards what it keeps with its lock.
type End struct {
	sync.Mutex

	server  *httptest.Server
	serve   func(http.ResponseWriter, *http.Request, []byte)
	instead func(http.ResponseWriter, *http.Request) bool
	refused []error
}

// Start starts the server; it stops when the test ends. Each request is answered by serve, which has
// the lock, and is given the body. The request's own body can still be read.
func (e *End) Start(t testing.TB, serve func(w http.ResponseWriter, r *http.Request, body []byte)) {
	t.Helper()
	e.serve = serve
	e.server = httptest.NewServer(e)
	t.Cleanup(func() {
		e.server.CloseClientConnections()
		e.server.Close()
	})
}

// ServeHTTP answers as the far end does, or as Answer says.
func (e *End) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if instead := Value(e, &e.instead); instead != nil && instead(w, r) {
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	e.Lock()
	defer e.Unlock()
	e.serve(w, r, body)
}

// Address returns where the server listens, "http://127.0.0.1:port".
func (e *End) Address() string { return e.server.URL }

// Answer lets answer reply in the far end's place. It is called first and returns whether it has
// replied.
func (e *End) Answer(answer func(http.ResponseWriter, *http.Request) bool) {
	Set(e, &e.instead, answer)
}

// NoteRefusal keeps why something is refused, for Refused. The lock is held.
func (e *End) NoteRefusal(err error) { e.refused = append(e.refused, err) }

// Refused returns why requests were refused for what they are, in their order.
func (e *End) Refused() []error { return List(e, &e.refused) }

// List returns a copy of what a list holds, under its lock.
func List[T any](lock sync.Locker, list *[]T) []T {
	lock.Lock()
	defer lock.Unlock()
	return slices.Clone(*list)
}

// Value returns a value that a lock guards.
func Value[T any](lock sync.Locker, value *T) T {
	lock.Lock()
	defer lock.Unlock()
	return *value
}

// Set gives another value to what a lock guards.
func Set[T any](lock sync.Locker, at *T, value T) {
	lock.Lock()
	defer lock.Unlock()
	*at = value
}

// JSON answers with a document.
func JSON(w http.ResponseWriter, status int, document any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(document) // who has gone reads no answer
}
