package ledger

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

const (
	// staleAfter is how long after its time a digest that is still open is announced once more: whoever was to
	// flush it may be gone.
	staleAfter = 2 * time.Minute
	// mostText bounds each text of a finding in a digest, in bytes.
	mostText = 500
)

// Open says which digest of a sink findings are put into.
type Open struct {
	ID string `json:"id"`
	// At is when it was last announced.
	At time.Time `json:"at"`
}

// GatherRequest asks for a finding to be put into a sink's digest.
type GatherRequest struct {
	Sink    string
	Finding finding.Finding
	// Every is how long after its first finding a digest is told.
	Every time.Duration
	// Announce makes sure that the digest will be flushed once Every has gone by. It is called before the
	// digest is opened, so that none is ever open that nobody flushes.
	Announce func(ctx context.Context, digest string) error
}

// Gather puts a finding into the sink's open digest, and opens one where there is none. When it returns nil the
// finding is stored, and will be told with its digest.
func (l *Ledger) Gather(ctx context.Context, r GatherRequest) error {
	for range maxRaces {
		id, err := l.openDigest(ctx, r)
		if errors.Is(err, ErrConflict) {
			continue
		}
		if err != nil {
			return err
		}
		if err := l.append(ctx, digestPair(r.Sink, id), r.Finding); err != nil {
			return err
		}
		// Whoever flushes closes the digest before reading it: while it is still open, nobody has read it.
		record, _, err := l.load(ctx, openPair(r.Sink))
		if err != nil {
			return err
		}
		if record.Open != nil && record.Open.ID == id {
			return nil
		}
	}
	return fmt.Errorf("ledger: %w", ErrConflict)
}

// openDigest gives the id of the sink's open digest.
func (l *Ledger) openDigest(ctx context.Context, r GatherRequest) (string, error) {
	record, _, err := l.load(ctx, openPair(r.Sink))
	if err != nil {
		return "", err
	}
	if l.isFresh(record.Open, r) {
		return record.Open.ID, nil
	}
	l.opening.Lock() // findings that come side by side open one digest, and announce one
	defer l.opening.Unlock()
	record, revision, err := l.load(ctx, openPair(r.Sink))
	if err != nil {
		return "", err
	}
	if l.isFresh(record.Open, r) {
		return record.Open.ID, nil
	}
	id := strings.ToLower(rand.Text())
	if record.Open != nil {
		id = record.Open.ID
	}
	if err := r.Announce(ctx, id); err != nil {
		return "", err
	}
	record = Record{Open: &Open{ID: id, At: l.now()}}
	return id, l.save(ctx, openPair(r.Sink), record, revision)
}

// isFresh reports whether a digest is open, and not for so long that its flush must have got lost.
func (l *Ledger) isFresh(open *Open, r GatherRequest) bool {
	return open != nil && l.now().Before(open.At.Add(r.Every+staleAfter))
}

func (l *Ledger) append(ctx context.Context, digest Pair, f finding.Finding) error {
	ctx, cancel := l.patiently(ctx)
	defer cancel()
	text, err := json.Marshal(stored(abridged(f)))
	if err != nil {
		return fmt.Errorf("ledger: the finding has no JSON form: %w", err)
	}
	if err := l.store.Append(ctx, digest, Item{Key: f.Key(), Text: string(text), Expires: l.now().Add(kept)}); err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	return nil
}

// Flush closes a digest and gives its findings, the worst first: what comes after it goes into the next one. It
// gives the same findings each time that it is called; none means that the digest was never opened.
func (l *Ledger) Flush(ctx context.Context, sink, id string) ([]finding.Finding, error) {
	for race := 0; ; race++ {
		record, revision, err := l.load(ctx, openPair(sink))
		if err != nil {
			return nil, err
		}
		if record.Open == nil || record.Open.ID != id {
			break
		}
		err = l.save(ctx, openPair(sink), Record{}, revision)
		if errors.Is(err, ErrConflict) && race < maxRaces {
			continue
		}
		if err != nil {
			return nil, err
		}
		break
	}
	ctx, cancel := context.WithTimeout(ctx, 10*patience) // there is nothing to be sent without it
	defer cancel()
	items, err := l.store.Items(ctx, digestPair(sink, id))
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	findings := make([]finding.Finding, 0, len(items))
	for _, item := range items {
		findings = append(findings, readStored(item))
	}
	slices.SortStableFunc(findings, func(a, b finding.Finding) int { return a.Severity.MoreUrgent(b.Severity) })
	return findings, nil
}

// abridged gives what a digest shows of a finding, each text cut to a length that lets thousands of them be
// stored and read.
func abridged(f finding.Finding) finding.Finding {
	return finding.Finding{
		ID: cut(f.ID), Source: cut(f.Source), Type: cut(f.Type), Title: cut(f.Title), Severity: f.Severity,
		Place: f.Place, Activity: f.Activity,
		Resource: finding.Resource{Type: cut(f.Resource.Type), ID: cut(f.Resource.ID), Name: cut(f.Resource.Name)},
		Actor:    finding.Actor{Remote: finding.Remote{IP: cut(f.Actor.Remote.IP), Country: cut(f.Actor.Remote.Country)}},
	}
}

// storedFinding is the form in which a finding waits in the table. Its names and their order are those of the tables
// that there are.
type storedFinding struct {
	ID, Source, Type, Title, Description string
	Severity                             finding.Severity
	finding.Place
	storedActivity
	Resource finding.Resource
	Related  []finding.Resource
	Actor    finding.Actor
	Action   finding.Action
	Threats  []finding.Threat
	Sequence *finding.Sequence
	finding.Origin
}

type storedActivity struct {
	Count               int
	FirstSeen, LastSeen time.Time
	Created, Updated    time.Time
	Sample, Archived    bool
}

func stored(f finding.Finding) storedFinding {
	return storedFinding{
		f.ID, f.Source, f.Type, f.Title, f.Description, f.Severity, f.Place,
		storedActivity{f.Count, f.FirstSeen, f.LastSeen, f.Created, f.Updated, f.Sample, f.State.Over()},
		f.Resource, f.Related, f.Actor, f.Action, f.Threats, f.Sequence, f.Origin,
	}
}

// readStored returns a finding that waits, and one that stands for what cannot be read.
func readStored(item Item) finding.Finding {
	var s storedFinding
	if err := json.Unmarshal([]byte(item.Text), &s); err != nil {
		return finding.Finding{Title: "a finding that cannot be read any more", ID: item.Key}
	}
	state := finding.Open
	if s.Archived {
		state = finding.Archived
	}
	return finding.Finding{
		ID: s.ID, Source: s.Source, Type: s.Type, Title: s.Title, Description: s.Description, Severity: s.Severity, Place: s.Place,
		Activity: finding.Activity{
			Count: s.Count, FirstSeen: s.FirstSeen, LastSeen: s.LastSeen, Created: s.Created, Updated: s.Updated, Sample: s.Sample, State: state,
		},
		Resource: s.Resource, Related: s.Related, Actor: s.Actor, Action: s.Action, Threats: s.Threats, Sequence: s.Sequence, Origin: s.Origin,
	}
}

func cut(text string) string {
	if len(text) <= mostText {
		return text
	}
	return strings.ToValidUTF8(text[:mostText], "")
}

// The pairs under which digests are kept. None can be the key of a finding, which begins with its source.
func openPair(sink string) Pair { return Pair{"/digest/" + sink, "open"} }

func digestPair(sink, id string) Pair { return Pair{Finding: "/digest/" + sink + "/" + id} }
