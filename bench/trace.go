package main

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// initialisation is what that of a package takes: bytes, which are nearly the same in each run, and
// milliseconds, which are not.
type initialisation struct {
	bytes        int
	milliseconds float64
}

// initTrace returns, for each package, what its initialisation takes. The program is run without a
// configuration, so that it ends after its initialisation.
func initTrace(program string) (map[string]initialisation, error) {
	command := exec.Command(program)
	command.Env = []string{"GODEBUG=inittrace=1"}
	output, _ := command.CombinedOutput() // it ends with the mistakes in its configuration
	trace := map[string]initialisation{}
	for line := range strings.Lines(string(output)) {
		// init internal/bytealg @0.008 ms, 0 ms clock, 0 bytes, 0 allocs
		var name string
		var at, clock float64
		var bytes, allocs int
		if n, _ := fmt.Sscanf(line, "init %s @%f ms, %f ms clock, %d bytes, %d allocs", &name, &at, &clock, &bytes, &allocs); n == 5 {
			trace[name] = initialisation{bytes, clock}
		}
	}
	if len(trace) == 0 {
		return nil, fmt.Errorf("the program prints no trace of its initialisation")
	}
	return trace, nil
}

// leastTrace returns the least of several traces.
func leastTrace(program string) (map[string]initialisation, error) {
	least, err := initTrace(program)
	for range 4 {
		if err != nil {
			return nil, err
		}
		var again map[string]initialisation
		again, err = initTrace(program)
		for name, one := range again {
			least[name] = initialisation{min(one.bytes, least[name].bytes), min(one.milliseconds, least[name].milliseconds)}
		}
	}
	return least, err
}

// writeTrace writes a line for each package that allocates, the largest first. What a package is
// known to allocate stays as it is written while it has hardly changed, since it varies by a few
// bytes.
func writeTrace(program, file string) error {
	before, err := keptTrace(file)
	if err != nil {
		return err
	}
	now, err := leastTrace(program)
	if err != nil {
		return err
	}
	sizes := map[string]int{}
	for name, one := range now {
		sizes[name] = one.bytes
		if kept, isKnown := before[name]; isKnown && one.bytes > 0 && !isMuchMore(one.bytes, kept) && !isMuchMore(kept, one.bytes) {
			sizes[name] = kept
		}
	}
	maps.DeleteFunc(sizes, func(_ string, size int) bool { return size == 0 })
	names := slices.SortedFunc(maps.Keys(sizes), func(x, y string) int {
		return cmp.Or(sizes[y]-sizes[x], strings.Compare(x, y))
	})
	var b strings.Builder
	for _, name := range names {
		fmt.Fprintf(&b, "%8d %s\n", sizes[name], name)
	}
	return os.WriteFile(file, []byte(b.String()), 0o600)
}

func isMuchMore(bytes, than int) bool { return bytes > than+than/10+1024 }

// keptTrace reads what writeTrace has written.
func keptTrace(file string) (map[string]int, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("the kept trace: %w", err)
	}
	sizes := map[string]int{}
	for line := range strings.Lines(string(text)) {
		var name string
		var bytes int
		if n, _ := fmt.Sscan(line, &bytes, &name); n == 2 {
			sizes[name] = bytes
		}
	}
	return sizes, nil
}

// slow is what the initialisation of a package takes in milliseconds that is worth a look.
const slow = 1

// grownPackages names the packages whose initialisation allocates more than the kept trace says, or
// is slow.
func grownPackages(program string) ([]string, error) {
	before, err := keptTrace(traceFile)
	if err != nil {
		return nil, err
	}
	now, err := leastTrace(program)
	if err != nil {
		return nil, err
	}
	var grown []string
	for _, name := range slices.Sorted(maps.Keys(now)) {
		if one := now[name]; isMuchMore(one.bytes, before[name]) || one.milliseconds >= slow {
			grown = append(grown, fmt.Sprintf("%s: %d bytes, before %d; %.1f ms", name, one.bytes, before[name], one.milliseconds))
		}
	}
	if len(grown) == 0 {
		grown = []string{"none: look at what is done after it"}
	}
	return grown, nil
}

const traceFile = "bench/inittrace.txt"
