package sinktest

import (
	"strings"
	"testing"
)

// Mistakes wants the error of a sink's New to be one line for each mistake, which begins as wanted, and
// none of them to show a hidden text.
func Mistakes(t *testing.T, err error, want []string, hidden ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("want an error")
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != len(want) {
		t.Fatalf("%d mistakes, want %d", len(lines), len(want))
	}
	for i, line := range lines {
		if !strings.HasPrefix(line, want[i]) {
			t.Errorf("mistake %d does not begin with %q", i+1, want[i])
		}
		for _, text := range hidden {
			if strings.Contains(line, text) {
				t.Errorf("mistake %d shows a value", i+1)
			}
		}
	}
}
