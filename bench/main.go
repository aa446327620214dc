// Command bench measures the bootstrap beside a naive Lambda, in turn and in one run, and writes docs/benchmarks.md;
// with -check it holds the ratios against the budgets instead. It is run from the root of the repository, as
// "make bench" and "make bench-check" do.
package main

import (
	"archive/zip"
	"compress/flate"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
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

// build builds a bootstrap as it is deployed, and zips it.
func build(directory, name, folder string) (program, error) {
	p := program{path: filepath.Join(directory, name)}
	command := exec.Command("go", "build", "-tags", "lambda.norpc", "-trimpath", "-ldflags=-s -w", "-o", p.path, folder)
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	command.Stderr = os.Stderr
	if err := command.Run(); err != nil {
		return program{}, fmt.Errorf("building %s: %w", folder, err)
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
	if check {
		return m.check()
	}
	if err := m.measure(check); err != nil {
		return err
	}
	if m.parts, err = measureParts(); err != nil {
		return err
	}
	return m.write("docs")
}

// measurements are everything that was measured.
type measurements struct {
	pairs         int
	tocsin, naive program
	// fast and slow are pairs with sinks that answer at once, and after 50 ms.
	fast, slow comparison
	// deployed are runs with a table and a secret, without a limit; nil where Node is not installed.
	deployed []numbers
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

type throughput struct {
	size      int
	perSecond float64
	cpu       float64 // milliseconds for each event
	memory    float64 // MiB at the most
}

func (m *measurements) measure(check bool) error {
	event, err := events()
	if err != nil {
		return err
	}
	if m.fast, err = m.compare(0, 300, event); err != nil {
		return err
	}
	if err := m.measureBatches(event); err != nil {
		return err
	}
	if m.slow, err = m.compare(50*time.Millisecond, 20, event); err != nil {
		return err
	}
	if err := m.measureBatches(event); err != nil {
		return err
	}
	if err := m.measureSinks(event); err != nil {
		return err
	}
	if err := m.measureBatches(event); err != nil {
		return err
	}
	if check {
		return nil
	}
	if err := m.measureLarge(); err != nil {
		return err
	}
	return m.measureDeployed(event)
}

func (m *measurements) compare(latency time.Duration, warm int, event func(int) []byte) (comparison, error) {
	w := newWorld(latency)
	defer w.stop()
	as, bs, err := pairs(m.pairs,
		func() (numbers, error) { return run(m.tocsin.path, w.usual(), event, warm) },
		func() (numbers, error) { return run(m.naive.path, w.usual(), event, warm) })
	if opened, most := w.connections.Load(), int64(2*m.pairs*mostConnections); err == nil && opened > most {
		err = fmt.Errorf("%d connections to the sinks, at most %d are fair: one of the two does not keep them", opened, most)
	}
	return comparison{as, bs}, err
}

// mostConnections is how many connections a function opens at the most to two sinks that it tells one event after another.
const mostConnections = 4

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

// measureBatches measures each size of batch. It is called at several times of a run, and the best stands: the machine
// is shared, and never faster than it is.
func (m *measurements) measureBatches(event func(int) []byte) error {
	w := newWorld(0)
	defer w.stop()
	for i, size := range batchSizes() {
		t, err := m.runBatches(w, event, size)
		if err != nil {
			return err
		}
		if i == len(m.batches) {
			m.batches = append(m.batches, throughput{size: size, cpu: math.Inf(1)})
		}
		best := &m.batches[i]
		best.perSecond, best.cpu, best.memory = max(best.perSecond, t.perSecond), min(best.cpu, t.cpu), max(best.memory, t.memory)
	}
	return nil
}

func batchSizes() []int { return []int{1, 10, 100, 1000} }

// runBatches gives the throughput of one process. The first batch, which opens the connections and grows the memory, is
// not counted.
func (m *measurements) runBatches(w *world, event func(int) []byte, size int) (t throughput, err error) {
	f, err := startFunction(m.tocsin.path, w.usual())
	if err != nil {
		return t, err
	}
	batches := min(batchEvents/size, mostBatches) + 1
	defer func() {
		u := f.stop()
		t.memory, t.cpu = float64(u.memory)/(1<<20), milliseconds(u.cpu)/float64(batches*size)
	}()
	if _, err := f.waitForInit(); err != nil {
		return t, err
	}
	handled, took := 0, time.Duration(0)
	for n := range batches {
		elapsed, a, err := f.invoke(batch(event, n*size, size))
		if err == nil && a.body != `{"batchItemFailures":[]}` {
			err = errors.New("records were kept: " + a.body[:min(len(a.body), 200)])
		}
		if err != nil {
			return t, err
		}
		if n > 0 {
			handled, took = handled+size, took+elapsed
		}
	}
	t.perSecond = float64(handled) / took.Seconds()
	return t, nil
}

// What a throughput is measured with: so many batches that the memory has grown to its size.
const (
	batchEvents = 20_000
	mostBatches = 400
)

func (m *measurements) measureDeployed(event func(int) []byte) error {
	w := newWorld(0)
	defer w.stop()
	if _, err := exec.LookPath("node"); err != nil {
		fmt.Fprintln(os.Stderr, "bench: as deployed is left out: node is not installed")
		return nil
	}
	if err := w.startTables(); err != nil {
		return err
	}
	for i := range m.pairs {
		n, err := run(m.tocsin.path, w.deployed(), func(n int) []byte { return event(1_000_000*(i+1) + n) }, 50)
		if err != nil {
			return err
		}
		m.deployed = append(m.deployed, n)
	}
	return nil
}
