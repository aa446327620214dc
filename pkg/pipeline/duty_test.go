package pipeline_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/pkg/deadletter"
	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/pipeline"
	"github.com/tocsin-sec/tocsin/pkg/report"
)

const ownRecord = `{"source":"tocsin","detail-type":"Tocsin Drill","detail":{"rule":"findings"}}`

// drills is a duty that says the same word to both sinks.
func drills(err error) pipeline.Duty {
	return pipeline.Duty{DetailType: "Tocsin Drill", Do: func(_ context.Context, e events.Envelope) (pipeline.Done, error) {
		word := notify.Notification{Kind: notify.KindHeartbeat, Word: notify.Word{Name: "drill", ID: "drill/1"}}
		if !strings.Contains(string(e.Detail), "findings") {
			return pipeline.Done{}, errors.New("the detail is another one")
		}
		return pipeline.Done{
			Sayings: []pipeline.Saying{{Sink: "slack", Notification: word}, {Sink: "oncall", Notification: word}, {Sink: "nobody", Notification: word}}, Gauges: map[string]int{"Drill": 1},
		}, err
	}}
}

// A record of Tocsin's own is no finding: what it asks for is said once to each sink, and logged.
func TestDuty(t *testing.T) {
	slack, oncall, log := &sink{}, &sink{}, &bytes.Buffer{}
	p := parts(log, slack, oncall)
	p.Duties = []pipeline.Duty{drills(nil)}
	for range 2 {
		r, err := pipeline.New(p).Handle(t.Context(), batch(t, nil, ownRecord))
		if err != nil || r.Err() != nil || len(r.Records[0].Findings) > 0 {
			t.Fatalf("got %+v, %v, %v", r, err, r.Err())
		}
	}
	if len(slack.sent) != 1 || len(oncall.sent) != 1 || slack.sent[0].Word.ID != "drill/1" {
		t.Errorf("the sinks were sent %v and %v", slack.sent, oncall.sent)
	}
	for _, want := range []string{
		`"word":"drill","sink":"slack","outcome":"delivered"`, `"word":"drill","sink":"oncall","outcome":"duplicate"`, `"Findings":0`,
		`{"Name":"Drill","Unit":"Count"}`, `"Drill":1`,
	} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %s:\n%s", want, log)
		}
	}
}

// What cannot be said or done yet comes again with its record; a redriven one is said to its sink alone.
func TestDutyThatFails(t *testing.T) {
	slack, oncall, log := &sink{err: errors.New("no answer")}, &sink{}, &bytes.Buffer{}
	p := parts(log, slack, oncall)
	p.Duties = []pipeline.Duty{drills(nil)}
	r, err := pipeline.New(p).Handle(t.Context(), batch(t, nil, ownRecord))
	if err != nil || r.Err() == nil || r.Records[0].Said[0].Result.Outcome != delivery.Retry {
		t.Errorf("got %+v, %v", r, err)
	}
	p.Duties = []pipeline.Duty{drills(errors.New("no table"))}
	r, err = pipeline.New(p).Handle(t.Context(), batch(t, nil, ownRecord))
	if err != nil || r.Err() == nil || !strings.Contains(r.Err().Error(), "nobody: Tocsin Drill: retry: Tocsin Drill: no table") {
		t.Errorf("got %v, %v", r.Err(), err)
	}
	p.Duties = []pipeline.Duty{drills(nil)}
	slack.err, slack.sent = nil, nil
	r, err = pipeline.New(p).Handle(t.Context(), batch(t, map[string]string{deadletter.AttrSink: "oncall"}, ownRecord))
	if err != nil || r.Err() != nil || len(slack.sent) != 0 || len(oncall.sent) != 1 {
		t.Errorf("got %v, %v; slack %d, oncall %d", r.Err(), err, len(slack.sent), len(oncall.sent))
	}
}

