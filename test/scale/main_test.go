// Package scale_test measures what many findings do to the built bootstrap, and where it bends: a million of them on one table, a
// sink that takes nothing for hours, batches as large as Lambda hands over, as many mutes and sinks as there can be. "make scale"
// runs it and writes docs/scale-measured.md.
package scale_test

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

var (
	publications = flag.Int("scale-publications", 0, "how many publications there are; 0 measures nothing, and 1500 is a trial")
	page         = flag.String("scale-report", "", "write each part, once it is measured, into this page, between its marks")
)

// program is the built bootstrap.
var program string

func TestMain(m *testing.M) {
	flag.Parse()
	if os.Getenv(asTable) != "" {
		serveTable()
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	if *publications == 0 {
		return m.Run()
	}
	directory, err := os.MkdirTemp("", "tocsin-scale-")
	if err != nil {
		fmt.Fprintln(os.Stderr, "scale:", err)
		return 1
	}
	defer func() { _ = os.RemoveAll(directory) }()
	program = filepath.Join(directory, "bootstrap")
	build := exec.Command("go", "build", "-tags", "lambda.norpc", "-trimpath", "-ldflags=-s -w", "-o", program, "./cmd/lambda")
	build.Dir, build.Env = "../..", append(os.Environ(), "CGO_ENABLED=0")
	if output, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "scale: %v\n%s", err, output)
		return 1
	}
	return m.Run()
}

// skipUnlessWanted skips a test where nothing is to be measured.
func skipUnlessWanted(t *testing.T) {
	t.Helper()
	if *publications == 0 {
		t.Skip("it measures for minutes: make scale runs it, and go test ./test/scale -scale-publications 1500 tries it")
	}
}

// isFull reports whether so many publications come that times and memory are worth a judgement: with few, what a process needs
// for itself is most of it.
func isFull() bool { return *publications >= 20_000 }

// say tells whoever waits how far it is.
func say(format string, values ...any) {
	fmt.Fprintf(os.Stderr, "scale: %s "+format+"\n", append([]any{time.Now().Format(time.TimeOnly)}, values...)...)
}

// publish logs what was measured, and writes it into the page where there is one. A part that failed is written too: it says so.
func publish(t *testing.T, part, text string) {
	t.Helper()
	t.Log("\n" + text)
	if *page == "" {
		return
	}
	if t.Failed() {
		text = "**This run failed.**\n\n" + text
	}
	writeBetweenMarks(t, part, measuredBy()+"\n\n"+text)
}

// measuredBy says when and on what something was measured.
func measuredBy() string {
	commit, _ := exec.Command("git", "rev-parse", "--short", "HEAD").Output()
	return fmt.Sprintf("*Measured on %s at commit %s, with N = %s: %s/%s, %d shared processors, %s.*", time.Now().UTC().Format("2006-01-02 15:04 UTC"),
		strings.TrimSpace(string(commit)), grouped(*publications), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version())
}

// writeBetweenMarks replaces what stands between <!-- NAME --> and <!-- /NAME --> in the page.
func writeBetweenMarks(t *testing.T, name, text string) {
	t.Helper()
	from, to := "<!-- "+name+" -->\n", "<!-- /"+name+" -->"
	old, err := os.ReadFile(*page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, hasFrom := strings.Cut(string(old), from)
	_, after, hasTo := strings.Cut(rest, to)
	if !hasFrom || !hasTo {
		t.Fatalf("%s lacks the marks %q and %q", *page, from, to)
	}
	if err := os.WriteFile(*page, []byte(before+from+text+to+after), 0o600); err != nil {
		t.Fatal(err)
	}
}

// grouped writes a number with commas: 1,234,567.
func grouped(n int) string {
	digits := fmt.Sprint(n)
	for at := len(digits) - 3; at > 0 && digits[at-1] != '-'; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits
}

// grid is a table of the page.
type grid struct{ strings.Builder }

func newGrid(columns ...string) *grid {
	g := &grid{}
	g.row(columns...)
	g.WriteString("|" + strings.Repeat("---|", len(columns)) + "\n")
	return g
}

func (g *grid) row(cells ...string) { g.WriteString("| " + strings.Join(cells, " | ") + " |\n") }

// milliseconds writes a time with as many digits as matter.
func milliseconds(d time.Duration) string {
	switch ms := float64(d.Microseconds()) / 1000; {
	case ms < 10:
		return fmt.Sprintf("%.2f", ms)
	case ms < 1000:
		return fmt.Sprintf("%.0f", ms)
	default:
		return grouped(int(ms))
	}
}

// ratio writes how many times one number is another.
func ratio(one, other float64) string {
	if other == 0 {
		return ""
	}
	return fmt.Sprintf("%.2f x", one/other)
}
