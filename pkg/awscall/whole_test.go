package awscall_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/awscall"
)

// stream is a body as the SDK's is to a writer that falls behind: its end is found only when it is
// closed, and then it is an error.
type stream struct {
	io.Reader
	closed chan struct{}
}

func (s stream) Read(p []byte) (int, error) {
	if n, err := s.Reader.Read(p); !errors.Is(err, io.EOF) {
		return n, err
	}
	<-s.closed
	return 0, errors.New("read after close")
}

func (s stream) Close() error {
	select {
	case <-s.closed:
	default:
		close(s.closed)
	}
	return nil
}

// An answer is read to its end although the request's body is closed as soon as it begins.
func TestWhole(t *testing.T) {
	const body = `{"QueueUrl":"queue"}`
	answer := bytes.Repeat([]byte("letter "), 1<<17) // more than what is read together with the header
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if got, err := io.ReadAll(r.Body); err != nil || string(got) != body {
			t.Errorf("the server got %q, %v", got, err)
		}
		_, _ = w.Write(answer)
	}))
	defer server.Close()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, stream{strings.NewReader(body), make(chan struct{})})
	if err != nil {
		t.Fatal(err)
	}
	request.ContentLength = int64(len(body))
	response, err := awscall.Whole(server.Client(), true).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	_ = request.Body.Close() // as the SDK does
	if got, err := io.ReadAll(response.Body); err != nil || !bytes.Equal(got, answer) {
		t.Errorf("got %d bytes of %d, %v", len(got), len(answer), err)
	}
}

// A body goes to nobody but whom it is meant for, though it could be had again.
func TestRedirect(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("another server was asked") }))
	defer other.Close()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", other.URL)
		w.WriteHeader(http.StatusTemporaryRedirect)
	}))
	defer server.Close()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, strings.NewReader("a finding"))
	if err != nil {
		t.Fatal(err)
	}
	response, err := awscall.Whole(server.Client(), true).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusTemporaryRedirect {
		t.Errorf("got status %d", response.StatusCode)
	}
}

func TestWithBody(t *testing.T) {
	fault := errors.New("gone")
	for _, test := range []struct {
		name   string
		change func(*http.Request)
		want   string // the error
	}{
		{"a body that is read", func(r *http.Request) { r.GetBody = nil }, ""},
		{"a body that can be had again", func(*http.Request) {}, ""},
		{"no body", func(r *http.Request) { r.Body, r.ContentLength = nil, 0 }, ""},
		{"an unknown length", func(r *http.Request) { r.ContentLength = -1 }, ""},
		{"too short", func(r *http.Request) { r.GetBody, r.ContentLength = nil, 7 },
			"the body of a request to sqs.example is shorter than its length: unexpected EOF"},
		{"cannot be had again", func(r *http.Request) { r.GetBody = func() (io.ReadCloser, error) { return nil, fault } },
			"the body of a request to sqs.example: gone"},
	} {
		t.Run(test.name, func(t *testing.T) {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://sqs.example/secret", strings.NewReader("body"))
			if err != nil {
				t.Fatal(err)
			}
			test.change(request)
			whole, err := awscall.WithBody(request)
			if test.want != "" {
				if err == nil || err.Error() != test.want {
					t.Errorf("got %v, want %s", err, test.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if request.Body == nil {
				if whole.Body != nil {
					t.Error("it has got a body")
				}
				return
			}
			if got, err := io.ReadAll(whole.Body); err != nil || string(got) != "body" {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

// segments counts the reads in which a connection's bytes arrive.
type segments struct {
	net.Listener
	reads atomic.Int32
}

type segmented struct {
	net.Conn
	reads *atomic.Int32
}

func (s *segments) Accept() (net.Conn, error) {
	conn, err := s.Listener.Accept()
	return segmented{conn, &s.reads}, err
}

func (s segmented) Read(p []byte) (int, error) {
	n, err := s.Conn.Read(p)
	if n > 1 { // net/http waits for the next request with a read of a single byte
		s.reads.Add(1)
	}
	return n, err
}

// slow takes its time before it gives anything.
type slow struct{ io.Reader }

func (s slow) Read(p []byte) (int, error) {
	time.Sleep(20 * time.Millisecond)
	return s.Reader.Read(p)
}

// A body goes out in one piece with its header, wherever it is read from.
func TestOnePiece(t *testing.T) {
	for _, follows := range []bool{true, false} {
		inOnePiece(t, follows)
	}
}

func inOnePiece(t *testing.T, follows bool) {
	t.Helper()
	var got string
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		got = string(text)
	}))
	counted := &segments{Listener: server.Listener}
	server.Listener = counted
	server.Start()
	defer server.Close()
	const body = "Action=Publish"
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, slow{strings.NewReader(body)})
	if err != nil {
		t.Fatal(err)
	}
	request.ContentLength = int64(len(body))
	answer, err := awscall.Whole(server.Client(), follows).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if got != body || counted.reads.Load() != 1 {
		t.Errorf("got %q in %d pieces", got, counted.reads.Load())
	}
}
