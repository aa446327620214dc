package escalation

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/ledger"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/pipeline"
	"github.com/tocsin-sec/tocsin/pkg/report"
	"github.com/tocsin-sec/tocsin/pkg/table"
)

// mostWaits is how many legs wait again for the sink to accept, so that it has 43 minutes in all. What is sent again
// after a failure begins anew: this is for what is on its way for long.
const mostWaits = 5

// going is an escalation at the end of a leg.
type going struct {
	leg
	finding finding.Finding
	rule    Rule
	// revision is that of its standing.
	revision int64
}

// do goes on with an escalation at the end of a leg. One that cannot be read is said in the log alone: it would be
// the same when it came again.
func (e *Escalations) do(ctx context.Context, record events.Envelope) (pipeline.Done, error) {
	l, f, err := read(record.Detail)
	if err != nil {
		e.Log.Trouble(fmt.Errorf("%s: %w", DetailType, err))
		return pipeline.Done{}, nil
	}
	rule, isThere := e.rule(l.Sink)
	g := going{leg: l, finding: f, rule: rule}
	if !isThere {
		return e.drop(g, "its findings are not escalated any more")
	}
	known, revision, err := e.standings.Load(ctx, standingKey(l.Sink, f.Key()))
	if err != nil || known.isBeyond(l) {
		return pipeline.Done{}, err
	}
	g.revision = revision
	if g.Since.IsZero() {
		if g.Since, err = e.accepted(ctx, g); err != nil {
			return pipeline.Done{}, err
		}
	}
	switch left := g.Since.Add(g.rule.After).Sub(e.Now()); {
	case !g.Since.IsZero() && left > 0:
		return pipeline.Done{}, e.goOn(ctx, g, left)
	case !g.Since.IsZero():
		return e.due(ctx, g)
	case g.Number > mostWaits:
		return e.drop(g, "it has not accepted the finding")
	}
	return pipeline.Done{}, e.goOn(ctx, g, firstLeg<<g.Number)
}

// accepted returns when the sink accepted what it was about to be told when the escalation began; zero where it has
// not.
func (e *Escalations) accepted(ctx context.Context, g going) (time.Time, error) {
	told, err := e.Ledger.Told(ctx, g.finding.Key(), g.Sink)
	if own := told[g.Sink]; err == nil && !own.At.Before(g.At) {
		return own.At.UTC(), nil
	}
	return time.Time{}, err
}

// goOn sends the next leg and then notes that it was. Where only that fails, the next one is on its way all the same:
// a further try would send one more of it.
func (e *Escalations) goOn(ctx context.Context, g going, wait time.Duration) error {
	g.Number++
	whole := (wait + time.Second - 1).Truncate(time.Second) // never too early
	if err := e.put(ctx, g.leg, min(whole, longestLeg)); err != nil {
		return err
	}
	err := e.standings.Save(ctx, standingKey(g.Sink, g.finding.Key()), standing{At: g.At, Leg: g.Number}, g.revision)
	if err != nil && !errors.Is(err, table.ErrConflict) { // else somebody has gone on with a copy
		e.Log.Trouble(fmt.Errorf("%s: it goes on, and how far it is cannot be noted: %w", DetailType, err))
	}
	return nil
}

// due says at the end of the time that nobody has taken a finding on, if that is so and still matters.
func (e *Escalations) due(ctx context.Context, g going) (pipeline.Done, error) {
	f := g.finding
	told, err := e.Ledger.Told(ctx, f.Key(), g.Sink)
	if err != nil {
		return pipeline.Done{}, err
	}
	own, isTold := told[g.Sink]
	f.Severity = own.Severity
	switch {
	case !isTold:
		return e.drop(g, "nothing is known any more of what it was told")
	case isOver(own, told):
		return e.drop(g, "the finding is over")
	case !f.Severity.AtLeast(g.rule.MinSeverity):
		return e.drop(g, "the finding has sunk to severity "+f.Severity.String())
	}
	taken, err := e.takings.Of(ctx, f.Key())
	if err != nil {
		return pipeline.Done{}, err
	}
	if taken.IsTaken() {
		return e.drop(g, "it is taken on by "+taken.By.String())
	}
	e.Restore(ctx, &f)
	if mute := e.Muted(ctx, f); mute != "" {
		return e.drop(g, fmt.Sprintf("it is muted by %q", mute))
	}
	n := word(g.leg, f, e.Now().Sub(g.Since))
	if e.Acts != nil {
		n.Acts = e.Acts(&f)
	}
	return pipeline.Done{Sayings: []pipeline.Saying{{Sink: g.rule.To, Notification: n}}}, nil
}

// drop ends an escalation, and says why in the log.
func (e *Escalations) drop(g going, why string) (pipeline.Done, error) {
	e.Log.NotEscalated(g.Sink, g.finding.Key(), why)
	return pipeline.Done{}, nil
}

// isOver reports whether the sink was told of the end, or another one was after it: then it is told soon.
func isOver(own ledger.Told, told map[string]ledger.Told) bool {
	newest := own
	for _, other := range told {
		if other.At.After(newest.At) {
			newest = other
		}
	}
	return own.IsOver || newest.IsOver
}

// word returns what another sink is told.
func word(l leg, f finding.Finding, waited time.Duration) notify.Notification {
	before := "first"
	if !l.Before.IsZero() {
		before = l.Before.Format(time.RFC3339Nano)
	}
	return notify.Notification{
		Kind: notify.KindNotice, Findings: []finding.Finding{f},
		Word: notify.Word{
			Name: report.WordEscalated, ID: report.WordEscalated + "/" + l.Sink + "/" + short(f.Key()) + "/" + before, About: f.Key(), Severity: f.Severity,
			Values: []notify.Value{{Name: "sink", Text: l.Sink}, {Name: "since", Time: l.Since}, {Name: "waited", Text: inWords(waited)}},
		},
	}
}

// inWords returns "40 min" or "2 h 5 min".
func inWords(d time.Duration) string {
	d = d.Truncate(time.Minute)
	hours, minutes := d/time.Hour, d%time.Hour/time.Minute
	switch {
	case hours == 0:
		return fmt.Sprintf("%d min", minutes)
	case minutes == 0:
		return fmt.Sprintf("%d h", hours)
	}
	return fmt.Sprintf("%d h %d min", hours, minutes)
}
