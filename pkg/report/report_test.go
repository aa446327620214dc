package report_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/pkg/condition"
	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/mute"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/report"
	"github.com/tocsin-sec/tocsin/pkg/router"
)

// of returns the report of one finding at two sinks, in the record with the given message id.
func of(message string, slack, oncall delivery.Result) report.Record {
	return report.Record{Message: message, Findings: []report.Finding{{
		Finding: &finding.Finding{
			ID: "f", Source: "s", Type: "T", Severity: finding.NewSeverity(8), Place: finding.Place{Account: finding.Account{ID: "111122223333"}, Region: "eu-west-1"},
		},
		Decisions: []router.Decision{{Reason: "severity 8.0 is at or above the threshold 4.0"}, {Verdict: router.Muted, Reason: "muted by x", Rule: "x"}},
		Results:   []delivery.Result{slack, oncall},
	}}}
}

func sinks() []string { return []string{"slack", "oncall"} }

func full() report.Report {
	r := report.Report{
		Sinks: sinks(), LedgerUnavailable: 2, HidingFailed: 1, Invocation: report.Invocation{Request: "r1", Trace: "1-2-3"},
		Records: []report.Record{
			of("m1", delivery.Result{Outcome: delivery.Delivered, Attempts: 1, Accepted: now()}, delivery.Result{Outcome: delivery.Muted}),
			{Message: "m2", Err: errors.New("not JSON")},
			{Message: "m3", Digest: &report.Digest{ID: "d1", Sink: 1, Findings: 7, Result: delivery.Result{Outcome: delivery.Delivered, Attempts: 2}}},
			of("m4", delivery.Result{Outcome: delivery.Retry, Err: errors.New("down"), Attempts: 2}, delivery.Result{Outcome: delivery.Muted}),
		},
		Calls: [][]delivery.Call{
			{{Took: 1500 * time.Millisecond, Failed: notify.ReasonServer}, {Took: 20 * time.Millisecond}, {Took: 8 * time.Second, Failed: notify.ReasonTimeout}},
			{{Took: 30 * time.Millisecond}},
		},
	}
	r.Records[0].Findings[0].Finding.Published = now().Add(-61 * time.Second)
	r.Records[3].Findings[0].Finding.Published = now().Add(-time.Hour)
	return r
}

func now() time.Time { return time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC) }

// timeless returns the lines of a log without their times, each as JSON with its keys in order.
func timeless(t *testing.T, log string) []string {
	t.Helper()
	var lines []string
	for text := range strings.Lines(log) {
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatal(err)
		}
		if stamp, _ := line["time"].(string); stamp != "" {
			if _, err := time.Parse(time.RFC3339, stamp); err != nil {
				t.Error(err)
			}
			delete(line, "time")
		}
		delete(line, "_aws")
		sorted, err := json.Marshal(line)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, string(sorted))
	}
	return lines
}

func TestLogOfAReport(t *testing.T) {
	var log bytes.Buffer
	report.NewLog(&log).By(now).Report(full())
	if diff := cmp.Diff([]string{
		`{"account":"111122223333","attempts":{"slack":1},"finding":"s/111122223333/eu-west-1/f","latencyMs":{"slack":61000},"level":"info","message":"finding",` +
			`"outcomes":{"oncall":"muted","slack":"delivered"},"reasons":{"oncall":"muted by x"},"record":"m1","region":"eu-west-1",` +
			`"request":"r1","severity":"8.0","severityLevel":"high","trace":"1-2-3","type":"T"}`,
		`{"level":"error","message":"unreadable","reason":"not JSON","record":"m2","request":"r1","trace":"1-2-3"}`,
		`{"attempts":2,"digest":"d1","findings":7,"level":"info","message":"digest","outcome":"delivered","record":"m3","request":"r1","sink":"oncall","trace":"1-2-3"}`,
		`{"account":"111122223333","attempts":{"slack":2},"finding":"s/111122223333/eu-west-1/f","level":"warn","message":"finding",` +
			`"outcomes":{"oncall":"muted","slack":"retry"},"reasons":{"oncall":"muted by x","slack":"down"},"record":"m4","region":"eu-west-1",` +
			`"request":"r1","severity":"8.0","severityLevel":"high","trace":"1-2-3","type":"T"}`,
		`{"Delivered":1,"Latency":[61000],"Retry":1,"SendDuration":[1500,20,8000],"Sink":"slack","message":"metrics by sink"}`,
		`{"Failures":1,"Reason":"server","Sink":"slack","message":"metrics by reason"}`,
		`{"Failures":1,"Reason":"timeout","Sink":"slack","message":"metrics by reason"}`,
		`{"Muted":2,"SendDuration":[30],"Sink":"oncall","message":"metrics by sink"}`,
		`{"Below":0,"ConditionErrors":0,"Dead":0,"Degraded":0,"Delivered":1,"Digested":0,"Digests":1,"Duplicate":0,"Findings":2,"HidingFailed":1,` +
			`"LedgerUnavailable":2,"Muted":2,"Nobody":0,"OldestRetry":3600,"Repeat":0,"Resolved":0,"Retry":1,"Sinks":2,"Unmatched":0,"Unreadable":1,"message":"metrics","mutes":{"x":2},` +
			`"outcomes":{"oncall":{"below":0,"dead":0,"degraded":0,"delivered":0,"digested":0,"duplicate":0,"muted":2,"repeat":0,"resolved":0,"retry":0,"unmatched":0},` +
			`"slack":{"below":0,"dead":0,"degraded":0,"delivered":1,"digested":0,"duplicate":0,"muted":0,"repeat":0,"resolved":0,"retry":1,"unmatched":0}}}`,
	}, timeless(t, log.String())); diff != "" {
		t.Error(diff)
	}
}

