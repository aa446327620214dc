package simulation

import (
	"context"
	"errors"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/digest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/mute"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/router"
)

// clock is a clock on which waiting takes no time.
type clock struct{ at time.Time }

// Now implements delivery.Clock.
func (c *clock) Now() time.Time { return c.at }

// Sleep implements delivery.Clock.
func (c *clock) Sleep(_ context.Context, d time.Duration) bool {
	c.at = c.at.Add(d)
	return true
}

// sink is a vendor's end, and what it has seen.
type sink struct {
	name    string
	latency time.Duration
	rate    float64
	clock   *clock
	digests *digest.Digests
	routes  []router.Route // of all sinks; a default sink takes what the others do not
	mutes   []mute.Mute
	engine  *delivery.Engine

	sum      SinkResult
	seconds  map[int64]bool      // in which it took a message, for its rate
	minutes  map[int64]int       // messages by minute
	digested map[string]bool     // versions that were put into a digest
	open     map[string]bool     // versions that are on their way
	groupsOf map[string][]string // groups by account
	groups   map[string]int      // messages by group
}

var errRate = errors.New("too many messages")

// Notify implements notify.Notifier.
func (k *sink) Notify(_ context.Context, n notify.Notification) (notify.Receipt, error) {
	k.clock.at = k.clock.at.Add(k.latency)
	now := k.clock.at
	if k.rate > 0 {
		second := int64(float64(now.UnixMilli()) * k.rate / 1000) // or a part of one
		if k.seconds[second] {
			return notify.Receipt{}, notify.RetryAfter(errRate, time.Second)
		}
		k.seconds[second] = true
	}
	k.sum.Messages++
	k.countGroups(n.Findings)
	minute := now.Unix() / 60
	k.minutes[minute]++
	k.sum.MostInMinute = max(k.sum.MostInMinute, k.minutes[minute])
	if n.Kind == notify.KindDigest {
		k.sum.Digests++
	}
	for _, f := range n.Findings {
		delete(k.digested, name(f))
		wait := now.Sub(f.Updated)
		k.sum.Longest = max(k.sum.Longest, wait)
		if f.Severity.IsUrgent() {
			k.sum.LongestCritical = max(k.sum.LongestCritical, wait)
		}
	}
	return notify.Receipt{ID: name(n.Findings[0])}, nil
}

func name(f finding.Finding) string { return f.ID + " " + f.Version().String() }

// pairOf returns the pair of a record for the sink; ok is false when there is none.
func (k *sink) pairOf(ctx context.Context, r record) (pair delivery.Pair, ok bool) {
	if r.isFlush() {
		if r.flush.Sink != k.name {
			return delivery.Pair{}, false
		}
		findings, err := k.digests.Flush(ctx, k.name, r.flush.Digest)
		if err != nil || len(findings) == 0 {
			return delivery.Pair{}, false
		}
		return delivery.Pair{Message: delivery.DigestMessage(r.flush, findings, nil)}, true
	}
	for i, decision := range router.Decide(r.finding, k.routes, k.mutes) {
		if k.routes[i].Sink == k.name && decision.Verdict != router.Send {
			return delivery.Pair{}, false
		}
	}
	if r.receives == 1 {
		k.sum.In++
		k.open[name(r.finding)] = true
	}
	return delivery.Pair{Message: delivery.FindingMessage(&r.finding)}, true
}

func (k *sink) note(r record, result delivery.Result) {
	if r.isFlush() || !result.Finished() {
		return
	}
	delete(k.open, name(r.finding))
	switch result.Outcome {
	case delivery.Repeat:
		k.sum.Repeats++
	case delivery.Digested:
		k.sum.Digested++
		k.digested[name(r.finding)] = true
	default: // a message, or an outcome that explains itself
	}
}

// result returns what the sink got: what is on its way, or in a digest that was not sent, is lost.
func (k *sink) result() SinkResult {
	k.sum.Name, k.sum.Lost = k.name, len(k.open)+len(k.digested)
	return k.sum
}
