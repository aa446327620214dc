package main

import "testing"

func TestProcessors(t *testing.T) {
	for _, test := range []struct {
		memory     string
		seen, want int
	}{
		{"", 2, 2}, {"much", 2, 2}, {"0", 2, 2}, {"-1", 2, 2},
		{"128", 2, 1}, {"256", 2, 1}, {"1769", 2, 1}, {"1770", 2, 2}, {"3538", 2, 2}, {"10240", 6, 6}, {"10240", 2, 2},
	} {
		if got := processors(test.memory, test.seen); got != test.want {
			t.Errorf("%s MB and %d processors: got %d, want %d", test.memory, test.seen, got, test.want)
		}
	}
}
