package notify_test

import (
	"regexp"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// A message has the same name wherever it is sent again, and every other message has another one.
func TestMessageID(t *testing.T) {
	message := func(change func(*notify.Notification)) notify.Notification {
		f := finding.Finding{ID: "f", Source: "aws.macie"}
		f.Updated = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
		n := notify.Notification{Findings: []finding.Finding{f}}
		change(&n)
		return n
	}
	const instance = "oncall"
	id := message(func(*notify.Notification) {}).MessageID(instance)
	if !regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(id) {
		t.Errorf("got %s", id)
	}
	for name, change := range map[string]func(*notify.Notification){
		"in the minimal form":  func(n *notify.Notification) { n.Minimal = true },
		"with another receipt": func(n *notify.Notification) { n.Previous.ID = "1" },
		"in other words":       func(n *notify.Notification) { n.Findings[0].Title = "x" },
	} {
		if got := message(change).MessageID(instance); got != id {
			t.Errorf("%s it has another name", name)
		}
	}
	for name, change := range map[string]func(*notify.Notification){
		"another kind":    func(n *notify.Notification) { n.Kind = notify.KindResolved },
		"another finding": func(n *notify.Notification) { n.Findings[0].ID = "g" },
		"another version": func(n *notify.Notification) { n.Findings[0].Updated = time.Time{} },
		"another part":    func(n *notify.Notification) { n.Findings[0].Part = "2" },
		// Whoever puts a finding aside in a hub, or opens or grades it there, leaves its time of update.
		"what was handed over later": func(n *notify.Notification) { n.Findings[0].Published = time.Unix(1, 0) },
	} {
		if got := message(change).MessageID(instance); got == id {
			t.Errorf("%s has the same name", name)
		}
	}
	if message(func(*notify.Notification) {}).MessageID("other") == id {
		t.Error("another instance has the same name")
	}
}

// What is said of a finding keeps together, and apart from others.
func TestFindingID(t *testing.T) {
	of := func(kind notify.Kind, id string, updated time.Time) string {
		f := finding.Finding{ID: id}
		f.Updated = updated
		return notify.Notification{Kind: kind, Findings: []finding.Finding{f}}.FindingID()
	}
	first := of(notify.KindFinding, "f", time.Time{})
	if of(notify.KindResolved, "f", time.Unix(1, 0)) != first || of(notify.KindFinding, "g", time.Time{}) == first || len(first) != 64 {
		t.Errorf("got %s", first)
	}
}
