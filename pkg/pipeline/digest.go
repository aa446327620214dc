package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/digest"
	"github.com/tocsin-sec/tocsin/pkg/report"
	"github.com/tocsin-sec/tocsin/pkg/router"
)

// mostInDigests is how many findings the digests of one invocation hold before the next one of its batch is handed back. They come due
// at one moment where there are several sinks, and some 8 KiB of memory are needed for each of their findings until they are sent
// (docs/scale-measured.md).
const mostInDigests = 10_000

var errNoRoom = errors.New("the digests before it in this batch come first: together they need too much memory")

// digestOf returns the report of a flush record before anything was done, or why it cannot be sent.
func (p *Pipeline) digestOf(f digest.Flush) (*report.Digest, error) {
	sink := slices.IndexFunc(p.parts.Routes, func(route router.Route) bool { return route.Sink == f.Sink })
	switch {
	case sink < 0:
		return nil, fmt.Errorf("the digest is of sink %q, which SINKS does not name", f.Sink)
	case p.parts.Digests.Store == nil:
		return nil, fmt.Errorf("the digest is in the ledger, and LEDGER is off")
	}
	return &report.Digest{ID: f.Digest, Sink: sink, Since: f.Until}, nil
}

// digestMessage returns the message that sends a digest; ok is false when there is nothing to be
// sent, and the report says why.
func (p *Pipeline) digestMessage(ctx context.Context, t *task) (message *delivery.Message, ok bool) {
	d := t.Digest
	findings, err := p.parts.Digests.Store.Flush(ctx, t.flush.Sink, t.flush.Digest)
	d.Findings = len(findings)
	switch {
	case err != nil:
		d.Result = delivery.Result{Outcome: delivery.Retry, Err: err}
		return nil, false
	case len(findings) == 0 && time.Now().Before(t.flush.Until):
		wait := delivery.Wait{Kind: delivery.ForLease, For: time.Until(t.flush.Until)}
		d.Result = delivery.Result{Outcome: delivery.Retry, Err: fmt.Errorf("the digest is not open yet"), Wait: wait}
		return nil, false
	case len(findings) == 0:
		d.Result = delivery.Result{Outcome: delivery.Duplicate, Err: fmt.Errorf("the digest was never opened")}
		return nil, false
	}
	names := p.accountNames(ctx)
	for i := range findings {
		findings[i] = named(findings[i], names)
		events.Describe(p.parts.Sources, &findings[i]) // a digest does not keep it
	}
	return delivery.DigestMessage(t.flush, findings, t.event), true
}

// announcer returns what announces the digests of an invocation; nil where none can be kept for
// later.
func (p *Pipeline) announcer(message events.Message) func(context.Context, digest.Flush) error {
	switch {
	case p.parts.Digests.AtEnd:
		return func(_ context.Context, f digest.Flush) error {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.announced = append(p.announced, digest.Flush{Sink: f.Sink, Digest: f.Digest}) // it is open when Flush is called
			return nil
		}
	case p.parts.Digests.IsLasting && p.parts.Queue != nil && message.QueueARN != "":
		return func(ctx context.Context, f digest.Flush) error {
			body, err := f.Event()
			if err != nil {
				return err
			}
			return p.parts.Queue.Later(ctx, message.QueueARN, body, p.parts.Digests.Every)
		}
	default:
		return nil
	}
}

// Flush sends the open digests, for a pipeline that flushes at the end, and returns a report of
// each.
func (p *Pipeline) Flush(ctx context.Context) ([]report.Report, error) {
	p.mu.Lock()
	open := p.announced
	p.announced = nil
	p.mu.Unlock()
	var reports []report.Report
	for _, f := range open {
		record, err := f.Event()
		if err != nil {
			return reports, err
		}
		r, err := p.Handle(ctx, record)
		if err != nil {
			return reports, err
		}
		reports = append(reports, r)
	}
	return reports, nil
}
