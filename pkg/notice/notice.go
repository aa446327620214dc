// Package notice lets one sink say that another one takes nothing: once an hour as long as that is so, and
// once that it works again. The sink that says it is the fallback, of which nothing is said.
//
// What was said stands in one record of the ledger's table. It is written before anything is sent, on the
// condition that nobody else has, and names what is to be said. Whoever finds the sink in the same state
// says the same, and the ledger lets one of them: so many processes send one message, and one that dies
// between writing and sending keeps nobody else from it.
package notice

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/pipeline"
	"github.com/tocsin-sec/tocsin/pkg/report"
	"github.com/tocsin-sec/tocsin/pkg/table"
)

const (
	// betweenReads is the least time between two reads of the record while all is well, and between two
	// tries of this process to say the same.
	betweenReads = time.Minute
	// maxRaces is how often a write is tried again when somebody else wrote in between.
	maxRaces = 4
)

// key is that of the record.
func key() table.Key { return table.Key{Partition: "/notice", Sort: "sinks"} }

// Options say through which sink notices go, and where it is kept what was said.
type Options struct {
	// Fallback is the name of the instance through which notices go.
	Fallback string
	// Of is whose sinks they are.
	Of Deployment
	// Store is the ledger's.
	Store table.Store
	// Now is the clock; nil stands for the real one.
	Now func() time.Time
	// Trouble is told what went wrong and kept nothing back; nil stands for nobody.
	Trouble func(error)
}

// Keeper knows what was said of which sink. It is safe for concurrent use.
type Keeper struct {
	options Options
	records table.Records[states]

	mu sync.Mutex
	// known is the record as it was last seen under the revision, and read when a read last began.
	known    states
	revision int64
	read     time.Time
	// unwritten are states of known that the table did not take.
	unwritten map[string]state
	// tried are the words that this process has said or tried to say, by sink; worked is when it last saw
	// one work.
	tried  map[string]try
	worked map[string]time.Time
}

// try is a word that was to be said, and whether it is known to be said.
type try struct {
	id     string
	at     time.Time
	isSaid bool
	// isOver says that it ends a state, of is the state that it was said in.
	isOver bool
	of     state
}

// New returns the keeper of the notices.
func New(o Options) *Keeper {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Trouble == nil {
		o.Trouble = func(error) {}
	}
	return &Keeper{
		options: o, records: table.Records[states]{Store: o.Store, Now: o.Now},
		unwritten: map[string]state{}, tried: map[string]try{}, worked: map[string]time.Time{},
	}
}

// After returns what is to be said because of the outcomes of a payload. It is a pipeline.After.
func (k *Keeper) After(ctx context.Context, r report.Report) []pipeline.Saying {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.options.Now()
	var sayings []pipeline.Saying
	isFresh := false
	for i, proof := range proofs(r) {
		sink := r.Sinks[i]
		var n notify.Notification
		switch {
		case sink == k.options.Fallback:
			continue
		case proof.health == works:
			k.worked[sink] = now
			isFresh = k.look(ctx) || isFresh
			n = workingAgain(sink, k.known.Sinks[sink])
			if last := k.tried[sink]; isFresh && last.id == n.Word.ID && last.isSaid {
				k.close(ctx, sink, last.of) // which failed before
			}
		case proof.health == broken, proof.health == fails && now.Sub(k.worked[sink]) >= proof.since:
			k.failed(ctx, sink, proof)
			n = dead(sink, k.known.Sinks[sink], proof.err)
		default:
			continue
		}
		if k.known.Sinks[sink].IsOpen && k.isDue(sink, n.Word) {
			sayings = append(sayings, pipeline.Saying{Sink: k.options.Fallback, Notification: k.options.Of.says(n)})
		}
	}
	return sayings
}

// isDue reports whether a word about a sink is to be said, and notes that it is. None is that is known to be
// said, nor one that could not be said a short time ago.
func (k *Keeper) isDue(sink string, w notify.Word) bool {
	now := k.options.Now()
	if last := k.tried[sink]; last.id == w.ID && (last.isSaid || now.Sub(last.at) < betweenReads) {
		return false
	}
	k.tried[sink] = try{id: w.ID, at: now, isOver: w.IsOver, of: k.known.Sinks[sink]}
	return true
}

