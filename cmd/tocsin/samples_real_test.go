package main

import (
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/events"
)

// Every sample of every source can be had without the marks of a sample, and is otherwise the same.
func TestRealSamples(t *testing.T) {
	samples := func(args ...string) (lines []string, stderr string) {
		t.Helper()
		code, stdout, stderr := tocsin(t, "", nil, append([]string{"samples"}, args...)...)
		if code != exitDone {
			t.Fatalf("exit code %d: %s", code, stderr)
		}
		return strings.Split(strings.TrimSpace(stdout), "\n"), stderr
	}
	marked, _ := samples()
	unmarked, warning := samples("--real")
	if !strings.Contains(warning, "not marked as samples") || len(marked) != len(unmarked) || len(marked) < 290 {
		t.Fatalf("%d and %d samples; %s", len(marked), len(unmarked), warning)
	}
	withMark := 0
	for i := range marked {
		before, after := findingIn(t, marked[i]), findingIn(t, unmarked[i])
		if before.sample {
			withMark++
		}
		if after.sample || strings.Contains(unmarked[i], "[SAMPLE]") {
			t.Errorf("still marked: %s", unmarked[i])
		}
		if before.kind != after.kind || before.severity != after.severity {
			t.Errorf("%+v became %+v", before, after)
		}
	}
	if withMark < 280 { // some events of GuardDuty have no mark
		t.Errorf("%d samples are marked", withMark)
	}
}

type read struct {
	kind, severity string
	sample         bool
}

// findingIn reads the one finding of an event.
func findingIn(t *testing.T, event string) read {
	t.Helper()
	delivery, err := events.Open(events.Table(), []byte(event))
	if err != nil {
		t.Fatal(err)
	}
	all := events.Parse(events.Table(), delivery.Records[0].Envelope)
	if len(all) == 0 {
		t.Fatalf("no finding in %s", event)
	}
	return read{all[0].Type, all[0].Severity.String(), all[0].Sample}
}

// Conditions about samples do as in production.
func TestRealSamplesAreRouted(t *testing.T) {
	settings := map[string]string{"SINKS": "console", "WHEN": "not sample", "MIN_SEVERITY": "low"}
	for flag, want := range map[string]string{"--real": "sent", "--real=false": "held: unmatched"} {
		_, event, _ := tocsin(t, "", nil, "samples", flag, "--type", "Trojan:EC2/DNSDataExfiltration")
		if code, stdout, stderr := tocsin(t, event, settings, "explain"); code != exitDone || !strings.Contains(stdout, want) {
			t.Errorf("%s: exit code %d, want %s: %s%s", flag, code, want, stdout, stderr)
		}
	}
}
