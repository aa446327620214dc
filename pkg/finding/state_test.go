package finding_test

import (
	"testing"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

func TestState(t *testing.T) {
	for state, want := range map[finding.State]string{
		finding.Open: "open", finding.Archived: "archived", finding.Resolved: "resolved", finding.Closed: "closed",
		finding.Suppressed: "suppressed", finding.Passed: "passed", finding.OK: "ok", -1: "unknown", 99: "unknown",
	} {
		if state.String() != want || state.Over() != (state != finding.Open) {
			t.Errorf("%d: got %q, over %v; want %q", int(state), state, state.Over(), want)
		}
	}
	if f := (finding.Finding{}); f.State.Over() {
		t.Error("a finding whose source says nothing of its state is over")
	}
}
