package pipeline

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"time"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/pkg/deadletter"
	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/digest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/parallel"
	"github.com/tocsin-sec/tocsin/pkg/report"
	"github.com/tocsin-sec/tocsin/pkg/router"
)

// Handle takes one payload to its outcomes. The error is an *events.NoEventError when the payload
// as a whole holds no event; everything else that can go wrong is in the report.
func (p *Pipeline) Handle(ctx context.Context, payload []byte) (report.Report, error) {
	opened, err := events.Open(p.parts.Sources, payload)
	if err != nil {
		return report.Report{}, err
	}
	r := report.Report{Sinks: p.SinkNames(), IsBatch: opened.Form == events.SQS, Invocation: report.InvocationOf(ctx)}
	names := p.accountNames(ctx)
	tasks := make([]task, len(opened.Records))
	parallel.Each(len(tasks), func(i int) {
		message := opened.Records[i].Message
		tasks[i] = task{Record: report.Record{Message: message.ID, Receives: message.ReceiveCount}, message: message}
		guarded(&tasks[i], i, func() { tasks[i] = p.read(opened.Records[i], names) })
	})
	ctx, cancel := beforeDeadline(ctx, answerTime)
	defer cancel()
	r.LedgerUnavailable, r.Calls = p.deliver(ctx, tasks)
	p.sendUnreadable(ctx, opened.Records, tasks)
	if r.IsBatch && p.parts.Queue != nil {
		r.HidingFailed = p.hide(ctx, tasks)
	}
	r.Records = make([]report.Record, len(tasks))
	for i := range tasks {
		r.Records[i] = tasks[i].Record
	}
	p.after(ctx, &r)
	p.parts.Log.Report(r)
	return r, nil
}

// HandleFindings takes findings that came in no payload to their outcomes, as Handle does, in one
// record.
func (p *Pipeline) HandleFindings(ctx context.Context, findings []finding.Finding) report.Report {
	names, tasks := p.accountNames(ctx), make([]task, 1)
	tasks[0].Findings = make([]report.Finding, len(findings))
	for i, f := range findings {
		tasks[0].Findings[i].Finding = new(named(f, names))
	}
	ctx, cancel := beforeDeadline(ctx, answerTime)
	defer cancel()
	r := report.Report{Sinks: p.SinkNames(), Invocation: report.InvocationOf(ctx)}
	r.LedgerUnavailable, r.Calls = p.deliver(ctx, tasks)
	r.Records = []report.Record{tasks[0].Record}
	p.after(ctx, &r)
	p.parts.Log.Report(r)
	return r
}

// task is one record on its way: what is reported of it, and what is needed until then.
type task struct {
	report.Record
	message events.Message
	// flush is what a record that asks for a digest asks for, and event the record itself.
	flush digest.Flush
	event []byte
	// duty is what is done about another record of Tocsin's own, and asked is that. isHandedOn says that
	// others may have made it.
	duty       *Duty
	asked      events.Envelope
	isHandedOn bool
}

// read takes the findings out of a record, or the digest that it asks for.
func (p *Pipeline) read(record events.Record, names map[string]string) task {
	t := task{Record: report.Record{Message: record.Message.ID, Receives: record.Message.ReceiveCount, Err: record.Err}, message: record.Message}
	if f, isFlush := digest.ReadFlush(record.Envelope.Source, record.Envelope.DetailType, record.Envelope.Detail); isFlush {
		t.flush, t.event = f, record.Envelope.Event
		t.Digest, t.Err = p.digestOf(f)
	} else if duty := p.dutyOf(record); duty != nil {
		t.duty, t.asked, t.isHandedOn = duty, record.Envelope, isHandedOn(record)
	} else if record.Err == nil {
		findings := p.parse(p.parts.Sources, record.Envelope)
		t.Findings = make([]report.Finding, len(findings))
		for i := range findings {
			findings[i] = named(findings[i], names)
			t.Findings[i].Finding = &findings[i]
		}
	}
	return t
}

// answerTime is kept free before the deadline of an invocation, so that a queue that hangs cannot
// keep the answer from being given in time.
const answerTime = 50 * time.Millisecond

// beforeDeadline returns a context that ends before ctx does, by as much as is kept free, or a quarter of what is
// left when that is little.
func beforeDeadline(ctx context.Context, free time.Duration) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, deadline.Add(-min(free, time.Until(deadline)/4)))
}

