package outside_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares a text with a file of testdata, or writes the file.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s: (-frozen +now)\n%s", path, diff)
	}
}

// worded lets words for people stand for one another where they say the same: the prose of errors and reasons may say
// send or tell. Names that programs read never come through here.
func worded(text string) string {
	words := strings.NewReplacer(
		"send to", "send", "telling", "sending", "tells", "sends", "tell", "send", "Tell", "Send", "told", "sent", "far side", "remote",
	)
	return typesOfSink.ReplaceAllString(words.Replace(text), "there are: the types of sink")
}

// typesOfSink is the list of what SINKS can name, which grows with each new sink.
var typesOfSink = regexp.MustCompile(`there are: (?:[a-z0-9_]+, )*slack(?:, [a-z0-9_]+)*`)

// decoded reads JSON and keeps numbers as they are written.
func decoded(t *testing.T, text []byte) any {
	t.Helper()
	var value any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("no JSON: %v in %.200s", err, text)
	}
	return value
}

// compact writes JSON in one line, its keys sorted.
func compact(t *testing.T, value any) string {
	t.Helper()
	return strings.TrimSpace(encoded(t, value, ""))
}

// indented writes JSON in many lines, its keys sorted.
func indented(t *testing.T, value any) string {
	t.Helper()
	return encoded(t, value, "  ")
}

func encoded(t *testing.T, value any, indent string) string {
	t.Helper()
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", indent)
	if err := encoder.Encode(value); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// isRecent reports whether a text is a time of this run.
func isRecent(text string) bool {
	at, err := time.Parse(time.RFC3339Nano, text)
	return err == nil && time.Since(at).Abs() < time.Hour
}

var (
	stamp    = regexp.MustCompile(`\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`)
	digestID = regexp.MustCompile(`\b[a-z2-7]{26}\b`)
	hash     = regexp.MustCompile(`\b[0-9a-f]{64}\b`)
)

// settledText takes out of a text what differs from run to run: times of this run, the ids of digests
// and hashes.
func settledText(text string) string {
	text = stamp.ReplaceAllStringFunc(text, func(at string) string {
		if isRecent(at) {
			return "<now>"
		}
		return at
	})
	return hash.ReplaceAllString(digestID.ReplaceAllString(text, "<digest>"), "<hash>")
}

// settled is settledText for every text in a JSON value.
func settled(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for key, member := range v {
			v[key] = settled(member)
		}
	case []any:
		for i, member := range v {
			v[i] = settled(member)
		}
	case string:
		return settledText(v)
	}
	return value
}
