package sinks_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/tocsin-sec/tocsin/formatter/formattertest"
)

// consoleEnd is the standard output, which is a file here. What was written since somebody last asked
// is one message.
func consoleEnd(t *testing.T) *remote {
	file, err := os.Create(filepath.Join(t.TempDir(), "stdout"))
	if err != nil {
		t.Fatal(err)
	}
	stdout := os.Stdout
	os.Stdout = file
	t.Cleanup(func() {
		os.Stdout = stdout
		_ = file.Close()
	})
	var all []string
	known := 0
	return &remote{
		settings: func(string) map[string]string { return nil },
		arrived: func() []string {
			text, err := os.ReadFile(file.Name())
			if err != nil {
				t.Error(err)
			}
			if len(text) > known {
				all = append(all, string(text[known:]))
			}
			known = len(text)
			return slices.Clone(all)
		},
		refused: func() []error { return nil },
		check:   func(t testing.TB, message string) { formattertest.CheckText(t, message, len(message)) },
	}
}
