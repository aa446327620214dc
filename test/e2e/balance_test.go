package e2e_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/report"
	"github.com/tocsin-sec/tocsin/test/metricreader"
)

// logLine is a line of the log, of any message.
type logLine struct {
	Level, Message, Request, Sink, Outcome string
	Outcomes                               json.RawMessage
	Attempts                               json.RawMessage
	LatencyMs                              map[string]int64
}

// balanced holds every invocation of a log that was written to its end against itself: what the lines
// say became of each finding is what the metrics count, by sink and in sum, and nothing is counted that
// did not come.
func balanced(t *testing.T, log string) {
	t.Helper()
	var lines []logLine
	var invocation strings.Builder
	for text := range strings.Lines(log) {
		if !strings.HasSuffix(text, "\n") {
			return // it was killed here
		}
		if !strings.HasPrefix(text, "{") {
			continue // it is the console's
		}
		invocation.WriteString(text)
		var line logLine
		decode(t, text, &line)
		lines = append(lines, line)
		if line.Message != "metrics" {
			continue
		}
		if err := balance(lines, invocation.String()); err != nil {
			t.Errorf("an invocation does not balance: %v:\n%.4000s", err, invocation.String())
		}
		lines = nil
		invocation.Reset()
	}
}

// books are what the lines of one invocation say, by sink.
type books struct {
	findings, unreadable, digests int
	outcomes                      map[string]map[delivery.Outcome]int
	attempts, latencies, said     map[string]int
	requests                      map[string]bool
}

func booksOf(lines []logLine) (b books, err error) {
	b = books{outcomes: map[string]map[delivery.Outcome]int{}, attempts: map[string]int{}, latencies: map[string]int{}, said: map[string]int{}, requests: map[string]bool{}}
	for _, line := range lines {
		switch line.Message {
		case "finding":
			var outcomes map[string]delivery.Outcome
			var attempts map[string]int
			err = errors.Join(err, json.Unmarshal(line.Outcomes, &outcomes))
			if line.Attempts != nil {
				err = errors.Join(err, json.Unmarshal(line.Attempts, &attempts))
			}
			b.findings++
			for sink, outcome := range outcomes {
				// What came in an event without a time has no latency, all else one at each sink that accepted it.
				accepted := outcome == delivery.Delivered || outcome == delivery.Degraded
				if _, isTimed := line.LatencyMs[sink]; isTimed != accepted && len(line.LatencyMs) > 0 || isTimed && !accepted {
					err = errors.Join(err, fmt.Errorf("%s: %s, and the latencies are %v", sink, outcome, line.LatencyMs))
				}
				if b.outcomes[sink] == nil {
					b.outcomes[sink] = map[delivery.Outcome]int{}
				}
				b.outcomes[sink][outcome]++
				b.attempts[sink] += attempts[sink]
			}
			for sink := range line.LatencyMs {
				b.latencies[sink]++
			}
		case "digest":
			var attempts int
			if line.Attempts != nil {
				err = errors.Join(err, json.Unmarshal(line.Attempts, &attempts))
			}
			b.attempts[line.Sink] += attempts
			if line.Outcome == string(delivery.Delivered) || line.Outcome == string(delivery.Degraded) {
				b.digests++
			}
		case "said":
			var attempts int
			if line.Attempts != nil {
				err = errors.Join(err, json.Unmarshal(line.Attempts, &attempts))
			}
			b.attempts[line.Sink] += attempts
			if line.Outcome == string(delivery.Delivered) || line.Outcome == string(delivery.Degraded) {
				b.said[line.Sink]++
			}
		case "unreadable":
			b.unreadable++
		default:
			continue
		}
		b.requests[line.Request] = true
	}
	return b, err
}