// What is said because of the outcomes is told to its sink, and no record waits for it.
func TestAfter(t *testing.T) {
	slack, oncall, log := &sink{err: notify.PermanentSink(errors.New("404"))}, &sink{}, &bytes.Buffer{}
	p := parts(log, slack, oncall)
	p.After = []pipeline.After{func(_ context.Context, r report.Report) []pipeline.Saying {
		if r.Records[0].Findings[0].Results[0].Outcome != delivery.Dead {
			return nil
		}
		return []pipeline.Saying{{Sink: "oncall", Notification: notify.Notification{Kind: notify.KindNotice, Word: notify.Word{Name: "sink_dead", ID: "x"}}}}
	}}
	var heard []report.Said
	p.Heard = []pipeline.Heard{func(_ context.Context, said []report.Said) { heard = append(heard, said...) }}
	r, err := pipeline.New(p).Handle(t.Context(), []byte(event("a", 8)))
	if len(heard) != 1 || heard[0].ID != "x" || heard[0].Result.Outcome != delivery.Delivered {
		t.Errorf("what came of it is heard as %+v", heard)
	}
	if err != nil || len(r.Said) != 1 || r.Said[0].Result.Outcome != delivery.Delivered || len(oncall.sent) != 2 {
		t.Errorf("got %+v, %v, and oncall was sent %v", r, err, oncall.sent)
	}
	if want := `"message":"said","word":"sink_dead","sink":"oncall","outcome":"delivered"`; !strings.Contains(log.String(), want) {
		t.Errorf("the log lacks %s:\n%s", want, log)
	}
}

// No finding waits for what a record of Tocsin's own asks for, wherever that stands in a batch.
func TestDutyComesLast(t *testing.T) {
	slack, log := &sink{}, &bytes.Buffer{}
	p := parts(log, slack)
	before := -1
	duty := drills(nil)
	do := duty.Do
	duty.Do = func(ctx context.Context, e events.Envelope) (pipeline.Done, error) {
		before = len(slack.sent)
		return do(ctx, e)
	}
	p.Duties = []pipeline.Duty{duty}
	r, err := pipeline.New(p).Handle(t.Context(), batch(t, nil, ownRecord, event("a", 8)))
	if err != nil || r.Err() != nil || before != 1 || len(slack.sent) != 2 {
		t.Errorf("%d messages were sent before it, %d in all, %v, %v", before, len(slack.sent), err, r.Err())
	}
	if len(r.Calls) != 1 || len(r.Calls[0]) != 2 {
		t.Errorf("the calls are reported as %+v", r.Calls)
	}
}

// Who panics about the outcomes harms neither them nor the others who wait for them, and what the panic holds is
// not said.
func TestAfterThatPanics(t *testing.T) {
	slack, log := &sink{}, &bytes.Buffer{}
	p := parts(log, slack)
	var heard int
	p.After = []pipeline.After{
		func(context.Context, report.Report) []pipeline.Saying { panic("secret plan") },
		func(context.Context, report.Report) []pipeline.Saying {
			return []pipeline.Saying{{Sink: "slack", Notification: notify.Notification{Kind: notify.KindNotice, Word: notify.Word{Name: "sink_dead", ID: "x"}}}}
		},
	}
	p.Heard = []pipeline.Heard{
		func(context.Context, []report.Said) { panic("secret plan") },
		func(context.Context, []report.Said) { heard++ },
	}
	r, err := pipeline.New(p).Handle(t.Context(), batch(t, nil, event("a", 8)))
	if err != nil || r.Err() != nil || len(slack.sent) != 2 || heard != 1 {
		t.Errorf("got %v, %v; %d sent, heard %d times", err, r.Err(), len(slack.sent), heard)
	}
	if text := log.String(); strings.Contains(text, "secret plan") || strings.Count(text, "a fault of Tocsin, which kept no finding back: string in ") != 2 {
		t.Errorf("the log says %s", text)
	}
}

// Whoever waits for the outcomes leaves time for the log and the answer.
func TestAfterLeavesTime(t *testing.T) {
	slack := &sink{}
	p := parts(&bytes.Buffer{}, slack)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var end time.Time
	p.After = []pipeline.After{func(ctx context.Context, _ report.Report) []pipeline.Saying {
		end, _ = ctx.Deadline()
		return nil
	}}
	if _, err := pipeline.New(p).Handle(ctx, batch(t, nil, event("a", 8))); err != nil {
		t.Fatal(err)
	}
	if deadline, _ := ctx.Deadline(); deadline.Sub(end) < 200*time.Millisecond {
		t.Errorf("%v are left", deadline.Sub(end))
	}
}
