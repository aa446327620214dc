// Package lang holds Tocsin's own words in each language that it speaks. It knows nothing of what they are
// used for, so that a program that says little need not link all that makes messages.
package lang

import (
	_ "embed"
	"strings"
)

// The languages: en.txt says how such a file is read.
var (
	//go:embed en.txt
	en string
	//go:embed ja.txt
	ja string
)

// English is the code of the language whose words are complete: every other falls back to it.
const English = "en"

// Files returns the words of each language by code. A new one is a file beside this, and a line.
func Files() map[string]string {
	return map[string]string{English: en, "ja": ja}
}

// Read returns the texts of a table of words by their keys. A text has {} where a value stands.
func Read(table string) map[string]string {
	words := map[string]string{}
	for line := range strings.Lines(table) {
		if key, text, found := strings.Cut(strings.TrimSuffix(line, "\n"), "|"); found {
			words[key] = text
		}
	}
	return words
}
