package pipeline

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/own"
	"github.com/tocsin-sec/tocsin/pkg/panics"
	"github.com/tocsin-sec/tocsin/pkg/report"
)

// Duty is what is done about one kind of the records that Tocsin puts on the way itself, or lets a schedule
// put there. They are no findings, and stand outside the balance.
type Duty struct {
	// DetailType is that of the records.
	DetailType string
	// Do does what a record asks for. It is asked again when the record comes again, so that the same has
	// to follow. An error hands the record back.
	Do func(ctx context.Context, record events.Envelope) (Done, error)
	// IsDirect says that a record counts only as it was put into the queue, or handed to the function: what has
	// come by a bus, a topic or a log may be from people who have no right to ask for it. It is said in the log.
	IsDirect bool
}

// isHandedOn reports whether others than Tocsin may have asked for what a record asks for: EventBridge names the
// account and gives each event an id, and what a topic or a log hands over is wrapped.
// https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html
func isHandedOn(record events.Record) bool {
	isByBus := record.Envelope.ID != "" || record.Envelope.Account != ""
	return isByBus || record.IsWrapped
}

// Done is what has come of a record.
type Done struct {
	// Sayings are what is to be said, and to whom.
	Sayings []Saying
	// Gauges are numbers for the line of metrics, by their names.
	Gauges map[string]int
}

// Saying is a word of Tocsin for one sink.
type Saying struct {
	// Sink is the instance's name.
	Sink string
	// Notification holds the word.
	Notification notify.Notification
}

// After is called when the findings of a payload have their outcomes, and returns what there is to be said
// because of them. What cannot be said then is not said.
type After func(ctx context.Context, r report.Report) []Saying

// Heard is told what has come of what was said because of the outcomes of a payload.
type Heard func(ctx context.Context, said []report.Said)

// dutyOf returns the duty for a record; nil for all that is no record of Tocsin's own.
func (p *Pipeline) dutyOf(record events.Record) *Duty {
	e := record.Envelope
	if record.Err != nil || e.Source != own.Source {
		return nil
	}
	at := slices.IndexFunc(p.parts.Duties, func(d Duty) bool { return d.DetailType == e.DetailType })
	if at < 0 {
		return nil
	}
	return &p.parts.Duties[at]
}

// do does what a record of Tocsin's own asks for, and adds what is to be said to the work: for a record that
// is a dead letter, to the one sink that it is of. An error of the duty is said to nobody.
func (p *Pipeline) do(ctx context.Context, t *task, w *work) {
	if t.duty.IsDirect && t.isHandedOn {
		p.parts.Log.Trouble(fmt.Errorf("%s: refused: it was not put into the queue itself, but has come by a bus, a topic or a log", t.duty.DetailType))
		return
	}
	done, err := t.duty.Do(ctx, t.asked)
	if err != nil {
		err = fmt.Errorf("%s: %w", t.duty.DetailType, err)
		t.Said = []report.Said{{Word: t.duty.DetailType, Sink: -1, Result: delivery.Result{Outcome: delivery.Retry, Err: err}}}
		return
	}
	t.Gauges = done.Gauges
	redriven := p.redrivenFor(t.message)
	sayings := slices.DeleteFunc(slices.Clone(done.Sayings), func(s Saying) bool {
		return redriven >= 0 && s.Sink != p.parts.Routes[redriven].Sink
	})
	t.Said = p.say(sayings, t.asked.Event, w)
	for i := range w.pairs[len(w.pairs)-len(t.Said):] {
		w.pairs[len(w.pairs)-len(t.Said)+i].Replay = p.parts.Replay || redriven >= 0
	}
}

// say adds sayings to the work, and returns where their results will stand. Those for sinks that are not
// there are left out. A dead letter holds the event that asked for them.
func (p *Pipeline) say(sayings []Saying, event json.RawMessage, w *work) []report.Said {
	names := p.SinkNames()
	sayings = slices.DeleteFunc(sayings, func(s Saying) bool { return !slices.Contains(names, s.Sink) })
	said := make([]report.Said, len(sayings))
	for i, s := range sayings {
		said[i] = report.Said{Word: s.Notification.Word.Name, ID: s.Notification.Word.ID, Sink: slices.Index(names, s.Sink)}
		w.add(delivery.Pair{Message: delivery.WordMessage(s.Notification, event), Target: said[i].Sink}, &said[i].Result)
	}
	return said
}

// duties does what the records of Tocsin's own ask for, when all findings have been delivered: none of them
// waits for a duty. It returns what deliver does.
func (p *Pipeline) duties(ctx context.Context, records []task, in delivery.Invocation) (unavailable int, calls [][]delivery.Call) {
	var w work
	for r := range records {
		if records[r].duty != nil {
			guarded(&records[r], r, func() { p.do(ctx, &records[r], &w) })
		}
	}
	if len(w.pairs) == 0 {
		return 0, nil
	}
	return p.run(ctx, in, w)
}

// reportTime is kept free before the end of an invocation for its log and its answer, whatever those do who
// wait for the outcomes.
const reportTime = 200 * time.Millisecond

// after lets those who wait for the outcomes say something about them. A fault of theirs keeps no record
// back: what became of it stands.
func (p *Pipeline) after(ctx context.Context, r *report.Report) {
	if len(p.parts.After) == 0 {
		return
	}
	ctx, cancel := beforeDeadline(ctx, reportTime)
	defer cancel()
	var sayings []Saying
	for _, after := range p.parts.After {
		p.harmless(func() { sayings = append(sayings, after(ctx, *r)...) })
	}
	if len(sayings) == 0 {
		return
	}
	var w work
	r.Said = p.say(sayings, nil, &w)
	unavailable, calls := p.run(ctx, delivery.Invocation{ID: rand.Text()}, w)
	r.LedgerUnavailable += unavailable
	r.Calls = joined(r.Calls, calls)
	for _, heard := range p.parts.Heard {
		p.harmless(func() { heard(ctx, r.Said) })
	}
}

// harmless calls do, and says in the log alone that it panicked.
func (p *Pipeline) harmless(do func()) {
	defer func() {
		if value := recover(); value != nil {
			p.parts.Log.Trouble(errors.New("a fault of Tocsin, which kept no finding back: " + panics.Describe(value) + "; please report it"))
		}
	}()
	do()
}

// joined returns the calls of each sink in two deliveries.
func joined(calls, more [][]delivery.Call) [][]delivery.Call {
	if len(calls) == 0 {
		return more
	}
	for i := range min(len(calls), len(more)) {
		calls[i] = append(calls[i], more[i]...)
	}
	return calls
}
