package duty

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/tocsin-sec/tocsin/pkg/action"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/ledger"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/pipeline"
)

// The names of the words, to which the name of an action is added, and of their values.
const (
	wordPrefix = "act_"
	wordFailed = wordPrefix + "failed"
	valueWho   = "who"
	valueWhat  = "what"
	valueWhy   = "reason"
	valueUntil = "until"
	valueMute  = "mute"
)

// say returns what is said of what was done: to the instance whose button was pressed, and of what was done to each
// other one that was told of the finding and takes such words.
func (d *Duties) say(ctx context.Context, r action.Request, did deed) (done pipeline.Done, err error) {
	if did.IsQuiet {
		return done, nil
	}
	told, err := d.Told(ctx, r.Subject.Key())
	if err != nil {
		return done, err
	}
	n := notificationOf(r, did)
	for _, sink := range slices.Sorted(maps.Keys(d.receivers(r, did, told))) {
		n.Previous = told[sink].Receipt
		if sink == r.From.Sink && n.Previous == (notify.Receipt{}) { // nobody knows it any more but the button itself
			n.Previous = notify.Receipt{ID: cmp.Or(r.From.Thread, r.From.Message), Place: r.From.Place}
		}
		done.Sayings = append(done.Sayings, pipeline.Saying{Sink: sink, Notification: n})
	}
	return done, nil
}

// receivers returns the instances that are told. One that was told of the finding in a line of a digest, or without a
// proof that leads back to it, has nothing that the word would follow.
func (d *Duties) receivers(r action.Request, did deed, told map[string]ledger.Told) map[string]bool {
	all := map[string]bool{r.From.Sink: true}
	for _, sink := range d.Sinks {
		if told[sink].Receipt.ID != "" && did.Reason == "" {
			all[sink] = true
		}
	}
	return all
}

// notificationOf returns what is said of what was done, and what undoes it.
func notificationOf(r action.Request, did deed) notify.Notification {
	w := notify.Word{Name: wordPrefix + r.What, ID: r.ID, About: r.Subject.Key(), Values: []notify.Value{{Name: valueWho, Person: r.By}}}
	add := func(v notify.Value) { w.Values = append(w.Values, v) }
	n := notify.Notification{Kind: notify.KindAction, Findings: []finding.Finding{r.Subject.Finding()}}
	switch {
	case did.Reason != "":
		w.Name = wordFailed
		add(notify.Value{Name: valueWhat, Text: r.What})
		add(notify.Value{Name: valueWhy, Text: did.Reason})
	case r.What == notify.ActMute:
		add(notify.Value{Name: valueWhat, Text: r.Mute.Scope})
		add(notify.Value{Name: valueWhy, Text: oneLine(r.Mute.Reason)})
		add(notify.Value{Name: valueUntil, Time: did.Until})
		add(notify.Value{Name: valueMute, Text: did.Mute})
		n.Acts = undoing(r.Subject, notify.ActUnmute, did.Mute)
	case r.What == notify.ActUnmute:
		add(notify.Value{Name: valueMute, Text: did.Mute})
	case r.What == notify.ActArchive:
		n.Acts = undoing(r.Subject, notify.ActUnarchive, "")
	}
	n.Word = w
	return n
}

// undoing returns the button that undoes what was done.
func undoing(s action.Subject, what, mute string) []notify.Act {
	s.Mute = mute
	value, ok := s.Value()
	if !ok {
		return nil
	}
	return []notify.Act{{Name: what, Value: value}}
}
