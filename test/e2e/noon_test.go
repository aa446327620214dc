package e2e_test

import (
	"encoding/json"
	"maps"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/test/alarmtest"
)

// A Slack hook starts to answer 404 at noon, and is mended an hour later. All that an operator has to go by
// says so: the finding's line in the log, the metric, the alarm of the CDK app over what was written, the
// notice through the other sink; and then that it works again.
func TestHookDiesAtNoon(t *testing.T) {
	slack, tp, clock := newSlack(t), newTopic(t, "noon"), newClock(t)
	variables, deadLetters := deployed(t, slack, tp, "noon")
	maps.Copy(variables, map[string]string{"FALLBACK_SINK": "sns", "SNS_MIN_SEVERITY": "critical", "RATE": "0"})
	var isGone atomic.Bool
	slack.Answer(gone(&isGone))
	noon := clock.at.Truncate(24 * time.Hour).Add(12 * time.Hour)
	alarms, err := alarmtest.Alarms()
	if err != nil {
		t.Fatal(err)
	}
	clock.moveTo(t, noon)
	f := clock.start(t, variables)
	for i, step := range []struct {
		at           time.Duration // since noon
		isGone       bool
		outcome      string
		reason, said string // each is a part of the text
		isOn         bool
	}{
		{-10 * time.Minute, false, "delivered", "", "", false},
		{0, true, "dead", "404", "[HIGH] slack takes no messages", true},
		{time.Hour, false, "delivered", "", "slack takes messages again", false},
	} {
		isGone.Store(step.isGone)
		clock.moveTo(t, noon.Add(step.at))
		before := len(f.stdout.String())
		f.batch(t, map[string]string{"m": event(8, "noon-"+step.outcome+step.at.String())}, 1)
		f.logged(t, i+1)
		written := f.stdout.String()
		line := findingLineIn(t, written[before:])
		if line.Outcomes["slack"] != step.outcome || !strings.Contains(line.Reasons["slack"], step.reason) {
			t.Errorf("%v: the log says %+v, want %s and %q", step.at, line, step.outcome, step.reason)
		}
		if got := valueIn(t, written[before:], "Dead"); (got == 1) != step.isGone {
			t.Errorf("%v: the metric Dead is %v", step.at, got)
		}
		isOn, err := alarms["SinkDead"].IsOn([]byte(written), noon.Add(step.at+time.Minute))
		if err != nil || isOn != step.isOn {
			t.Errorf("%v: the alarm is on: %t, want %t; %v", step.at, isOn, step.isOn, err)
		}
		said := ""
		for _, message := range tp.received(t) {
			said += message.Subject
		}
		if said != step.said {
			t.Errorf("%v: the topic was told %q, want %q", step.at, said, step.said)
		}
	}
	if got := received(t, deadLetters); len(got) != 1 {
		t.Errorf("the dead-letter queue holds %d letters, want that of noon", len(got))
	}
}

// findingLineIn returns the one line of a finding in a log.
func findingLineIn(t *testing.T, log string) (line struct {
	Message           string
	Outcomes, Reasons map[string]string
}) {
	t.Helper()
	for text := range strings.Lines(log) {
		if strings.Contains(text, `"message":"finding"`) {
			decode(t, text, &line)
			return line
		}
	}
	t.Fatalf("no finding in the log:\n%s", log)
	return line
}

// valueIn returns a metric of the line that counts for all sinks.
func valueIn(t *testing.T, log, metric string) float64 {
	t.Helper()
	for text := range strings.Lines(log) {
		if strings.Contains(text, `"message":"metrics"`) {
			var all map[string]json.RawMessage
			decode(t, text, &all)
			var value float64
			decode(t, string(all[metric]), &value)
			return value
		}
	}
	t.Fatalf("no metrics in the log:\n%s", log)
	return 0
}
