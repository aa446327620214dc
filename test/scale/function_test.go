package scale_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// function is a running bootstrap behind a Runtime API, which takes one invocation after another:
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
type function struct {
	api     *httptest.Server
	process *exec.Cmd
	stderr  lockedText
	lines   *lines

	asked    chan struct{}
	payloads chan []byte
	answered chan answer
	done     chan struct{}
	timeout  time.Duration
	ended    sync.Once
	count    int
}

type answer struct {
	body   []byte
	failed bool
}

// start starts the bootstrap with these variables, and those of a Lambda. Each line of its log goes to read.
func start(t *testing.T, variables map[string]string, timeout time.Duration, read func(line []byte)) *function {
	t.Helper()
	f := &function{
		lines: &lines{read: read}, timeout: timeout,
		asked: make(chan struct{}, 1), payloads: make(chan []byte), answered: make(chan answer, 1), done: make(chan struct{}),
	}
	f.api = httptest.NewServer(http.HandlerFunc(f.serve))
	f.process = exec.Command(program)
	f.process.Stdout, f.process.Stderr = f.lines, &f.stderr
	f.process.Env = []string{
		"AWS_LAMBDA_RUNTIME_API=" + strings.TrimPrefix(f.api.URL, "http://"), "AWS_REGION=us-east-1",
		"AWS_ACCESS_KEY_ID=AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY=x", "AWS_LAMBDA_FUNCTION_NAME=tocsin",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256", // as deployed
	}
	for name, value := range variables {
		f.process.Env = append(f.process.Env, name+"="+value)
	}
	if err := f.process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.stop)
	f.waitForWork(t)
	return f
}

func (f *function) waitForWork(t *testing.T) {
	t.Helper()
	select {
	case <-f.asked:
	case <-time.After(time.Minute):
		t.Fatalf("the function does not ask for work: %s", f.stderr.String())
	}
}

func (f *function) serve(w http.ResponseWriter, r *http.Request) {
	if !strings.HasSuffix(r.URL.Path, "/invocation/next") {
		body, _ := io.ReadAll(r.Body)
		f.answered <- answer{body, strings.HasSuffix(r.URL.Path, "/error")}
		w.WriteHeader(http.StatusAccepted)
		return
	}
	f.asked <- struct{}{}
	select {
	case payload := <-f.payloads:
		w.Header().Set("Lambda-Runtime-Aws-Request-Id", "r")
		w.Header().Set("Lambda-Runtime-Deadline-Ms", fmt.Sprint(time.Now().Add(f.timeout).UnixMilli()))
		_, _ = w.Write(payload)
	case <-f.done:
	case <-r.Context().Done():
	}
}

// invoke hands over a payload, and returns the answer and how long it took. The function has asked for work.
func (f *function) invoke(t *testing.T, payload []byte) (body []byte, took time.Duration) {
	t.Helper()
	began := time.Now()
	f.payloads <- payload
	select {
	case a := <-f.answered:
		took = time.Since(began)
		if a.failed {
			t.Fatalf("the invocation failed: %.500s", a.body)
		}
		f.count++
		f.waitForWork(t)
		return a.body, took
	case <-time.After(f.timeout + time.Second):
		t.Fatalf("the function did not answer before its deadline: %.2000s", f.stderr.String())
		return nil, 0
	}
}

// kill hands over a payload and kills the function after a while, wherever it is at its work.
func (f *function) kill(payload []byte, after time.Duration) {
	f.payloads <- payload
	time.Sleep(after)
	_ = f.process.Process.Kill()
	f.stop()
}

// stop ends the process; what it has logged is read then.
func (f *function) stop() {
	f.ended.Do(func() {
		_ = f.process.Process.Kill()
		_ = f.process.Wait()
		close(f.done)
		f.api.CloseClientConnections()
		f.api.Close()
	})
}

// memory is what a process holds, in bytes.
type memory struct{ now, most int }

// memoryOf returns what a running process holds now and has held at the most, as Linux counts it; zero on other systems.
func memoryOf(pid int) (m memory) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return m
	}
	for line := range strings.Lines(string(status)) {
		var kib int
		if _, err := fmt.Sscanf(line, "VmRSS: %d kB", &kib); err == nil {
			m.now = kib << 10
		}
		if _, err := fmt.Sscanf(line, "VmHWM: %d kB", &kib); err == nil {
			m.most = kib << 10
		}
	}
	return m
}

func (f *function) memory() memory { return memoryOf(f.process.Process.Pid) }

// cpu returns the time that the processors have worked for the function, as Linux counts it in hundredths of a second.
// https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
func (f *function) cpu() time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", f.process.Process.Pid))
	_, rest, _ := strings.Cut(string(text), ") ") // its name may hold anything
	fields := strings.Fields(rest)
	if err != nil || len(fields) < 13 {
		return 0
	}
	var ticks time.Duration
	for _, field := range fields[11:13] {
		n, _ := strconv.ParseInt(field, 10, 64)
		ticks += time.Duration(n)
	}
	return ticks * 10 * time.Millisecond
}

// mebibytes writes a size.
func mebibytes(bytes int) string { return fmt.Sprintf("%.1f", float64(bytes)/(1<<20)) }

// lines is a writer that hands over each line.
type lines struct {
	read func(line []byte)
	rest []byte
}

// Write implements io.Writer.
func (l *lines) Write(p []byte) (int, error) {
	if l.read == nil {
		return len(p), nil
	}
	l.rest = append(l.rest, p...)
	for {
		line, rest, found := bytes.Cut(l.rest, []byte("\n"))
		if !found {
			l.rest = append(l.rest[:0:0], l.rest...)
			return len(p), nil
		}
		l.read(line)
		l.rest = rest
	}
}

// lockedText is a text that a process writes while others read it.
type lockedText struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write implements io.Writer.
func (l *lockedText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// String returns what was written.
func (l *lockedText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