// deliver decides about every finding and delivers what is to be sent, all in one go, so that the
// worst of a batch goes first, and what Tocsin's own records ask for last. It returns how often the ledger was
// not available, for its mutes too, and the calls of each sink.
func (p *Pipeline) deliver(ctx context.Context, records []task) (unavailable int, calls [][]delivery.Call) {
	unread := p.decide(ctx, records)
	most := len(p.parts.Routes) * len(records) // as a rule, a record holds one finding
	w := work{pairs: make([]delivery.Pair, 0, most), results: make([]*delivery.Result, 0, most)}
	read := 0
	for r := range records {
		redriven := p.redrivenFor(records[r].message)
		if d := records[r].Digest; d != nil && read >= mostInDigests {
			d.Result = delivery.Result{Outcome: delivery.Retry, Err: errNoRoom, Wait: delivery.Wait{Kind: delivery.ForLease}}
		} else if d != nil {
			guarded(&records[r], r, func() {
				if message, ok := p.digestMessage(ctx, &records[r]); ok {
					w.add(delivery.Pair{Message: message, Target: d.Sink, Replay: p.parts.Replay || redriven == d.Sink}, &d.Result)
				}
			})
			read += d.Findings
		}
		for i := range records[r].Findings {
			p.addFinding(&w, &records[r].Findings[i], redriven)
		}
	}
	var first events.Message // what the queue says of one record it says of all
	if len(records) > 0 {
		first = records[0].message
	}
	in := delivery.Invocation{ID: rand.Text(), Announce: p.announcer(first)}
	unavailable, calls = p.run(ctx, in, w)
	more, ofDuties := p.duties(ctx, records, in)
	return unavailable + unread + more, joined(calls, ofDuties)
}

// run delivers what is to be sent and puts the results where they are reported. It returns how often the
// ledger was not available, and the calls of each sink.
func (p *Pipeline) run(ctx context.Context, in delivery.Invocation, w work) (unavailable int, calls [][]delivery.Call) {
	report := p.parts.Engine.Deliver(ctx, in, w.pairs)
	for i, result := range report.Results {
		*w.results[i] = result
	}
	if report.LedgerErr != nil {
		p.parts.Log.Trouble(report.LedgerErr)
	}
	return report.LedgerUnavailable, report.Calls
}

// work is the pairs of a payload, and where the result of each is reported.
type work struct {
	pairs   []delivery.Pair
	results []*delivery.Result
}

func (w *work) add(pair delivery.Pair, result *delivery.Result) {
	w.pairs, w.results = append(w.pairs, pair), append(w.results, result)
}

// addFinding adds a finding for each sink that it is to be sent to: where it is a dead letter that
// comes again, for the sink with the index redriven alone.
func (p *Pipeline) addFinding(w *work, f *report.Finding, redriven int) {
	var message *delivery.Message
	for sink, decision := range f.Decisions {
		switch {
		case redriven >= 0 && sink != redriven:
			f.Results[sink] = delivery.Result{Outcome: delivery.Duplicate, Err: errRedriven}
			continue
		case redriven < 0 && decision.Verdict != router.Send:
			f.Results[sink].Outcome = delivery.Outcome(decision.Verdict)
			continue
		}
		if message == nil {
			message = delivery.FindingMessage(f.Finding)
			message.Notification.Acts = p.acts(f.Finding)
			f.Finding = &message.Notification.Findings[0] // so that it is in memory once
		}
		w.add(delivery.Pair{Message: message, Target: sink, Replay: p.parts.Replay || sink == redriven}, &f.Results[sink])
	}
}

// decide decides about every finding of every record. It returns how often the mutes of the table
// could not be read.
func (p *Pipeline) decide(ctx context.Context, records []task) (unread int) {
	muted, unread := p.parts.Mutes.active(ctx, p.parts.Log)
	parallel.Each(len(records), func(r int) {
		guarded(&records[r], r, func() {
			for i := range records[r].Findings {
				fr := &records[r].Findings[i]
				fr.Results = make([]delivery.Result, len(p.parts.Routes))
				fr.Decisions = p.decideOne(*fr.Finding, p.parts.Routes, muted)
			}
		})
	})
	return unread
}

// errRedriven is why a sink is not sent a dead letter of another one.
var errRedriven = errors.New("the record is a dead letter of another sink")

// redrivenFor returns the index of the sink whose dead letter a message is, or -1.
func (p *Pipeline) redrivenFor(message events.Message) int {
	name := message.Attributes[deadletter.AttrSink]
	return slices.IndexFunc(p.parts.Routes, func(route router.Route) bool { return name != "" && route.Sink == name })
}

// sendUnreadable writes the records that hold no event to the dead-letter queue, so that they do
// not go round and round. Without such a queue they stay unfinished.
func (p *Pipeline) sendUnreadable(ctx context.Context, opened []events.Record, records []task) {
	for i := range records {
		if records[i].Err != nil && p.parts.DeadLetters != nil {
			err := p.parts.DeadLetters.SendUnreadable(ctx, opened[i].Body, records[i].Err.Error())
			records[i].IsDeadLetter = err == nil
			if err != nil {
				p.parts.Log.Trouble(err)
			}
		}
	}
}
