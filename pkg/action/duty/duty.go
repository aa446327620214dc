// Package duty does what people ask for by pressing a button: it takes a finding on for them, mutes, archives, and
// undoes that, says so where the finding was told, and keeps a record of it.
package duty

import (
	"context"
	"errors"
	"time"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/action"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/ledger"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/pipeline"
	"github.com/tocsin-sec/tocsin/pkg/report"
	"github.com/tocsin-sec/tocsin/pkg/table"
)

// Options are what actions need. Without a Store, none is done.
type Options struct {
	// Store is the ledger's table.
	Store table.Store
	// Told returns what sinks were told of the finding of a key.
	Told func(ctx context.Context, key string) (map[string]ledger.Told, error)
	// Sinks are the instances that are told what people do about findings.
	Sinks []string
	// Mutes are those of the table.
	Mutes Mutes
	// Archive puts a finding aside at its source, or takes that back; nil where that is not wanted.
	Archive func(ctx context.Context, f *finding.Finding, isUndone bool) error
	// Allowed are those who may do what not everybody may.
	Allowed action.Allowed
	Log     report.Log
	// Now is the clock.
	Now func() time.Time
}

// Duties do what people ask for. They are safe for concurrent use.
type Duties struct {
	Options
	takings *action.Takings
	audit   *action.Audit
}

// New returns what does what people ask for.
func New(o Options) *Duties {
	return &Duties{Options: o, takings: action.NewTakings(o.Store, o.Now), audit: &action.Audit{Store: o.Store, Now: o.Now}}
}

// Duty is what the pipeline does about the records.
func (d *Duties) Duty() pipeline.Duty {
	return pipeline.Duty{DetailType: action.DetailType, Do: d.do, IsDirect: true}
}

// Taken returns what says who has taken a finding on, by its key; nil where nobody can.
func (d *Duties) Taken() func(ctx context.Context, key string) (notify.Taken, error) {
	if d.Store == nil {
		return nil
	}
	return d.takings.Of
}

// Forget returns what lets nobody have a finding any more that is open again; nil where nobody can have one.
func (d *Duties) Forget() func(ctx context.Context, key string, taken notify.Taken) error {
	if d.Store == nil {
		return nil
	}
	return d.takings.Forget
}

// errOff says that nothing can be done, as it stays when the record comes again.
var errOff = errors.New("somebody has pressed a button, but no instance has any: nothing was done")

// do does what a record asks for. What cannot be read is said in the log alone: it would be the same when it
// came again. What was done before is said once more, and not done again.
func (d *Duties) do(ctx context.Context, e events.Envelope) (pipeline.Done, error) {
	if d.Store == nil {
		d.Log.Trouble(errOff)
		return pipeline.Done{}, nil
	}
	r, err := action.Read(e.Detail)
	if err != nil {
		d.Log.Trouble(err)
		return pipeline.Done{}, nil
	}
	before, revision, err := d.load(ctx, r.Subject.Key())
	if err != nil {
		return pipeline.Done{}, err
	}
	did, isKnown := before.of(r.ID)
	if !isKnown {
		if did, err = d.act(ctx, r, before); err != nil {
			return pipeline.Done{}, err
		}
		if err := d.keep(ctx, r, did, revision); err != nil {
			return pipeline.Done{}, err
		}
	}
	return d.say(ctx, r, did)
}

// act does what is asked for. What somebody can do something about is no error: it is said to them.
func (d *Duties) act(ctx context.Context, r action.Request, before history) (deed, error) {
	did := deed{ID: r.ID, What: r.What, At: r.At}
	if before.isSuperseded(did) && action.NeedsLeave(r.What) {
		did.Reason, did.IsQuiet = "somebody has done otherwise since", true
		return did, nil
	}
	if action.NeedsLeave(r.What) && !d.mayAsk(r.By) {
		did.Reason = "ACTIONS_ALLOW does not name who has asked for it"
		return did, nil
	}
	switch r.What {
	case notify.ActAcknowledge, notify.ActGiveBack:
		return d.take(ctx, r, did, before.isSuperseded(did))
	case notify.ActMute:
		return d.mute(ctx, r, did)
	case notify.ActUnmute:
		return d.unmute(ctx, r, did)
	case notify.ActArchive, notify.ActUnarchive:
		return d.archive(ctx, r, did)
	}
	did.Reason, did.IsQuiet = "this version of Tocsin knows no such action", true
	return did, nil
}

// mayAsk reports whether somebody may be allowed. Who is in a group, the function knows that has let them press;
// where nobody is allowed by a group, a name has to be there.
func (d *Duties) mayAsk(by notify.Person) bool {
	return d.Allowed.HasUser(by.ID) || len(d.Allowed.Groups) > 0
}

// take takes a finding on for somebody, or gives it back. The function that answered the button has written that
// before it asked, so that here only the newest of several counts: they can come in another order.
func (d *Duties) take(ctx context.Context, r action.Request, did deed, isSuperseded bool) (deed, error) {
	key := r.Subject.Key()
	has, err := d.takings.Of(ctx, key)
	if err != nil {
		return did, err
	}
	isNewer := has.At.After(r.At)
	switch {
	case isSuperseded || isNewer: // it was done, and something else since
		return did, nil
	case r.What == notify.ActGiveBack:
		_, err = d.takings.GiveBack(ctx, key)
		return did, err
	}
	has, err = d.takings.Take(ctx, key, notify.Taken{By: r.By, At: r.At})
	if err == nil && has.By.ID != r.By.ID {
		did.Reason, did.IsQuiet = "somebody else has taken it on before: "+has.By.String(), true
	}
	return did, err
}

// archive puts a finding aside at its source, or takes that back.
func (d *Duties) archive(ctx context.Context, r action.Request, did deed) (deed, error) {
	if d.Archive == nil {
		did.Reason = "ACTIONS_ARCHIVE is not true"
		return did, nil
	}
	f := r.Subject.Finding()
	err := d.Archive(ctx, &f, r.What == notify.ActUnarchive)
	var refused *source.RefusalError
	if errors.As(err, &refused) {
		did.Reason = refused.Reason
		return did, nil
	}
	return did, err
}

// keep keeps what was done: in the audit, in the log, and beside the finding, by which a copy of the record is known.
func (d *Duties) keep(ctx context.Context, r action.Request, did deed, revision int64) error {
	if did.Mute != "" {
		r.Mute.Name = did.Mute
	}
	if err := d.audit.Note(ctx, action.Deed{Request: r, Result: did.result()}); err != nil {
		return err
	}
	d.Log.Action(report.Action{
		What: r.What, ID: r.ID, Finding: r.Subject.Key(), By: r.By.String(), Sink: r.From.Sink, Message: r.From.Message,
		Result: did.result(), IsDone: did.Reason == "", Mute: did.Mute,
	})
	return d.remember(ctx, r.Subject.Key(), did, revision)
}
