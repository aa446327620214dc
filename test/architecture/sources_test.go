package architecture_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// ownPlaces are where GuardDuty may be named: in its own folder, in the line of the table of
// sources, in the replay from its API with the client, in the simulation of a week of findings, and
// in what serves tests, measurements, deployment and readers.
func ownPlaces() []string {
	return []string{
		"events/guardduty/", "events/table.go", "cmd/tocsin/replay.go", "cmd/tocsin/internal/guarddutyapi/",
		"cmd/tocsin/simulate.go", "cmd/tocsin/internal/simulation/", "test/", "bench/", "cdk/", "docs/",
	}
}

// texts reads the program's source, text and page files, without tests, by their paths from the
// root.
func texts(t *testing.T) map[string]string {
	t.Helper()
	const root = "../.."
	files := map[string]string{}
	err := filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() && (name == "node_modules" || name == "testdata" || len(name) > 2 && name[0] == '.') {
			return filepath.SkipDir
		}
		isRead := slices.Contains([]string{".go", ".txt", ".html", ".css", ".js"}, filepath.Ext(name))
		if entry.IsDir() || !isRead || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, path)
		files[filepath.ToSlash(relative)] = string(text)
		return err
	})
	if err != nil || len(files) < 100 {
		t.Fatalf("%d files, error %v", len(files), err)
	}
	return files
}

// What is to be known of a source stands in its folder. Whoever needs it reads the table of
// sources.
func TestNobodyNamesGuardDuty(t *testing.T) {
	seen := map[string]bool{}
	for path, text := range texts(t) {
		at := slices.IndexFunc(ownPlaces(), func(place string) bool { return strings.HasPrefix(path, place) })
		for i, line := range strings.Split(strings.ToLower(text), "\n") {
			if !strings.Contains(line, "guardduty") {
				continue
			}
			if at >= 0 {
				seen[ownPlaces()[at]] = true
			} else if !isForTests(filepath.ToSlash(filepath.Dir(path))) {
				t.Errorf("%s:%d names GuardDuty; what it is to know stands in the table of sources", path, i+1)
			}
		}
	}
	if !seen["events/guardduty/"] || !seen["events/table.go"] {
		t.Errorf("GuardDuty is named in %v; does this test still see anything?", seen)
	}
}
