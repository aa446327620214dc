package e2e_test

import (
	"bufio"
	"os/exec"
	"regexp"
	"testing"
	"time"
)

// The same proofs against another emulator, whose mistakes are others.
func TestOnMoto(t *testing.T) {
	url := startMoto(t)
	usual := shared.emulator
	shared.emulator = &emulator{url: url, tables: url}
	t.Cleanup(func() { shared.emulator = usual })
	for _, proof := range []struct {
		name string
		run  func(*testing.T)
	}{
		{"delivered to both", TestDeliveredToBoth},
		{"a retry reaches only the sink that failed", TestRetryReachesOnlyTheSinkThatFailed},
		{"queue", TestQueueAsSink},
		{"FIFO queue", TestFIFOQueueAsSink},
		{"two copies race", TestTwoCopiesRace},
		{"dead letter and redrive", TestDeadLetterAndRedrive},
		{"unreadable records", TestUnreadableRecordsAreDeadLetters},
		{"killed at each step", TestKilledAtEachStep},
		{"storm", TestStorm},
		{"storm over the turn of a minute", TestStormOverTheTurnOfAMinute},
	} {
		t.Run(proof.name, proof.run)
	}
}

// startMoto starts moto, an emulator of AWS in Python, on a free port of the loopback, and gives
// its address. The test is skipped where moto is not installed.
func startMoto(t *testing.T) string {
	t.Helper()
	if err := exec.CommandContext(t.Context(), "python3", "-c", "import moto.server").Run(); err != nil {
		t.Skip("python3 has no moto (pip install 'moto[server]'), the second emulator; the same tests ran on the first one")
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
