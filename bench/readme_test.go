package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestReadme wants the numbers in the README to be those of docs/benchmarks.md.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../docs/benchmarks.md")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join(strings.Fields(string(readme)), " ")
	for figure, phrase := range map[string]string{
		"cold start": "cold start # times", "warm p50, sinks at once": "a warm event in # of its time", "peak memory": "peak memory # times",
	} {
		found := regexp.MustCompile(`(?m)^\| ` + figure + ` \| ([\d.]+) `).FindSubmatch(page)
		if found == nil {
			t.Errorf("docs/benchmarks.md has no %s", figure)
			continue
		}
		if want := strings.Replace(phrase, "#", string(found[1]), 1); !strings.Contains(text, want) {
			t.Errorf("the README does not say %q", want)
		}
	}
}
