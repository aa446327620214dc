package formatter_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/formatter/formattertest"
)

// table reads the file of a language.
func table(t *testing.T, path string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key, value, found := strings.Cut(line, "|")
		if !found || key == "" || value == "" || all[key] != "" || strings.TrimSpace(line) != line {
			t.Errorf("%s: a line that is no entry, or a second one: %q", path, line)
		}
		all[key] = value
	}
	return all
}

// Each language has every text of English, with the same places for values, and no other.
func TestLanguagesAreComplete(t *testing.T) {
	en := table(t, "lang/en.txt")
	files, err := filepath.Glob("lang/*.txt")
	if err != nil || len(files) < 2 {
		t.Fatalf("got %v, error %v", files, err)
	}
	for _, path := range files {
		other := table(t, path)
		for key, text := range en {
			for _, place := range append(regexp.MustCompile(`\{[a-z]*\}`).FindAllString(text, -1), regexp.MustCompile(`\{[a-z]*\}`).FindAllString(other[key], -1)...) {
				if strings.Count(text, place) != strings.Count(other[key], place) {
					t.Errorf("%s: %s has not the places for values of %q: %q", path, key, text, other[key])
				}
			}
		}
		for key := range other {
			if en[key] == "" {
				t.Errorf("%s: nothing asks for %s", path, key)
			}
		}
		code := strings.TrimSuffix(filepath.Base(path), ".txt")
		if m := message(t, formattertest.Exfiltration(), map[string]string{"MESSAGE_LANG": code}); m.Lang != code || m.LevelName != other["level.high"] {
			t.Errorf("%s: MESSAGE_LANG=%s gives the language %s", path, code, m.Lang)
		}
	}
}
