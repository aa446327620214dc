package outside_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// function is a running bootstrap and the Lambda Runtime API that it asks for work:
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
type function struct {
	payloads chan string
	answers  chan string
	done     chan struct{}
	exited   chan struct{}
	// stdout and stderr are files: what the function has written is there before its answer is.
	stdout, stderr string
	// seen is how much of the log was read.
	seen int
}

// start runs the bootstrap with exactly the given variables and those of Lambda, until the test ends.
func start(t *testing.T, variables map[string]string) *function {
	t.Helper()
	folder := t.TempDir()
	f := &function{
		payloads: make(chan string), answers: make(chan string, 1), done: make(chan struct{}), exited: make(chan struct{}),
		stdout: filepath.Join(folder, "stdout"), stderr: filepath.Join(folder, "stderr"),
	}
	server := httptest.NewServer(f)
	process := exec.Command(shared.lambda)
	process.Env = append(environment(variables),
		"AWS_LAMBDA_RUNTIME_API="+strings.TrimPrefix(server.URL, "http://"), "AWS_LAMBDA_FUNCTION_NAME=tocsin")
	stdout, stderr := create(t, f.stdout), create(t, f.stderr)
	process.Stdout, process.Stderr = stdout, stderr
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	_, _ = stdout.Close(), stderr.Close() // the process has its own
	go func() {
		_ = process.Wait()
		close(f.exited)
	}()
	t.Cleanup(func() {
		_ = process.Process.Kill()
		<-f.exited
		close(f.done)
		server.CloseClientConnections()
		server.Close()
	})
	return f
}

func create(t *testing.T, path string) *os.File {
	t.Helper()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// environment gives variables as a process takes them, with those of every AWS program.
func environment(variables map[string]string) []string {
	all := []string{"AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMIexample"}
	for name, value := range variables {
		all = append(all, name+"="+value)
	}
	return all
}

// ServeHTTP is the Runtime API.
func (f *function) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case strings.HasSuffix(r.URL.Path, "/invocation/next"):
		select {
		case payload := <-f.payloads:
			w.Header().Set("Lambda-Runtime-Aws-Request-Id", "request")
			w.Header().Set("Lambda-Runtime-Deadline-Ms", fmt.Sprint(time.Now().Add(30*time.Second).UnixMilli()))
			w.Header().Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:111122223333:function:tocsin")
			_, _ = io.WriteString(w, payload)
		case <-f.done:
		case <-r.Context().Done():
		}
	case strings.HasSuffix(r.URL.Path, "/response"):
		body, _ := io.ReadAll(r.Body)
		w.WriteHeader(http.StatusAccepted)
		f.answers <- strings.TrimSpace(string(body))
	case strings.HasSuffix(r.URL.Path, "/error"):
		var failure struct{ ErrorMessage, ErrorType string }
		_ = json.NewDecoder(r.Body).Decode(&failure)
		w.WriteHeader(http.StatusAccepted)
		f.answers <- "error: " + worded(failure.ErrorMessage)
	}
}

// invoke hands the function a payload and gives its answer; a failure begins with "error: ".
func (f *function) invoke(t *testing.T, payload string) string {
	t.Helper()
	select {
	case f.payloads <- payload:
	case <-f.exited:
		t.Fatalf("the function has ended: %s", read(t, f.stderr))
	case <-time.After(time.Minute):
		t.Fatalf("the function does not ask for work: %s", read(t, f.stderr))
	}
	select {
	case answer := <-f.answers:
		return answer
	case <-f.exited:
		t.Fatalf("the function has ended: %s", read(t, f.stderr))
		return ""
	case <-time.After(time.Minute):
		t.Fatalf("the function does not answer: %s", read(t, f.stderr))
		return ""
	}
}

// log gives the lines that the function has written since the last call, each as JSON.
func (f *function) log(t *testing.T) []map[string]any {
	t.Helper()
	text := read(t, f.stdout)
	var lines []map[string]any
	for line := range strings.Lines(text[f.seen:]) {
		lines = append(lines, decoded(t, []byte(line)).(map[string]any))
	}
	f.seen = len(text)
	return lines
}
