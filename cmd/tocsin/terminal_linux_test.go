package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// newTerminal returns both ends of a pseudo-terminal: what a person types into, and what a program
// has as its standard input. https://man7.org/linux/man-pages/man4/pts.4.html
func newTerminal(t *testing.T) (person, program *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("this machine has no pseudo-terminals: %v", err)
	}
	t.Cleanup(func() { _ = person.Close() })
	var locked, number uint32
	control(t, person, syscall.TIOCSPTLCK, unsafe.Pointer(&locked))
	control(t, person, syscall.TIOCGPTN, unsafe.Pointer(&number))
	program, err = os.OpenFile(fmt.Sprint("/dev/pts/", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = program.Close() })
	return person, program
}

func control(t *testing.T, terminal *os.File, what uintptr, with unsafe.Pointer) {
	t.Helper()
	if _, _, code := syscall.Syscall(syscall.SYS_IOCTL, terminal.Fd(), what, uintptr(with)); code != 0 {
		t.Fatal(code)
	}
}

// shows reports whether a terminal shows what is typed.
func shows(t *testing.T, terminal *os.File) bool {
	t.Helper()
	var settings syscall.Termios
	control(t, terminal, syscall.TCGETS, unsafe.Pointer(&settings))
	return settings.Lflag&syscall.ECHO != 0
}

// untilHidden waits until the program asks for a secret.
func untilHidden(t *testing.T, terminal *os.File) {
	t.Helper()
	for shows(t, terminal) {
		if t.Context().Err() != nil {
			t.Fatal("the terminal shows what is typed")
		}
		time.Sleep(time.Millisecond)
	}
}

// A terminal does not show the value while it is typed, and shows again what comes after it.
func TestSecretOnATerminal(t *testing.T) {
	const url = "https://hooks.slack.com/services/T00000000/B00000000/s3cr3t"
	stored := newVault(t)
	for name, value := range secretSettings() {
		t.Setenv(name, value)
	}
	person, program := newTerminal(t)
	var out, said bytes.Buffer
	ended := make(chan int, 1)
	go func() {
		ended <- run(context.Background(), []string{"secret", "set", "slack"}, streams{program, &out, &said})
	}()
	untilHidden(t, program)
	if _, err := io.WriteString(person, url+"\n"); err != nil {
		t.Fatal(err)
	}
	if code := <-ended; code != exitDone || !strings.Contains(stored(), url) || !shows(t, program) {
		t.Errorf("exit code %d, shows %v: %s%s", code, shows(t, program), out.String(), said.String())
	}
	if !strings.HasPrefix(said.String(), "SLACK_WEBHOOK_URL (it is not shown): ") {
		t.Errorf("it asks %q", said.String())
	}
	if _, err := io.WriteString(program, "the end\n"); err != nil {
		t.Fatal(err)
	}
	shown := make([]byte, 1024)
	n, err := person.Read(shown)
	if text := string(shown[:n]); err != nil || strings.Contains(text, "s3cr3t") || !strings.Contains(text, "the end") {
		t.Errorf("the terminal shows %q, %v", text, err)
	}
}

// Whoever ends the program while it asks has a terminal that shows what is typed.
func TestSecretIsInterrupted(t *testing.T) {
	stored := newVault(t)
	for name, value := range secretSettings() {
		t.Setenv(name, value)
	}
	person, program := newTerminal(t)
	ctx, interrupt := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"secret", "set", "slack"}, streams{program, io.Discard, io.Discard})
	}()
	untilHidden(t, program)
	interrupt()
	if code := <-ended; code != exitFailed || !shows(t, program) || stored() != "" {
		t.Errorf("exit code %d, shows %v", code, shows(t, program))
	}
	_, _ = io.WriteString(person, "\n") // so that nobody waits for it any more
}
