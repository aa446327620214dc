package delivery_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/ledger"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/table"
)

// script is a sink that gives one answer after another, and then accepts.
type script struct {
	mu      sync.Mutex
	answers []error
	sent    []notify.Notification
	calls   int
}

func (s *script) Notify(_ context.Context, n notify.Notification) (notify.Receipt, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	if len(s.answers) > 0 {
		err := s.answers[0]
		s.answers = s.answers[1:]
		if err != nil {
			return notify.Receipt{}, err
		}
	}
	s.sent = append(s.sent, n)
	return notify.Receipt{ID: fmt.Sprint(s.calls)}, nil
}

// grave is a cemetery that remembers its letters, or takes none.
type grave struct {
	err     error
	letters []delivery.Letter
}

func (g *grave) Send(_ context.Context, letter delivery.Letter) error {
	if g.err == nil {
		g.letters = append(g.letters, letter)
	}
	return g.err
}

func engine(sink notify.Notifier, letters delivery.DeadLetters) *delivery.Engine {
	return delivery.New([]delivery.Target{{Name: "x", Sink: sink, Concurrency: 1}}, delivery.Options{
		Ledger: ledger.New(table.NewMemory(), nil), DeadLetters: letters,
	})
}

func one(minute int) []delivery.Pair {
	return []delivery.Pair{{Message: delivery.FindingMessage(&finding.Finding{
		ID: "f", Severity: 8, Activity: finding.Activity{Updated: time.Date(2026, 1, 1, 0, minute, 0, 0, time.UTC)},
	})}}
}

func TestSentOnceForEachVersion(t *testing.T) {
	sink := &script{}
	e := engine(sink, nil)
	for _, step := range []struct {
		minute int
		want   delivery.Outcome
	}{{1, delivery.Delivered}, {1, delivery.Duplicate}, {2, delivery.Delivered}, {1, delivery.Duplicate}, {2, delivery.Duplicate}} {
		if got := e.Deliver(t.Context(), delivery.Invocation{ID: "r"}, one(step.minute)).Results[0]; got.Outcome != step.want {
			t.Errorf("version %d: got %+v, want %s", step.minute, got, step.want)
		}
	}
	if len(sink.sent) != 2 || sink.sent[1].Kind != notify.KindUpdate || sink.sent[1].Previous.ID != "1" {
		t.Errorf("got %+v", sink.sent)
	}
}

func TestNewestOfABatchSpeaksForAll(t *testing.T) {
	sink := &script{}
	batch := slices.Concat(one(1), one(3), one(2), one(3))
	for i, result := range engine(sink, nil).Deliver(t.Context(), delivery.Invocation{ID: "r"}, batch).Results {
		if result.Outcome != delivery.Delivered {
			t.Errorf("pair %d: got %+v", i, result)
		}
	}
	if len(sink.sent) != 1 || sink.sent[0].Findings[0].Updated.Minute() != 3 {
		t.Errorf("got %d messages", len(sink.sent))
	}
}

func TestTransientFailuresAreTriedAgain(t *testing.T) {
	errSome := errors.New("some")
	sink := &script{answers: []error{errSome, errSome}}
	result := engine(sink, nil).Deliver(t.Context(), delivery.Invocation{ID: "r"}, one(1)).Results[0]
	if result.Outcome != delivery.Delivered || result.Attempts != 3 {
		t.Errorf("got %+v", result)
	}
}

// Each call is reported with what it took and why it failed, and the result with the time of the sink's
// proof: by the engine's clock, however long the waits in between were.
func TestCallsAreReported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := &slow{answers: []error{notify.Because(errors.New("down"), notify.ReasonServer), notify.PermanentMessage(errors.New("too long"))}}
		pairs := append(one(1), one(1)...) // a copy, of which nothing is sent
		report := engine(sink, nil).Deliver(t.Context(), delivery.Invocation{ID: "r"}, pairs)
		want := []delivery.Call{{time.Second, notify.ReasonServer}, {time.Second, notify.ReasonClient}, {time.Second, ""}}
		if len(report.Calls) != 1 || !slices.Equal(report.Calls[0], want) {
			t.Errorf("got the calls %v, want %v", report.Calls, want)
		}
		for _, result := range report.Results {
			if result.Outcome != delivery.Degraded || result.Attempts != 3 || !result.Accepted.Equal(time.Now()) {
				t.Errorf("got %+v, want it accepted after three attempts at %v", result, time.Now())
			}
		}
	})
}

