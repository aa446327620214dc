package formatter_test

import (
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/formatter/slack"
	"github.com/tocsin-sec/tocsin/formatter/text"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// What is least needed goes first; headline and first link go last.
func TestSmaller(t *testing.T) {
	f := formattertest.Kinds()["kind-ecs"]
	f.Resource.Tags = []finding.Tag{{Key: "Team", Value: "jobs"}}
	f.Description = strings.Repeat("word ", 200)
	m := message(t, f, map[string]string{"RUNBOOK_URL": "https://wiki.example.com/x"})
	m.Changes = []string{"count 1 -> 2"}
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
	m := message(t, formattertest.Kinds()["kind-ecs"], nil)
	before := text.Render(m, 1<<20)
	for smaller, ok := m.Smaller(); ok; smaller, ok = smaller.Smaller() {
	}
	slack.Render(m, slack.Post{})
	text.Render(m, 200)
	if after := text.Render(m, 1<<20); after != before {
		t.Errorf("got %s\nwant %s", after, before)
	}
}

// The facts that go first are named as FIELDS names them.
func TestSmallerTakesEvidenceFirst(t *testing.T) {
	var m formatter.Message
	for _, name := range formatter.Fields() {
		m.Facts = append(m.Facts, formatter.Fact{Name: name, Value: "x"})
	}
	var gone []string
	for smaller, ok := m.Smaller(); ok; smaller, ok = m.Smaller() {
		gone = append(gone, lost(m, smaller))
		m = smaller
	}
	got := strings.Join(gone, " ")
	want := "id tags details user_agent threats related resources actors signals tactics " +
		"severity type state techniques endpoints remedy region account last_seen first_seen count planned facts control packages vulnerability action process user actor resource"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
