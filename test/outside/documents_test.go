package outside_test

import (
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The JSON schema, and the documents that are said to follow it.
func TestDocuments(t *testing.T) {
	schema := read(t, filepath.Join("..", "..", "docs", "schema", "finding.v1.json"))
	var text strings.Builder
	fmt.Fprintf(&text, "docs/schema/finding.v1.json: sha256 %x\n\n", sha256.Sum256([]byte(schema)))
	for _, name := range []string{"ssh", "bucket", "sequence", "generic"} {
		_, stdout, _ := outputs(t, call{
			args: []string{"send"}, stdin: event(t, name, nil),
			variables: map[string]string{"CONSOLE_FORMAT": "json", "MIN_SEVERITY": "0", "ACCOUNT_NAMES": "111122223333=prod"},
		})
		if strings.Count(stdout, "\n") != 1 {
			t.Errorf("%s: want one line, got %q", name, stdout)
		}
		fmt.Fprintf(&text, "== %s\n%s\n", name, indented(t, decoded(t, []byte(stdout))))
	}
	golden(t, "documents.txt", text.String())
}

// The documents of an update and of a digest.
func TestDocumentsOfOtherKinds(t *testing.T) {
	variables := map[string]string{"CONSOLE_FORMAT": "json", "CONSOLE_DIGEST_AFTER": "2", "MIN_SEVERITY": "0"}
	stdin := strings.Join([]string{
		event(t, "ssh", nil), event(t, "ssh", map[string]any{"updatedAt": "2026-03-16T09:13:10.500Z", "count": 20, "severity": 8}),
		event(t, "bucket", nil), event(t, "generic", nil),
	}, "\n")
	insideMinute(2 * time.Second)
	_, stdout, stderr := outputs(t, call{args: []string{"send"}, stdin: stdin, variables: variables})
	var text strings.Builder
	for line := range strings.Lines(stdout) {
		fmt.Fprintf(&text, "%s\n", indented(t, settled(decoded(t, []byte(line)))))
	}
	golden(t, "documents-other.txt", text.String()+stderr)
}

// The text on a terminal.
func TestConsole(t *testing.T) {
	var text strings.Builder
	for _, name := range []string{"ssh", "bucket", "sequence", "generic"} {
		_, stdout, _ := outputs(t, call{args: []string{"send"}, stdin: event(t, name, nil), variables: map[string]string{"MIN_SEVERITY": "0"}})
		fmt.Fprintf(&text, "== %s\n%s\n", name, stdout)
	}
	golden(t, "console.txt", text.String())
}
