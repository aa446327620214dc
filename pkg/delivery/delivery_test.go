package delivery_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// sinkFunc is a sink made of a function.
type sinkFunc func(ctx context.Context, n notify.Notification) (notify.Receipt, error)

func (f sinkFunc) Notify(ctx context.Context, n notify.Notification) (notify.Receipt, error) {
	return f(ctx, n)
}

func accept(context.Context, notify.Notification) (notify.Receipt, error) {
	return notify.Receipt{ID: "receipt"}, nil
}

func refuse(err error) sinkFunc {
	return func(context.Context, notify.Notification) (notify.Receipt, error) { return notify.Receipt{}, err }
}

func hang(ctx context.Context, _ notify.Notification) (notify.Receipt, error) {
	<-ctx.Done()
	return notify.Receipt{}, ctx.Err()
}

func panicking(context.Context, notify.Notification) (notify.Receipt, error) {
	var none []int
	return notify.Receipt{ID: fmt.Sprint(none[3])}, nil
}

func pairs(targets int, severities ...float64) []delivery.Pair {
	var all []delivery.Pair
	for _, severity := range severities {
		for target := range targets {
			f := finding.Finding{ID: fmt.Sprint(severity), Severity: finding.NewSeverity(severity)}
			all = append(all, delivery.Pair{Message: delivery.FindingMessage(&f), Target: target})
		}
	}
	return all
}

func TestOutcomes(t *testing.T) {
	errSome := errors.New("some")
	minimalOnly := func(_ context.Context, n notify.Notification) (notify.Receipt, error) {
		if !n.Minimal {
			return notify.Receipt{}, notify.PermanentMessage(errSome)
		}
		return notify.Receipt{ID: "small"}, nil
	}
	for name, test := range map[string]struct {
		sink    sinkFunc
		outcome delivery.Outcome
		err     string
		receipt string
	}{
		"accepted":     {accept, delivery.Delivered, "", "receipt"},
		"transient":    {refuse(errSome), delivery.Retry, "some", ""},
		"throttled":    {refuse(notify.RetryAfter(errSome, time.Hour)), delivery.Retry, "some", ""},
		"broken":       {refuse(notify.PermanentSink(errSome)), delivery.Dead, "some", ""},
		"unacceptable": {refuse(notify.PermanentMessage(errSome)), delivery.Dead, "some", ""},
		"minimal form": {minimalOnly, delivery.Degraded, "some", "small"},
		"panic":        {panicking, delivery.Retry, "index out of range [3] with length 0 in github.com/tocsin-sec/tocsin/pkg/delivery_test.panicking", ""},
		"hang":         {hang, delivery.Retry, "deadline exceeded", ""},
		"deaf": {func(context.Context, notify.Notification) (notify.Receipt, error) {
			time.Sleep(2 * time.Second)
			return notify.Receipt{}, nil
		}, delivery.Retry, "did not come back", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			engine := delivery.New([]delivery.Target{{Name: "x", Sink: test.sink, Concurrency: 1}},
				delivery.Options{Limits: delivery.Limits{Attempt: 200 * time.Millisecond, Margin: time.Millisecond}})
			result := engine.Deliver(t.Context(), delivery.Invocation{ID: "request"}, pairs(1, 8)).Results[0]
			if result.Outcome != test.outcome || result.Receipt.ID != test.receipt {
				t.Errorf("got %+v, want %s", result, test.outcome)
			}
			if test.err == "" && result.Err != nil || test.err != "" && (result.Err == nil || !strings.Contains(result.Err.Error(), test.err)) {
				t.Errorf("got error %v, want %q", result.Err, test.err)
			}
		})
	}
}

