package main

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// part is what one step of an event's way takes.
type part struct {
	folder, what                     string
	microseconds, bytes, allocations float64
}

// measureParts runs the benchmarks of the packages on an event's way.
func measureParts() ([]part, error) {
	var all []part
	for _, p := range []struct {
		folder, benchmark, what string
		events                  float64
	}{
		{"events", "OpenParse", "read: unwrap and parse", 1},
		{"pkg/router", "Decide", "decide: threshold and condition of each sink", 1},
		{"pkg/ledger", "ClaimSent", "claim and settle in the memory ledger", 1},
		{"formatter", "NewOfRecipe", "put into words", 1},
		{"formatter", "SlackOfRecipe", "render for Slack", 1},
		{"formatter", "TextOfRecipe", "render as text", 1},
		{"pkg/app", "Batch/1", "one event in a batch of 1, sent to one webhook, whose server is counted", 1},
		{"pkg/app", "Batch/10", "in a batch of 10", 10},
		{"pkg/app", "Batch/100", "in a batch of 100", 100},
		{"pkg/app", "Batch/1000", "in a batch of 1,000", 1000},
	} {
		command := exec.Command("go", "test", "-run", "^$", "-bench", "^Benchmark"+strings.ReplaceAll(p.benchmark, "/", "$/^")+"$", "-benchmem", "./"+p.folder)
		command.Stderr = os.Stderr
		output, err := command.Output()
		if err != nil {
			return nil, fmt.Errorf("the benchmark %s of %s: %w", p.benchmark, p.folder, err)
		}
		figures := benchmarked(string(output))
		if figures["ns/op"] == 0 {
			return nil, fmt.Errorf("%s has no benchmark %s", p.folder, p.benchmark)
		}
		all = append(all, part{p.folder, p.what, figures["ns/op"] / 1000 / p.events, figures["B/op"] / p.events, figures["allocs/op"] / p.events})
	}
	return all, nil
}

// benchmarked returns the figures of the one benchmark in an output of go test, by their units.
func benchmarked(output string) map[string]float64 {
	figures := map[string]float64{}
	for line := range strings.Lines(output) {
		fields := strings.Fields(line)
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		for i := 2; i+1 < len(fields); i += 2 {
			if value, err := strconv.ParseFloat(fields[i], 64); err == nil {
				figures[fields[i+1]] = value
			}
		}
	}
	return figures
}
