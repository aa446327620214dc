package formatter_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// facts returns the facts of a finding by name.
func facts(t *testing.T, f finding.Finding, settings map[string]string) map[string]formatter.Fact {
	t.Helper()
	all := map[string]formatter.Fact{}
	for _, fact := range message(t, f, settings).Facts {
		all[fact.Name] = fact
	}
	return all
}

// written returns the parts of a fact with brackets around ids, and the seconds of times in braces.
func written(f formatter.Fact) string {
	var text strings.Builder
	for part := range f.Parts() {
		switch part.Form {
		case formatter.FormID:
			text.WriteString("[" + part.Text + "]")
		case formatter.FormTime:
			text.WriteString("{" + part.Time.Format(time.RFC3339) + "}" + part.Text)
		default:
			text.WriteString(part.Text)
		}
	}
	return text.String()
}

func TestParts(t *testing.T) {
	f := formattertest.Instance()
	f.FirstSeen = time.Date(2026, 3, 16, 8, 20, 5, 999_000_000, time.UTC)
	all := facts(t, f, nil)
	got := map[string]string{}
	for _, name := range []string{"resource", "tags", "actor", "first_seen", "account", "region", "id"} {
		got[name] = written(all[name])
	}
	want := map[string]string{
		"resource": "EC2 instance [i-0a1b2c3d] (web-1), public [203.0.113.12], private [10.0.0.12], VPC [vpc-0a1b]",
		"tags":     "Owner=ann, team=shop", "actor": "[198.51.100.7], Example Telecom (AS64500), Lima, Peru",
		"first_seen": "{2026-03-16T08:20:05Z}2026-03-16 08:20:05 UTC", "account": "prod ([111122223333])", "region": "eu-west-1",
		"id": "[" + f.ID + "]",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// The parts of every fact make up its value, whatever stands in it, also where it is cut.
func TestPartsAreTheValue(t *testing.T) {
	everything := formattertest.Everything(t)
	for name, attack := range formattertest.Attacks() {
		for _, text := range []string{attack, attack + "\x01a\x04\x021\x03b\x04"} {
			for _, style := range []formatter.Style{{}, everything} {
				for _, fact := range formatter.New(formattertest.Filled(text), style).Facts {
					var parts strings.Builder
					for part := range fact.Parts() {
						parts.WriteString(part.Text)
					}
					if parts.String() != fact.Value || strings.ContainsAny(fact.Value, "\x01\x02\x03\x04") {
						t.Errorf("%s: the parts of %s are %.200q, its value %.200q", name, fact.Name, parts.String(), fact.Value)
					}
				}
			}
		}
	}
	for part := range (formatter.Fact{Value: "of another making"}).Parts() {
		if part.Text != "of another making" || part.Form != formatter.FormProse {
			t.Errorf("got %+v", part)
		}
	}
}

// The operator's own time stands before that of UTC, in every text, in summer and in winter.
func TestTimeZone(t *testing.T) {
	f := finding.Finding{Activity: finding.Activity{
		FirstSeen: time.Date(2026, 1, 31, 23, 30, 5, 0, time.UTC), LastSeen: time.Date(2026, 7, 1, 23, 30, 5, 0, time.UTC),
	}}
	for zone, want := range map[string][2]string{
		"UTC":           {"2026-01-31 23:30:05 UTC", "2026-07-01 23:30:05 UTC (for 151 d)"},
		"Europe/Berlin": {"2026-02-01 00:30:05 CET / 2026-01-31 23:30:05 UTC", "2026-07-02 01:30:05 CEST / 2026-07-01 23:30:05 UTC (for 151 d)"},
		"Asia/Kolkata":  {"2026-02-01 05:00:05 IST / 2026-01-31 23:30:05 UTC", "2026-07-02 05:00:05 IST / 2026-07-01 23:30:05 UTC (for 151 d)"},
	} {
		settings := map[string]string{"TIME_ZONE": zone, "BODY_TEMPLATE": "{{.first_seen}}"}
		all := facts(t, f, settings)
		if got := [2]string{all["first_seen"].Value, all["last_seen"].Value}; got != want {
			t.Errorf("%s: got %q, want %q", zone, got, want)
		}
		if got := message(t, f, settings).Description; got != want[0] {
			t.Errorf("%s: a template writes %q, want %q", zone, got, want[0])
		}
	}
	japanese := facts(t, f, map[string]string{"TIME_ZONE": "Asia/Tokyo", "MESSAGE_LANG": "ja"})["first_seen"]
	if want := "{2026-01-31T23:30:05Z}2026年2月1日 08:30:05 JST / 2026年1月31日 23:30:05 UTC"; written(japanese) != want {
		t.Errorf("got %q, want %q", written(japanese), want)
	}
}
