package main

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// initTrace gives, for each package, how many bytes its initialisation allocates. Bytes are the same in each run,
// where times are not. The program is run without a configuration, so that it ends after its initialisation.
func initTrace(program string) (map[string]int, error) {
	command := exec.Command(program)
	command.Env = []string{"GODEBUG=inittrace=1"}
	output, _ := command.CombinedOutput() // it ends with the mistakes in its configuration
	trace := map[string]int{}
	for line := range strings.Lines(string(output)) {
		// init internal/bytealg @0.008 ms, 0 ms clock, 0 bytes, 0 allocs
		var name string
		var at, clock float64
		var bytes, allocs int
		if n, _ := fmt.Sscanf(line, "init %s @%f ms, %f ms clock, %d bytes, %d allocs", &name, &at, &clock, &bytes, &allocs); n == 5 && bytes > 0 {
			trace[name] = bytes
		}
	}
	if len(trace) == 0 {
		return nil, fmt.Errorf("the program prints no trace of its initialisation")
	}
	return trace, nil
}

// formatTrace gives a line for each package, the largest first.
func formatTrace(trace map[string]int) string {
	var b strings.Builder
	names := slices.SortedFunc(maps.Keys(trace), func(x, y string) int {
		if trace[x] != trace[y] {
			return trace[y] - trace[x]
		}
		return strings.Compare(x, y)
	})
	for _, name := range names {
		fmt.Fprintf(&b, "%8d %s\n", trace[name], name)
	}
	return b.String()
}

// grownPackages names the packages whose initialisation allocates more than the kept trace says.
func grownPackages(program string) ([]string, error) {
	kept, err := os.ReadFile("bench/inittrace.txt")
	if err != nil {
		return nil, fmt.Errorf("the kept trace: %w", err)
	}
	before := map[string]int{}
	for line := range strings.Lines(string(kept)) {
		var name string
		var bytes int
		if n, _ := fmt.Sscan(line, &bytes, &name); n == 2 {
			before[name] = bytes
		}
	}
	now, err := initTrace(program)
	if err != nil {
		return nil, err
	}
	var grown []string
	for _, name := range slices.Sorted(maps.Keys(now)) {
		if now[name] > before[name]+before[name]/10+1024 {
			grown = append(grown, fmt.Sprintf("%s: %d bytes, before %d", name, now[name], before[name]))
		}
	}
	if len(grown) == 0 {
		grown = []string{"none: look at what is done after the start"}
	}
	return grown, nil
}
