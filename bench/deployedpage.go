package main

import (
	"bytes"
	"fmt"
)

// page writes the section of the page about what is deployed.
func (d *deployed) page(w *bytes.Buffer) {
	fmt.Fprintf(w, `
## As deployed

The ledger is in [a table in Go](../test/tableserver/tableserver.go) in a process of its own, which does a call at next to no
cost and counts calls and request units, and the webhook in a secret. Messages from a queue are counted, as digests want it.
Sinks answer at once, and nothing is paced (%s). "Before" is the build of commit %s, made from git and measured in turns
with today's. Lone events come as EventBridge hands them over, batches as SQS does, all with the variables of 256 MB. The
first invocation counts for the CPU alone. The naive function keeps no ledger and takes one event at a time.

`, "`RATE=0`", before)
	if d.programs.before == "" {
		fmt.Fprintf(w, "The build before was not measured: %v.\n\n", errNoCommit)
	}
	fmt.Fprint(w, "| findings in one invocation | events/s | before | ratio | CPU per event, ms | before | ratio | ratio to naive | peak memory, MiB | before |\n"+
		"|---|---|---|---|---|---|---|---|---|---|\n")
	for _, r := range d.rows {
		fmt.Fprintf(w, "| %d, %s | %.0f | %s | %s | %.2f | %s | %s | %v | %.1f | %s |\n", r.load.size, r.load.kind,
			of(r.now, figureRate).median, r.medianBefore("%.0f", figureRate), r.ratio(figureRate),
			of(r.now, figureCPU).median, r.medianBefore("%.2f", figureCPU), r.ratio(figureCPU), ratio(r.now, d.naive, figureCPU),
			of(r.now, figureMemory).median, r.medianBefore("%.1f", figureMemory))
	}
	d.pageOfCalls(w)
	once := d.row(lone(first))
	fmt.Fprint(w, "\nA lone event that is new:\n\n| figure | now | before | ratio | naive | ratio |\n|---|---|---|---|---|---|\n")
	for _, figure := range figures() {
		fmt.Fprintf(w, "| %s | %v | %s | %s | %v | %v |\n", figure, of(once.now, figure), once.medianBefore("%.2f", figure), once.ratio(figure),
			of(d.naive, figure), ratio(once.now, d.naive, figure))
	}
	fmt.Fprintf(w, "| %s, table of 5 ms | %v | %s | %s | | |\n", figureP50, of(d.far.now, figureP50), d.far.medianBefore("%.2f", figureP50), d.far.ratio(figureP50))
	d.pageOfProfiles(w)
}

// pageOfCalls writes what the table is asked for.
func (d *deployed) pageOfCalls(w *bytes.Buffer) {
	fmt.Fprint(w, "\nWhat a finding takes of the table, with two sinks:\n\n| findings in one invocation | calls | before | read units | before | write units | before |\n"+
		"|---|---|---|---|---|---|---|\n")
	for _, r := range d.rows {
		fmt.Fprintf(w, "| %d, %s |", r.load.size, r.load.kind)
		for _, figure := range []string{figureCalls, figureReads, figureWrites} {
			fmt.Fprintf(w, " %.2f | %s |", of(r.now, figure).median, r.medianBefore("%.2f", figure))
		}
		fmt.Fprintln(w)
	}
	fmt.Fprint(w, "\nWhat a lone finding takes that is new:\n\n| sinks | calls | before | read units | before | write units | before |\n|---|---|---|---|---|---|---|\n")
	for _, s := range d.sinks {
		from := "from EventBridge"
		if s.isQueued {
			from = "from the queue, where messages are counted"
		}
		fmt.Fprintf(w, "| %d, %s |", s.count, from)
		for _, figure := range []string{figureCalls, figureReads, figureWrites} {
			fmt.Fprintf(w, " %.2f | %s |", s.now[figure], deployedRow{before: some(s.before)}.medianBefore("%.2f", figure))
		}
		fmt.Fprintln(w)
	}
}

func some(n numbers) []numbers {
	if n == nil {
		return nil
	}
	return []numbers{n}
}

// medianBefore writes a figure of the build before, where there is one.
func (r deployedRow) medianBefore(format, figure string) string {
	if len(r.before) == 0 {
		return "-"
	}
	return fmt.Sprintf(format, of(r.before, figure).median)
}

// ratio writes the ratio of today's build to the one before, pair by pair.
func (r deployedRow) ratio(figure string) string {
	if len(r.before) == 0 {
		return "-"
	}
	return ratio(r.now, r.before, figure).String()
}
