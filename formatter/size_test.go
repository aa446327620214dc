package formatter_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// huge gives findings of a megabyte and more, by kind of hugeness.
func huge() map[string]notify.Notification {
	all := map[string]notify.Notification{}
	for name, text := range map[string]string{
		"text": strings.Repeat("x", 1<<20), "escapes": strings.Repeat("&<>", 350_000), "runes": strings.Repeat("検🔥", 150_000),
		"lines": strings.Repeat("\n", 1<<20), "invisible": strings.Repeat("\u200b", 350_000) + "x", "domains": strings.Repeat("a.bc ", 200_000),
		"schemes": strings.Repeat("://", 350_000),
	} {
		all[name] = filled(text)
	}
	many := utmost()
	for len(many.Resource.Tags) < 20_000 {
		many.Resource.Tags = append(many.Resource.Tags, finding.Tag{Key: "Team", Value: strings.Repeat("y", 50)})
		many.Threats = append(many.Threats, finding.Threat{Name: strings.Repeat("z", 50)})
		many.Related = append(many.Related, many.Sequence.Resources...)
		many.Related = many.Related[:min(len(many.Related), 20_000)]
	}
	many.Event = json.RawMessage(`{"detail":"` + strings.Repeat("e", 1<<20) + `"}`)
	all["lists"] = notify.Notification{Findings: []finding.Finding{many}}
	digest := notify.Notification{Kind: notify.KindDigest}
	for range 2_000 {
		digest.Findings = append(digest.Findings, filled(strings.Repeat("w ", 300)).Findings[0])
	}
	all["digest"] = digest
	return all
}

// Every renderer keeps its channel's limit with a finding of any size, and still says what happened.
func TestHugeFindings(t *testing.T) {
	for name, n := range huge() {
		for _, style := range []formatter.Style{{}, everything(t)} {
			m := formatter.New(n, style)
			for _, limit := range []int{262_144, 3_000, 1_000, 300} {
				text := formatter.Text(m, limit)
				checkText(t, text, limit)
				if !strings.HasPrefix(text, m.LevelName) {
					t.Errorf("%s in %d bytes: the headline is lost: %.80q", name, limit, text)
				}
			}
			checkSubject(t, formatter.Subject(m))
			checkSlack(t, formatter.Slack(m, formatter.SlackPost{}))
		}
	}
}

// What is least needed goes first; headline and first link go last.
func TestSmaller(t *testing.T) {
	f := kinds()["kind-ecs"]
	f.Resource.Tags = []finding.Tag{{Key: "Team", Value: "jobs"}}
	f.Description = strings.Repeat("word ", 200)
	m := message(t, f, map[string]string{"RUNBOOK_URL": "https://wiki.example.com/x"})
	m.Changes = []formatter.Change{{What: "count", Text: "count 1 -> 2"}}
	var gone []string
	for {
		smaller, ok := m.Smaller()
		if !ok {
			break
		}
		if what := lost(m, smaller); len(gone) == 0 || gone[len(gone)-1] != what { // the tail goes bit by bit
			gone = append(gone, what)
		}
		m = smaller
	}
	got := strings.Join(gone, " ")
	want := "id tags threats related tail region account last_seen first_seen count resource change description summary type runbook resource-link"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if m.Title == "" || len(m.Links) != 1 || m.Links[0].Name != formatter.LinkFinding {
		t.Errorf("got %+v, want the headline and the link to the console", m)
	}
}

// lost names what a smaller message lacks.
func lost(m, smaller formatter.Message) string {
	for i, fact := range m.Facts {
		if i >= len(smaller.Facts) || smaller.Facts[i] != fact {
			return fact.Name
		}
	}
	switch {
	case len(smaller.Changes) < len(m.Changes):
		return "change"
	case smaller.Description == "" && m.Description != "":
		return "description"
	case smaller.Description != m.Description:
		return "tail"
	case smaller.Summary != m.Summary:
		return "summary"
	case m.Links[len(m.Links)-1].Name == formatter.LinkResource:
		return "resource-link"
	}
	return m.Links[len(m.Links)-1].Name
}

// A message is not changed by making a smaller one of it: sinks share its slices.
func TestSmallerLeavesTheMessage(t *testing.T) {
	m := message(t, kinds()["kind-ecs"], nil)
	before := formatter.Text(m, 1<<20)
	for smaller, ok := m.Smaller(); ok; smaller, ok = smaller.Smaller() {
	}
	formatter.Slack(m, formatter.SlackPost{})
	formatter.Text(m, 200)
	if after := formatter.Text(m, 1<<20); after != before {
		t.Errorf("got %s\nwant %s", after, before)
	}
}

func BenchmarkHuge(b *testing.B) {
	n := notify.Notification{Findings: []finding.Finding{utmost()}}
	for b.Loop() {
		formatter.Slack(formatter.New(n, formatter.Style{}), formatter.SlackPost{})
	}
}
