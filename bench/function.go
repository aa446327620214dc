package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// function is a running bootstrap behind a Runtime API:
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
type function struct {
	api     *httptest.Server
	process *exec.Cmd
	began   time.Time
	stderr  strings.Builder

	asked    chan time.Time // when the function asked for work
	payloads chan []byte
	answered chan answer
	done     chan struct{}
}

type answer struct {
	at   time.Time
	body string
	err  string
}

// variables are the environment of a function.
type variables map[string]string

// startFunction starts the program with exactly these variables and those of Lambda.
func startFunction(program string, v variables) (*function, error) {
	f := &function{
		asked: make(chan time.Time, 1), payloads: make(chan []byte), answered: make(chan answer, 1), done: make(chan struct{}),
	}
	f.api = httptest.NewServer(http.HandlerFunc(f.serve))
	f.process = exec.Command(program)
	f.process.Stderr = &f.stderr
	f.process.Env = []string{
		"AWS_LAMBDA_RUNTIME_API=" + strings.TrimPrefix(f.api.URL, "http://"), "AWS_REGION=us-east-1",
		"AWS_ACCESS_KEY_ID=AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY=x", "AWS_LAMBDA_FUNCTION_NAME=tocsin",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256", // as deployed
	}
	for name, value := range v {
		f.process.Env = append(f.process.Env, name+"="+value)
	}
	f.began = time.Now()
	if err := f.process.Start(); err != nil {
		return nil, err
	}
	return f, nil
}

func (f *function) serve(w http.ResponseWriter, r *http.Request) {
	switch {
	case strings.HasSuffix(r.URL.Path, "/invocation/next"):
		f.asked <- time.Now()
		select {
		case payload := <-f.payloads:
			w.Header().Set("Lambda-Runtime-Aws-Request-Id", "r")
			w.Header().Set("Lambda-Runtime-Deadline-Ms", fmt.Sprint(time.Now().Add(time.Minute).UnixMilli()))
			_, _ = w.Write(payload)
		case <-f.done:
		case <-r.Context().Done():
		}
	default: // a response or an error
		at := time.Now()
		body, _ := io.ReadAll(r.Body)
		a := answer{at: at, body: string(body)}
		if strings.HasSuffix(r.URL.Path, "/error") {
			a.err = string(body)
		}
		f.answered <- a
		w.WriteHeader(http.StatusAccepted)
	}
}

// waitForInit returns how long it took from the start of the process to its first request for work.
func (f *function) waitForInit() (time.Duration, error) {
	select {
	case at := <-f.asked:
		return at.Sub(f.began), nil
	case <-time.After(20 * time.Second):
		return 0, errors.New("the function does not ask for work: " + f.stderr.String())
	}
}

// invoke hands over a payload and gives how long the answer took. The function has asked for work.
func (f *function) invoke(payload []byte) (time.Duration, answer, error) {
	handed := time.Now()
	f.payloads <- payload
	select {
	case a := <-f.answered:
		if a.err != "" {
			return 0, a, errors.New("the invocation failed: " + a.err)
		}
		<-f.asked
		return a.at.Sub(handed), a, nil
	case <-time.After(time.Minute):
		return 0, answer{}, errors.New("the function does not answer: " + f.stderr.String())
	}
}

// usage is what a process has taken, as the operating system counts it.
type usage struct {
	cpu    time.Duration
	memory int64 // bytes, at the most
}

// stop ends the process and gives what it has taken.
func (f *function) stop() usage {
	peak := peakOf(f.process.Process.Pid)
	_ = f.process.Process.Kill()
	_ = f.process.Wait()
	close(f.done)
	f.api.CloseClientConnections()
	f.api.Close()
	state := f.process.ProcessState
	u := usage{cpu: state.UserTime() + state.SystemTime()}
	if r, ok := state.SysUsage().(*syscall.Rusage); ok {
		u.memory = r.Maxrss << 10
	}
	if peak > 0 {
		u.memory = peak
	}
	return u
}

// peakOf returns the most memory that a running process has held, in bytes, and 0 where the system
// does not tell. Linux does, and there ru_maxrss will not do: it begins at what the parent held
// when it started the process (https://man7.org/linux/man-pages/man5/proc_pid_status.5.html).
func peakOf(pid int) int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	var kilobytes int64
	if _, err := fmt.Sscan(rest, &kilobytes); err != nil {
		return 0
	}
	return kilobytes << 10
}
