package pipeline_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

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
			Sayings: []pipeline.Saying{{"slack", word}, {"oncall", word}, {"nobody", word}}, Gauges: map[string]int{"Drill": 1},
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
		return []pipeline.Saying{{"oncall", notify.Notification{Kind: notify.KindNotice, Word: notify.Word{Name: "sink_dead", ID: "x"}}}}
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
