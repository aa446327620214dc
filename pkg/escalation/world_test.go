package escalation_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/pkg/action"
	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/escalation"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/ledger"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/pipeline"
	"github.com/tocsin-sec/tocsin/pkg/report"
	"github.com/tocsin-sec/tocsin/pkg/router"
	"github.com/tocsin-sec/tocsin/pkg/table"
)

// sink notes what it is sent, and when. It answers with an error where it has one.
type sink struct {
	world *world
	err   error
	sent  []notify.Notification
	at    []time.Time
}

func (s *sink) Notify(_ context.Context, n notify.Notification) (notify.Receipt, error) {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	if s.err == nil {
		s.sent, s.at = append(s.sent, n), append(s.at, s.world.at)
	}
	return notify.Receipt{}, s.err
}

// store is a table in which all is text, and which can be down, for all or for writes of escalations.
type store struct {
	*table.Memory
	isDown, isReadOnly bool
}

func (s *store) Load(ctx context.Context, key table.Key) (table.Record, int64, error) {
	if s.isDown {
		return table.Record{}, 0, context.DeadlineExceeded
	}
	return s.Memory.Load(ctx, key)
}

func (s *store) Save(ctx context.Context, key table.Key, record table.Record, revision int64) error {
	if s.isDown || s.isReadOnly && strings.HasPrefix(key.Partition, "/escalation/") {
		return context.DeadlineExceeded
	}
	return s.Memory.Save(ctx, key, record, revision)
}

// message is one of the queue.
type message struct {
	body     string
	due      time.Time
	receives int
	id       int
}

// world is a queue and a table, two sinks of which the second is told, and a clock.
type world struct {
	mu     sync.Mutex
	at     time.Time
	store  *store
	queue  []message
	made   int // messages that were ever put into the queue
	sendEr error
	// dies has whoever puts a message into the queue die of it, so often.
	dies          int
	slack, oncall *sink
	rules         []escalation.Rule
	muted         string
	log           bytes.Buffer
	acts          []notify.Act
}

func newWorld(after time.Duration) *world {
	w := &world{at: began(), store: &store{Memory: table.NewMemory()}, rules: []escalation.Rule{{Sink: "slack", To: "oncall", After: after, MinSeverity: 7}}}
	w.slack, w.oncall = &sink{world: w}, &sink{world: w}
	return w
}

func began() time.Time { return time.Date(2026, 3, 16, 8, 25, 0, 0, time.UTC) }

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at
}

// passed returns how long after the beginning it is.
func (w *world) passed() time.Duration { return w.now().Sub(began()) }

var errDied = errors.New("it died")

func (w *world) send(_ context.Context, record []byte, delay time.Duration) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.sendEr != nil {
		return w.sendEr
	}
	if delay < 0 || delay > 15*time.Minute || delay%time.Second != 0 {
		return fmt.Errorf("SQS refuses to delay a message by %v", delay)
	}
	w.put(string(record), delay)
	if w.dies > 0 {
		w.dies--
		return errDied
	}
	return nil
}

func (w *world) put(body string, delay time.Duration) {
	w.made++
	w.queue = append(w.queue, message{body: body, due: w.at.Add(delay), id: w.made})
}

// escalations returns those of one more process.
func (w *world) escalations() *escalation.Escalations {
	return escalation.New(escalation.Options{
		Rules: w.rules, Store: w.store, Ledger: ledger.New(w.store, w.now), Send: w.send, Now: w.now, Log: report.NewLog(&w.log).By(w.now),
		Restore: func(_ context.Context, f *finding.Finding) { f.Account.Name = "prod" },
		Muted:   func(context.Context, finding.Finding) string { return w.muted },
		Acts:    func(*finding.Finding) []notify.Act { return w.acts },
	})
}

// process returns one more process on the same table.
func (w *world) process() *pipeline.Pipeline {
	e := w.escalations()
	targets := []delivery.Target{
		{Name: "slack", Sink: w.slack, Concurrency: 1, Before: e.Before("slack")}, {Name: "oncall", Sink: w.oncall, Concurrency: 1, Before: e.Before("oncall")},
	}
	limits := delivery.Limits{Attempt: time.Second, Margin: time.Millisecond, Retries: time.Nanosecond}
	return pipeline.New(pipeline.Parts{
		Sources: events.Table(),
		Routes:  []router.Route{{Sink: "slack"}, {Sink: "oncall", MinSeverity: 9.9}},
		Sinks:   []notify.Notifier{w.slack, w.oncall},
		Engine: delivery.New(targets, delivery.Options{
			Ledger: ledger.New(w.store, w.now), Limits: limits, Taken: w.takings().Of, Forget: w.takings().Forget,
		}),
		Duties: []pipeline.Duty{e.Duty()},
		Log:    report.NewLog(&w.log).By(w.now),
	})
}

// event is a publication of a finding, of a severity and at a minute of its own.
func event(id string, severity float64, minute int, archived bool) string {
	return fmt.Sprintf(`{"source":"aws.guardduty","detail-type":"GuardDuty Finding","detail":{"id":%q,"title":"A scan","type":"Recon:EC2/Portscan",
		"severity":%v,"accountId":"111122223333","region":"eu-west-1","updatedAt":%q,"service":{"archived":%v}}}`,
		id, severity, began().Add(time.Duration(minute)*time.Minute).Format(time.RFC3339), archived)
}

func keyOf(id string) string { return "aws.guardduty/111122223333/eu-west-1/" + id }

// hand hands a process a message, and returns whether it comes again.
func hand(t *testing.T, p *pipeline.Pipeline, m message) (comesAgain bool) {
	t.Helper()
	body, err := json.Marshal(m.body)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := p.Invoke(t.Context(), fmt.Appendf(nil, `{"Records":[{"messageId":"m","eventSource":"aws:sqs","eventSourceARN":"arn:aws:sqs:eu-west-1:1:q","body":%s,
		"attributes":{"ApproximateReceiveCount":"%d"}}]}`, body, m.receives))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Contains(string(answer), `"m"`)
}

// finds hands a process a publication, once.
func (w *world) finds(t *testing.T, p *pipeline.Pipeline, event string) (comesAgain bool) {
	t.Helper()
	return hand(t, p, message{body: event, receives: 1})
}

// until lets the time go by up to a moment after the beginning: each message comes when it is due, to one process
// after the other, and comes again later and later where it was handed back.
func (w *world) until(t *testing.T, end time.Duration, processes ...*pipeline.Pipeline) {
	t.Helper()
	for turn := 0; ; turn++ {
		slices.SortStableFunc(w.queue, func(a, b message) int { return a.due.Compare(b.due) })
		if len(w.queue) == 0 || w.queue[0].due.After(began().Add(end)) {
			break
		}
		if turn > 5_000 {
			t.Fatal("the queue does not come to an end")
		}
		m := w.queue[0]
		w.queue = w.queue[1:]
		if m.due.After(w.at) {
			w.at = m.due
		}
		m.receives++
		if m.receives > 200 {
			t.Fatal("a message ages into the dead letters")
		}
		if hand(t, processes[turn%len(processes)], m) {
			m.due = w.at.Add(time.Duration(min(m.receives, 15)) * time.Minute)
			w.queue = append(w.queue, m)
		}
	}
	w.at = began().Add(end)
}

func (w *world) takings() *action.Takings { return action.NewTakings(w.store, w.now) }

// told returns when the other sink was told, after the beginning.
func (w *world) told() (at []time.Duration) {
	for i, n := range w.oncall.sent {
		if n.Word.Name == report.WordEscalated {
			at = append(at, w.oncall.at[i].Sub(began()))
		}
	}
	return at
}
