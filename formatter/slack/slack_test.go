package slack_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/formatter/slack"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

var update = flag.Bool("update", false, "write the golden files anew")

func message(t testing.TB, f finding.Finding, settings map[string]string) formatter.Message {
	t.Helper()
	return formattertest.Message(t, formattertest.Case{Notification: notify.Notification{Findings: []finding.Finding{f}}, Settings: settings})
}

func TestGolden(t *testing.T) {
	for name, c := range formattertest.Cases() {
		var pretty bytes.Buffer
		if err := json.Indent(&pretty, slack.Render(formattertest.Message(t, c), slack.Post{}), "", "  "); err != nil {
			t.Fatal(err)
		}
		pretty.WriteByte('\n')
		path := filepath.Join("testdata", name+".json")
		if *update {
			if err := os.WriteFile(path, pretty.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatalf("%v; write it with: go test ./formatter/slack -update", err)
		}
		if diff := cmp.Diff(string(want), pretty.String()); diff != "" {
			t.Errorf("%s has changed; look at it, then: go test ./formatter/slack -update\n%s", path, diff)
		}
	}
}

func check(t testing.TB, m formatter.Message) {
	t.Helper()
	formattertest.CheckSlack(t, slack.Render(m, slack.Post{}))
}

func TestAttacksAreDead(t *testing.T) {
	everything := formattertest.Everything(t)
	for name, attack := range formattertest.Attacks() {
		t.Run(name, func(t *testing.T) {
			for _, minimal := range []bool{false, true} {
				n := formattertest.Filled(attack)
				n.Minimal = minimal
				check(t, formatter.New(n, formatter.Style{}.WithParts()))
				check(t, formatter.New(n, everything))
			}
			for _, n := range formattertest.ActedBy(attack) {
				check(t, formatter.New(n, formattertest.Style(t, nil).WithActs()))
				check(t, formatter.New(n, everything))
				n.Minimal = true
				check(t, formatter.New(n, everything))
			}
			n := formattertest.Filled(attack)
			n.Kind, n.Findings = notify.KindDigest, append(n.Findings, n.Findings[0])
			check(t, formatter.New(n, formatter.Style{}.WithParts()))
		})
	}
}

// The same holds for whole events of every source, whichever member is an attacker's.
func TestWholeEventsAreDead(t *testing.T) {
	styles := []formatter.Style{formattertest.Style(t, nil), formattertest.Everything(t)}
	i := 0
	for event, n := range formattertest.Whole(t) {
		i++
		for _, style := range styles[:1+i%8/7] { // the other one takes ten times as long
			check(t, formatter.New(n, style))
		}
		if t.Failed() {
			t.Fatal(event)
		}
	}
}

func TestHugeFindings(t *testing.T) {
	for _, n := range formattertest.Huge() {
		check(t, formatter.New(n, formatter.Style{}.WithParts()))
		check(t, formatter.New(n, formattertest.Everything(t)))
	}
}

// Whatever stands in a finding, a message holds no date but those of the finding, and nothing else that
// begins as one does.
func TestDatesAreOurs(t *testing.T) {
	const forged = "<!date^1392734382^{date_short_pretty} {time}|2014-02-18 14:39:42 UTC>"
	for _, attack := range []string{forged, "`" + forged + "`", "*x*" + forged, forged[1:] + forged, strings.Repeat(forged, 30)} {
		n := formattertest.Filled(attack)
		for _, style := range []formatter.Style{formatter.Style{}.WithParts(), formattertest.Everything(t)} {
			body := string(slack.Render(formatter.New(n, style), slack.Post{}))
			if strings.Contains(body, inJSON("<")+"!date^1392734382") || !strings.Contains(body, inJSON("<")+"!date^1773649205^{date_short_pretty} {time}|2026-03-16 08:20:05 UTC") {
				t.Errorf("%.60s: the dates are not the finding's: %s", attack, body)
			}
		}
	}
}

// A time without a year that Slack knows stands in UTC alone.
func TestOddTimes(t *testing.T) {
	f := formattertest.Exfiltration()
	f.FirstSeen, f.LastSeen = time.Date(1, 1, 1, 0, 0, 1, 0, time.UTC), time.Date(20_000, 1, 1, 0, 0, 0, 0, time.UTC)
	m := message(t, f, nil)
	check(t, m)
	if body := string(slack.Render(m, slack.Post{})); strings.Contains(body, "!date^") || !strings.Contains(body, "0001-01-01 00:00:01 UTC") {
		t.Errorf("got %s", body)
	}
}

// Slack shows each reader their own time: the operator's zone is for other texts.
func TestTimeZoneIsTheReaders(t *testing.T) {
	body := string(slack.Render(message(t, formattertest.Exfiltration(), map[string]string{"TIME_ZONE": "Asia/Tokyo"}), slack.Post{}))
	usual := string(slack.Render(message(t, formattertest.Exfiltration(), nil), slack.Post{}))
	without := func(text string) string { // the block's id is of the facts' texts
		before, rest, _ := strings.Cut(text, `"block_id":"`)
		_, after, _ := strings.Cut(rest, `"`)
		return before + after
	}
	if diff := cmp.Diff(without(usual), without(body)); diff != "" {
		t.Error(diff)
	}
}

// The first block, from which desktop notifications are made, says the level by a sign and a word.
func TestSigns(t *testing.T) {
	signs := map[finding.Severity]string{9: "🟥 CRITICAL · ", 8: "🔴 HIGH · ", 5: "🟠 MEDIUM · ", 2: "🔵 LOW · ", 0: "⚫ UNKNOWN · ", finding.Untriaged: "🟣 UNTRIAGED · "}
	first := func(m formatter.Message) string {
		var body struct {
			Blocks []struct{ Text struct{ Text string } }
		}
		if err := json.Unmarshal(slack.Render(m, slack.Post{}), &body); err != nil || len(body.Blocks) == 0 {
			t.Fatal(err)
		}
		return body.Blocks[0].Text.Text
	}
	for severity, want := range signs {
		f := formattertest.Exfiltration()
		f.Severity = severity
		m := message(t, f, map[string]string{"MENTION": "<!here>"})
		if got := first(m); !strings.HasPrefix(got, want+"Data exfiltration") {
			t.Errorf("%v: got %q, want %q", severity, got, want)
		}
		m.IsOver = true
		if got := first(m); !strings.HasPrefix(got, "⚪ ") {
			t.Errorf("%v, over: got %q", severity, got)
		}
	}
	if got := first(formatter.New(notify.Notification{Kind: notify.KindHeartbeat}, formatter.Style{}.WithParts())); got != "Tocsin is alive" {
		t.Errorf("a heartbeat: got %q", got)
	}
}

// Each state of a message has another block of buttons, and the same state the same.
func TestBlockIDs(t *testing.T) {
	id := func(m formatter.Message) string {
		_, rest, _ := strings.Cut(string(slack.Render(m, slack.Post{})), `"block_id":"`)
		name, _, _ := strings.Cut(rest, `"`)
		return name
	}
	m, later := message(t, formattertest.Exfiltration(), nil), formattertest.Exfiltration()
	later.Count++
	if one, same, other := id(m), id(m), id(message(t, later, nil)); one == "" || one != same || one == other {
		t.Errorf("got %q, %q, %q", one, same, other)
	}
}

// A link that does not fit is left out: half of one leads elsewhere.
func TestLinksAreWhole(t *testing.T) {
	for _, m := range []formatter.Message{
		message(t, formattertest.Exfiltration(), map[string]string{"RUNBOOK_URL": "https://wiki.example.com/{type}"}),
		message(t, formattertest.Filled(strings.Repeat("&<>", 400)).Findings[0], map[string]string{"RUNBOOK_URL": "https://wiki.example.com/runbook"}),
	} {
		for _, minimal := range []bool{false, true} {
			m.Minimal = minimal
			var body struct{ Text string }
			if err := json.Unmarshal(slack.Render(m, slack.Post{}), &body); err != nil {
				t.Fatal(err)
			}
			rest := strings.ReplaceAll(body.Text, "&amp;", "&")
			for _, link := range m.Links {
				rest = strings.ReplaceAll(rest, link.URL, "")
			}
			if i := strings.Index(rest, "https"); i >= 0 {
				t.Fatalf("half a link: %.80q", rest[i:])
			}
		}
	}
}

func FuzzRender(f *testing.F) {
	for _, attack := range formattertest.Attacks() {
		if len(attack) < 1000 {
			f.Add(attack)
		}
	}
	styles := []formatter.Style{{}, formattertest.Everything(f)}
	f.Fuzz(func(t *testing.T, attack string) {
		for _, style := range styles {
			check(t, formatter.New(formattertest.Filled(attack), style))
		}
	})
}

func BenchmarkSlack(b *testing.B) {
	n := notify.Notification{Findings: []finding.Finding{formattertest.Exfiltration()}}
	for b.Loop() {
		slack.Render(formatter.New(n, formatter.Style{}.WithParts()), slack.Post{})
	}
}

func BenchmarkHuge(b *testing.B) {
	n := notify.Notification{Findings: []finding.Finding{formattertest.Utmost()}}
	for b.Loop() {
		slack.Render(formatter.New(n, formatter.Style{}.WithParts()), slack.Post{})
	}
}

// The counts of a digest stay within a field, whatever escaping makes of what is counted.
func TestCountsFitAField(t *testing.T) {
	var all []finding.Finding
	for _, end := range []string{"a", "b", "c", "d", "e", "f"} {
		f := formattertest.Exfiltration()
		f.Type = strings.Repeat("&", 98) + end
		f.Resource = finding.Resource{Type: "Custom", ID: f.Type}
		all = append(all, formattertest.Described(f))
	}
	check(t, formatter.New(notify.Notification{Kind: notify.KindDigest, Findings: all}, formatter.Style{}.WithParts()))
}

// An address that Slack may not take in a button, for which it would refuse the message, is a link in a text.
func TestAddressesOfButtons(t *testing.T) {
	for runbook, isButton := range map[string]bool{
		"https://wiki.example.com/{type}": true, "https://wiki/{type}": false, "https://wiki:8443/{type}": false, "https://wiki.example.com/störung": false,
	} {
		m := message(t, formattertest.Exfiltration(), map[string]string{"RUNBOOK_URL": runbook})
		body := string(slack.Render(m, slack.Post{}))
		if before, _, _ := strings.Cut(runbook, "{"); strings.Contains(body, `"url":"`+before) != isButton || strings.Contains(body, inJSON("<"+before)) == isButton {
			t.Errorf("%s: %s", runbook, body)
		}
	}
}