func TestOneSinkHarmsNoOther(t *testing.T) {
	var names []string
	var targets []delivery.Target
	for name, sink := range map[string]sinkFunc{"good": accept, "hang": hang, "panic": panicking, "fail": refuse(errors.New("no"))} {
		names = append(names, name)
		targets = append(targets, delivery.Target{Name: name, Sink: sink, Concurrency: 2})
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	results := delivery.New(targets, delivery.Options{}).Deliver(ctx, delivery.Invocation{ID: "request"}, pairs(len(targets), 5, 8, 9)).Results
	if ctx.Err() != nil {
		t.Error("the deadline was over before the results were there")
	}
	for i, result := range results {
		want := delivery.Retry
		if names[i%len(names)] == "good" {
			want = delivery.Delivered
		}
		if result.Outcome != want {
			t.Errorf("%s: got %+v, want %s", names[i%len(names)], result, want)
		}
	}
}

func TestBrokenSinkIsLeftAlone(t *testing.T) {
	requests := 0
	broken := func(context.Context, notify.Notification) (notify.Receipt, error) {
		requests++
		return notify.Receipt{}, notify.PermanentSink(errors.New("gone"))
	}
	engine := delivery.New([]delivery.Target{{Name: "x", Sink: sinkFunc(broken), Concurrency: 1}}, delivery.Options{})
	for round := range 2 {
		for _, result := range engine.Deliver(t.Context(), delivery.Invocation{ID: "request"}, pairs(1, 5, 8, 9)).Results {
			if result.Outcome != delivery.Dead || result.Err == nil {
				t.Errorf("got %+v, want dead", result)
			}
		}
		if requests != round+1 {
			t.Errorf("got %d requests in %d invocations, want one each", requests, round+1)
		}
	}
}

func TestWorstFirst(t *testing.T) {
	var mu sync.Mutex
	var order []string
	sink := func(_ context.Context, n notify.Notification) (notify.Receipt, error) {
		mu.Lock()
		defer mu.Unlock()
		order = append(order, n.Findings[0].Severity.String())
		return notify.Receipt{}, nil
	}
	engine := delivery.New([]delivery.Target{{Name: "x", Sink: sinkFunc(sink), Concurrency: 1}}, delivery.Options{})
	engine.Deliver(t.Context(), delivery.Invocation{ID: "request"}, pairs(1, 2, 9.5, 5, 0, 8))
	if diff := cmp.Diff([]string{"unknown", "9.5", "8.0", "5.0", "2.0"}, order); diff != "" {
		t.Error(diff)
	}
}

func TestConcurrencyIsBounded(t *testing.T) {
	for _, limit := range []int{0, 1, 3} {
		var mu sync.Mutex
		now, most := 0, 0
		sink := func(context.Context, notify.Notification) (notify.Receipt, error) {
			mu.Lock()
			now++
			most = max(most, now)
			mu.Unlock()
			time.Sleep(5 * time.Millisecond)
			mu.Lock()
			now--
			mu.Unlock()
			return notify.Receipt{}, nil
		}
		engine := delivery.New([]delivery.Target{{Name: "x", Sink: sinkFunc(sink), Concurrency: limit}}, delivery.Options{})
		engine.Deliver(t.Context(), delivery.Invocation{ID: "request"}, pairs(1, 1, 2, 3, 4, 5, 6, 7, 8, 9))
		if most > max(limit, 1) {
			t.Errorf("%d at once, want at most %d", most, max(limit, 1))
		}
	}
}

func TestNothingIsBegunWithoutTime(t *testing.T) {
	for _, left := range []time.Duration{-time.Second, 0, 50 * time.Millisecond} {
		ctx, cancel := context.WithTimeout(t.Context(), left)
		requests := 0
		sink := func(context.Context, notify.Notification) (notify.Receipt, error) {
			requests++
			return notify.Receipt{}, nil
		}
		engine := delivery.New([]delivery.Target{{Name: "x", Sink: sinkFunc(sink), Concurrency: 1}}, delivery.Options{})
		results := engine.Deliver(ctx, delivery.Invocation{ID: "request"}, pairs(1, 8, 9)).Results
		cancel()
		for _, result := range results {
			if result.Outcome != delivery.Retry || requests != 0 {
				t.Errorf("%v left: got %+v after %d requests, want retry and none", left, result, requests)
			}
		}
	}
}

func TestNoPairsNoWork(t *testing.T) {
	if report := delivery.New(nil, delivery.Options{}).Deliver(t.Context(), delivery.Invocation{ID: "request"}, nil); len(report.Results) != 0 {
		t.Errorf("got %v", report)
	}
}

// rotating is a sink whose secret is wrong until it is refreshed.
type rotating struct {
	mu               sync.Mutex
	fresh, isRotated bool
	refreshes, calls int
}

func (r *rotating) Notify(context.Context, notify.Notification) (notify.Receipt, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.calls++; !r.fresh {
		return notify.Receipt{}, notify.PermanentSink(errors.New("no such webhook"))
	}
	return notify.Receipt{ID: "receipt"}, nil
}

func (r *rotating) Refresh(context.Context) (bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refreshes++
	r.fresh = r.isRotated
	return r.isRotated, nil
}

func TestSecretIsReadAgainOnce(t *testing.T) {
	for _, isRotated := range []bool{true, false} {
		sink := &rotating{isRotated: isRotated}
		engine := delivery.New([]delivery.Target{{Name: "a", Sink: sink, Concurrency: 1}}, delivery.Options{})
		want, calls := delivery.Dead, 1
		if isRotated {
			want, calls = delivery.Delivered, 4
		}
		for _, result := range engine.Deliver(t.Context(), delivery.Invocation{ID: "request"}, pairs(1, 8, 7, 6)).Results {
			if result.Outcome != want {
				t.Errorf("rotated %v: got %v", isRotated, result)
			}
		}
		if sink.refreshes != 1 || sink.calls != calls {
			t.Errorf("rotated %v: %d refreshes and %d calls, want 1 and %d", isRotated, sink.refreshes, sink.calls, calls)
		}
	}
}

// fragile is a sink that is broken, and panics when it is to read its secret again.
type fragile struct{}

func (fragile) Notify(context.Context, notify.Notification) (notify.Receipt, error) {
	return notify.Receipt{}, notify.PermanentSink(errors.New("invalid token"))
}

func (fragile) Refresh(context.Context) (bool, error) { panic("s3cr3t") }

func TestPanicWhileASecretIsRead(t *testing.T) {
	engine := delivery.New([]delivery.Target{{Name: "a", Sink: fragile{}, Concurrency: 2}}, delivery.Options{})
	for _, result := range engine.Deliver(t.Context(), delivery.Invocation{ID: "request"}, pairs(1, 8, 7)).Results {
		if result.Outcome != delivery.Dead || result.Err.Error() != "invalid token" {
			t.Errorf("got %v", result)
		}
	}
}
