package app_test

import (
	"net/http"
	"strings"
	"testing"
)

// A condition decides about its sink alone; one that cannot be decided lets the finding through, counted.
func TestConditions(t *testing.T) {
	slack, oncall := newHook(t, http.StatusOK), newHook(t, http.StatusOK)
	a, log := load(t, map[string]string{
		"SINKS": "slack,oncall=slack", "SLACK_WEBHOOK_URL": slack.address(), "ONCALL_WEBHOOK_URL": oncall.address(), "LEDGER": "off",
		"WHEN": `type startsWith "Recon:" and document.nothing.there == 1`, "ONCALL_WHEN": `account == "000022223333"`,
	})
	answer, err := a.Invoke(t.Context(), []byte(event("f1", 8)))
	if err != nil || string(answer) != `{"delivered":1,"findings":1,"unmatched":1}` {
		t.Errorf("got %s, %v", answer, err)
	}
	if len(slack.bodies) != 1 || len(oncall.bodies) != 0 {
		t.Errorf("slack was told %d times, oncall %d times", len(slack.bodies), len(oncall.bodies))
	}
	if metrics := lastLine(t, log); metrics["ConditionErrors"] != 1.0 || metrics["Unmatched"] != 1.0 {
		t.Errorf("got %v", metrics)
	}
	for _, want := range []string{
		`"slack":"WHEN cannot be decided, and is taken to hold: line 1, column 47: cannot fetch there from \u003cnil\u003e"`,
		`"oncall":"ONCALL_WHEN does not hold: account \"111122223333\""`,
	} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("%s is not in the log: %s", want, log)
		}
	}
}