// A pair of which the sink was not called has no time of acceptance, and no call stands for it.
func TestNoCallIsReportedWhereNoneWasMade(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	report := engine(&script{}, nil).Deliver(ctx, delivery.Invocation{ID: "r"}, one(1))
	if len(report.Calls) != 1 || len(report.Calls[0]) != 0 || !report.Results[0].Accepted.IsZero() || report.Results[0].Outcome != delivery.Retry {
		t.Errorf("got %+v", report)
	}
}

// slow is a script that takes a second for each call.
type slow struct{ answers []error }

func (s *slow) Notify(context.Context, notify.Notification) (notify.Receipt, error) {
	time.Sleep(time.Second)
	if len(s.answers) == 0 {
		return notify.Receipt{ID: "1"}, nil
	}
	err := s.answers[0]
	s.answers = s.answers[1:]
	return notify.Receipt{}, err
}

func TestWhatFailsIsReleased(t *testing.T) {
	sink := &script{answers: slices.Repeat([]error{errors.New("some")}, 50)}
	e := engine(sink, nil)
	result := e.Deliver(t.Context(), delivery.Invocation{ID: "r1"}, one(1)).Results[0]
	if result.Outcome != delivery.Retry || result.Attempts < 2 || result.Wait.Kind != delivery.AfterFailure {
		t.Errorf("got %+v", result)
	}
	sink.answers = nil
	if again := e.Deliver(t.Context(), delivery.Invocation{ID: "r2"}, one(1)).Results[0]; again.Outcome != delivery.Delivered {
		t.Errorf("the next invocation: got %+v", again)
	}
}

func TestThrottling(t *testing.T) {
	slow := errors.New("slow down")
	for name, test := range map[string]struct {
		asked time.Duration
		want  delivery.Outcome
		calls int
	}{
		"waited for when it fits": {time.Second, delivery.Delivered, 2},
		"handed back when not":    {time.Hour, delivery.Retry, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sink := &script{answers: []error{notify.RetryAfter(slow, test.asked)}}
			result := engine(sink, nil).Deliver(t.Context(), delivery.Invocation{ID: "r"}, one(1)).Results[0]
			if result.Outcome != test.want || sink.calls != test.calls {
				t.Errorf("got %+v after %d calls", result, sink.calls)
			}
			if result.Outcome == delivery.Retry && (result.Wait.Kind != delivery.AfterThrottling || result.Wait.For < 59*time.Minute) {
				t.Errorf("got wait %+v", result.Wait)
			}
		})
	}
}

func TestThrottledSinkIsLeftAlone(t *testing.T) {
	sink := &script{answers: slices.Repeat([]error{notify.RetryAfter(errors.New("slow down"), time.Minute)}, 50)}
	for _, result := range engine(sink, nil).Deliver(t.Context(), delivery.Invocation{ID: "r"}, pairs(1, 9, 8, 7, 6)).Results {
		if result.Outcome != delivery.Retry {
			t.Errorf("got %+v", result)
		}
	}
	if sink.calls != 1 {
		t.Errorf("%d calls, want one", sink.calls)
	}
}

func TestLimiter(t *testing.T) {
	sink := &script{}
	e := delivery.New([]delivery.Target{{Name: "x", Sink: sink, Concurrency: 1, Rate: 2}}, delivery.Options{})
	counts := map[delivery.Outcome]int{}
	begin := time.Now()
	for _, result := range e.Deliver(t.Context(), delivery.Invocation{ID: "r"}, pairs(1, slices.Collect(severities(20))...)).Results {
		counts[result.Outcome]++
	}
	if counts[delivery.Delivered] < 10 || counts[delivery.Delivered] > 12 || counts[delivery.Retry] == 0 {
		t.Errorf("got %v in %v, want 5 s at two a second and the rest handed back", counts, time.Since(begin))
	}
}

