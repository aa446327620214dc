package eventstest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/finding"
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

// Row returns a finding as a line of the table that the tests of the corpus print: file, id, type,
// severity, account, region, resource, actor, time, state, link. A dash stands for nothing.
func Row(file string, f finding.Finding) string {
	when := "-"
	times := []struct {
		name string
		at   time.Time
	}{
		{"updated", f.Updated}, {"last seen", f.LastSeen}, {"first seen", f.FirstSeen}, {"created", f.Created}, {"planned", f.Planned.Starts},
	}
	for _, t := range times {
		if !t.at.IsZero() {
			when = t.name + " " + t.at.UTC().Format(time.RFC3339Nano)
			break
		}
	}
	return strings.Join([]string{
		file, words(f.ID), words(f.Type), f.Severity.String(), words(f.Account.ID), words(f.Region),
		words(f.Resource.Type, f.Resource.ID), Actor(f), when, f.State.String(), words(f.About.Links.Finding),
	}, " | ")
}

// Actor returns what is known of who did it, and a dash where nothing is.
func Actor(f finding.Finding) string {
	a := f.Actor
	return words(a.Remote.IP, a.Remote.Country, a.Remote.Organization, a.Remote.Domain, a.Remote.Account.String(), a.User.Type, a.User.Name, a.Process.Name)
}

// words joins the texts that say something, and returns a dash where none does.
func words(texts ...string) string {
	if all := strings.Join(strings.Fields(strings.Join(texts, " ")), " "); all != "" {
		return all
	}
	return "-"
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
