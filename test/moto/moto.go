// Package moto starts moto, an emulator of AWS in Python, for tests: a second one, whose mistakes are
// others than those of the first.
package moto

import (
	"bufio"
	"os/exec"
	"regexp"
	"testing"
	"time"
)

// Start starts moto on a free port of the loopback, and gives its address. The test is skipped where moto is not installed.
func Start(t *testing.T) string {
	t.Helper()
	if err := exec.CommandContext(t.Context(), "python3", "-c", "import moto.server").Run(); err != nil {
		t.Skip("python3 has no moto, an emulator of AWS (pip install 'moto[server]')")
	}
	server := exec.CommandContext(t.Context(), "python3", "-m", "moto.server", "-H", "127.0.0.1", "-p", "0")
	stderr, err := server.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Wait() }) // the test's context has ended it by then
	address := make(chan string, 1)
	go func() {
		running := regexp.MustCompile(`http://127\.0\.0\.1:\d+`)
		for lines := bufio.NewScanner(stderr); lines.Scan(); {
			if found := running.FindString(lines.Text()); found != "" {
				select {
				case address <- found:
				default: // reads on, so that the server never waits for a reader
				}
			}
		}
	}()
	select {
	case url := <-address:
		return url
	case <-time.After(time.Minute):
		t.Fatal("moto did not start within a minute")
		return ""
	}
}
