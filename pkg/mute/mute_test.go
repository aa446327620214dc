package mute_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tocsin-sec/tocsin/pkg/condition"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/mute"
)

const list = `
# what we know of
- name: noisy-scanner
  when: >
    type startsWith "Recon:" and
    cidr(actor.ip, "192.0.2.0/24")
  until: 2026-12-01
  reason: the scanner of the audit
  by: alice
- when: account == "111122223333"
  until: "2026-12-01T18:00:00+01:00"
  reason: Tests of Team "B" (load)
  even_critical: true
- {when: sample, until: 2026-12-01T00:00:00Z, reason: Tests of team b load}
`

func TestParse(t *testing.T) {
	got, mistakes := mute.Parse([]byte(list))
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	want := []mute.Mute{
		{Name: "noisy-scanner", Until: time.Date(2026, 12, 2, 0, 0, 0, 0, time.UTC), End: "2026-12-01", Reason: "the scanner of the audit", By: "alice"},
		{Name: "tests-of-team-b-load", Until: time.Date(2026, 12, 1, 17, 0, 0, 0, time.UTC), End: "2026-12-01T18:00:00+01:00", Reason: `Tests of Team "B" (load)`, EvenCritical: true},
		{Name: "tests-of-team-b-load-2", Until: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC), End: "2026-12-01T00:00:00Z", Reason: "Tests of team b load"},
	}
	sameTime := cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) })
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(mute.Mute{}, "When"), sameTime); diff != "" {
		t.Error(diff)
	}
	json, mistakes := mute.Parse([]byte(`[{"when":"sample","until":"2026-12-01","reason":"x"}]`))
	if len(json) != 1 || len(mistakes) > 0 {
		t.Errorf("JSON: got %v, %v", json, mistakes)
	}
	for _, nothing := range []string{"", "# none\n", "[]", "---\n"} {
		if got, mistakes := mute.Parse([]byte(nothing)); len(got)+len(mistakes) > 0 {
			t.Errorf("%q: got %v, %v", nothing, got, mistakes)
		}
	}
}

// Every mistake is reported with its line; none shows a value, and what is right stays.
func TestMistakes(t *testing.T) {
	const rest = "\n  until: 2026-12-01\n  reason: x"
	for text, want := range map[string][]string{
		"when: sample":                               {"line 1: want a list, whose entries begin with -"},
		"s3cret":                                     {"line 1: want a list, whose entries begin with -"},
		"- [":                                        {"line 1: this is no YAML: want a list"},
		"- a: b\n c: s3cret\n  d":                    {"line 1: this is no YAML: want a list"},
		"- s3cret":                                   {"line 1: want an entry with when, until and reason"},
		"- by: x":                                    {"line 1: when is missing", "line 1: until is missing", "line 1: reason is missing"},
		"- when: sample\n  untl: 2026-12-01":         {"line 2: there is no such key; did you mean until?", "line 1: reason is missing"},
		"- when: sample\n  s3cret: 1" + rest:         {"line 2: there is no such key; there are: name, when, until, reason, by, even_critical"},
		"- when: sample\n  when: true" + rest:        {"line 2: when is given twice"},
		"- when: [s3cret]" + rest:                    {"line 1: when: want a text"},
		"- when: ''" + rest:                          {"line 1: when: is empty"},
		"- when: smaple" + rest:                      {"line 1: when: line 1, column 1: unknown name smaple; did you mean sample?"},
		"- when: level <= 'low'" + rest:              {"line 1: when: line 1, column 7: <= would compare levels by the alphabet; use severity"},
		"- when: sample\n  until: soon\n  reason: x": {"line 2: until: want a day such as 2026-12-01"},
		"- when: sample\n  until: 2026-12-01T18:00:00\n  reason: x":               {"line 2: until: want a day such as 2026-12-01"},
		"- when: sample\n  until: 2026-02-30\n  reason: x":                        {"line 2: until: want a day such as 2026-12-01"},
		"- when: sample\n  even_critical: s3cret" + rest:                          {"line 2: even_critical: want true or false"},
		"- when: sample\n  name: s3cret!" + rest:                                  {"line 2: name: want at most 64 letters"},
		"- when: sample\n  by: \"s3cret\\e[31m\"" + rest:                          {"line 2: by: want one line of text"},
		"- when: sample\n  by: " + strings.Repeat("x", 301) + rest:                {"line 2: by: is longer than 300 bytes"},
		"- &a\n  when: sample" + rest + "\n- *a":                                  {"line 5: want an entry with when, until and reason"},
		"- when: sample\n  name: a" + rest + "\n- when: sample\n  name: a" + rest: {"line 6: name: another mute before has this name"},
		"- s3cret\n- when: sample" + rest:                                         {"line 1: want an entry"},
		strings.Repeat("- when: sample"+rest+"\n", 501):                           {"there are more than 500 mutes"},
		"# " + strings.Repeat("x", 65536):                                         {"the list is longer than 65536 bytes"},

		"- when: sample\n  untl: 2026-12-01\n  until: 2026-12-01\n  reason: x": {"line 2: there is no such key; did you mean until?"},
	} {
		mutes, mistakes := mute.Parse([]byte(text))
		if len(mistakes) != len(want) {
			t.Errorf("%.60q: got %v, want %v", text, mistakes, want)
			continue
		}
		for i := range want {
			if !strings.HasPrefix(mistakes[i].Error(), want[i]) || strings.Contains(mistakes[i].Error(), "s3cret") {
				t.Errorf("%.60q: got %q, want %q", text, mistakes[i], want[i])
			}
		}
		if wanted := strings.Count(text, "- when: sample"+rest); wanted == 1 && strings.HasPrefix(text, "- s3cret") && len(mutes) != 1 {
			t.Errorf("%.60q: the good entry is lost", text)
		}
	}
}

