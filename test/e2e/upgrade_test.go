package e2e_test

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// before is the commit of the last build that kept a record for each pair of a finding and a sink.
const before = "78fc220"

// buildBefore builds the bootstrap of that commit from what git holds of it, once for all tests.
func buildBefore(t *testing.T) string {
	t.Helper()
	if err := exec.Command("git", "cat-file", "-e", before+"^{commit}").Run(); err != nil {
		t.Skip("the commit " + before + " is not in this clone; a shallow one has it after git fetch --unshallow")
	}
	bootstrap := filepath.Join(filepath.Dir(shared.bootstrap), "bootstrap-"+before)
	if _, err := os.Stat(bootstrap); err == nil {
		return bootstrap
	}
	root := t.TempDir()
	run := func(directory, name string, arguments ...string) {
		command := exec.Command(name, arguments...)
		command.Dir, command.Env = directory, append(os.Environ(), "CGO_ENABLED=0")
		if output, err := command.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, output)
		}
	}
	archive, source := filepath.Join(root, "source.tar"), filepath.Join(root, "source")
	if err := os.Mkdir(source, 0o700); err != nil {
		t.Fatal(err)
	}
	run("../..", "git", "archive", "--format=tar", "-o", archive, before)
	run(source, "tar", "-x", "-f", archive)
	run(source, "go", "build", "-tags", "lambda.norpc", "-o", bootstrap, "./cmd/lambda")
	return bootstrap
}

// A table in use is taken over by the build of today, handed back to the one before, and taken over
// again. Nothing is lost, nobody is sent anything twice by an upgrade, and a roll-back costs at most
// one more message for each pair that the newer build sent.
func TestUpgradeAndRollBack(t *testing.T) {
	older := buildBefore(t)
	slack, tp := newSlack(t), newTopic(t, "upgrade")
	variables, letters := deployed(t, slack, tp, "upgrade")
	maps.Copy(variables, map[string]string{"RATE": "0", "DIGEST_AFTER": "0"})
	findings := func(kind string) map[string]string {
		queue := map[string]string{}
		for i := range 10 {
			queue[fmt.Sprint(kind, i)] = event(8, fmt.Sprintf("%s-%d-", kind, i))
		}
		return queue
	}
	atSNS := map[string]int{}
	// shown returns how often the findings of a kind were shown in all.
	shown := func(kind string) (atSlack, atTopic int) {
		for _, message := range slack.Messages() {
			atSlack += min(strings.Count(string(message), kind+"-"), 1)
		}
		for _, m := range tp.received(t) {
			for _, kind := range []string{"old", "half", "new"} {
				if strings.Contains(m.Message, kind+"-") {
					atSNS[kind]++
				}
			}
		}
		return atSlack, atSNS[kind]
	}
	expect := func(when, kind string, slack, topic int) {
		t.Helper()
		if a, b := shown(kind); a != slack || b != topic {
			t.Errorf("%s: of %q %d at Slack and %d at SNS, want %d and %d", when, kind, a, b, slack, topic)
		}
	}
	handle := func(f *function, kind string, isWhole bool) {
		t.Helper()
		if failed := f.batch(t, findings(kind), 1); isWhole != (len(failed) == 0) {
			t.Errorf("%s: %d records come again", kind, len(failed))
		}
	}
	var isDown atomic.Bool
	slack.Answer(func(w http.ResponseWriter, _ *http.Request) bool {
		if isDown.Load() {
			w.WriteHeader(http.StatusInternalServerError)
		}
		return isDown.Load()
	})

	f := startProgram(t, older, variables)
	handle(f, "old", true)
	isDown.Store(true)
	handle(f, "half", false)
	isDown.Store(false)
	expect("in use", "old", 10, 10)
	expect("in use", "half", 0, 10)

	f = start(t, variables)
	handle(f, "old", true)
	handle(f, "half", true)
	handle(f, "new", true)
	expect("upgraded", "old", 10, 10)
	expect("upgraded", "half", 10, 10)
	expect("upgraded", "new", 10, 10)

	f = startProgram(t, older, variables)
	handle(f, "old", true)
	handle(f, "half", true)
	handle(f, "new", true)
	expect("rolled back", "old", 10, 10)
	expect("rolled back", "half", 20, 10) // the build before was still owed those for Slack
	expect("rolled back", "new", 20, 20)

	f = start(t, variables)
	for _, kind := range []string{"old", "half", "new"} {
		handle(f, kind, true)
	}
	expect("upgraded again", "old", 10, 10)
	expect("upgraded again", "half", 20, 10)
	expect("upgraded again", "new", 20, 20)
	if left := received(t, letters); len(left) != 0 {
		t.Errorf("%d dead letters", len(left))
	}
}