func TestOtherLines(t *testing.T) {
	var text bytes.Buffer
	log := report.NewLog(&text)
	log.Trouble(errors.New("MUTES: unread"))
	log.Report(report.Report{Sinks: sinks()[:1], Records: []report.Record{{Err: errors.New("no event")}}})
	past, future := time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	when, err := condition.Compile("true")
	if err != nil {
		t.Fatal(err)
	}
	log.Mutes([]mute.Mute{{Name: "new", When: when, Until: future}, {Name: "old", When: when, Until: past, End: "2026-01-01", Reason: "over", By: "alice"}})
	lines := timeless(t, text.String())
	if len(lines) != 5 {
		t.Fatalf("got %d lines: %s", len(lines), lines)
	}
	if !strings.Contains(lines[2], `"Unreadable":1`) || !strings.Contains(lines[2], `"Sinks":1`) {
		t.Errorf("the metrics: %s", lines[2])
	}
	if diff := cmp.Diff([]string{
		`{"level":"warn","message":"trouble","reason":"MUTES: unread"}`,
		`{"level":"error","message":"unreadable","reason":"no event"}`,
		`{"level":"warn","message":"warning","reason":"the mute \"new\" mutes everything that is not critical: it holds for each of the findings that it was tried on"}`,
		`{"by":"alice","level":"info","message":"mute expired","mute":"old","reason":"over","until":"2026-01-01"}`,
	}, []string{lines[0], lines[1], lines[3], lines[4]}); diff != "" {
		t.Error(diff)
	}
}

// What no sink takes is counted once; what is muted, or was sent before, somebody would take.
func TestNobody(t *testing.T) {
	record := func(slack, oncall delivery.Outcome) report.Record {
		return of("", delivery.Result{Outcome: slack}, delivery.Result{Outcome: oncall})
	}
	all := report.Report{Sinks: sinks(), Records: []report.Record{
		record(delivery.Below, delivery.Unmatched), record(delivery.Unmatched, delivery.Unmatched), record(delivery.Below, delivery.Muted),
		record(delivery.Duplicate, delivery.Below), record(delivery.Below, delivery.Delivered), {Err: errors.New("no event")},
	}}
	var c report.Counts
	c.Add(all)
	c.Add(all)
	if c.Nobody != 4 || c.Findings != 10 {
		t.Errorf("%d of %d for nobody, want 4 of 10", c.Nobody, c.Findings)
	}
	var log bytes.Buffer
	report.NewLog(&log).Report(all)
	if lines := timeless(t, log.String()); !strings.Contains(lines[len(lines)-1], `"Nobody":2`) {
		t.Error(lines)
	}
}

func TestNoLog(t *testing.T) {
	for name, log := range map[string]report.Log{"zero": {}, "nil": report.NewLog(nil)} {
		t.Run(name, func(*testing.T) {
			log.Report(full())
			log.Trouble(errors.New("x"))
		})
	}
}

