package eventstest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// Corpus returns the real events of one folder of the corpus, which lies beside the checkout, by
// the names of their files. Without the corpus the test says that it is skipped.
func Corpus(t testing.TB, folder string) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "..", "shared", "corpus", folder, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("skipped: the corpus of real events is not beside this checkout")
	}
	events := make(map[string][]byte, len(files))
	for _, file := range files {
		text, err := os.ReadFile(filepath.Clean(file))
		if err != nil {
			t.Fatal(err)
		}
		events[filepath.Base(file)] = text
	}
	return events
}

// Stated returns what stands at the first of the paths in an event that has a text, number or
// boolean, read by encoding/json alone. A path has slashes; a number in it counts elements.
func Stated(t testing.TB, event []byte, paths ...string) string {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(string(event)))
	decoder.UseNumber()
	var whole any
	if err := decoder.Decode(&whole); err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		value := whole
		for _, step := range strings.Split(path, "/") {
			switch inside := value.(type) {
			case map[string]any:
				value = inside[step]
			case []any:
				if n, err := strconv.Atoi(step); err == nil && n < len(inside) {
					value = inside[n]
				} else {
					value = nil
				}
			default:
				value = nil
			}
		}
		switch scalar := value.(type) {
		case string:
			return scalar
		case json.Number:
			return scalar.String()
		case bool:
			return strconv.FormatBool(scalar)
		}
	}
	return ""
}
