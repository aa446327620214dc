package pipeline_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/condition"
	"github.com/tocsin-sec/tocsin/pkg/mute"
	"github.com/tocsin-sec/tocsin/pkg/mutelist"
	"github.com/tocsin-sec/tocsin/pkg/pipeline"
	"github.com/tocsin-sec/tocsin/pkg/report"
	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/pkg/table"
)

// farTable is a store that counts its reads, and can be down or hang.
type farTable struct {
	*table.Memory
	reads  int
	down   error
	isSlow bool
}

func (f *farTable) Load(ctx context.Context, key table.Key) (table.Record, int64, error) {
	f.reads++
	if f.isSlow {
		<-ctx.Done()
		return table.Record{}, 0, ctx.Err()
	}
	if f.down != nil {
		return table.Record{}, 0, f.down
	}
	return f.Memory.Load(ctx, key)
}

// world is a pipeline whose mutes stand in a table too, with a clock that is set.
type world struct {
	*pipeline.Pipeline
	t   *testing.T
	far *farTable
	now time.Time
	// kept are the mutes as the pipeline reads them, admin as somebody changes them.
	kept, admin *mutelist.Kept
	log         bytes.Buffer
	findings    int
}

func newWorld(t *testing.T, text string, judge func(*mute.Mute) []error) *world {
	t.Helper()
	memory := table.NewMemory()
	w := &world{t: t, far: &farTable{Memory: memory}, now: time.Now()}
	clock := func() time.Time { return w.now }
	w.admin = &mutelist.Kept{Store: memory, Now: clock, Patience: time.Minute}
	with := parts(&w.log, &sink{})
	var err error
	if with.Mutes, err = pipeline.NewMutes(text, secret.Ref{}, judge); err != nil {
		t.Fatal(err)
	}
	w.kept = &mutelist.Kept{Store: w.far, Now: clock, Patience: time.Minute}
	with.Mutes.WithTable(w.kept)
	w.Pipeline = pipeline.New(with)
	return w
}

func (w *world) add(entry mute.Entry) {
	w.t.Helper()
	if err := w.admin.Add(w.t.Context(), entry); err != nil {
		w.t.Fatal(err)
	}
}

// outcome handles a finding of the given severity, and returns the one explanation of it.
func (w *world) outcome(severity float64) (report.Explanation, report.Report) {
	w.t.Helper()
	w.findings++
	r, err := w.Handle(w.t.Context(), batch(w.t, nil, event(fmt.Sprint(w.findings), severity)))
	if err != nil {
		w.t.Fatal(err)
	}
	return r.Records[0].Findings[0].Explain(r.Sinks)[0], r
}

func (w *world) want(outcome string, severity float64) {
	w.t.Helper()
	if got, _ := w.outcome(severity); string(got.Outcome) != outcome {
		w.t.Errorf("%s: %s, want %s", got.Outcome, got.Reason, outcome)
	}
}

func shop(name string, until time.Time) mute.Entry {
	return mute.Entry{Name: name, When: "severity >= 4", Until: until.UTC().Format(time.RFC3339), Reason: "tests of the shop", By: "alice"}
}

// A mute of the table is in force within a minute, as one of MUTES is, for one read a minute.
func TestMutesOfTheTable(t *testing.T) {
	w := newWorld(t, "", nil)
	w.want("delivered", 5)
	w.add(shop("shop", w.now.Add(2*time.Hour)))
	w.now = w.now.Add(59 * time.Second)
	w.want("delivered", 5)
	if w.far.reads != 1 {
		t.Errorf("%d reads within a minute", w.far.reads)
	}
	w.now = w.now.Add(time.Second)
	got, r := w.outcome(5)
	if got.Outcome != "muted" || got.Rule != "shop" || got.Source != "table" || !strings.Contains(got.Reason, "(tests of the shop; alice; table)") {
		t.Errorf("got %+v", got)
	}
	if err := r.Err(); err != nil || w.far.reads != 2 {
		t.Errorf("%v, %d reads", err, w.far.reads)
	}
	if log := w.log.String(); !strings.Contains(log, `"mutes":{"shop":1}`) || !strings.Contains(log, `"tableMutes":{"shop":1}`) || !strings.Contains(log, `"LedgerUnavailable":0`) {
		t.Errorf("the log: %s", log)
	}
	w.want("delivered", 9) // never critical
	if _, err := w.admin.End(t.Context(), "shop", "bob"); err != nil {
		t.Fatal(err)
	}
	w.want("muted", 5)
	w.now = w.now.Add(time.Minute)
	w.want("delivered", 5)
}

// One that may mute critical findings does, and one that has ended does nothing, whoever reads it.
func TestEndsOfTheTable(t *testing.T) {
	w := newWorld(t, "", nil)
	critical := shop("all", w.now.Add(90*time.Second))
	critical.EvenCritical = true
	w.add(critical)
	w.want("muted", 9)
	w.now = w.now.Add(59 * time.Second)
	w.want("muted", 9)
	w.now = w.now.Add(31 * time.Second)
	w.want("delivered", 9)
	late := newWorld(t, "", nil)
	late.add(shop("gone", late.now.Add(-time.Hour)))
	late.want("delivered", 5)
	if log := late.log.String(); strings.Count(log, `"message":"mute expired","mute":"gone"`) != 1 {
		t.Errorf("the log: %s", log)
	}
}

