package e2e_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// logs are the lines that the function wrote to its standard output.
type logs struct {
	// findings are the outcomes by sink, for each finding.
	findings []map[string]string
	// metrics are the metrics of each invocation.
	metrics []metrics
}

type metrics struct {
	Findings, Unreadable, LedgerUnavailable int
	// Outcomes are the counts by sink and outcome.
	Outcomes map[string]map[string]int
}

// logged returns the log once it has the metrics of that many invocations: what a process writes
// may get here a little after its answer.
func (f *function) logged(t *testing.T, invocations int) logs {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for {
		l := readLog(t, f.stdout.String())
		if len(l.metrics) == invocations {
			return l
		}
		if len(l.metrics) > invocations || time.Now().After(deadline) {
			t.Fatalf("the log has %d lines of metrics, want %d", len(l.metrics), invocations)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// readLog reads the whole lines of a log, each of which must be JSON.
func readLog(t *testing.T, text string) logs {
	t.Helper()
	var l logs
	for line := range strings.Lines(text) {
		if !strings.HasSuffix(line, "\n") {
			break // the rest of it is still on its way
		}
		var head struct{ Message string }
		decode(t, line, &head)
		switch head.Message {
		case "finding":
			var finding struct{ Outcomes map[string]string }
			decode(t, line, &finding)
			l.findings = append(l.findings, finding.Outcomes)
		case "metrics":
			var m metrics
			decode(t, line, &m)
			l.metrics = append(l.metrics, m)
		}
	}
	return l
}

func decode(t *testing.T, line string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(line), into); err != nil {
		t.Fatalf("a line of the log is not what it should be: %v: %s", err, line)
	}
}

// total sums an outcome of a sink over all invocations.
func (l logs) total(sink, outcome string) int {
	sum := 0
	for _, m := range l.metrics {
		sum += m.Outcomes[sink][outcome]
	}
	return sum
}

func TestLog(t *testing.T) {
	slack, tp := newSlack(t), newTopic(t, "log")
	variables := both(slack, tp)
	variables["SNS_MIN_SEVERITY"] = "8.5"
	f := start(t, variables)
	f.succeeded(t, recipe(t))
	if failure := f.invoke(t, `{}`, 10*time.Second).failure; failure == "" {
		t.Error("an empty event is no failure")
	}

	l := f.logged(t, 2)
	if len(l.findings) != 1 || l.findings[0]["slack"] != "delivered" || l.findings[0]["sns"] != "below" {
		t.Errorf("the lines of findings: got %v", l.findings)
	}
	if first := l.metrics[0]; first.Findings != 1 || first.Unreadable != 0 {
		t.Errorf("the metrics of the event: got %+v", first)
	}
	if second := l.metrics[1]; second.Findings != 0 || second.Unreadable != 1 {
		t.Errorf("the metrics of what is no event: got %+v", second)
	}
	if got := []int{l.total("slack", "delivered"), l.total("sns", "below"), l.total("sns", "delivered")}; got[0] != 1 || got[1] != 1 || got[2] != 0 {
		t.Errorf("delivered to Slack, held back from SNS, delivered to SNS: got %v, want [1 1 0]", got)
	}
}
