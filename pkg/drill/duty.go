package drill

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/pipeline"
	"github.com/tocsin-sec/tocsin/pkg/table"
)

const (
	// kept is how long an item is of use: a round is no rarer than every six days, and what a rule that is
	// gone has left, or somebody has made up, is not kept for long.
	kept = 40 * 24 * time.Hour
	// roundLasts is how long after the first drill of a round another one is of the same. By a rate each
	// schedule has its own rounds, which begin when it is made.
	roundLasts = 30 * time.Minute
	// maxRaces is how often a change is tried again when another execution made one in between.
	maxRaces = 4
)

// partition is where the items stand; none is a finding's, whose key begins with its source.
const partition = "/drill"

func (p place) key() table.Key {
	return table.Key{Partition: partition, Sort: p.account + "/" + p.region + "/" + p.rule}
}

func roundKey() table.Key { return table.Key{Partition: partition, Sort: "round"} }

// Drills is what is done about drills and their checks. It is safe for concurrent use.
type Drills struct {
	// Store keeps when drills came. It has to outlive the process; without it no check can know.
	Store table.Store
	// Sinks are the instances that accept drills.
	Sinks []string
	// Now is the clock.
	Now func() time.Time
	// Trouble gets what an operator should read in the log.
	Trouble func(error)
}

// Duties are what the pipeline does about the records.
func (d *Drills) Duties() []pipeline.Duty {
	return []pipeline.Duty{{DetailType: DetailType, Do: d.drill}, {DetailType: CheckDetailType, Do: d.check}}
}

// item is what is kept of a rule: its newest drill, and the round that it was said to be of.
type item struct {
	Came  time.Time `json:"came"`
	Round string    `json:"round,omitempty"`
}

// drill notes that a drill has come, and says so once in a round. One that cannot be read is said in the log
// alone: it would be the same when it came again.
func (d *Drills) drill(ctx context.Context, e events.Envelope) (pipeline.Done, error) {
	drill, err := read(e, d.Now())
	switch {
	case err != nil:
		d.Trouble(err)
		return pipeline.Done{}, nil
	case !drill.isByRule:
		return d.byHand(ctx, drill)
	case d.Store == nil:
		return d.say(Word(drill.rule.site(), drill.round, drill.rule.rule, drill.at)), nil
	}
	round, isNews, err := d.note(ctx, drill)
	if err != nil || !isNews {
		return pipeline.Done{}, err
	}
	return d.say(Word(drill.rule.site(), round, drill.rule.rule, drill.at)), nil
}

// byHand says a drill that tells nothing of a rule. What comes by a bus is said once in a round all the same: more
// people may put events there than messages into the queue.
func (d *Drills) byHand(ctx context.Context, drill came) (pipeline.Done, error) {
	round := drill.round
	if drill.isByBus && d.Store != nil && len(d.Sinks) > 0 {
		var err error
		if round, err = d.join(ctx, drill); err != nil {
			return pipeline.Done{}, err
		}
	}
	return d.say(HandWord(round, drill.at)), nil
}

// say returns what is said to the sinks that accept drills.
func (d *Drills) say(n notify.Notification) (done pipeline.Done) {
	for _, sink := range d.Sinks {
		done.Sayings = append(done.Sayings, pipeline.Saying{Sink: sink, Notification: n})
	}
	return done
}

// note notes that a drill has come. It returns the round under which it is said; isNews is false where a newer
// drill of the rule has come. A copy is of the round that it was of before.
func (d *Drills) note(ctx context.Context, drill came) (round string, isNews bool, err error) {
	for range maxRaces {
		var before item
		revision, err := d.load(ctx, drill.rule.key(), &before)
		switch {
		case err != nil:
			return "", false, err
		case before.Came.After(drill.at):
			return "", false, nil
		case before.Came.Equal(drill.at):
			return cmp.Or(before.Round, drill.round), true, nil
		}
		if len(d.Sinks) > 0 && round == "" {
			if round, err = d.join(ctx, drill); err != nil {
				return "", false, err
			}
		}
		err = d.save(ctx, drill.rule.key(), item{drill.at, round}, revision)
		if !errors.Is(err, table.ErrConflict) {
			return round, true, err
		}
	}
	return "", false, table.ErrConflict
}

// join returns the round that a drill is of: the newest that has begun, or its own half an hour after that. One
// that comes late has no round of its own, so that nobody makes many by making up their times.
func (d *Drills) join(ctx context.Context, drill came) (string, error) {
	for range maxRaces {
		var newest item
		revision, err := d.load(ctx, roundKey(), &newest)
		if err != nil {
			return "", err
		}
		if newest.Round != "" && drill.at.Sub(newest.Came) <= roundLasts {
			return newest.Round, nil
		}
		err = d.save(ctx, roundKey(), item{drill.at, drill.round}, revision)
		if !errors.Is(err, table.ErrConflict) {
			return drill.round, err
		}
	}
	return "", table.ErrConflict
}

// load reads an item and its revision. One that is not there, cannot be read or has expired leaves into as it is.
func (d *Drills) load(ctx context.Context, key table.Key, into any) (revision int64, err error) {
	ctx, cancel := table.Bounded(ctx, d.Store)
	defer cancel()
	record, revision, err := d.Store.Load(ctx, key)
	if err != nil {
		return 0, fmt.Errorf("the table of drills: %w", err)
	}
	if record.Text != "" && d.Now().Before(record.Expires) {
		_ = json.Unmarshal([]byte(record.Text), into)
	}
	return revision, nil
}

func (d *Drills) save(ctx context.Context, key table.Key, what any, revision int64) error {
	text, err := json.Marshal(what)
	if err != nil {
		return fmt.Errorf("the table of drills: %w", err)
	}
	ctx, cancel := table.Bounded(ctx, d.Store)
	defer cancel()
	err = d.Store.Save(ctx, key, table.Record{Text: string(text), Expires: d.Now().Add(kept)}, revision)
	if err != nil {
		return fmt.Errorf("the table of drills: %w", err)
	}
	return nil
}
