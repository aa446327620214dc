package pipeline

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/report"
	"github.com/tocsin-sec/tocsin/pkg/router"
)

// What a flush record says that it is. It is an event like any other, so that it goes the same way: it waits in
// the queue, comes again until its digest is told, and is a dead letter that can be sent again.
const (
	flushSource     = "tocsin"
	flushDetailType = "Tocsin Digest"
)

// flush asks for a digest to be told.
type flush struct {
	// Sink is the instance's name, Digest the id of its digest.
	Sink   string `json:"sink"`
	Digest string `json:"digest"`
	// Until is when whoever announced the digest is gone for certain.
	Until time.Time `json:"until"`
}

// record gives the flush as an event.
func (f flush) record() ([]byte, error) {
	return json.Marshal(map[string]any{
		"version": "0", "source": flushSource, "detail-type": flushDetailType, "detail": f,
	})
}

// flushOf reads a flush record; ok is false for every other event.
func flushOf(envelope events.Envelope) (f flush, ok bool) {
	if envelope.Source != flushSource || envelope.DetailType != flushDetailType {
		return flush{}, false
	}
	err := json.Unmarshal(envelope.Detail, &f)
	return f, err == nil && f.Sink != "" && f.Digest != ""
}

// digestOf gives the report of a flush record before anything was done. The error says why it cannot be told.
func (p *Pipeline) digestOf(f flush) (*report.Digest, error) {
	sink := slices.IndexFunc(p.parts.Routes, func(route router.Route) bool { return route.Sink == f.Sink })
	switch {
	case sink < 0:
		return nil, fmt.Errorf("the digest is of sink %q, which SINKS does not name", f.Sink)
	case p.parts.Digests.Ledger == nil:
		return nil, fmt.Errorf("the digest is in the ledger, and LEDGER is off")
	}
	return &report.Digest{ID: f.Digest, Sink: sink}, nil
}

// pairOf gives the pair that tells a digest; ok is false when there is nothing to be told, and the report says
// why.
func (p *Pipeline) pairOf(ctx context.Context, t *task, isReplay bool) (pair delivery.Pair, ok bool) {
	d := t.Digest
	findings, err := p.parts.Digests.Ledger.Flush(ctx, t.flush.Sink, t.flush.Digest)
	d.Findings = len(findings)
	switch {
	case err != nil:
		d.Result = delivery.Result{Outcome: delivery.Retry, Err: err}
		return delivery.Pair{}, false
	case len(findings) == 0 && time.Now().Before(t.flush.Until):
		wait := delivery.Wait{Kind: delivery.ForLease, For: time.Until(t.flush.Until)}
		d.Result = delivery.Result{Outcome: delivery.Retry, Err: fmt.Errorf("the digest is not open yet"), Wait: wait}
		return delivery.Pair{}, false
	case len(findings) == 0:
		d.Result = delivery.Result{Outcome: delivery.Duplicate, Err: fmt.Errorf("the digest was never opened")}
		return delivery.Pair{}, false
	}
	names := p.accountNames(ctx)
	for i := range findings {
		findings[i] = named(findings[i], names)
		events.Describe(p.parts.Sources, &findings[i]) // a digest does not keep it
	}
	return delivery.Pair{Finding: new(t.stand(findings[0].Severity)), Target: d.Sink, Digest: findings, Replay: isReplay}, true
}

// stand is what stands for the digest in the ledger and in the dead-letter queue.
func (t *task) stand(worst finding.Severity) finding.Finding {
	return finding.Finding{
		ID: t.flush.Digest, Source: flushSource, Type: flushDetailType, Severity: worst,
		Origin: finding.Origin{Document: []byte(t.flush.Digest), Event: t.event},
	}
}

// announcer gives what announces the digests of an invocation; nil where no digest can be kept for later.
func (p *Pipeline) announcer(message events.Message) func(context.Context, delivery.Announcement) error {
	switch {
	case p.parts.Digests.AtEnd:
		return func(_ context.Context, n delivery.Announcement) error {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.announced = append(p.announced, flush{Sink: n.Sink, Digest: n.Digest})
			return nil
		}
	case p.parts.Digests.IsLasting && p.parts.Queue != nil && message.QueueARN != "":
		return func(ctx context.Context, n delivery.Announcement) error {
			body, err := flush{n.Sink, n.Digest, n.Until}.record()
			if err != nil {
				return fmt.Errorf("the flush record has no JSON form: %w", err)
			}
			return p.parts.Queue.Later(ctx, message.QueueARN, body, p.parts.Digests.Every)
		}
	default:
		return nil
	}
}

// Flush tells the digests that are open, for a pipeline that flushes at the end; there is one report for
// each.
func (p *Pipeline) Flush(ctx context.Context) ([]report.Report, error) {
	p.mu.Lock()
	open := p.announced
	p.announced = nil
	p.mu.Unlock()
	var reports []report.Report
	for _, f := range open {
		record, err := f.record()
		if err != nil {
			return reports, fmt.Errorf("the flush record has no JSON form: %w", err)
		}
		r, err := p.Handle(ctx, record)
		if err != nil {
			return reports, err
		}
		reports = append(reports, r)
	}
	return reports, nil
}
