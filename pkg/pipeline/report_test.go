package pipeline_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/pipeline"
	"github.com/tocsin-sec/tocsin/pkg/report"
)

// at gives an event the time of its envelope.
func at(event string, published time.Time) string {
	return strings.Replace(event, `{"source"`, `{"time":"`+published.UTC().Format(time.RFC3339)+`","source"`, 1)
}

// A report has the calls of each sink, in their order, and the invocation of its context; of what is no
// event too.
func TestReportOfAnInvocation(t *testing.T) {
	slack, oncall := &sink{err: notify.Because(notify.PermanentSink(errors.New("gone")), notify.ReasonClient)}, &sink{}
	var log strings.Builder
	with := parts(&log, slack, oncall)
	with.Sources = events.Table()
	p := pipeline.New(with)
	in := report.Invocation{Request: "r1", Trace: "1-2-3"}
	ctx := report.WithInvocation(t.Context(), in)
	published := time.Now().Add(-time.Hour)
	r, err := p.Handle(ctx, []byte(at(event("a", 8), published)))
	if err != nil || r.Invocation != in || len(r.Calls) != 2 || len(r.Calls[0]) != 1 || len(r.Calls[1]) != 1 {
		t.Fatalf("got %+v, %v", r, err)
	}
	if r.Calls[0][0].Failed != notify.ReasonClient || r.Calls[1][0].Failed != "" {
		t.Errorf("got the calls %+v", r.Calls)
	}
	f := r.Records[0].Findings[0]
	if !f.Results[0].Accepted.IsZero() || f.Results[1].Accepted.Sub(f.Finding.Published) < time.Hour {
		t.Errorf("accepted at %v and %v", f.Results[0].Accepted, f.Results[1].Accepted)
	}
	if _, err := p.Invoke(ctx, []byte(`"hello"`)); err == nil {
		t.Error("no event is no error")
	}
	if got := strings.Count(log.String(), `"request":"r1","trace":"1-2-3"`); got != 2 {
		t.Errorf("%d lines name the invocation, want that of the finding and of what is none: %s", got, log.String())
	}
}

// A digest that cannot be sent, or not be read, is as old as it has been open.
func TestAgeOfADigest(t *testing.T) {
	since := time.Now().Add(-3 * time.Hour).UTC().Truncate(time.Second)
	flush := `{"version":"0","source":"tocsin","detail-type":"Tocsin Digest","detail":{"sink":"slack","digest":"d","until":"` + since.Format(time.RFC3339) + `"}}`
	r, err := pipeline.New(parts(nil, &sink{})).Handle(t.Context(), []byte(flush))
	if err != nil || len(r.Records) != 1 || !r.Records[0].Digest.Since.Equal(since) {
		t.Errorf("got %+v, %v, want a digest since %v", r, err, since)
	}
}
