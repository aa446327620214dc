// Package eventstest serves the tests of sources. Among what it has is a matcher of EventBridge's
// patterns, which no library is right about.
package eventstest

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Members returns an object of n members, each written by a format that takes its number.
func Members(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return "{" + strings.TrimSuffix(b.String(), ",") + "}"
}

// The sizes that CheckGrowth compares.
const (
	times = 8
	few   = 5_000
	many  = times * few
)

// CheckGrowth holds that the work of what made returns grows no faster than its size: eight times
// 5,000 members take about as much as 40,000 at once, where quadratic work takes eight times as
// much. What counts is the time that the process was given, whatever else the machine has to do,
// and the least of a few tries.
func CheckGrowth(t testing.TB, name string, made func(n int) func()) {
	t.Helper()
	const most = 4
	small, large := made(few), made(many)
	apart, together := time.Hour, time.Hour
	for range 5 {
		apart = min(apart, worked(t, func() {
			for range times {
				small()
			}
		}))
		if together = min(together, worked(t, large)); together < most*apart {
			return
		}
	}
	t.Errorf("%s: %d times %d members took %v, and %d took %v", name, times, few, apart, many, together)
}

// worked returns how long the processors worked for the process while do ran.
func worked(t testing.TB, do func()) time.Duration {
	t.Helper()
	before := processTime(t)
	do()
	return processTime(t) - before
}

func processTime(t testing.TB) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
