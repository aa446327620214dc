package e2e_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// clock is that of the processes that it starts, and stands still until it is moved.
type clock struct {
	program, file string
	at            time.Time
	mu            sync.Mutex // held by who moves it, since servers ask for it too
}

// buildClocked builds the bootstrap that goes by a clock.
func buildClocked() error {
	build := exec.Command("go", "build", "-tags", "lambda.norpc", "-trimpath", "-o", clocked(), "./clocked")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("building the bootstrap with a clock: %w\n%s", err, output)
	}
	return nil
}

func clocked() string { return filepath.Join(shared.directory, "clocked") }

// newClock returns a clock of the bootstrap that goes by one. It begins so long ago that it stays behind the real
// one, by which leases end: otherwise they would all have ended.
func newClock(t *testing.T) *clock {
	t.Helper()
	if err := shared.buildClocked(); err != nil {
		t.Fatal(err)
	}
	c := &clock{program: clocked(), file: filepath.Join(t.TempDir(), "clock"), at: time.Now().Add(-90 * 24 * time.Hour).Truncate(time.Second)}
	c.moveTo(t, c.at)
	return c
}

// start starts a process that goes by the clock.
func (c *clock) start(t *testing.T, variables map[string]string) *function {
	t.Helper()
	variables = maps.Clone(variables)
	variables["TOCSIN_TEST_CLOCK"] = c.file
	return startProgram(t, c.program, variables)
}

func (c *clock) pass(t *testing.T, d time.Duration) {
	t.Helper()
	c.moveTo(t, c.at.Add(d))
}

// moveTo moves the clock at one blow: nobody reads half of it.
func (c *clock) moveTo(t *testing.T, at time.Time) {
	t.Helper()
	c.mu.Lock()
	c.at = at
	c.mu.Unlock()
	if err := os.WriteFile(c.file+".next", []byte(fmt.Sprintln(at.Unix())), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(c.file+".next", c.file); err != nil {
		t.Fatal(err)
	}
}

// gone is what a webhook answers that somebody has deleted.
func gone(isGone *atomic.Bool) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, _ *http.Request) bool {
		if isGone.Load() {
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write([]byte("no_service"))
		}
		return isGone.Load()
	}
}

// A Slack hook answers 404 from some moment on. The topic is told so once, though two processes see it at
// once, and again an hour later; when it takes messages again that is told once, by whichever process. Of
// another start, nothing is told once more.
func TestAnotherSinkSaysThatOneIsDead(t *testing.T) {
	slack, tp, clock := newSlack(t), newTopic(t, "notice"), newClock(t)
	variables, _ := deployed(t, slack, tp, "notice")
	maps.Copy(variables, map[string]string{"FALLBACK_SINK": "sns", "SNS_MIN_SEVERITY": "critical", "RATE": "0"})
	var isGone atomic.Bool
	slack.Answer(gone(&isGone))
	processes := []*function{clock.start(t, variables), clock.start(t, variables)}
	var all []*function
	all = append(all, processes...)
	n := 0
	// step hands each process a finding, and returns the subjects of what the topic got.
	step := func() (subjects []string) {
		var running sync.WaitGroup
		for _, f := range processes {
			n++
			queue := map[string]string{"m": event(8, fmt.Sprint("notice-", n))}
			running.Go(func() {
				if failed := f.batch(t, queue, 1); len(failed) != 0 {
					t.Errorf("failed: %v", failed)
				}
			})
		}
		running.Wait()
		for _, message := range tp.received(t) {
			subjects = append(subjects, message.Subject)
			if strings.Contains(message.Message, "A scan") || strings.Contains(message.Message, "111122223333") {
				t.Errorf("the notice speaks of the finding: %s", message.Message)
			}
		}
		return subjects
	}
	const dead, works = "[HIGH] slack takes no messages", "slack takes messages again"
	for i, want := range []struct {
		isGone  bool
		passes  time.Duration
		isFresh bool // other processes take over
		said    []string
	}{
		{false, 0, false, nil},
		{true, time.Minute, false, []string{dead}},
		{true, time.Minute, false, nil},
		{true, 30 * time.Minute, true, nil},
		{true, 29 * time.Minute, false, []string{dead}},
		{true, 59 * time.Minute, false, nil},
		{false, 30 * time.Second, true, []string{works}},
		{false, 2 * time.Minute, false, nil},
		{false, time.Hour, true, nil},
	} {
		isGone.Store(want.isGone)
		clock.pass(t, want.passes)
		if want.isFresh {
			processes = []*function{clock.start(t, variables), clock.start(t, variables)}
			all = append(all, processes...)
		}
		if diff := cmp.Diff(want.said, step()); diff != "" {
			t.Errorf("step %d: %s", i+1, diff)
		}
	}
	noticed := 0
	for _, f := range all {
		noticed += noticesIn(t, f)
	}
	if noticed != 3 {
		t.Errorf("the metrics count %d notices, want 3", noticed)
	}
}

// noticesIn sums the metric Notices of a process, and checks the balance of each invocation.
func noticesIn(t *testing.T, f *function) (sum int) {
	t.Helper()
	for _, m := range readLog(t, f.stdout.String()).metrics {
		if !m.isBalanced() {
			t.Errorf("findings x sinks is not the sum of the outcomes: %+v", m)
		}
	}
	for line := range strings.Lines(f.stdout.String()) {
		var m struct{ Notices int }
		if json.Unmarshal([]byte(line), &m) == nil {
			sum += m.Notices
		}
	}
	return sum
}

// With a ledger in memory it is the same for the one process that there is.
func TestNoticeWithoutTable(t *testing.T) {
	slack, tp := newSlack(t), newTopic(t, "notice-memory")
	variables := both(slack, tp)
	maps.Copy(variables, map[string]string{"FALLBACK_SINK": "sns", "SNS_MIN_SEVERITY": "critical", "RATE": "0", "LEDGER": "memory"})
	var isGone atomic.Bool
	slack.Answer(gone(&isGone))
	f := start(t, variables)
	for i := range 6 {
		isGone.Store(i < 4)
		f.invoke(t, event(8, fmt.Sprint("memory-", i)), 10*time.Second)
	}
	var subjects []string
	for _, message := range tp.received(t) {
		subjects = append(subjects, message.Subject)
	}
	if diff := cmp.Diff([]string{"[HIGH] slack takes no messages", "slack takes messages again"}, subjects); diff != "" {
		t.Error(diff)
	}
}
