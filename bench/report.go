package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// measureLarge measures an attack sequence of 1 MB.
func (m *measurements) measureLarge() error {
	w := newWorld(0)
	defer w.stop()
	var signals []map[string]any
	for i := range 1500 {
		signals = append(signals, map[string]any{
			"uid": fmt.Sprint("signal-", i), "name": fmt.Sprint("Signal ", i), "type": "FINDING", "severity": 8, "count": i,
			"description": strings.Repeat("Something was seen. ", 25), "updatedAt": 1754000000000 + i,
		})
	}
	large := func(n int) []byte {
		text, err := json.Marshal(map[string]any{
			"source": "aws.guardduty", "detail-type": "GuardDuty Finding", "account": "111122223333", "region": "eu-west-1",
			"detail": map[string]any{
				"id": fmt.Sprint("sequence-", n), "type": "AttackSequence:S3/CompromisedData", "severity": 9, "title": "A sequence",
				"updatedAt": "2026-03-16T08:25:10Z", "service": map[string]any{"detection": map[string]any{"sequence": map[string]any{"signals": signals}}},
			},
		})
		if err != nil {
			return nil
		}
		return text
	}
	var err error
	m.large, err = run(m.tocsin.path, w.usual(), large, 20)
	return err
}

// write writes the page, the chart and the trace of initialisation.
func (m *measurements) write(folder string) error {
	var page bytes.Buffer
	m.page(&page)
	return errors.Join(
		os.WriteFile(filepath.Join(folder, "benchmarks.md"), page.Bytes(), 0o600),
		os.WriteFile(filepath.Join(folder, "images", "benchmarks.svg"), m.chart(), 0o600),
		writeTrace(m.tocsin.path, traceFile),
	)
}

func (m *measurements) page(w *bytes.Buffer) {
	commit, err := exec.Command("git", "rev-parse", "--short", "HEAD").Output()
	if err != nil {
		commit = []byte("unknown")
	}
	fmt.Fprintf(w, `# Benchmarks

Tocsin's bootstrap beside a naive Lambda ([bench/naive](../bench/naive/main.go): the same SDK, one post to Slack, one
message to SNS, no features), in turn and in one run, behind a Runtime API on loopback. This page is written by
%s on %s at commit %s: %s, %d processors, %s. Numbers are medians (minimum to maximum) of %d pairs; ratios
are taken pair by pair. Times drift with the machine, which is shared, by a third; ratios drift less. Both functions have
the variables of 256 MB, as deployed, for which Tocsin uses one processor. The naive one sends to Slack and SNS one after the
other.

![cold start and throughput](images/benchmarks.svg)

## Budgets

%s holds the same with slack for a shared machine, which is the last column.

| what | measured | limit | in CI |
|---|---|---|---|
`, "`make bench`", time.Now().UTC().Format("2006-01-02"), strings.TrimSpace(string(commit)), runtime.GOOS+"/"+runtime.GOARCH, runtime.NumCPU(), runtime.Version(), m.pairs, "`make bench-check`")
	m.pageOfBudgets(w)
	table(w, "Sinks that answer at once", m.fast)
	table(w, "Sinks that answer after 50 ms", m.slow)
	fmt.Fprint(w, "\nThese are 20 events, after which the naive function has not used the 4 MB yet that Go lets any program fill before it collects:\n"+
		"the memory is mostly that of the two programs.\n")
	m.deployed.page(w)
	fmt.Fprint(w, "\n## More sinks\n\nSinks of 100 ms work side by side.\n\n| sinks | warm p50, ms |\n|---|---|\n")
	for _, s := range m.sinks {
		fmt.Fprintf(w, "| %d | %.1f |\n", s.count, s.p50)
	}
	fmt.Fprint(w, "\n## SQS batches\n\nEach event is sent to Slack and SNS, with `RATE=0`, the memory ledger, and the variables of 3,538 MB, the time of two\nprocessors, on which the servers run too. The best of three runs, at three times of the whole: the machine is shared.\n\n| records | events/s | CPU per event, ms | peak memory, MiB |\n|---|---|---|---|\n")
	for _, b := range m.batches {
		fmt.Fprintf(w, "| %d | %.0f | %.2f | %.0f |\n", b.size, b.perSecond, b.cpu, b.memory)
	}
	fmt.Fprintf(w, "\nThe naive function, which takes one event at a time (1 / warm p50): %.0f events/s, %.2f ms.\n",
		1000/of(m.fast.naive, figureP50).median, of(m.fast.naive, figureCPU).median)
	fmt.Fprintf(w, "\n## A finding of 1 MB\n\nAn attack sequence with 1,500 signals: %.1f ms warm (p50), %.0f MiB at the most.\n", m.large[figureP50], m.large[figureMemory])
	fmt.Fprintf(w, "\n## Sizes\n\n| | Tocsin | naive |\n|---|---|---|\n| bootstrap, MB | %.1f | %.1f |\n| zip, MB | %.1f | %.1f |\n",
		float64(m.tocsin.binary)/1e6, float64(m.naive.binary)/1e6, float64(m.tocsin.archived)/1e6, float64(m.naive.archived)/1e6)
	fmt.Fprint(w, "\n## Part by part\n\n`go test -run '^$' -bench . -benchmem` of each package, on one event of 2.8 kB; times are of this run.\n\n| package | what | time, us | bytes | allocations |\n|---|---|---|---|---|\n")
	for _, p := range m.parts {
		fmt.Fprintf(w, "| `%s` | %s | %.1f | %.0f | %.0f |\n", p.folder, p.what, p.microseconds, p.bytes, p.allocations)
	}
}

// pageOfBudgets writes the rows of the budgets.
func (m *measurements) pageOfBudgets(w *bytes.Buffer) {
	inCI := m.budgets(true)
	for i, b := range m.budgets(false) {
		sign, kept := "at most", ""
		if b.isFloor {
			sign = "at least"
		}
		if !b.isKept() {
			kept = ", **not kept**"
			if b.isGoal {
				kept = ", a goal, **not reached yet**"
			}
		}
		ci := "not held"
		if i < len(inCI) {
			ci = fmt.Sprintf("%.2f", inCI[i].limit)
		}
		if i < len(inCI) && inCI[i].name != b.name {
			ci = fmt.Sprintf("%s: %.2f %s, at most %.2f", inCI[i].name, inCI[i].value, inCI[i].unit, inCI[i].limit)
		}
		fmt.Fprintf(w, "| %s | %.2f %s | %s %.2f%s | %s |\n", b.name, b.value, b.unit, sign, b.limit, kept, ci)
	}
}

func table(w *bytes.Buffer, title string, c comparison) {
	fmt.Fprintf(w, "\n## %s\n\n| figure | Tocsin | naive | ratio |\n|---|---|---|---|\n", title)
	for _, figure := range figures() {
		fmt.Fprintf(w, "| %s | %v | %v | %v |\n", figure, of(c.tocsin, figure), of(c.naive, figure), ratio(c.tocsin, c.naive, figure))
	}
}
