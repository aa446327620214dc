package report_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/report"
)

func TestLevels(t *testing.T) {
	for name, level := range map[string]report.Level{"debug": report.Debug, "info": report.Info, "warn": report.Warn, "error": report.Error} {
		if report.LevelOf(name) != level || level.String() != name {
			t.Errorf("%s is %v", name, report.LevelOf(name))
		}
	}
	if report.LevelOf("") != report.Info || report.LevelOf("loud") != report.Info || report.Level(7).String() != "error" {
		t.Error("what is no level is one")
	}
}

// messages returns what the lines of a log are about, each with its level, but for metrics.
func messages(t *testing.T, log string) (all []string) {
	t.Helper()
	for text := range strings.Lines(log) {
		var line struct{ Level, Message, Record string }
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(line.Message, "metrics") && line.Level != "" {
			all = append(all, strings.TrimSpace(line.Level+": "+line.Message+" "+line.Record))
		}
	}
	return all
}

// Of findings, warn leaves those with trouble at a sink, and error those that a sink was not sent.
func TestWhatEachLevelShows(t *testing.T) {
	below, delivered := delivery.Result{Outcome: delivery.Below}, delivery.Result{Outcome: delivery.Delivered}
	failed := func(outcome delivery.Outcome) delivery.Result {
		return delivery.Result{Outcome: outcome, Err: errors.New("x")}
	}
	undecided := of("undecided", delivered, below)
	undecided.Findings[0].Decisions[1].Err = errors.New("no such name")
	r := report.Report{Sinks: sinks(), Records: []report.Record{
		of("fine", delivered, below), of("retry", failed(delivery.Retry), delivered), of("degraded", below, failed(delivery.Degraded)),
		of("dead", delivered, failed(delivery.Dead)), of("both", failed(delivery.Retry), failed(delivery.Dead)), undecided,
		{Message: "odd", Err: errors.New("no JSON")}, {Message: "sent", Digest: &report.Digest{Result: delivered}},
		{Message: "late", Digest: &report.Digest{Result: failed(delivery.Retry)}},
	}}
	for level, want := range map[report.Level][]string{
		report.Info: {
			"info: finding fine", "warn: finding retry", "warn: finding degraded", "error: finding dead", "error: finding both", "warn: finding undecided",
			"error: unreadable odd", "info: digest sent", "warn: digest late",
			"warn: trouble", "error: configuration rejected: the one before stays in force", "info: start", "warn: start",
		},
		report.Warn: {
			"warn: finding retry", "warn: finding degraded", "error: finding dead", "error: finding both", "warn: finding undecided",
			"error: unreadable odd", "warn: digest late", "warn: trouble", "error: configuration rejected: the one before stays in force", "warn: start",
		},
		report.Error: {
			"error: finding dead", "error: finding both", "error: unreadable odd", "error: configuration rejected: the one before stays in force",
		},
	} {
		var text bytes.Buffer
		log := report.NewLog(&text).By(now).From(level)
		log.Report(r)
		log.Trouble(errors.New("x"))
		log.ConfigurationRejected([]error{errors.New("x")})
		log.Start("start", report.Start{})
		log.Start("start", report.Start{Warnings: []string{"x"}})
		if diff := cmp.Diff(want, messages(t, text.String())); diff != "" {
			t.Errorf("%v: %s", level, diff)
		}
	}
}

// At the level of debugging there is a reason for everything, for what was delivered too.
func TestReasonsAtDebug(t *testing.T) {
	news := delivery.Result{Outcome: delivery.Delivered, Why: "it is new"}
	r := report.Report{Sinks: sinks(), Records: []report.Record{of("m", news, delivery.Result{Outcome: delivery.Muted})}}
	for level, want := range map[report.Level]map[string]string{
		report.Debug: {"slack": "it is new; severity 8.0 is at or above the threshold 4.0", "oncall": "muted by x"},
		report.Info:  {"oncall": "muted by x"},
	} {
		var text bytes.Buffer
		report.NewLog(&text).By(now).From(level).Report(r)
		first, _, _ := strings.Cut(text.String(), "\n")
		var line struct{ Reasons map[string]string }
		if err := json.Unmarshal([]byte(first), &line); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, line.Reasons); diff != "" {
			t.Errorf("%v: %s", level, diff)
		}
	}
}

func TestStart(t *testing.T) {
	var text bytes.Buffer
	report.NewLog(&text).By(now).Start("start", report.Start{
		Version: "v1.2.0", Commit: "0123456789ab", Ledger: "memory", Warnings: []string{`a "quoted" warning`, "another"},
		Sinks: []report.StartedSink{{Name: "slack", Type: "slack", MinSeverity: "4.0"}, {Name: "rest", Type: "sns", MinSeverity: "0.0", HasWhen: true, IsDefault: true}},
	})
	const want = `{"time":"2026-11-29T12:00:00Z","level":"warn","message":"start","version":"v1.2.0","commit":"0123456789ab","ledger":"memory",` +
		`"sinks":[{"sink":"slack","type":"slack","minSeverity":"4.0"},{"sink":"rest","type":"sns","minSeverity":"0.0","when":true,"default":true}],` +
		`"warnings":["a \"quoted\" warning","another"]}` + "\n"
	if diff := cmp.Diff(want, text.String()); diff != "" {
		t.Error(diff)
	}
}

func TestTraceID(t *testing.T) {
	for header, want := range map[string]string{
		"Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1":   "1-5759e988-bd862e3fe1be46a994272793",
		"Sampled=0; Root=1-5759e988-bd862e3fe1be46a994272793;Lineage=1:2345:0;Self=1-": "1-5759e988-bd862e3fe1be46a994272793",
		"": "", "Parent=53995c3f42cd8ad8": "", "1-5759e988-bd862e3fe1be46a994272793": "",
	} {
		if got := report.TraceID(header); got != want {
			t.Errorf("%q: got %q, want %q", header, got, want)
		}
	}
	if in := report.InvocationOf(t.Context()); in != (report.Invocation{}) {
		t.Errorf("without an invocation: got %+v", in)
	}
	in := report.Invocation{Request: "r", Trace: "1-2-3"}
	if got := report.InvocationOf(report.WithInvocation(t.Context(), in)); got != in {
		t.Errorf("got %+v", got)
	}
}
