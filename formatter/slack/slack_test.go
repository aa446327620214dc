package slack_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

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
				check(t, formatter.New(n, formatter.Style{}))
				check(t, formatter.New(n, everything))
			}
			n := formattertest.Filled(attack)
			n.Kind, n.Findings = notify.KindDigest, append(n.Findings, n.Findings[0])
			check(t, formatter.New(n, formatter.Style{}))
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
		check(t, formatter.New(n, formatter.Style{}))
		check(t, formatter.New(n, formattertest.Everything(t)))
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
		slack.Render(formatter.New(n, formatter.Style{}), slack.Post{})
	}
}

func BenchmarkHuge(b *testing.B) {
	n := notify.Notification{Findings: []finding.Finding{formattertest.Utmost()}}
	for b.Loop() {
		slack.Render(formatter.New(n, formatter.Style{}), slack.Post{})
	}
}
