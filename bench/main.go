// Command bench measures the bootstrap beside a naive Lambda, in turn and in one run, and writes
// docs/benchmarks.md; with -check it holds the ratios against the budgets instead. It is run from
// the root of the repository, as "make bench" and "make bench-check" do.
package main

import (
	"archive/zip"
	"compress/flate"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"
)

func main() {
	check := flag.Bool("check", false, "hold the ratios against the budgets, and write nothing")
	count := flag.Int("pairs", 9, "how many pairs are measured")
	flag.Parse()
	if err := bench(*count, *check); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// program is a built bootstrap.
type program struct {
	path             string
	binary, archived int64 // bytes
}

// compile builds a program of the module in a folder, as a bootstrap is built that is deployed, with further
// flags where they are given.
func compile(root, folder, path string, flags ...string) error {
	command := exec.Command("go", slices.Concat([]string{"build", "-tags", "lambda.norpc", "-trimpath", "-ldflags=-s -w", "-o", path}, flags, []string{folder})...)
	command.Dir = root
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	command.Stderr = os.Stderr
	if err := command.Run(); err != nil {
		return fmt.Errorf("building %s: %w", folder, err)
	}
	return nil
}

// build builds a bootstrap, and zips it.
func build(directory, name, folder string) (program, error) {
	p := program{path: filepath.Join(directory, name)}
	if err := compile(".", folder, p.path); err != nil {
		return program{}, err
	}
	info, err := os.Stat(p.path)
	if err != nil {
		return program{}, err
	}
	p.binary = info.Size()
	p.archived, err = zippedSize(p.path)
	return p, err
}

func zippedSize(path string) (int64, error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	var size counter
	archive := zip.NewWriter(&size)
	archive.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(w, flate.BestCompression)
	})
	entry, err := archive.Create("bootstrap")
	if err != nil {
		return 0, err
	}
	if _, err := io.Copy(entry, file); err != nil {
		return 0, err
	}
	return int64(size), errors.Join(archive.Close())
}

// counter counts what is written to it.
type counter int64

// Write implements io.Writer.
func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

func bench(count int, check bool) error {
	directory, err := os.MkdirTemp("", "tocsin-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(directory) }()
	m := measurements{pairs: count}
	if m.tocsin, err = build(directory, "tocsin", "./cmd/lambda"); err != nil {
		return err
	}
	if m.naive, err = build(directory, "naive", "./bench/naive"); err != nil {
		return err
	}
	if m.actions.program, err = build(directory, "actions", "./cmd/actions"); err != nil {
		return err
	}
	if m.deployed.programs, err = buildDeployed(directory, m.tocsin, m.naive); err != nil {
		return err
	}
	if check {
		return m.check()
	}
	if err := m.measure(check); err != nil {
		return err
	}
	say("part by part")
	if m.parts, err = measureParts(); err != nil {
		return err
	}
	if err := m.write("docs"); err != nil {
		return err
	}
	broken := show(m.budgets(false))
	fmt.Println("docs/benchmarks.md, docs/images/benchmarks.svg and bench/inittrace.txt are written; the numbers of the README follow the page.")
	return notKept(broken)
}

// say tells whoever waits what is measured now.
func say(what string) { fmt.Println("measuring:", what) }

// measurements are everything that was measured.
type measurements struct {
	pairs         int
	tocsin, naive program
	// fast and slow are pairs with sinks that answer at once, and after 50 ms.
	fast, slow comparison
	// deployed are runs with a table and a secret.
	deployed deployed
	// actions are runs of the function that answers buttons.
	actions actions
	// sinks are the warm answers with 1, 2, 4 and 8 sinks of 100 ms.
	sinks []sinkTime
	// batches are the throughputs of SQS batches.
	batches []throughput
	large   numbers // a finding of 1 MB
	// parts are the benchmarks of the packages.
	parts []part
}

// comparison is pairs of runs.
type comparison struct{ tocsin, naive []numbers }

type sinkTime struct {
	count int
	p50   float64 // milliseconds
}

func (m *measurements) measure(check bool) error {
	event, err := events()
	if err != nil {
		return err
	}
	say("sinks that answer at once, in pairs")
	if m.fast, err = m.compare(0, 300, event); err != nil {
		return err
	}
	if err := m.measureBatches(event); err != nil {
		return err
	}
	say("sinks of 50 ms, in pairs")
	if m.slow, err = m.compare(50*time.Millisecond, 20, event); err != nil {
		return err
	}
	if err := m.measureBatches(event); err != nil {
		return err
	}
	say("1 to 8 sinks of 100 ms")
	if err := m.measureSinks(event); err != nil {
		return err
	}
	if err := m.measureBatches(event); err != nil {
		return err
	}
	say("the function that answers buttons, in pairs")
	const starts = 11 // they are short, and what else the machine does hits a short time most
	if err := m.actions.measure(max(m.pairs, starts), m.deployed.programs, event); err != nil {
		return err
	}
	if m.deployed.rows == nil {
		if err := m.deployed.measure(m.pairs, check, event); err != nil {
			return err
		}
	}
	if check {
		return nil
	}
	if err := m.deployed.measureProfiles(event, lone(first), batchesOf(10), batchesOf(100)); err != nil {
		return err
	}
	say("a finding of 1 MB")
	return m.measureLarge()
}

func (m *measurements) compare(latency time.Duration, warm int, event func(int) []byte) (comparison, error) {
	w := newWorld(latency)
	defer w.stop()
	as, bs, err := pairs(m.pairs,
		func() (numbers, error) { return run(m.tocsin.path, w.usual(), event, warm) },
		func() (numbers, error) { return run(m.naive.path, w.usual(), event, warm) })
	if opened, fair := w.connections.Load(), int64(m.pairs*(warm+1)/eventsOfConnection); err == nil && opened > fair {
		err = fmt.Errorf("%d connections to the sinks, up to %d are fair: one of the two does not keep them", opened, fair)
	}
	return comparison{as, bs}, err
}

// eventsOfConnection is how many events of a pair, sent by both functions to two sinks, there must
// be for each connection. A function that keeps none to one sink opens as many as there are; some
// are lost since the SDK closes a request that net/http has not done with.
const eventsOfConnection = 3

func (m *measurements) measureSinks(event func(int) []byte) error {
	w := newWorld(100 * time.Millisecond)
	defer w.stop()
	for _, count := range []int{1, 2, 4, 8} {
		n, err := run(m.tocsin.path, w.manySinks(count), event, 15)
		if err != nil {
			return err
		}
		m.sinks = append(m.sinks, sinkTime{count, n[figureP50]})
	}
	return nil
}
