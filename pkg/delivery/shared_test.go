package delivery_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/digest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/ledger"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/table"
)

// far is a store each of whose calls takes a while. It refuses its first writes, and does not answer
// where it hangs.
type far struct {
	table.Store
	takes   time.Duration
	refuses atomic.Int32
	hangs   atomic.Bool
}

// HasFindings says that there never was a record of another form.
func (f *far) HasFindings(context.Context) (bool, error) { return false, nil }

func (f *far) wait(ctx context.Context) error {
	if f.hangs.Load() {
		<-ctx.Done()
		return ctx.Err()
	}
	time.Sleep(f.takes)
	return ctx.Err()
}

func (f *far) Load(ctx context.Context, key table.Key) (table.Record, int64, error) {
	if err := f.wait(ctx); err != nil {
		return table.Record{}, 0, err
	}
	return f.Store.Load(ctx, key)
}

func (f *far) Save(ctx context.Context, key table.Key, record table.Record, revision int64) error {
	if err := f.wait(ctx); err != nil {
		return err
	}
	if f.refuses.Add(-1) >= 0 {
		return errors.New("the store is down")
	}
	return f.Store.Save(ctx, key, record, revision)
}

func (f *far) Add(ctx context.Context, key table.Key, numbers map[string]int64, expires time.Time) (map[string]int64, error) {
	if err := f.wait(ctx); err != nil {
		return nil, err
	}
	return f.Store.Add(ctx, key, numbers, expires)
}

// different returns so many severities.
func different(n int) (all []float64) {
	for i := range n {
		all = append(all, float64(i)/10)
	}
	return all
}

func targets(n int, t delivery.Target) (all []delivery.Target) {
	for i := range n {
		t.Name, t.Sink = fmt.Sprint("sink", i), sinkFunc(accept)
		all = append(all, t)
	}
	return all
}

// What was sent without the ledger is written down all the same where the ledger answers again, however
// many sinks were sent it at the same time.
func TestSentWithoutTheLedger(t *testing.T) {
	store := &far{Store: table.NewMemory(), takes: 5 * time.Millisecond}
	store.refuses.Store(1)
	engine := delivery.New(targets(16, delivery.Target{Concurrency: 1}), delivery.Options{Ledger: ledger.New(store, nil)})
	engine.Deliver(t.Context(), delivery.Invocation{ID: "a"}, pairs(16, 5))
	for i, result := range engine.Deliver(t.Context(), delivery.Invocation{ID: "b"}, pairs(16, 5)).Results {
		if result.Outcome != delivery.Duplicate {
			t.Errorf("sink %d: %s, %v", i, result.Outcome, result.Err)
		}
	}
}

// What the first road does not bring as news the second may, to many sinks at the same time.
func TestSecondRoadToManySinks(t *testing.T) {
	store := &far{Store: table.NewMemory(), takes: 5 * time.Millisecond}
	engine := delivery.New(targets(16, delivery.Target{Concurrency: 1}), delivery.Options{Ledger: ledger.New(store, nil)})
	f := finding.Finding{ID: "f", Source: "aws.guardduty", Severity: 5, Activity: finding.Activity{Updated: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}}
	f.Road = "guardduty"
	hub := f
	hub.Source, hub.Road, hub.Native.Source, hub.Native.ID = "aws.securityhub", "securityhub", "aws.guardduty", "f"
	send := func(id string, all ...finding.Finding) delivery.Report {
		var both []delivery.Pair
		for _, f := range all {
			for i := range 16 {
				both = append(both, delivery.Pair{Message: delivery.FindingMessage(&f), Target: i})
			}
		}
		return engine.Deliver(t.Context(), delivery.Invocation{ID: id}, both)
	}
	send("a", f)
	for i, result := range send("b", f, hub).Results {
		if result.Outcome != delivery.Duplicate {
			t.Errorf("pair %d: %s, %v", i, result.Outcome, result.Err)
		}
	}
}

// timed returns a sink that accepts all, and how long after this call the last message came.
func timed() (sink sinkFunc, last func() time.Duration) {
	var mu sync.Mutex
	var longest time.Duration
	began := time.Now()
	sink = func(ctx context.Context, n notify.Notification) (notify.Receipt, error) {
		mu.Lock()
		longest = max(longest, time.Since(began))
		mu.Unlock()
		return accept(ctx, n)
	}
	return sink, func() time.Duration { // asked once the delivery is over
		mu.Lock()
		defer mu.Unlock()
		return longest
	}
}

// Findings that come side by side wait once for a store that does not answer, and not for one another.
func TestLedgerHangs(t *testing.T) {
	store := &far{Store: table.NewMemory()}
	store.hangs.Store(true)
	sink, last := timed()
	engine := delivery.New([]delivery.Target{{Name: "sink", Sink: sink, Concurrency: 20}}, delivery.Options{Ledger: ledger.New(store, nil)})
	engine.Deliver(t.Context(), delivery.Invocation{ID: "a"}, pairs(1, different(20)...))
	if last() > 6*table.Patience {
		t.Errorf("the last one waited for %s", last())
	}
}

// The same goes for the counts of messages.
func TestCountsHang(t *testing.T) {
	answers, hangs := &far{Store: table.NewMemory()}, &far{Store: table.NewMemory()}
	hangs.hangs.Store(true)
	sink, last := timed()
	engine := delivery.New([]delivery.Target{{Name: "sink", Sink: sink, Concurrency: 20, DigestAfter: 10}}, delivery.Options{
		Ledger: ledger.New(answers, nil), Digests: digest.New(hangs, nil),
	})
	announce := func(context.Context, digest.Flush) error { return nil }
	engine.Deliver(t.Context(), delivery.Invocation{ID: "a", Announce: announce}, pairs(1, different(20)...))
	if last() > 6*table.Patience {
		t.Errorf("the last one waited for %s", last())
	}
}

// What a person asks for and what comes of itself are told one after the other: a slow sink is not sent
// both since a fast one has asked for it before.
func TestAskedAndOfItselfToASlowSink(t *testing.T) {
	isThrough := make(chan struct{})
	var shown sync.Map
	show := func(sink string, n notify.Notification) (notify.Receipt, error) {
		_, isTwice := shown.LoadOrStore(sink+" "+n.Findings[0].ID, true)
		if isTwice {
			t.Errorf("%s was sent %s twice", sink, n.Findings[0].ID)
		}
		return notify.Receipt{}, nil
	}
	fast := sinkFunc(func(_ context.Context, n notify.Notification) (notify.Receipt, error) {
		if n.Findings[0].ID == "last" {
			close(isThrough)
		}
		return show("fast", n)
	})
	slow := sinkFunc(func(_ context.Context, n notify.Notification) (notify.Receipt, error) {
		<-isThrough
		return show("slow", n)
	})
	engine := delivery.New([]delivery.Target{{Name: "fast", Sink: fast, Concurrency: 1}, {Name: "slow", Sink: slow, Concurrency: 1}},
		delivery.Options{Ledger: ledger.New(table.NewMemory(), nil)})
	itself := finding.Finding{ID: "f", Source: "aws.guardduty", Severity: 5}
	asked, last := itself, itself
	asked.IsAsked, asked.Part, last.ID, last.Severity = true, "once", "last", 1
	var all []delivery.Pair
	for _, f := range []finding.Finding{asked, itself, last} {
		for target := range 2 {
			all = append(all, delivery.Pair{Message: delivery.FindingMessage(&f), Target: target})
		}
	}
	engine.Deliver(t.Context(), delivery.Invocation{ID: "a"}, all)
}
