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
		"published once more":  func(n *notify.Notification) { n.Findings[0].Published = time.Unix(1, 0) },
	} {
		if got := message(change).MessageID(instance); got != id {
			t.Errorf("%s it has another name", name)
		}
	}
	for name, change := range map[string]func(*notify.Notification){
		"another kind":     func(n *notify.Notification) { n.Kind = notify.KindResolved },
		"another finding":  func(n *notify.Notification) { n.Findings[0].ID = "g" },
		"another version":  func(n *notify.Notification) { n.Findings[0].Updated = time.Time{} },
		"another part":     func(n *notify.Notification) { n.Findings[0].Part = "2" },
		"another severity": func(n *notify.Notification) { n.Findings[0].Severity = finding.NewSeverity(9) },
	} {
		if got := message(change).MessageID(instance); got == id {
			t.Errorf("%s has the same name", name)
		}
	}
	if message(func(*notify.Notification) {}).MessageID("other") == id {
		t.Error("another instance has the same name")
	}
}

// People grade a finding anew, put it aside and open it again in a hub, which leaves the time of the
// update as it was: each time there is something to tell, and it has a name of its own.
func TestMessageIDOfTheSameTime(t *testing.T) {
	seen := map[string]string{}
	for name, one := range map[string]struct {
		kind      notify.Kind
		state     finding.State
		published int64
	}{
		"found": {notify.KindFinding, finding.Open, 0}, "put aside": {notify.KindResolved, finding.Archived, 1}, "opened again": {notify.KindUpdate, finding.Open, 2},
		"put aside again": {notify.KindResolved, finding.Archived, 3}, "opened once more": {notify.KindUpdate, finding.Open, 4},
	} {
		f := finding.Finding{ID: "f"}
		f.State, f.Updated, f.Published = one.state, time.Unix(0, 0), time.Unix(one.published, 0)
		n := notify.Notification{Kind: one.kind, Findings: []finding.Finding{f}}
		id := n.MessageID("oncall")
		if other, isKnown := seen[id]; isKnown {
			t.Errorf("%s has the same name as %s", name, other)
		}
		seen[id] = name
		n.Findings[0].Published = n.Findings[0].Published.In(time.FixedZone("", 3600))
		if n.MessageID("oncall") != id {
			t.Errorf("%s has another name in another time zone", name)
		}
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