// Heard notes what was said. That a sink works again is the end of it once that is said, by whichever
// process. It is a pipeline.Heard.
func (k *Keeper) Heard(ctx context.Context, said []report.Said) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, one := range said {
		for sink, last := range k.tried {
			if last.id != one.ID || !one.Result.IsSent() && one.Result.Outcome != delivery.Duplicate {
				continue
			}
			last.isSaid = true
			k.tried[sink] = last
			if last.isOver {
				k.close(ctx, sink, last.of)
			}
		}
	}
}

// look reads the record where that was long ago, and reports whether it did.
func (k *Keeper) look(ctx context.Context) bool {
	now := k.options.Now()
	if !k.read.IsZero() && now.Sub(k.read) < betweenReads {
		return false
	}
	k.read = now
	err := k.load(ctx)
	k.note(err)
	return err == nil
}

// load reads the record. What it did not take is known all the same, unless it has something newer.
func (k *Keeper) load(ctx context.Context) error {
	known, revision, err := k.records.Load(ctx, key())
	if err != nil {
		return err
	}
	for sink, own := range k.unwritten {
		if known.Sinks[sink].Said.Before(own.Said) {
			known = known.with(sink, own, k.options.Now())
		}
	}
	k.known, k.revision = known, revision
	return nil
}

// failed notes that a sink takes nothing. Where that cannot be written, this process goes by what it knows
// itself: to say it twice is better than not at all.
func (k *Keeper) failed(ctx context.Context, sink string, p proof) {
	now := k.options.Now()
	change := func(s state) state { return s.failed(now, p.since) }
	var err error
	if last := k.tried[sink]; !last.isSaid || last.id != idOf("sink_dead", sink, k.known.Sinks[sink]) {
		err = k.load(ctx) // others may have found that it works, and said so
	}
	if err == nil {
		err = k.change(ctx, sink, change)
	}
	if err != nil {
		k.note(err)
		k.unwritten[sink] = change(k.known.Sinks[sink])
		k.known = k.known.with(sink, k.unwritten[sink], now)
	}
}

// close notes that somebody was told that a sink works again, unless it was found to fail once more.
func (k *Keeper) close(ctx context.Context, sink string, told state) {
	k.note(k.change(ctx, sink, func(s state) state {
		if s.Said.Equal(told.Said) {
			return s.told()
		}
		return s
	}))
}

// change changes the state of a sink in the record, and what is known of it.
func (k *Keeper) change(ctx context.Context, sink string, by func(state) state) error {
	for range maxRaces {
		before := k.known.Sinks[sink]
		next := by(before)
		if next == before {
			return nil
		}
		all := k.known.with(sink, next, k.options.Now())
		err := k.records.Save(ctx, key(), all, k.revision)
		switch {
		case err == nil:
			k.known = all
			k.revision++
			delete(k.unwritten, sink)
			return nil
		case !errors.Is(err, table.ErrConflict):
			return err
		}
		if known, revision, isKnown := k.records.Instead(err); isKnown {
			k.known, k.revision = known, revision
		} else if err := k.load(ctx); err != nil {
			return err
		}
	}
	return fmt.Errorf("ledger: %w", table.ErrConflict)
}

func (k *Keeper) note(err error) {
	if err != nil {
		k.options.Trouble(fmt.Errorf("FALLBACK_SINK: it is not known what was said before: %w", err))
	}
}

// dead returns the notice that a sink takes nothing.
func dead(sink string, s state, err error) notify.Notification {
	n := word("sink_dead", sink, s)
	n.Word.Severity = finding.NewSeverity(8)
	n.Word.Values = slices.Insert(n.Word.Values, 1, notify.Value{Name: "reason", Text: err.Error()})
	return n
}

// workingAgain returns the notice that ends it.
func workingAgain(sink string, s state) notify.Notification {
	n := word("sink_works", sink, s)
	n.Word.IsOver = true
	return n
}

func word(name, sink string, s state) notify.Notification {
	return notify.Notification{Kind: notify.KindNotice, Word: notify.Word{
		Name: name, ID: idOf(name, sink, s), About: "sink/" + sink,
		Values: []notify.Value{{Name: "sink", Text: sink}, {Name: "since", Time: s.Since}},
	}}
}

// idOf names a word, whichever process says it.
func idOf(name, sink string, s state) string {
	return name + "/" + sink + "/" + s.Said.UTC().Format(time.RFC3339)
}

// Examples returns the two notices about a sink, for a preview.
func Examples(sink string, at time.Time) []notify.Notification {
	s := state{Since: at, Said: at}
	return []notify.Notification{dead(sink, s, errors.New("sending to "+sink+": status 404")), workingAgain(sink, s)}
}
