package mute_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/pkg/mute"
)

// What is written as YAML is read by Parse as it was, whatever its texts look like.
func TestYAML(t *testing.T) {
	want := []mute.Entry{
		{Name: "2026-12-01", When: `type startsWith "Recon:" and` + "\n" + `  title != '# no comment: "'`, Until: "2026-12-01", Reason: "yes: no"},
		{Name: "true", When: "sample", Until: "2026-12-01T18:00:00+01:00", Reason: "- a #1 's \"reason\"", By: "1234", EvenCritical: true},
		{Name: "ünï cödé", When: "sample", Until: "2026-12-01", Reason: "監査", By: "アリス"},
	}
	text, err := mute.YAML(want)
	if err != nil {
		t.Fatal(err)
	}
	mutes, mistakes := mute.Parse(text)
	if len(mistakes) > 0 {
		t.Fatalf("%v in\n%s", mistakes, text)
	}
	var got []mute.Entry
	for _, m := range mutes {
		got = append(got, mute.EntryOf(m))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if text, err := mute.YAML(nil); err != nil || string(text) != "[]\n" {
		t.Errorf("no mutes: %q, %v", text, err)
	}
}

// An entry is judged as one of MUTES is: every mistake at once, and none shows a value.
func TestEntry(t *testing.T) {
	good := mute.Entry{Name: "a", When: "sample", Until: "2026-12-01", Reason: "b"}
	if m, err := good.Mute(); err != nil || m.Name != "a" || m.When == nil || m.Until.IsZero() || m.End != good.Until {
		t.Errorf("got %v, %v", m, err)
	}
	for want, entry := range map[string]mute.Entry{
		"name: is missing\nwhen: is missing\nuntil: is missing\nreason: is missing": {By: " "},
		"when: line 1, column 1: unknown name smaple; did you mean sample?":         {Name: "a", When: "smaple", Until: good.Until, Reason: "b"},
		"name: want at most 64 letters, digits, spaces and . _ -":                   {Name: "s3cret!", When: "sample", Until: good.Until, Reason: "b"},
		"until: want a day such as 2026-12-01":                                      {Name: "a", When: "sample", Until: "s3cret", Reason: "b"},
		"reason: want one line of text\nby: is longer than 300 bytes":               {Name: "a", When: "sample", Until: good.Until, Reason: "s3\ncret", By: strings.Repeat("s3cret", 60)},
	} {
		_, err := entry.Mute()
		if err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
