package app

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/pkg/config"
	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/finding"
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

// DigestReport is what became of a digest that was to be told.
type DigestReport struct {
	// Sink is the index of the instance.
	Sink int
	// Findings is how many findings it holds.
	Findings int
	Result   delivery.Result

	flush flush
	body  []byte
}

// digestOf gives the report of a flush record before anything was done. The error says why it cannot be told.
func (a *App) digestOf(f flush, body []byte) (*DigestReport, error) {
	sink := slices.IndexFunc(a.routes, func(route router.Route) bool { return route.Sink == f.Sink })
	switch {
	case sink < 0:
		return nil, fmt.Errorf("the digest is of sink %q, which SINKS does not name", f.Sink)
	case a.memory == nil:
		return nil, fmt.Errorf("the digest is in the ledger, and LEDGER is off")
	}
	return &DigestReport{Sink: sink, flush: f, body: body}, nil
}

// pairOf gives the pair that tells a digest; ok is false when there is nothing to be told, and the report says
// why.
func (a *App) pairOf(ctx context.Context, d *DigestReport, isReplay bool) (pair delivery.Pair, ok bool) {
	findings, err := a.memory.Flush(ctx, d.flush.Sink, d.flush.Digest)
	d.Findings = len(findings)
	switch {
	case err != nil:
		d.Result = delivery.Result{Outcome: delivery.Retry, Err: err}
		return delivery.Pair{}, false
	case len(findings) == 0 && time.Now().Before(d.flush.Until):
		wait := delivery.Wait{Kind: delivery.ForLease, For: time.Until(d.flush.Until)}
		d.Result = delivery.Result{Outcome: delivery.Retry, Err: fmt.Errorf("the digest is not open yet"), Wait: wait}
		return delivery.Pair{}, false
	case len(findings) == 0:
		d.Result = delivery.Result{Outcome: delivery.Duplicate, Err: fmt.Errorf("the digest was never opened")}
		return delivery.Pair{}, false
	}
	names := a.accountNames(ctx)
	for i := range findings {
		findings[i] = named(findings[i], names)
	}
	return delivery.Pair{Finding: new(d.stand(findings[0].Severity)), Target: d.Sink, Digest: findings, Replay: isReplay}, true
}

// stand is what stands for the digest in the ledger and in the dead-letter queue.
func (d *DigestReport) stand(worst finding.Severity) finding.Finding {
	return finding.Finding{
		ID: d.flush.Digest, Source: flushSource, Type: flushDetailType, Severity: worst,
		Origin: finding.Origin{Document: []byte(d.flush.Digest), Event: d.body},
	}
}

// announcer gives what announces the digests of an invocation; nil where no digest can be kept for later.
func (a *App) announcer(message events.Message) func(context.Context, delivery.Announcement) error {
	switch {
	case a.flushesAtEnd:
		return func(_ context.Context, n delivery.Announcement) error {
			a.mu.Lock()
			defer a.mu.Unlock()
			a.announced = append(a.announced, flush{Sink: n.Sink, Digest: n.Digest})
			return nil
		}
	case a.config.Ledger == config.LedgerDynamoDB && message.QueueARN != "":
		return func(ctx context.Context, n delivery.Announcement) error {
			body, err := flush{n.Sink, n.Digest, n.Until}.record()
			if err != nil {
				return fmt.Errorf("the flush record has no JSON form: %w", err)
			}
			return a.queue.Later(ctx, message.QueueARN, body, a.config.DigestEvery)
		}
	default:
		return nil
	}
}

// Flush tells the digests that are open, for an App that was built with FlushesAtEnd; there is one report for
// each.
func (a *App) Flush(ctx context.Context) ([]Report, error) {
	a.mu.Lock()
	open := a.announced
	a.announced = nil
	a.mu.Unlock()
	var reports []Report
	for _, f := range open {
		record, err := f.record()
		if err != nil {
			return reports, fmt.Errorf("the flush record has no JSON form: %w", err)
		}
		report, err := a.Handle(ctx, record)
		if err != nil {
			return reports, err
		}
		reports = append(reports, report)
	}
	return reports, nil
}