// Messages of one sink that wait side by side use up the time for waiting once: twenty that are
// throttled for a second are sent after it.
func TestWaitsSideBySideCountOnce(t *testing.T) {
	for name, test := range map[string]struct {
		target    delivery.Target
		throttled time.Duration // for how long every call is throttled, for a second each
		delivered int
		took      time.Duration
	}{
		"throttled for a moment":   {delivery.Target{Concurrency: 20}, time.Millisecond, 20, time.Second},
		"throttled for 3 s":        {delivery.Target{Concurrency: 20}, 3 * time.Second, 20, 3 * time.Second},
		"throttled for ever":       {delivery.Target{Concurrency: 20}, time.Hour, 0, 5 * time.Second},
		"at two a second":          {delivery.Target{Concurrency: 8, Rate: 2}, 0, 11, 5 * time.Second},
		"at two a second in a row": {delivery.Target{Concurrency: 1, Rate: 2}, 0, 11, 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begin := time.Now()
				test.target.Name = "x"
				test.target.Sink = sinkFunc(func(context.Context, notify.Notification) (notify.Receipt, error) {
					if time.Since(begin) < test.throttled {
						return notify.Receipt{}, notify.RetryAfter(errors.New("slow down"), time.Second)
					}
					return notify.Receipt{}, nil
				})
				e := delivery.New([]delivery.Target{test.target}, delivery.Options{})
				delivered := 0
				for _, result := range e.Deliver(t.Context(), delivery.Invocation{ID: "r"}, pairs(1, slices.Collect(severities(20))...)).Results {
					if result.Outcome == delivery.Delivered {
						delivered++
					}
				}
				if took := time.Since(begin); delivered != test.delivered || took != test.took {
					t.Errorf("%d were delivered in %v, want %d in %v", delivered, took, test.delivered, test.took)
				}
			})
		})
	}
}

func severities(n int) func(func(float64) bool) {
	return func(yield func(float64) bool) {
		for i := range n {
			if !yield(1 + float64(i)/10) {
				return
			}
		}
	}
}

func TestDeadLetterIsWrittenOnce(t *testing.T) {
	dead := &grave{}
	sink := &script{answers: slices.Repeat([]error{notify.PermanentSink(errors.New("no_service"))}, 50)}
	e := engine(sink, dead)
	for range 10 {
		if result := e.Deliver(t.Context(), delivery.Invocation{ID: "r"}, one(1)).Results[0]; result.Outcome != delivery.Dead || !result.Finished() {
			t.Errorf("got %+v", result)
		}
	}
	if sink.calls != 1 || len(dead.letters) != 1 {
		t.Fatalf("%d calls and %d letters, want one each", sink.calls, len(dead.letters))
	}
	if l := dead.letters[0]; l.Sink != "x" || l.Kind != notify.Broken || !strings.Contains(l.Reason, "no_service") || l.Attempts != 1 {
		t.Errorf("got %+v", l)
	}
	sink.answers = nil
	replay := one(1)
	replay[0].Replay = true
	if result := e.Deliver(t.Context(), delivery.Invocation{ID: "r"}, replay).Results[0]; result.Outcome != delivery.Delivered {
		t.Errorf("the replay: got %+v", result)
	}
}

func TestDeadWithoutLetterStaysUnfinished(t *testing.T) {
	for _, letters := range []delivery.DeadLetters{nil, &grave{err: errors.New("SQS is down")}} {
		sink := &script{answers: []error{notify.PermanentSink(errors.New("no_service"))}}
		e := engine(sink, letters)
		if result := e.Deliver(t.Context(), delivery.Invocation{ID: "r"}, one(1)).Results[0]; result.Outcome != delivery.Dead || result.Finished() {
			t.Errorf("got %+v", result)
		}
		if again := e.Deliver(t.Context(), delivery.Invocation{ID: "r2"}, one(1)).Results[0]; again.Outcome != delivery.Delivered {
			t.Errorf("once mended: got %+v", again)
		}
	}
}

// down is a store that does not answer.
type down struct{ table.Store }

func (down) Load(context.Context, table.Key) (table.Record, int64, error) {
	return table.Record{}, 0, errors.New("down")
}