func TestActive(t *testing.T) {
	mutes, mistakes := mute.Parse([]byte(list))
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	for moment, want := range map[string]int{
		"2026-11-30T23:59:59Z": 3, "2026-12-01T00:00:00Z": 2, "2026-12-01T16:59:59Z": 2, "2026-12-01T17:00:00Z": 1,
		"2026-12-01T23:59:59Z": 1, "2026-12-02T00:00:00Z": 0,
	} {
		now, err := time.Parse(time.RFC3339, moment)
		if err != nil {
			t.Fatal(err)
		}
		if active, expired := len(mute.Active(mutes, now)), len(mute.Expired(mutes, now)); active != want || expired != 3-want {
			t.Errorf("at %s %d are active and %d expired, want %d and %d", moment, active, expired, want, 3-want)
		}
	}
}

// A critical finding, or one that may be critical, is held back only by a mute that says so.
func TestHolds(t *testing.T) {
	for _, test := range []struct {
		when         string
		evenCritical bool
		severity     finding.Severity
		want         bool
	}{
		{"true", false, 8.9, true},
		{"true", false, 9, false},
		{"true", true, 10, true},
		{"true", false, 0, false},
		{"true", true, 0, true},
		{"true", false, finding.Unstated, true},
		{"severity == 5 and level == 'medium'", false, finding.Unstated, true},
		{"severity < 4", false, finding.Unstated, false},
		{"severity == 5 and level == 'untriaged'", false, finding.Untriaged, true},
		{"level == 'medium'", false, finding.Untriaged, false},
		{"severity < 9", true, 0, false},
		{"severity >= 1", true, 0, true},
		{"level == 'low'", false, 3, true},
		{"sample", false, 3, false},
		{"document.a.b == 1", false, 3, false},
	} {
		when, err := condition.Compile(test.when)
		if err != nil {
			t.Fatal(err)
		}
		m := mute.Mute{When: when, EvenCritical: test.evenCritical}
		f := finding.Finding{Severity: test.severity}
		got, err := m.Holds(f, condition.NewFacts(f))
		if got != test.want || (err != nil) != strings.Contains(test.when, "document") {
			t.Errorf("%s, even critical %v, severity %s: got %v, %v", test.when, test.evenCritical, test.severity, got, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(list)
	f.Add("- {when: sample, until: 2026-12-01, reason: x}")
	f.Add("- &a [*a]")
	f.Fuzz(func(t *testing.T, text string) {
		mutes, mistakes := mute.Parse([]byte(text))
		for _, m := range mutes {
			if m.Name == "" || m.Reason == "" || m.When == nil || m.Until.IsZero() {
				t.Errorf("half a mute: %+v", m)
			}
		}
		for _, mistake := range mistakes {
			if strings.Contains(mistake.Error(), "\n") {
				t.Errorf("a mistake of two lines: %q", mistake)
			}
		}
	})
}

func ExampleParse() {
	mutes, mistakes := mute.Parse([]byte(`
- when: cidr(actor.ip, "192.0.2.0/24")
  until: 2026-12-01
  reason: the scanner of the audit
  by: alice
`))
	fmt.Println(mutes[0], mistakes)
	// Output: "the-scanner-of-the-audit" until 2026-12-01 (the scanner of the audit; alice) []
}

// A mute that holds back everything, or for long, is one that somebody may not have meant.
func TestWarnings(t *testing.T) {
	now := time.Date(2026, time.March, 1, 0, 0, 0, 0, time.UTC)
	const everything, forLong = `the mute "x" mutes everything that is not critical: it holds for each of the findings that it was tried on`,
		`the mute "x" lasts for more than 90 days; what is never to be sent is better left out by WHEN`
	for text, want := range map[string][]string{
		`{when: "true", until: 2026-03-31, reason: x}`:                                   {everything},
		`{when: severity >= 1, until: 2026-03-31, reason: x, even_critical: true}`:       {`the mute "x" mutes everything, and what is critical too: it holds for each of the findings that it was tried on`},
		`{when: level != "critical", until: 2026-03-31, reason: x}`:                      {everything},
		`{when: level != "critical", until: 2026-03-31, reason: x, even_critical: true}`: nil,
		`{when: not sample, until: 2026-05-29, reason: x}`:                               nil,
		`{when: sample, until: 2026-05-30, reason: x}`:                                   {forLong},
		`{when: "true", until: 9999-12-31, reason: x}`:                                   {everything, forLong},
		`{when: "true", until: 2026-02-27, reason: x}`:                                   nil,
	} {
		mutes, mistakes := mute.Parse([]byte("[" + text + "]"))
		if len(mistakes) > 0 {
			t.Fatal(mistakes)
		}
		if got := mute.Warnings(mutes, now); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}
