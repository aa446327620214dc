// Package mutelist keeps the mutes that are made while Tocsin runs, in the ledger's table. All of
// them are one record, so that a function reads them in one call, and two people who change them at
// once do not undo each other. What was done with them stands in a list beside it.
package mutelist

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/mute"
	"github.com/tocsin-sec/tocsin/pkg/table"
)

// format is the number of the form of the record. A later one may hold what narrows a mute, which
// whoever does not know it would leave out: such a record is not read.
const format = 1

// maxRaces is how often a change is tried again when somebody else made one in between.
const maxRaces = 4

// The names under which the mutes and their history are kept; what else is to be kept of mutes stands
// under "/mute/" too. None is that of a finding, which begins with its source, nor of a digest, a
// count or a mark, which begin with "/digest/", "/count/" and "/told/".
func listKey() table.Key { return table.Key{Partition: "/mute", Sort: "list"} }

const historyList = "/mute/history"

// Kept are the mutes in a table. It is safe for concurrent use.
type Kept struct {
	Store table.Store
	// Now is the clock.
	Now func() time.Time
	// Patience is how long one call of the table may take.
	Patience time.Duration
}

// stored is the record.
type stored struct {
	Format int          `json:"format"`
	Mutes  []mute.Entry `json:"mutes"`
}

// Deed is something that was done with a mute.
type Deed struct {
	At time.Time `json:"at"`
	// What is Added or Ended, By who did it.
	What string     `json:"what"`
	By   string     `json:"by,omitempty"`
	Mute mute.Entry `json:"mute"`
}

// What can be done with a mute.
const (
	Added = "added"
	Ended = "ended"
)

// ErrNoSuchMute says that no mute of the table has the name.
var ErrNoSuchMute = errors.New("no mute of the table has this name")

// NoRoomError says that the table takes no other mute before some have ended.
type NoRoomError struct{ reason string }

// Error returns the reason, and what to do.
func (e *NoRoomError) Error() string { return e.reason }

// Load returns the mutes, those that have ended too, and the revision of their list: as long as it
// is the same, so are they.
func (k *Kept) Load(ctx context.Context) ([]mute.Entry, int64, error) {
	ctx, cancel := context.WithTimeout(ctx, k.Patience)
	defer cancel()
	record, revision, err := k.Store.Load(ctx, listKey())
	if err != nil || revision == 0 || !k.Now().Before(record.Expires) && record.Text != "" {
		return nil, revision, err
	}
	var list stored
	switch {
	case len(record.Text) > mute.MaxText:
		return nil, revision, fmt.Errorf("the list in the table is longer than %d bytes", mute.MaxText)
	case json.Unmarshal([]byte(record.Text), &list) != nil:
		return nil, revision, errors.New("the list in the table cannot be read")
	case list.Format != format:
		return nil, revision, errors.New("the list in the table is of another version of Tocsin")
	case len(list.Mutes) > mute.MaxMutes:
		return nil, revision, fmt.Errorf("there are more than %d mutes in the table", mute.MaxMutes)
	}
	return list.Mutes, revision, nil
}

// Add adds a mute, which is in force from now on. Those that have ended are taken off the list.
func (k *Kept) Add(ctx context.Context, entry mute.Entry) error {
	entry.Created = k.Now().UTC().Truncate(time.Second)
	m, err := entry.Mute()
	if err != nil {
		return err
	}
	err = k.change(ctx, func(list []mute.Entry) ([]mute.Entry, error) {
		at := slices.IndexFunc(list, func(e mute.Entry) bool { return e.Name == entry.Name })
		if at >= 0 && same(list[at], entry) { // a request that came twice is in conflict with itself
			return list, nil
		}
		if at >= 0 {
			return nil, fmt.Errorf("the table has a mute %q already; end it first, or choose another name", entry.Name)
		}
		if len(list) >= mute.MaxMutes {
			return nil, &NoRoomError{fmt.Sprintf("the table holds %d mutes, which is as many as can be; end some first", len(list))}
		}
		return append(list, entry), nil
	})
	if err != nil {
		return err
	}
	return k.note(ctx, Deed{k.Now().UTC(), Added, entry.By, entry}, m.Until)
}

// End ends a mute of the table now, and returns it.
func (k *Kept) End(ctx context.Context, name, by string) (ended mute.Entry, err error) {
	err = k.change(ctx, func(list []mute.Entry) ([]mute.Entry, error) {
		at := slices.IndexFunc(list, func(e mute.Entry) bool { return e.Name == name })
		if at < 0 && ended.Name == name { // it was there before this request came twice
			return list, nil
		}
		if at < 0 {
			return nil, ErrNoSuchMute
		}
		ended = list[at]
		return slices.Delete(list, at, at+1), nil
	})
	if err != nil {
		return mute.Entry{}, err
	}
	return ended, k.note(ctx, Deed{k.Now().UTC(), Ended, by, ended}, k.Now())
}

func same(a, b mute.Entry) bool {
	isSame := a.Created.Equal(b.Created)
	a.Created = b.Created
	return isSame && a == b
}

// change replaces the list of those that have not ended by what a change makes of it.
func (k *Kept) change(ctx context.Context, by func([]mute.Entry) ([]mute.Entry, error)) error {
	for race := 0; ; race++ {
		before, revision, err := k.Load(ctx)
		if err != nil {
			return err
		}
		list, err := by(slices.DeleteFunc(before, k.hasEnded))
		if err != nil {
			return err
		}
		text, err := json.Marshal(stored{format, list})
		switch {
		case err != nil:
			return fmt.Errorf("the mutes have no JSON form: %w", err)
		case len(text) > mute.MaxText:
			return &NoRoomError{fmt.Sprintf("the mutes of the table would be longer than %d bytes together; end some first", mute.MaxText)}
		}
		err = k.save(ctx, table.Record{Text: string(text), Expires: k.Now().Add(mute.Longest + time.Hour)}, revision)
		if !errors.Is(err, table.ErrConflict) || race == maxRaces {
			return err
		}
	}
}

func (k *Kept) save(ctx context.Context, record table.Record, revision int64) error {
	ctx, cancel := context.WithTimeout(ctx, k.Patience)
	defer cancel()
	return k.Store.Save(ctx, listKey(), record, revision)
}

func (k *Kept) hasEnded(e mute.Entry) bool { return e.HasEnded(k.Now()) }

// note keeps what was done for as long as records are kept after the end of the mute.
func (k *Kept) note(ctx context.Context, deed Deed, end time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, k.Patience)
	defer cancel()
	text, err := json.Marshal(deed)
	if err == nil {
		// The items of a list are in the order of their keys.
		key := deed.At.Format("2006-01-02T15:04:05.000000000Z") + " " + deed.Mute.Name
		err = k.Store.Append(ctx, historyList, table.Item{Key: key, Text: string(text), Expires: end.Add(table.Retention)})
	}
	if err != nil {
		return fmt.Errorf("it is done, but the history of mutes does not say so: %w", err)
	}
	return nil
}

// History returns what was done with mutes, the oldest first.
func (k *Kept) History(ctx context.Context) ([]Deed, error) {
	ctx, cancel := context.WithTimeout(ctx, k.Patience)
	defer cancel()
	items, err := k.Store.Items(ctx, historyList)
	if err != nil {
		return nil, err
	}
	var deeds []Deed
	for _, item := range items {
		var deed Deed
		if item.Expires.After(k.Now()) && json.Unmarshal([]byte(item.Text), &deed) == nil {
			deeds = append(deeds, deed)
		}
	}
	return deeds, nil
}
