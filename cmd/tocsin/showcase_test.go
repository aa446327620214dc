package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What make run shows fits one screen, has nothing of GuardDuty's placeholders, and ends with the worst.
func TestShowcaseFitsTheScreen(t *testing.T) {
	code, samples, stderr := tocsin(t, "", nil, "samples", "--showcase")
	if code != 0 {
		t.Fatal(stderr)
	}
	path := filepath.Join(t.TempDir(), "screen.txt")
	screen, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	usual := os.Stdout
	os.Stdout = screen // which the console writes to
	code, _, stderr = tocsin(t, samples, map[string]string{"ACCOUNT_NAMES": "111122223333=prod"}, "send", "-")
	os.Stdout = usual
	shown, err := os.ReadFile(path)
	if err := errors.Join(err, screen.Close()); err != nil {
		t.Fatal(err)
	}
	out := string(shown)
	if code != 0 {
		t.Fatal(stderr)
	}
	next, err := os.ReadFile("../../docs/next-steps.txt")
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out+stderr+string(next), "\n"); n > 60 {
		t.Errorf("make run shows %d lines, want 60 at the most", n)
	}
	for _, placeholder := range []string{"GeneratedFinding", "GENERATEDFINDING", "99999999"} {
		if strings.Contains(out, placeholder) {
			t.Errorf("%s stands in\n%s", placeholder, out)
		}
	}
	high, critical := strings.LastIndex(out, "\nHIGH  ["), strings.LastIndex(out, "\nCRITICAL  [")
	if high < 0 && !strings.HasPrefix(out, "HIGH  [") || critical < high || critical < 0 {
		t.Errorf("the most severe is not the last: %d, %d in %.200q", high, critical, out)
	}
}

// The samples of one source are in the same order, and none of any source has a placeholder.
func TestShowcaseOfASource(t *testing.T) {
	_, samples, _ := tocsin(t, "", nil, "samples", "--source", "guardduty", "--showcase")
	lines := strings.Split(strings.TrimSpace(samples), "\n")
	if len(lines) < 3 || !strings.Contains(lines[0], "ConsoleLoginSuccess") || !strings.Contains(lines[len(lines)-1], "AttackSequence:") {
		t.Errorf("got %d lines, the first %.200s, the last %.200s", len(lines), lines[0], lines[len(lines)-1])
	}
	_, all, _ := tocsin(t, "", nil, "samples")
	if strings.Contains(all, "GeneratedFinding") || strings.Contains(all, "GENERATEDFINDING") {
		t.Error("a sample has a placeholder")
	}
}
