package summary_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/ledger"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/pipeline"
	"github.com/tocsin-sec/tocsin/pkg/report"
	"github.com/tocsin-sec/tocsin/pkg/router"
	"github.com/tocsin-sec/tocsin/pkg/summary"
	"github.com/tocsin-sec/tocsin/pkg/table"
)

// sink notes the summaries that it is sent. It answers with an error where it has one.
type sink struct {
	mu        sync.Mutex
	err       error
	summaries []notify.Notification
}

func (s *sink) Notify(_ context.Context, n notify.Notification) (notify.Receipt, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil && n.Kind == notify.KindSummary {
		s.summaries = append(s.summaries, n)
	}
	return notify.Receipt{}, s.err
}

// counting is a store that counts calls about days, and fails where it is down.
type counting struct {
	table.Store
	adds, reads atomic.Int32
	isDown      atomic.Bool
}

var errDown = errors.New("no answer")

func (c *counting) Add(ctx context.Context, key table.Key, numbers map[string]int64, expires time.Time) (map[string]int64, error) {
	c.adds.Add(1)
	if c.isDown.Load() {
		return nil, errDown
	}
	return c.Store.Add(ctx, key, numbers, expires)
}

func (c *counting) Numbers(ctx context.Context, key table.Key) (map[string]int64, error) {
	c.reads.Add(1)
	if c.isDown.Load() {
		return nil, errDown
	}
	return c.Store.Numbers(ctx, key)
}

// letters is a dead-letter queue.
type letters struct{ n atomic.Int32 }

func (l *letters) Send(context.Context, delivery.Letter) error {
	l.n.Add(1)
	return nil
}

// world is a table, two sinks of which the second takes critical findings alone, and a clock that is moved by
// hand.
type world struct {
	store         *counting
	clock         atomic.Int64
	slack, oncall *sink
	letters       letters
	trouble       atomic.Int32
	findings      atomic.Int64
}

func newWorld() *world {
	w := &world{store: &counting{Store: table.NewMemory()}, slack: &sink{}, oncall: &sink{}}
	w.clock.Store(time.Date(2026, 3, 9, 0, 30, 0, 0, time.UTC).UnixNano()) // a Monday
	return w
}

func (w *world) now() time.Time { return time.Unix(0, w.clock.Load()).UTC() }

func (w *world) pass(d time.Duration) { w.clock.Add(int64(d)) }

func (w *world) counter() *summary.Counter {
	return summary.New(summary.Options{
		Sinks: []string{"slack"}, Store: w.store, Now: w.now, Trouble: func(error) { w.trouble.Add(1) },
		Names: func(context.Context) map[string]string { return map[string]string{"111122223333": "prod"} },
	})
}

// process returns one more process on the same table.
func (w *world) process() *pipeline.Pipeline {
	counter := w.counter()
	targets := []delivery.Target{{Name: "slack", Sink: w.slack, Concurrency: 1}, {Name: "oncall", Sink: w.oncall, Concurrency: 1}}
	limits := delivery.Limits{Attempt: time.Second, Margin: time.Millisecond, Retries: time.Nanosecond}
	return pipeline.New(pipeline.Parts{
		Sources: events.Table(), Sinks: []notify.Notifier{w.slack, w.oncall},
		Routes: []router.Route{{Sink: "slack", MinSeverity: 4}, {Sink: "oncall", MinSeverity: 9}},
		Engine: delivery.New(targets, delivery.Options{Ledger: ledger.New(w.store, w.now), Limits: limits, DeadLetters: &w.letters}),
		After:  []pipeline.After{counter.After}, Duties: []pipeline.Duty{counter.Duty()},
		Log: report.NewLog(nil),
	})
}

// finds hands a process a finding, and returns what became of it.
func (w *world) finds(t *testing.T, p *pipeline.Pipeline, severity float64, account, resource string) report.Report {
	t.Helper()
	return w.handle(t, p, w.event(severity, account, resource))
}

func (w *world) event(severity float64, account, resource string) string {
	quoted, _ := json.Marshal(resource)
	return fmt.Sprintf(`{"source":"aws.guardduty","detail-type":"GuardDuty Finding","detail":{"id":"%d","type":"Recon:EC2/Portscan","severity":%v,
		"accountId":%q,"region":"eu-west-1","updatedAt":"2026-03-16T08:25:10.123Z","resource":{"resourceType":"Instance","instanceDetails":{"instanceId":%s}}}}`,
		w.findings.Add(1), severity, account, quoted)
}

func (w *world) handle(t *testing.T, p *pipeline.Pipeline, event string) report.Report {
	t.Helper()
	body, _ := json.Marshal(event)
	r, err := p.Handle(t.Context(), fmt.Appendf(nil, `{"Records":[{"messageId":"m","eventSource":"aws:sqs","body":%s}]}`, body))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// asks hands a process a record that asks for a summary.
func (w *world) asks(t *testing.T, p *pipeline.Pipeline, at, detail string) report.Report {
	t.Helper()
	return w.handle(t, p, fmt.Sprintf(`{"source":"tocsin","detail-type":"Tocsin Summary","time":%q,"detail":%s}`, at, detail))
}

// numbers returns what was counted of a day.
func (w *world) numbers(t *testing.T, day string) map[string]int64 {
	t.Helper()
	numbers, err := w.store.Store.Numbers(t.Context(), table.Key{Partition: "/day", Sort: day})
	if err != nil {
		t.Fatal(err)
	}
	return numbers
}
