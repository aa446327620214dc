package pipeline_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/digest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/pipeline"
	"github.com/tocsin-sec/tocsin/pkg/queue"
	"github.com/tocsin-sec/tocsin/pkg/table"
)

// filled puts findings into the open digest of a sink, as many processes do, and returns the record that asks for it.
func filled(t *testing.T, store table.Store, sink string, findings int) string {
	t.Helper()
	var first digest.Flush
	var process *digest.Digests
	for i := range findings {
		if i%1_000 == 0 {
			process = digest.New(store, nil)
		}
		f := finding.Finding{ID: fmt.Sprintf("%08d", i), Source: "aws.guardduty", Severity: 5}
		err := process.Gather(t.Context(), digest.GatherRequest{
			Sink: sink, Finding: &f, Every: time.Minute, Announce: func(_ context.Context, flush digest.Flush) error { first = flush; return nil },
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	record, err := first.Event()
	if err != nil {
		t.Fatal(err)
	}
	return string(record)
}

// The digests of several sinks come due at one moment. One invocation reads no more of them than it has memory for: the others come
// again a second later.
func TestDigestsOfABatchShareItsMemory(t *testing.T) {
	newSQS(t, http.StatusOK)
	slack, oncall := &sink{}, &sink{}
	with := parts(nil, slack, oncall)
	store := table.NewMemory()
	with.Digests.Store, with.Digests.IsLasting, with.Queue, with.Sources = digest.New(store, nil), true, queue.New(), events.Table()
	p := pipeline.New(with)
	large, small := filled(t, store, "slack", 10_000), filled(t, store, "oncall", 3)
	r, err := p.Handle(t.Context(), batch(t, nil, large, small))
	if err != nil || len(r.Records) != 2 || len(slack.sent) != 1 || len(oncall.sent) != 0 {
		t.Fatalf("%v, %d records, %d and %d messages", err, len(r.Records), len(slack.sent), len(oncall.sent))
	}
	result := r.Records[1].Digest.Result
	if wait := result.Wait.Backoff(1, 0.5); result.Outcome != delivery.Retry || wait != time.Second {
		t.Errorf("the second digest: %s for %v: %v", result.Outcome, wait, result.Err)
	}
	if _, err := p.Handle(t.Context(), batch(t, nil, small)); err != nil || len(oncall.sent) != 1 || len(oncall.sent[0].Findings) != 3 {
		t.Errorf("%v, %d messages", err, len(oncall.sent))
	}
}
