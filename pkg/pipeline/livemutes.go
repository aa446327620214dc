package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/mute"
	"github.com/tocsin-sec/tocsin/pkg/mutelist"
	"github.com/tocsin-sec/tocsin/pkg/panics"
	"github.com/tocsin-sec/tocsin/pkg/report"
)

// betweenReads is the least time between two reads of the table's mutes, whether they were read or
// not.
const betweenReads = time.Minute

// liveMutes are the mutes of a table, as they were last read.
type liveMutes struct {
	kept *mutelist.Kept
	// tried is when the last read began, entries what was read last, list the mutes that they make.
	tried   time.Time
	entries []mute.Entry
	list    []mute.Mute
}

// WithTable lets the mutes of a table be in force too. They are read at most once a minute, by the
// clock of those that are kept; when that fails, those that were read last stay.
func (m *Mutes) WithTable(kept *mutelist.Kept) { m.live = &liveMutes{kept: kept} }

// Reread lets the mutes of the table be read again before the next payload is decided about, however short a time
// ago they were: whoever has changed them knows that they are others.
func (m *Mutes) Reread() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.live != nil {
		m.live.tried = time.Time{}
	}
}

// readTable reads the table's mutes where it is time, and returns 1 where that fails.
func (m *Mutes) readTable(ctx context.Context, now time.Time, log report.Log) (unread int) {
	if !m.live.tried.IsZero() && now.Sub(m.live.tried) < betweenReads {
		return 0
	}
	m.live.tried = now
	entries, _, err := m.live.kept.Load(ctx)
	if err != nil {
		log.Trouble(fmt.Errorf("%w; those that were read last stay", errOfTable(err)))
		return 1
	}
	// A record that was deleted begins with the same revision again.
	if slices.EqualFunc(entries, m.live.entries, sayTheSame) {
		return 0
	}
	list, mistakes := m.compile(entries)
	for _, mistake := range mistakes {
		log.Trouble(mistake)
	}
	log.Mutes(list)
	m.live.entries, m.live.list = entries, list
	return 0
}

// sayTheSame reports whether two entries are the same but for when they were made.
func sayTheSame(one, other mute.Entry) bool {
	one.Created = other.Created
	return one == other
}

// compile returns the mutes in which nothing is wrong, and one error for each mistake.
func (m *Mutes) compile(entries []mute.Entry) (list []mute.Mute, mistakes []error) {
	for _, entry := range entries {
		one, wrong := m.compileOne(entry)
		if len(wrong) > 0 {
			mistakes = append(mistakes, wrong...)
			continue
		}
		list = append(list, one)
	}
	return list, mistakes
}

// compileOne reads a mute that whoever may write to the table has put there: by tocsin mute, or past
// it. So it can be odd, and must neither last for ever nor stop the function.
func (m *Mutes) compileOne(entry mute.Entry) (one mute.Mute, mistakes []error) {
	wrong := func(err error) []error {
		return []error{fmt.Errorf("MUTES: the mute %q of the table: %w", entry.Name, err)}
	}
	defer func() {
		if value := recover(); value != nil {
			mistakes = wrong(fmt.Errorf("a fault of Tocsin, and it mutes nothing: %s; please report it", panics.Describe(value)))
		}
	}()
	one, err := entry.Mute()
	switch {
	case err != nil:
		return one, wrong(err)
	case one.Until.Sub(m.live.kept.Now()) > mute.Longest+time.Hour: // clocks differ
		return one, wrong(errTooLong)
	}
	one.From = mute.FromTable
	return one, m.wrongWith(one)
}

var errTooLong = errors.New("until: is more than 90 days away; it mutes nothing")

func errOfTable(err error) error {
	return fmt.Errorf("MUTES: those of the table cannot be read: %w", err)
}
