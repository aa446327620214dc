// Package simulation plays days of findings through Tocsin's own router, ledger, digests and
// delivery on a clock that runs as fast as the machine can, with no network: it shows what people
// would get before they get it.
//
// The queue is played as SQS and Lambda behave: batches as small as SQS makes them, two execution
// environments at once, records that wait by their visibility. The sinks are played as the vendors
// behave, Slack with its one message a second.
package simulation

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/digest"
	"github.com/tocsin-sec/tocsin/pkg/ledger"
	"github.com/tocsin-sec/tocsin/pkg/table"
)

// Options say what is simulated.
type Options struct {
	// Accounts and Days are the size of it, 1 to 10,000 accounts and 1 to 90 days.
	Accounts, Days int
	// Profile is one of Profiles.
	Profile string
	// Seed makes the stream: the same seed gives the same one.
	Seed uint64
	// Configuration is what is in force; nil stands for the defaults.
	Configuration *Configuration
}

// Profiles lists what can be simulated: findings that come and go (steady), an incident that hits
// many accounts at once beside them, or somebody who generates GuardDuty's sample findings.
func Profiles() []string { return []string{"steady", "incident", "samples"} }

// Result is what came of a simulation.
type Result struct {
	Options Options
	// Events is how many publications there were.
	Events int
	// Sinks are the results of the sinks.
	Sinks []SinkResult
	// Groups are what was sent about each group of accounts; nil where there are none.
	Groups []GroupResult
}

// SinkResult is what one sink got.
type SinkResult struct {
	Name string
	// In is how many publications it was to hear of: those at or above its threshold.
	In int
	// Messages is how many messages it got, Digests how many of them were digests.
	Messages, Digests int
	// Repeats is how many publications said nothing new, Digested how many came in digests.
	Repeats, Digested int
	// Lost is how many publications ended in no message and no explained outcome.
	Lost int
	// Longest is the longest wait from publication to message, LongestCritical for critical ones.
	Longest, LongestCritical time.Duration
	// MostInMinute is the most messages in a minute of the clock.
	MostInMinute int
}

// Ratio returns messages per publication that the sink was to hear of.
func (s SinkResult) Ratio() float64 { return float64(s.Messages) / float64(max(s.In, 1)) }

// The settings that are simulated: the defaults of the CDK app and of the sinks.
const (
	threshold   = 4.0
	digestAfter = 10
	digestEvery = time.Minute
	timeout     = 30 * time.Second
	workers     = 2
	maxInBatch  = 10
	window      = time.Second
)

// Run simulates. The error is about the options.
func Run(ctx context.Context, o Options) (Result, error) {
	switch {
	case o.Accounts < 1 || o.Accounts > 10_000:
		return Result{}, errors.New("the number of accounts is from 1 to 10000")
	case o.Days < 1 || o.Days > 90:
		return Result{}, errors.New("the number of days is from 1 to 90")
	case !slices.Contains(Profiles(), o.Profile):
		return Result{}, fmt.Errorf("there is no such profile; there are: %s", strings.Join(Profiles(), ", "))
	}
	rng := rand.New(rand.NewPCG(o.Seed, 0)) //nolint:gosec // the same seed gives the same stream
	s := &simulation{rng: rng, config: defaults()}
	if o.Configuration != nil {
		s.config = *o.Configuration
	}
	// The contexts of the delivery end by the real clock, which is behind the simulated one.
	s.start = time.Now().UTC().Add(365 * 24 * time.Hour).Truncate(24 * time.Hour)
	for _, f := range stream(o, s.config.named(), rng, s.start) {
		s.queue.add(record{finding: f, visible: f.Updated})
	}
	for _, one := range s.config.Sinks {
		s.sinks = append(s.sinks, newSink(one, s.config))
	}
	result := Result{Options: o, Events: len(s.queue.records)}
	s.run(ctx)
	for _, sink := range s.sinks {
		result.Sinks = append(result.Sinks, sink.result())
	}
	result.Groups = s.groupResults()
	return result, ctx.Err()
}

type simulation struct {
	rng    *rand.Rand
	config Configuration
	start  time.Time
	queue  queue
	sinks  []*sink
}

// run plays the queue until it is empty.
func (s *simulation) run(ctx context.Context) {
	var free [workers]time.Time // when each execution environment is free again
	for ctx.Err() == nil {
		worker := 0
		for i := range free {
			if free[i].Before(free[worker]) {
				worker = i
			}
		}
		batch, at, ok := s.queue.take(free[worker], s.rng)
		if !ok {
			return
		}
		free[worker] = s.invoke(ctx, batch, at)
	}
}

// invoke handles one batch, and gives the time at which that has ended.
func (s *simulation) invoke(ctx context.Context, batch []record, at time.Time) (end time.Time) {
	ctx, cancel := context.WithDeadline(ctx, at.Add(timeout))
	defer cancel()
	end = at
	waits := make([]time.Duration, len(batch))
	for _, sink := range s.sinks {
		sink.clock.at = at
		for i, wait := range s.deliver(ctx, sink, batch) {
			waits[i] = max(waits[i], wait)
		}
		if sink.clock.at.After(end) {
			end = sink.clock.at
		}
	}
	for i, wait := range waits {
		if wait > 0 {
			batch[i].visible = end.Add(wait)
			s.queue.add(batch[i])
		}
	}
	return end
}

// deliver sends the batch to one sink. It returns how long each record has to wait; 0 if it is
// done.
func (s *simulation) deliver(ctx context.Context, k *sink, batch []record) []time.Duration {
	waits := make([]time.Duration, len(batch))
	var pairs []delivery.Pair
	var places []int
	for i, r := range batch {
		if pair, ok := k.pairOf(ctx, r); ok {
			pairs, places = append(pairs, pair), append(places, i)
		}
	}
	if len(pairs) == 0 {
		return waits
	}
	report := k.engine.Deliver(ctx, delivery.Invocation{
		ID: fmt.Sprint(s.rng.Uint64()),
		Announce: func(_ context.Context, f digest.Flush) error {
			s.queue.add(record{flush: f, visible: k.clock.at.Add(s.config.DigestEvery)})
			return nil
		},
	}, pairs)
	for p, result := range report.Results {
		i := places[p]
		k.note(batch[i], result)
		if !result.Finished() {
			waits[i] = max(result.Wait.Backoff(batch[i].receives, s.rng.Float64()), time.Second)
		}
	}
	return waits
}

// newSink returns a sink of a configuration.
func newSink(of Sink, c Configuration) *sink {
	k := &sink{
		name: of.Sink, latency: of.Latency, rate: of.VendorRate, clock: &clock{}, routes: c.routes(), mutes: c.Mutes, seconds: map[int64]bool{},
		minutes: map[int64]int{}, digested: map[string]bool{}, open: map[string]bool{}, groupsOf: c.groupsOf(), groups: map[string]int{},
	}
	options := delivery.Options{DigestEvery: c.DigestEvery, Clock: k.clock}
	if c.HasLedger {
		store := table.NewMemory()
		k.digests = digest.New(store, k.clock.Now)
		options.Ledger, options.Digests = ledger.New(store, k.clock.Now), k.digests
	}
	k.engine = delivery.New([]delivery.Target{{
		Name: of.Sink, Sink: k, Concurrency: 1, Rate: of.Rate, Repeat: of.Repeat, DigestAfter: of.DigestAfter,
	}}, options)
	return k
}