func (down) Save(context.Context, table.Key, table.Record, int64) error { return errors.New("down") }

func TestLedgerDown(t *testing.T) {
	sink := &script{}
	e := delivery.New([]delivery.Target{{Name: "x", Sink: sink, Concurrency: 1}}, delivery.Options{Ledger: ledger.New(down{}, nil)})
	report := e.Deliver(t.Context(), delivery.Invocation{ID: "r"}, one(1))
	if report.Results[0].Outcome != delivery.Delivered || report.LedgerUnavailable != 2 {
		t.Errorf("got %+v", report)
	}
}

func TestTwoInvocationsAtOnce(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	sink := sinkFunc(func(context.Context, notify.Notification) (notify.Receipt, error) {
		close(entered)
		<-leave
		return notify.Receipt{}, nil
	})
	e := engine(sink, nil)
	done := make(chan delivery.Result)
	go func() { done <- e.Deliver(t.Context(), delivery.Invocation{ID: "a"}, one(1)).Results[0] }()
	<-entered
	other := e.Deliver(t.Context(), delivery.Invocation{ID: "b"}, one(1)).Results[0]
	if other.Outcome != delivery.Retry || other.Wait.Kind != delivery.ForLease || other.Wait.For <= 0 {
		t.Errorf("got %+v", other)
	}
	close(leave)
	if first := <-done; first.Outcome != delivery.Delivered {
		t.Errorf("got %+v", first)
	}
}

// The schedule rides out a day: a sink that is down for 24 hours, or refuses all with a short
// Retry-After, loses nothing to maxReceiveCount.
func TestScheduleRidesOutADay(t *testing.T) {
	const maxReceiveCount = 200
	for name, wait := range map[string]delivery.Wait{
		"failing":   {Kind: delivery.AfterFailure},
		"throttled": {Kind: delivery.AfterThrottling, For: time.Second},
	} {
		var sum time.Duration
		for receives := 1; receives < maxReceiveCount; receives++ {
			sum += wait.Backoff(receives, 0) // the least that chance can give
		}
		if sum < 24*time.Hour {
			t.Errorf("%s: %d receives take %v at least, want a day", name, maxReceiveCount, sum)
		}
		t.Logf("%s: %d receives take %v at least", name, maxReceiveCount, sum)
	}
}

func TestBackoff(t *testing.T) {
	for _, test := range []struct {
		wait     delivery.Wait
		receives int
		random   float64
		want     time.Duration
	}{
		{delivery.Wait{}, 0, 0, 30 * time.Second},
		{delivery.Wait{}, 1, 0.5, 45 * time.Second},
		{delivery.Wait{}, 2, 0, time.Minute},
		{delivery.Wait{}, 5, 0, 450 * time.Second},
		{delivery.Wait{}, 199, 0, 450 * time.Second},
		{delivery.Wait{Kind: delivery.AfterThrottling, For: 10 * time.Second}, 1, 0.5, 40 * time.Second},
		{delivery.Wait{Kind: delivery.AfterThrottling, For: 10 * time.Second}, 5, 0.5, 80 * time.Second},
		{delivery.Wait{Kind: delivery.AfterThrottling, For: 10 * time.Second}, 99, 0.5, 80 * time.Second},
		{delivery.Wait{Kind: delivery.AfterThrottling, For: 10 * time.Second}, 100, 0.5, 15*time.Minute + 30*time.Second},
		{delivery.Wait{Kind: delivery.AfterThrottling, For: time.Hour}, 100, 0, 2 * time.Hour},
		{delivery.Wait{Kind: delivery.AfterThrottling, For: 20 * time.Hour}, 5, 0, 12*time.Hour - 15*time.Minute},
		{delivery.Wait{Kind: delivery.ForLease, For: 20 * time.Hour}, 1, 0, 12*time.Hour - 15*time.Minute},
		{delivery.Wait{Kind: delivery.ForLease, For: 20 * time.Second}, 3, 0.9, 21 * time.Second},
	} {
		if got := test.wait.Backoff(test.receives, test.random); got != test.want {
			t.Errorf("%+v after %d receives: got %v, want %v", test.wait, test.receives, got, test.want)
		}
	}
}
