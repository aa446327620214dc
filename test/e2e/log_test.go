package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
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

// At LOG_LEVEL=warn a finding is in the log where something is wrong with it, and the metrics always are.
// Each line says which request and which trace it is of, and the first what runs.
func TestLogLevel(t *testing.T) {
	slack, tp := newSlack(t), newTopic(t, "loglevel")
	for _, test := range []struct {
		level string
		lines []string
	}{
		{"info", []string{"start", "finding delivered 1", "finding dead 2"}},
		{"warn", []string{"start", "finding dead 2"}}, // whose ledger is in memory
		{"error", []string{"finding dead 2"}},
	} {
		variables := both(slack, tp)
		variables["SINKS"], variables["SNS_TOPIC_ARN"], variables["LOG_LEVEL"] = "slack", "", test.level
		f := start(t, variables)
		f.succeeded(t, event(8, "fine-"+test.level))
		slack.Answer(func(w http.ResponseWriter, _ *http.Request) bool {
			w.WriteHeader(http.StatusNotFound)
			return true
		})
		if failure := f.invoke(t, event(8, "lost-"+test.level), 10*time.Second).failure; failure == "" {
			t.Error("what is dead and has no letter is no failure")
		}
		slack.Answer(nil)
		f.logged(t, 2)
		var got []string
		for text := range strings.Lines(f.stdout.String()) {
			var line struct {
				Message, Version, Commit, Ledger, Request, Trace string
				Sinks                                            any
				Outcomes                                         map[string]any
			}
			decode(t, text, &line)
			switch line.Message {
			case "start":
				got = append(got, line.Message)
				if line.Version == "" || line.Commit == "" || line.Ledger != "memory" || fmt.Sprint(line.Sinks) != "[map[minSeverity:4.0 sink:slack type:slack]]" {
					t.Errorf("the start: %s", text)
				}
			case "finding":
				got = append(got, fmt.Sprint("finding ", line.Outcomes["slack"], " ", strings.TrimPrefix(line.Request, "request-")))
				if line.Trace != traceOf(line.Request) {
					t.Errorf("the trace of %s is %q", line.Request, line.Trace)
				}
			}
		}
		if diff := cmp.Diff(test.lines, got); diff != "" {
			t.Errorf("%s: %s", test.level, diff)
		}
	}
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