// A table that is down or slow mutes nothing new, and keeps what was read last; it is counted, and
// asked no more than once a minute. The mutes of MUTES stay in force.
func TestTableThatIsDown(t *testing.T) {
	w := newWorld(t, "[{name: low, when: severity < 5, until: 9999-12-31, reason: x}]", nil)
	w.far.down = errors.New("DynamoDB: unavailable")
	w.add(shop("shop", w.now.Add(24*time.Hour)))
	if got, r := w.outcome(8); got.Outcome != "delivered" || r.LedgerUnavailable != 1 || r.Err() != nil {
		t.Errorf("got %+v, %d unread", got, r.LedgerUnavailable)
	}
	if log := w.log.String(); strings.Count(log, "MUTES: those of the table cannot be read: DynamoDB: unavailable") != 1 || !strings.Contains(log, `"LedgerUnavailable":1`) {
		t.Errorf("the log: %s", log)
	}
	if got, r := w.outcome(4); got.Rule != "low" || got.Source != "" || r.LedgerUnavailable != 0 || w.far.reads != 1 {
		t.Errorf("got %+v, %d unread, %d reads", got, r.LedgerUnavailable, w.far.reads)
	}
	w.now, w.far.down = w.now.Add(time.Minute), nil
	w.want("muted", 8)
	w.now, w.far.isSlow, w.kept.Patience = w.now.Add(time.Minute), true, time.Millisecond
	if got, r := w.outcome(8); got.Outcome != "muted" || r.LedgerUnavailable != 1 {
		t.Errorf("got %+v, %d unread", got, r.LedgerUnavailable)
	}
}

// What is wrong with one mute of the table costs that one, and is logged once.
func TestMistakesInTheTable(t *testing.T) {
	w := newWorld(t, "", func(m *mute.Mute) []error { return m.When.Mistakes(condition.Known{}) })
	never := shop("never", w.now.Add(time.Hour))
	never.When = `level == "hihg"`
	w.add(never)
	w.add(shop("shop", w.now.Add(time.Hour)))
	for range 3 {
		w.want("muted", 5)
		w.now = w.now.Add(time.Minute)
	}
	if log := w.log.String(); strings.Count(log, `MUTES: the mute \"never\": when: `) != 1 {
		t.Errorf("the log: %s", log)
	}
}

// A mute that was put into the table past its command neither lasts for ever nor stops the function.
func TestOddMutesOfTheTable(t *testing.T) {
	w := newWorld(t, "", nil)
	w.add(shop("ever", w.now.AddDate(1, 0, 0)))
	w.want("delivered", 5)
	if log := w.log.String(); strings.Count(log, `MUTES: the mute \"ever\" of the table: until: is more than 90 days away`) != 1 {
		t.Errorf("the log: %s", log)
	}
	longest := newWorld(t, "", nil)
	longest.add(shop("longest", longest.now.Add(mute.Longest)))
	longest.want("muted", 5)
	odd := newWorld(t, "", func(m *mute.Mute) []error {
		if m.Name == "odd" {
			panic("s3cret")
		}
		return nil
	})
	odd.add(shop("odd", odd.now.Add(time.Hour)))
	odd.want("delivered", 5)
	odd.add(shop("shop", odd.now.Add(time.Hour)))
	odd.now = odd.now.Add(time.Minute)
	odd.want("muted", 5)
	if log := odd.log.String(); !strings.Contains(log, `MUTES: the mute \"odd\" of the table: a fault of Tocsin, and it mutes nothing: string in `) || strings.Contains(log, "s3cret") {
		t.Errorf("the log: %s", log)
	}
}

// A list that was deleted and made anew is read, though its revision is that of the old one.
func TestTableMadeAnew(t *testing.T) {
	w := newWorld(t, "", nil)
	w.add(shop("old", w.now.Add(time.Hour)))
	w.want("muted", 5)
	w.far.Memory = table.NewMemory()
	w.admin.Store = w.far.Memory
	anew := shop("new", w.now.Add(time.Hour))
	anew.When = "severity < 2"
	w.add(anew)
	w.now = w.now.Add(time.Minute)
	w.want("delivered", 5)
}

// A preview says what a mute of the table holds back.
func TestPreviewOfTheTable(t *testing.T) {
	w := newWorld(t, "", nil)
	w.add(shop("shop", w.now.Add(time.Hour)))
	shown, err := w.Preview(t.Context(), batch(t, nil, event("a", 5)))
	if err != nil || shown[0].Sinks[0].Decision.Rule != "shop" || shown[0].Sinks[0].Decision.From != mute.FromTable {
		t.Errorf("got %+v, %v", shown, err)
	}
}
