package sinks_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The page on writing a sink shows one that compiles, passes the tests of every sink, and is of use
// with the line in the table that the page shows. The go command sees its files where the page says
// that they stand.
func TestPageOnWritingASink(t *testing.T) {
	if _, err := os.Stat("ntfy"); err == nil {
		t.Skip("there is a sinks/ntfy of somebody's own, in the place of the page's")
	}
	page, err := os.ReadFile("../docs/writing-a-sink.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(page), "```go\n")
	if len(blocks) != 5 {
		t.Fatalf("got %d blocks of code, want the sink, its test, its line in the table and its probe", len(blocks)-1)
	}
	for i := range blocks {
		blocks[i], _, _ = strings.Cut(blocks[i], "```\n")
	}
	sink, conformance, line, probe := blocks[1], blocks[2], blocks[3], blocks[4]
	if got := linesOfCode(sink); got > 60 {
		t.Errorf("the sink has %d lines of code, want 60 at most", got)
	}
	table, err := os.ReadFile("sinks.go")
	if err != nil {
		t.Fatal(err)
	}
	const head, imports = "	return []Type{\n", "	\"github.com/tocsin-sec/tocsin/sinks/sns\"\n"
	if strings.Count(string(table), head) != 1 || strings.Count(string(table), imports) != 1 {
		t.Fatal("the line has no place in sinks.go")
	}
	withLine := strings.NewReplacer(head, head+line, imports, imports+"	\"github.com/tocsin-sec/tocsin/sinks/ntfy\"\n").Replace(string(table))
	overlay := overlayOf(t, map[string]string{
		"ntfy/ntfy.go": sink, "ntfy/ntfy_test.go": conformance, "ntfy/probe.go": probe, "sinks.go": withLine,
		"ntfy/probe_test.go": `package ntfy_test

import (
	"net/http"
	"testing"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/sinks/internal/sinktest"
	"github.com/tocsin-sec/tocsin/sinks/ntfy"
)

func TestProbe(t *testing.T) {
	for status, want := range map[int]string{http.StatusOK: "topic: ok: it can be read", http.StatusForbidden: "topic: fault: status 403"} {
		sink, err := ntfy.New(t.Context(), "ntfy", ntfy.Config{TopicURL: secret.New(sinktest.Answering(t, status, nil, "") + "/alerts")}, formatter.Style{})
		if err != nil {
			t.Fatal(err)
		}
		sinktest.Probes(t, sink, "alerts", want)
	}
}
`,
		"line_test.go": `package sinks_test

import (
	"testing"

	"github.com/tocsin-sec/tocsin/sinks"
)

func TestLine(t *testing.T) {
	for _, kind := range sinks.Table() {
		if kind.Name == "ntfy" && len(kind.Secrets) == 1 {
			return
		}
	}
	t.Error("the table has no ntfy with a secret")
}
`,
	})
	run(t, overlay, "./ntfy")
	run(t, overlay, ".", "-test.run", "^(TestTraits|TestLine)$")
}

// run compiles the tests of a package that may stand in the overlay alone, and runs them. go vet
// cannot see it: it goes to the folder of the package.
func run(t *testing.T, overlay, name string, arguments ...string) {
	t.Helper()
	program := filepath.Join(t.TempDir(), "tests.exe")
	compile := exec.CommandContext(t.Context(), "go", "test", "-c", "-vet=off", "-overlay", overlay, "-o", program, name)
	if output, err := compile.CombinedOutput(); err != nil {
		t.Errorf("%s does not compile: %v\n%s", name, err, output)
		return
	}
	if output, err := exec.CommandContext(t.Context(), program, arguments...).CombinedOutput(); err != nil {
		t.Errorf("the tests of %s: %v\n%s", name, err, output)
	}
}

// linesOfCode counts the lines that are neither empty nor a comment, without imports.
func linesOfCode(code string) int {
	_, code, _ = strings.Cut(code, "\n)\n")
	n := 0
	for line := range strings.Lines(code) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "//") {
			n++
		}
	}
	return n
}

// overlayOf returns a file for the go command's -overlay, by which it sees the given files below
// this folder.
func overlayOf(t *testing.T, files map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	replace := map[string]string{}
	for name, code := range files {
		at, err := filepath.Abs(filepath.FromSlash(name))
		if err != nil {
			t.Fatal(err)
		}
		replace[at] = filepath.Join(folder, filepath.Base(name))
		if err := os.WriteFile(replace[at], []byte(code), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "overlay.json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
