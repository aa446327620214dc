package notify_test

import (
	"testing"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

func TestRises(t *testing.T) {
	severity := func(from string) notify.Change { return notify.Change{What: "severity", From: from, To: "8.0"} }
	now := []finding.Finding{{Severity: 8}}
	for name, test := range map[string]struct {
		n    notify.Notification
		want bool
	}{
		"nothing":        {notify.Notification{Kind: notify.KindUpdate, Findings: now}, false},
		"a count":        {notify.Notification{Kind: notify.KindUpdate, Findings: now, Changes: []notify.Change{{What: "count", From: "1", To: "3"}}}, false},
		"another level":  {notify.Notification{Kind: notify.KindUpdate, Findings: now, Changes: []notify.Change{{What: "count"}, severity("5.0")}}, true},
		"the same level": {notify.Notification{Kind: notify.KindUpdate, Findings: now, Changes: []notify.Change{severity("7.0")}}, false},
		"a lower level":  {notify.Notification{Kind: notify.KindUpdate, Findings: now, Changes: []notify.Change{severity("9.0")}}, false},
		"unknown before": {notify.Notification{Kind: notify.KindUpdate, Findings: now, Changes: []notify.Change{severity("unknown")}}, true},
		"unreadable":     {notify.Notification{Kind: notify.KindUpdate, Findings: now, Changes: []notify.Change{severity("loud")}}, true},
		"opened again":   {notify.Notification{Kind: notify.KindUpdate, Findings: now, Changes: []notify.Change{{What: "state", From: "closed", To: "open"}}}, true},
		"over":           {notify.Notification{Kind: notify.KindResolved, Findings: now, Changes: []notify.Change{{What: "state"}, severity("5.0")}}, false},
		"no finding":     {notify.Notification{Kind: notify.KindUpdate, Changes: []notify.Change{severity("5.0")}}, false},
	} {
		if got := test.n.Rises(); got != test.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
}
