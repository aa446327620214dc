package report_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/report"
	"github.com/tocsin-sec/tocsin/pkg/router"
	"github.com/tocsin-sec/tocsin/test/metricreader"
)

// batch returns the report of so many findings at a sink that takes all and one that takes none.
func batch(n int) report.Report {
	r := report.Report{Sinks: sinks(), IsBatch: true, Calls: make([][]delivery.Call, 2)}
	for i := range n {
		latency := time.Duration(i) * time.Second
		taken := delivery.Result{Outcome: delivery.Delivered, Attempts: 1, Accepted: now()}
		dead := delivery.Result{Outcome: delivery.Dead, Attempts: 1, Err: errors.New("no_service"), IsDeadLetter: true}
		record := of(fmt.Sprint("m", i), taken, dead)
		record.Findings[0].Finding.Published = now().Add(-latency)
		r.Records = append(r.Records, record)
		r.Calls[0] = append(r.Calls[0], delivery.Call{Took: time.Duration(i) * time.Millisecond})
		r.Calls[1] = append(r.Calls[1], delivery.Call{Failed: notify.ReasonClient})
	}
	return r
}

// read returns the metrics of all lines of a log; each line of metrics keeps to the rules of the format.
func read(t *testing.T, log string) metricreader.Metrics {
	t.Helper()
	all, err := metricreader.Read(log, now())
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Of any number of findings, no line has more values than CloudWatch takes, and none is lost.
func TestManyValuesAreSplit(t *testing.T) {
	for _, n := range []int{0, 1, 99, 100, 101, 200, 1000} {
		var log bytes.Buffer
		report.NewLog(&log).By(now).Report(batch(n))
		all := read(t, log.String())
		want := make([]float64, n)
		for i := range want {
			want[i] = float64(i) * 1000
		}
		for _, name := range []string{"Tocsin Latency", "Tocsin Latency Sink=slack"} {
			if got := all[name].Values; len(got) != n || n > 0 && !slices.Equal(want, got) {
				t.Errorf("%d findings: %d values of %s", n, len(got), name)
			}
		}
		sum := func(name string) int { return int(all.Sum(name)) }
		if got := []int{
			sum("Tocsin Findings"), sum("Tocsin Delivered Sink=slack"), sum("Tocsin Dead Sink=oncall"), sum("Tocsin Failures Reason=client Sink=oncall"),
			len(all["Tocsin SendDuration Sink=slack"].Values), len(all["Tocsin SendDuration Sink=oncall"].Values),
		}; !slices.Equal(got, []int{n, n, n, n, n, n}) {
			t.Errorf("%d findings: got %v", n, got)
		}
		if n > 0 && all["Tocsin Latency Sink=oncall"].Values != nil {
			t.Error("what is dead has a latency")
		}
	}
}

// Of each number the metrics are known, with their units: what an alarm is made on has to be there under
// this name. That costs something for each, so none comes by chance.
func TestMetricsOfAnInvocation(t *testing.T) {
	var log bytes.Buffer
	report.NewLog(&log).By(now).Report(full())
	var got []string
	for name, metric := range read(t, log.String()) {
		got = append(got, fmt.Sprintf("%s %s %v", name, metric.Unit, metric.Values))
	}
	slices.Sort(got)
	if diff := cmp.Diff(strings.Split(strings.TrimSpace(`
Tocsin Below Count [0]
Tocsin ConditionErrors Count [0]
Tocsin Dead Count [0]
Tocsin Degraded Count [0]
Tocsin Delivered Count [1]
Tocsin Delivered Sink=slack Count [1]
Tocsin Digested Count [0]
Tocsin Digests Count [1]
Tocsin Duplicate Count [0]
Tocsin Failures Reason=server Sink=slack Count [1]
Tocsin Failures Reason=timeout Sink=slack Count [1]
Tocsin Findings Count [2]
Tocsin HidingFailed Count [1]
Tocsin Latency Milliseconds [61000]
Tocsin Latency Sink=slack Milliseconds [61000]
Tocsin LedgerUnavailable Count [2]
Tocsin Muted Count [2]
Tocsin Muted Sink=oncall Count [2]
Tocsin Nobody Count [0]
Tocsin OldestRetry Seconds [3600]
Tocsin Repeat Count [0]
Tocsin Resolved Count [0]
Tocsin Retry Count [1]
Tocsin Retry Sink=slack Count [1]
Tocsin SendDuration Sink=oncall Milliseconds [30]
Tocsin SendDuration Sink=slack Milliseconds [1500 20 8000]
Tocsin Unmatched Count [0]
Tocsin Unreadable Count [1]`), "\n"), got); diff != "" {
		t.Error(diff)
	}
}

// Metrics are written at every level of the log, and by themselves.
func TestMetricsAtEveryLevel(t *testing.T) {
	for _, level := range []report.Level{report.Debug, report.Info, report.Warn, report.Error} {
		var log bytes.Buffer
		l := report.NewLog(&log).By(now).From(level)
		l.Report(full())
		l.ConfigurationRejected([]error{errors.New("RATE: no number")})
		l.Metric("drill", report.MetricDrill, 0)
		all := read(t, log.String())
		if all.Sum("Tocsin Findings") != 2 || all.Sum("Tocsin ConfigurationRejected") != 1 || !slices.Equal(all["Tocsin Drill"].Values, []float64{0}) {
			t.Errorf("%v: got %v", level, all)
		}
	}
}

// The age of what is handed back is that of the oldest: of a pair that is to be tried again, one that is
// dead and has no letter, and a digest. What is finished does not count.
func TestOldestRetry(t *testing.T) {
	old := func(age time.Duration, outcome delivery.Result) report.Record {
		r := of("m", delivery.Result{Outcome: delivery.Delivered, Accepted: now()}, outcome)
		r.Findings[0].Finding.Published = now().Add(-age)
		return r
	}
	retry := delivery.Result{Outcome: delivery.Retry, Err: errors.New("down")}
	for name, test := range map[string]struct {
		records []report.Record
		want    float64
	}{
		"nothing":              {nil, 0},
		"all done":             {[]report.Record{old(time.Hour, delivery.Result{Outcome: delivery.Delivered})}, 0},
		"dead, in its letter":  {[]report.Record{old(time.Hour, delivery.Result{Outcome: delivery.Dead, IsDeadLetter: true})}, 0},
		"dead, without letter": {[]report.Record{old(time.Hour, delivery.Result{Outcome: delivery.Dead, Err: errors.New("x")})}, 3600},
		"the oldest of three":  {[]report.Record{old(time.Minute, retry), old(time.Hour, retry), old(time.Second, retry)}, 3600},
		"from the future":      {[]report.Record{old(-time.Hour, retry)}, 0},
		"of no known time":     {[]report.Record{of("m", retry, retry)}, 0},
		"a digest":             {[]report.Record{{Digest: &report.Digest{Since: now().Add(-time.Minute), Result: retry}}, old(time.Second, retry)}, 60},
		"a digest of no time":  {[]report.Record{{Digest: &report.Digest{Result: retry}}}, 0},
	} {
		var log bytes.Buffer
		report.NewLog(&log).By(now).Report(report.Report{Sinks: sinks(), Records: test.records})
		if got := read(t, log.String())["Tocsin OldestRetry"]; !slices.Equal(got.Values, []float64{test.want}) || got.Unit != "Seconds" {
			t.Errorf("%s: got %v, want %v", name, got, test.want)
		}
	}
}

// A latency is that of a pair that was accepted, of which the event has a time; clocks that differ give
// none below zero.
func TestLatency(t *testing.T) {
	record := func(published, accepted time.Time) report.Record {
		r := of("m", delivery.Result{Outcome: delivery.Delivered, Accepted: accepted}, delivery.Result{Outcome: delivery.Below})
		r.Findings[0].Finding.Published = published
		return r
	}
	var log bytes.Buffer
	report.NewLog(&log).By(now).Report(report.Report{Sinks: sinks(), Records: []report.Record{
		record(now().Add(-1500*time.Millisecond), now()), record(now().Add(time.Second), now()), record(time.Time{}, now()), record(now(), time.Time{}),
	}})
	if got := read(t, log.String())["Tocsin Latency"].Values; !slices.Equal(got, []float64{1500, 0}) {
		t.Errorf("got %v", got)
	}
}

// Whatever stands in a finding, and whoever has written it, a line is one line of JSON with it inside.
func TestHostileTexts(t *testing.T) {
	const hostile = "a\"b\\c\nd\x1b[2J\u202e<!channel>&\xff\u009b終"
	r := report.Report{Sinks: sinks()[:1], Invocation: report.Invocation{Request: hostile, Trace: hostile}, Records: []report.Record{{Message: hostile, Findings: []report.Finding{{
		Finding:   &finding.Finding{ID: hostile, Type: hostile, Title: "s3cret title", Place: finding.Place{Region: hostile, Account: finding.Account{ID: hostile}}},
		Decisions: []router.Decision{{Verdict: router.Muted, Rule: hostile, Reason: hostile}},
		Results:   []delivery.Result{{Outcome: delivery.Muted}},
	}}}}}
	var log bytes.Buffer
	report.NewLog(&log).By(now).Report(r)
	lines := strings.Split(strings.TrimSuffix(log.String(), "\n"), "\n")
	if len(lines) != 3 {
		t.Fatalf("got %d lines, want that of the finding and two of metrics", len(lines))
	}
	var line struct {
		Type, Region, Request, Trace, Record string
		Reasons                              map[string]string
	}
	if err := json.Unmarshal([]byte(lines[0]), &line); err != nil {
		t.Fatal(err)
	}
	want := strings.ToValidUTF8(hostile, "\ufffd")
	for _, got := range []string{line.Type, line.Region, line.Request, line.Trace, line.Record, line.Reasons["slack"]} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if strings.ContainsAny(log.String(), "\x1b\u202e\u009b<>&") || strings.Contains(log.String(), "s3cret") {
		t.Errorf("the log holds what a terminal obeys, or the finding's text: %q", log.String())
	}
	read(t, log.String())
}
