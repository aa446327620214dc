package main

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
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
		"batches of 1,000": "batches of 1,000: # events a second",
	} {
		found := regexp.MustCompile(`(?m)^\| ` + figure + ` \| ([\d.]+) `).FindSubmatch(page)
		if found == nil {
			t.Errorf("docs/benchmarks.md has no %s", figure)
			continue
		}
		if want := strings.Replace(phrase, "#", inWords(string(found[1])), 1); !strings.Contains(text, want) {
			t.Errorf("the README does not say %q", want)
		}
	}
}

// inWords returns a number as it is written in a text: thousands with a comma and rounded.
func inWords(number string) string {
	value, err := strconv.ParseFloat(number, 64)
	if err != nil || value < 1000 {
		return number
	}
	whole := fmt.Sprintf("%.0f", value)
	return whole[:len(whole)-3] + "," + whole[len(whole)-3:]
}
