package router_test

import (
	"fmt"
	"testing"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/router"
)

func TestDecide(t *testing.T) {
	routes := []router.Route{{Sink: "all", MinSeverity: 0}, {Sink: "some", MinSeverity: 4}, {Sink: "few", MinSeverity: 9}}
	for _, test := range []struct {
		severity float64
		want     [3]router.Verdict
	}{
		{1, [3]router.Verdict{router.Send, router.Below, router.Below}},
		{3.95, [3]router.Verdict{router.Send, router.Below, router.Below}},
		{4, [3]router.Verdict{router.Send, router.Send, router.Below}},
		{9, [3]router.Verdict{router.Send, router.Send, router.Send}},
		{0, [3]router.Verdict{router.Send, router.Send, router.Send}},
		{-3, [3]router.Verdict{router.Send, router.Send, router.Send}},
	} {
		decisions := router.Decide(finding.Finding{Severity: finding.NewSeverity(test.severity)}, routes)
		for i, decision := range decisions {
			if decision.Verdict != test.want[i] || decision.Reason == "" {
				t.Errorf("severity %v for %s: got %+v, want verdict %v and a reason", test.severity, routes[i].Sink, decision, test.want[i])
			}
		}
	}
}

func TestNothingIsHeldBackForItsState(t *testing.T) {
	f := finding.Finding{Severity: 8, Activity: finding.Activity{Archived: true, Sample: true}}
	if got := router.Decide(f, []router.Route{{MinSeverity: 4}})[0]; got.Verdict != router.Send {
		t.Errorf("an archived sample was held back: %+v", got)
	}
}

func ExampleDecide() {
	f := finding.Finding{Severity: 5}
	for _, decision := range router.Decide(f, []router.Route{{MinSeverity: 4}, {MinSeverity: 7}}) {
		fmt.Println(decision.Verdict == router.Send, "-", decision.Reason)
	}
	// Output:
	// true - severity 5.0 is at or above the threshold 4.0
	// false - severity 5.0 is below the threshold 7.0
}