func TestAnswer(t *testing.T) {
	done := delivery.Result{Outcome: delivery.Delivered}
	muted := delivery.Result{Outcome: delivery.Muted}
	failed := delivery.Result{Outcome: delivery.Dead, Err: errors.New("no_service")}
	letter := failed
	letter.IsDeadLetter = true
	unreadable := errors.New("not JSON")
	for name, test := range map[string]struct {
		report      report.Report
		want, error string
	}{
		"nothing":       {report.Report{Sinks: sinks()}, `{"findings":0}`, ""},
		"empty batch":   {report.Report{Sinks: sinks(), IsBatch: true}, `{"batchItemFailures":[]}`, ""},
		"all done":      {report.Report{Sinks: sinks(), Records: []report.Record{of("", done, muted)}}, `{"delivered":1,"findings":1,"muted":1}`, ""},
		"in the letter": {report.Report{Sinks: sinks(), Records: []report.Record{of("", letter, muted)}}, `{"dead":1,"findings":1,"muted":1}`, ""},
		"failed":        {report.Report{Sinks: sinks(), Records: []report.Record{of("", failed, muted)}}, "", "not delivered: slack: dead: no_service"},
		"a digest": {report.Report{Sinks: sinks(), Records: []report.Record{{Digest: &report.Digest{Sink: 1, Result: done}}}},
			`{"digests":1,"findings":0}`, ""},
		"a digest that failed": {report.Report{Sinks: sinks(), Records: []report.Record{{Digest: &report.Digest{Sink: 1, Result: failed}}}},
			"", "not delivered: oncall: digest: dead: no_service"},
		"unreadable": {report.Report{Sinks: sinks(), Records: []report.Record{{Err: unreadable}}}, "", "not delivered: not JSON"},
		"batch": {report.Report{Sinks: sinks(), IsBatch: true, Records: []report.Record{
			of("m0", done, muted), of("m1", failed, muted), {Message: "m2", Err: unreadable}, {Message: "m3", Err: unreadable, IsDeadLetter: true},
			of("m4", letter, muted), of("m1", failed, muted),
		}}, `{"batchItemFailures":[{"itemIdentifier":"m1"},{"itemIdentifier":"m2"}]}`, ""},
		"no message id": {report.Report{Sinks: sinks(), IsBatch: true, Records: []report.Record{of("", done, muted), of("", failed, muted)}},
			"", "record 2 of the batch has no messageId: not delivered: slack: dead: no_service"},
	} {
		t.Run(name, func(t *testing.T) {
			answer, err := test.report.Answer()
			if string(answer) != test.want || fmt.Sprint(err) != test.error && (err != nil || test.error != "") {
				t.Errorf("got %s, %v", answer, err)
			}
			var undelivered *report.UndeliveredError
			if test.error != "" && !errors.As(err, &undelivered) {
				t.Errorf("%T is no UndeliveredError", err)
			}
		})
	}
}

func TestUndeliveredError(t *testing.T) {
	err := &report.UndeliveredError{Reasons: []string{"1", "2", "3", "4", "5", "6", "7"}}
	if got := err.Error(); got != "not delivered: 1; 2; 3; 4; 5; and 2 more" {
		t.Error(got)
	}
}

func TestExplain(t *testing.T) {
	f := report.Finding{
		Finding: new(finding.Finding),
		Decisions: []router.Decision{
			{Reason: "WHEN holds"}, {Reason: "WHEN holds"}, {Verdict: router.Muted, Reason: "muted", Rule: "x", Seen: []condition.Seen{{Name: "count", Value: "3"}}}, {Reason: "r"},
		},
		Results: []delivery.Result{
			{Outcome: delivery.Delivered, Why: "it is new"}, {Outcome: delivery.Digested, Why: "sent later, in a digest: it is new"}, {Outcome: delivery.Muted},
			{Outcome: delivery.Duplicate, Err: errors.New("sent before")},
		},
	}
	if diff := cmp.Diff([]report.Explanation{
		{Sink: "a", Outcome: delivery.Delivered, Reason: "it is new; WHEN holds"},
		{Sink: "b", Outcome: delivery.Digested, Reason: "sent later, in a digest: it is new; WHEN holds"},
		{Sink: "c", Outcome: delivery.Muted, Rule: "x", Reason: "muted", Seen: []condition.Seen{{Name: "count", Value: "3"}}},
		{Sink: "d", Outcome: delivery.Duplicate, Reason: "sent before"},
	}, f.Explain([]string{"a", "b", "c", "d"})); diff != "" {
		t.Error(diff)
	}
}
