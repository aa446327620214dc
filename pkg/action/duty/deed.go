package duty

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/table"
)

const (
	// mostDeeds is how many of the things that were done about a finding are known by their requests.
	mostDeeds = 16
	// maxRaces is how often a change is tried again when another execution made one in between.
	maxRaces = 4
)

// deed is what has come of a request.
type deed struct {
	ID   string    `json:"id"`
	What string    `json:"what"`
	At   time.Time `json:"at"`
	// Reason is why it was not done; empty where it was. IsQuiet says that nobody is told.
	Reason  string `json:"reason,omitempty"`
	IsQuiet bool   `json:"quiet,omitempty"`
	// Mute is the name of the mute that was made or ended, Until its end.
	Mute  string    `json:"mute,omitempty"`
	Until time.Time `json:"until,omitzero"`
}

// result returns the result as it is kept.
func (d deed) result() string {
	if d.Reason == "" {
		return "done"
	}
	return d.Reason
}

// history is what was done about a finding, in the order in which it was done.
type history struct {
	Deeds []deed `json:"deeds,omitempty"`
}

// of returns what has come of a request.
func (h history) of(id string) (deed, bool) {
	at := slices.IndexFunc(h.Deeds, func(d deed) bool { return d.ID == id })
	if at < 0 {
		return deed{}, false
	}
	return h.Deeds[at], true
}

// isSuperseded reports whether what was asked for later of the same sort is done already: records of a queue can
// overtake one another. Mutes have names, and are in nobody's way.
func (h history) isSuperseded(d deed) bool {
	return slices.ContainsFunc(h.Deeds, func(other deed) bool {
		return other.Reason == "" && sortOf(other.What) == sortOf(d.What) && sortOf(d.What) != "" && other.At.After(d.At)
	})
}

// sortOf is the same for an action and what undoes it; empty for what is in the way of no other.
func sortOf(what string) string {
	switch what {
	case notify.ActAcknowledge, notify.ActGiveBack:
		return notify.ActAcknowledge
	case notify.ActArchive, notify.ActUnarchive:
		return notify.ActArchive
	}
	return ""
}

func deedsKey(finding string) table.Key { return table.Key{Partition: finding, Sort: "/deeds"} }

func (d *Duties) deeds() table.Records[history] {
	return table.Records[history]{Store: d.Store, Now: d.Now}
}

// load returns what was done about a finding, and the revision of the record.
func (d *Duties) load(ctx context.Context, finding string) (history, int64, error) {
	return d.deeds().Load(ctx, deedsKey(finding))
}

// remember adds what was done to what is known of a finding, which had the revision when it was read.
func (d *Duties) remember(ctx context.Context, finding string, did deed, revision int64) error {
	var known history
	for race := range maxRaces {
		if race > 0 || revision > 0 { // most findings have no deeds yet
			var err error
			if known, revision, err = d.load(ctx, finding); err != nil {
				return err
			}
		}
		if _, isKnown := known.of(did.ID); isKnown {
			return nil
		}
		all := append(slices.Clone(known.Deeds), did)
		err := d.deeds().Save(ctx, deedsKey(finding), history{all[max(len(all)-mostDeeds, 0):]}, revision)
		if !errors.Is(err, table.ErrConflict) {
			return err
		}
	}
	return table.ErrConflict
}
