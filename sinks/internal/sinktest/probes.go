package sinktest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// Probes wants the probe of a sink to give these checks, each as "what: state: a part of what it says",
// and not to show the hidden text.
func Probes(t *testing.T, sink notify.Notifier, hidden string, want ...string) {
	t.Helper()
	prober, ok := sink.(notify.Prober)
	if !ok {
		t.Fatalf("%T is no Prober", sink)
	}
	checks := prober.Probe(t.Context())
	if len(checks) != len(want) {
		t.Errorf("%d checks, want %q: %v", len(checks), want, checks)
		return
	}
	for i, check := range checks {
		head, says, _ := strings.Cut(want[i], ": ")
		state, says, _ := strings.Cut(says, ": ")
		if check.What != head || check.State.String() != state || !strings.Contains(check.Says, says) || check.Says == "" {
			t.Errorf("got %q, want %q", fmt.Sprintf("%s: %s: %s", check.What, check.State, check.Says), want[i])
		}
		if hidden != "" && strings.Contains(check.What+check.Says, hidden) {
			t.Errorf("the secret shows in %s", check.What)
		}
	}
}