// balance checks one invocation, whose last line is that of all metrics.
func balance(lines []logLine, text string) error {
	all, err := metricreader.Read(text, time.Now())
	if err != nil {
		return err
	}
	b, err := booksOf(lines)
	if err != nil {
		return err
	}
	var counted map[string]map[delivery.Outcome]int
	if err := json.Unmarshal(lines[len(lines)-1].Outcomes, &counted); err != nil {
		return err
	}
	if len(b.requests) > 1 || b.requests[""] {
		return fmt.Errorf("the lines are of the requests %v", slices.Collect(maps.Keys(b.requests)))
	}
	var faults []error
	want := func(what string, got, want int) {
		if got != want {
			faults = append(faults, fmt.Errorf("%s: %d, want %d", what, got, want))
		}
	}
	metric := func(name, dimensions string) int {
		return int(all.Sum(strings.TrimSpace("Tocsin " + name + " " + dimensions)))
	}
	values := func(name, dimensions string) int {
		return len(all[strings.TrimSpace("Tocsin "+name+" "+dimensions)].Values)
	}
	want("Findings", metric(report.MetricFindings, ""), b.findings)
	want("Unreadable", metric(report.MetricUnreadable, ""), b.unreadable)
	want("Digests", metric(report.MetricDigests, ""), b.digests)
	sum, latencies := 0, 0
	for sink, outcomes := range counted {
		by := report.DimensionSink + "=" + sink
		for _, outcome := range delivery.Outcomes() {
			want(sink+": "+string(outcome), outcomes[outcome], b.outcomes[sink][outcome])
			want(sink+": "+outcome.Metric(), metric(outcome.Metric(), by), outcomes[outcome])
			sum += outcomes[outcome]
		}
		want(sink+": latencies", values(report.MetricLatency, by), b.latencies[sink])
		latencies += b.latencies[sink]
		faults = append(faults, callsBalance(sink, b, values(report.MetricSendDuration, by), metric))
	}
	want("findings x sinks", b.findings*len(counted), sum)
	for _, outcome := range delivery.Outcomes() {
		total := 0
		for _, outcomes := range counted {
			total += outcomes[outcome]
		}
		want(outcome.Metric(), metric(outcome.Metric(), ""), total)
	}
	want("latencies", values(report.MetricLatency, ""), latencies)
	want("values of OldestRetry", values(report.MetricOldestRetry, ""), 1)
	return errors.Join(faults...)
}

// callsBalance checks the calls of a sink. Copies of a finding share the attempts at it, and an attempt
// for which no time was left is no call, so that there are no more calls than attempts. What was accepted
// was so by a call.
func callsBalance(sink string, b books, calls int, metric func(name, dimensions string) int) error {
	failed := 0
	for _, reason := range notify.Reasons() {
		failed += metric(report.MetricFailures, report.DimensionReason+"="+string(reason)+" "+report.DimensionSink+"="+sink)
	}
	accepted := b.outcomes[sink][delivery.Delivered] + b.outcomes[sink][delivery.Degraded]
	switch {
	case calls > b.attempts[sink]:
		return fmt.Errorf("%s: %d calls by %d attempts", sink, calls, b.attempts[sink])
	case failed > calls:
		return fmt.Errorf("%s: %d of %d calls have failed", sink, failed, calls)
	case calls-failed > accepted+b.digests+b.said[sink], accepted > 0 && calls == failed:
		return fmt.Errorf("%s: %d calls, of which %d have failed, for %d findings, %d digests and %d words that were accepted",
			sink, calls, failed, accepted, b.digests, b.said[sink])
	}
	return nil
}

// A log whose books do not balance is found out.
func TestBalanceIsHeld(t *testing.T) {
	slack, tp := newSlack(t), newTopic(t, "balance")
	f := start(t, both(slack, tp))
	f.succeeded(t, recipe(t))
	f.logged(t, 1)
	log := f.stdout.String()
	balanced(t, log)
	for before, after := range map[string]string{
		`"Findings":1`:           `"Findings":2`,
		`"Delivered":2`:          `"Delivered":1`,
		`"outcomes":{"slack":"`:  `"outcomes":{"slack":"un`,
		`"slack":{"delivered":1`: `"slack":{"delivered":0`,
		`"attempts":{"slack":1`:  `"attempts":{"slack":0`,
		`"latencyMs":{"slack"`:   `"latencyMs":{"sns2"`,
		`"Unreadable":0`:         `"Unreadable":1`,
		`"Digests":0`:            `"Digests":3`,
		`"request":"`:            `"request2":"`,
	} {
		forged := strings.Replace(log, before, after, 1)
		if forged == log {
			t.Errorf("%s does not stand in the log", before)
			continue
		}
		_, rest, _ := strings.Cut(forged, `"message":"start"`)
		_, invocation, _ := strings.Cut(rest, "\n")
		var lines []logLine
		for text := range strings.Lines(invocation) {
			var line logLine
			decode(t, text, &line)
			lines = append(lines, line)
		}
		if balance(lines, invocation) == nil {
			t.Errorf("it balances with %s in place of %s", after, before)
		}
	}
}
