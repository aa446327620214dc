package notice_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/ledger"
	"github.com/tocsin-sec/tocsin/pkg/notice"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/pipeline"
	"github.com/tocsin-sec/tocsin/pkg/report"
	"github.com/tocsin-sec/tocsin/pkg/router"
	"github.com/tocsin-sec/tocsin/pkg/table"
)

// sink notes what it is sent, and when. It answers with an error where it has one.
type sink struct {
	world *world
	mu    sync.Mutex
	err   error
	words []string
	at    []time.Time
	sent  []notify.Notification
}

func (s *sink) Notify(_ context.Context, n notify.Notification) (notify.Receipt, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.sent = append(s.sent, n)
		if n.Word.IsSaid() {
			s.words, s.at = append(s.words, n.Word.Name), append(s.at, s.world.now())
		}
	}
	return notify.Receipt{}, s.err
}

func (s *sink) answers(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

// counting is a store that counts calls about notices, and fails where it is down.
type counting struct {
	table.Store
	loads, saves atomic.Int32
	isDown       atomic.Bool
	// isReadOnly lets no notice be written.
	isReadOnly atomic.Bool
}

const notices = "/notice"

func (c *counting) Load(ctx context.Context, key table.Key) (table.Record, int64, error) {
	if key.Partition == notices {
		c.loads.Add(1)
	}
	if c.isDown.Load() {
		return table.Record{}, 0, context.DeadlineExceeded
	}
	return c.Store.Load(ctx, key)
}

func (c *counting) Save(ctx context.Context, key table.Key, record table.Record, revision int64) error {
	if key.Partition == notices {
		c.saves.Add(1)
	}
	if c.isDown.Load() || c.isReadOnly.Load() && key.Partition == notices {
		return context.DeadlineExceeded
	}
	return c.Store.Save(ctx, key, record, revision)
}

// world is a table, two sinks of which the second is the fallback, and a clock that is moved by hand.
type world struct {
	of              notice.Deployment
	store           *counting
	clock           atomic.Int64
	slack, fallback *sink
	findings        atomic.Int64
	// crashes lets the next process die before it says anything.
	crashes atomic.Bool
}

func newWorld() *world {
	w := &world{store: &counting{Store: table.NewMemory()}}
	w.slack, w.fallback = &sink{world: w}, &sink{world: w}
	w.clock.Store(time.Date(2026, 3, 16, 8, 25, 0, 0, time.UTC).UnixNano())
	return w
}

func (w *world) now() time.Time { return time.Unix(0, w.clock.Load()).UTC() }

func (w *world) pass(d time.Duration) { w.clock.Add(int64(d)) }

// process returns one more process on the same table.
func (w *world) process() *pipeline.Pipeline {
	keeper := notice.New(notice.Options{Fallback: "oncall", Of: w.of, Store: w.store, Now: w.now})
	targets := []delivery.Target{{Name: "slack", Sink: w.slack, Concurrency: 1}, {Name: "oncall", Sink: w.fallback, Concurrency: 1}}
	limits := delivery.Limits{Attempt: time.Second, Margin: time.Millisecond, Retries: time.Nanosecond}
	return pipeline.New(pipeline.Parts{
		Sources: events.Table(),
		Routes:  []router.Route{{Sink: "slack"}, {Sink: "oncall", MinSeverity: 9.9}},
		Sinks:   []notify.Notifier{w.slack, w.fallback},
		Engine:  delivery.New(targets, delivery.Options{Ledger: ledger.New(w.store, w.now), Limits: limits}),
		After: []pipeline.After{func(ctx context.Context, r report.Report) []pipeline.Saying {
			sayings := keeper.After(ctx, r)
			if w.crashes.Load() {
				return nil
			}
			return sayings
		}},
		Heard: []pipeline.Heard{keeper.Heard},
	})
}

// finds hands a process a new finding, which it has received so often.
func (w *world) finds(t *testing.T, p *pipeline.Pipeline, receives int) report.Report {
	t.Helper()
	n := w.findings.Add(1)
	body, _ := json.Marshal(fmt.Sprintf(`{"source":"aws.guardduty","detail-type":"GuardDuty Finding","detail":{"id":"%d","title":"secret plan",
		"type":"Recon:EC2/Portscan","severity":8,"accountId":"111122223333","region":"eu-west-1","updatedAt":"2026-03-16T08:25:10.123Z"}}`, n))
	r, err := p.Handle(t.Context(), fmt.Appendf(nil, `{"Records":[{"messageId":"m","eventSource":"aws:sqs","body":%s,
		"attributes":{"ApproximateReceiveCount":"%d"}}]}`, body, receives))
	if err != nil {
		t.Fatal(err)
	}
	return r
}
