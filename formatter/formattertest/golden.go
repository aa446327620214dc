package formattertest

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Golden compares what was rendered with a file in the package's testdata; where isUpdate, it writes the
// file.
func Golden(t testing.TB, name, got string, isUpdate bool) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if isUpdate {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // sources, which all may read
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil { //nolint:gosec // as above
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; write it with the flag -update of this package's tests", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s has changed; look at it, then test this package with -update\n%s", path, diff)
	}
}

// Indented returns a JSON document with one member a line, as golden files have it.
func Indented(t testing.TB, document []byte) string {
	t.Helper()
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, document, "", "  "); err != nil {
		t.Fatal(err)
	}
	return pretty.String() + "\n"
}
