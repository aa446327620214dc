package digest

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/table"
)

const (
	// staleAfter is how long after its time a digest that is still open is announced once more:
	// whoever was to flush it may be gone.
	staleAfter = 2 * time.Minute
	maxRaces   = 4 // how often a write is tried again when somebody else wrote in between
)

// GatherRequest asks for a finding to be put into a sink's digest.
type GatherRequest struct {
	Sink    string
	Finding *finding.Finding // it is not changed
	Every   time.Duration    // how long after its first finding a digest is sent
	Until   time.Time        // when whoever asks is gone for certain
	// Announce makes sure that the digest will be flushed once Every has gone by. It is called
	// before the digest is opened, so that none is ever open that nobody flushes.
	Announce func(context.Context, Flush) error
}

// Gather puts a finding into the sink's open digest, and opens one where there is none. When it
// returns nil the finding is stored, and will be sent with its digest.
func (d *Digests) Gather(ctx context.Context, r GatherRequest) error {
	for range maxRaces {
		id, err := d.openDigest(ctx, r)
		if errors.Is(err, table.ErrConflict) {
			continue
		}
		if err != nil {
			return err
		}
		if err := d.append(ctx, listOf(r.Sink, id), r.Finding); err != nil {
			return err
		}
		// Whoever flushes closes the digest before reading it: nobody has read an open one.
		record, _, err := d.open.Load(ctx, openKey(r.Sink))
		if err != nil {
			return err
		}
		if record.Open.ID == id {
			return nil
		}
	}
	return fmt.Errorf("ledger: %w", table.ErrConflict)
}

// Correct puts a finding into the sink's open digest in the place of what that says of it, and does
// nothing where it says nothing of it or none is open.
func (d *Digests) Correct(ctx context.Context, sink string, f *finding.Finding) error {
	record, _, err := d.open.Load(ctx, openKey(sink))
	if err != nil || record.Open.ID == "" {
		return err
	}
	list := listOf(sink, record.Open.ID)
	bounded, cancel := table.Bounded(ctx, d.store)
	defer cancel()
	items, err := d.store.Items(bounded, list)
	if err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	if !slices.ContainsFunc(items, func(item table.Item) bool { return item.Key == f.Key() }) {
		return nil
	}
	return d.append(ctx, list, f)
}

// openDigest returns the id of the sink's open digest.
func (d *Digests) openDigest(ctx context.Context, r GatherRequest) (string, error) {
	record, _, err := d.open.Load(ctx, openKey(r.Sink))
	if err != nil || d.isFresh(record.Open, r) {
		return record.Open.ID, err
	}
	d.opening.Lock() // findings that come side by side open one digest, and announce one
	defer d.opening.Unlock()
	record, revision, err := d.open.Load(ctx, openKey(r.Sink))
	if err != nil || d.isFresh(record.Open, r) {
		return record.Open.ID, err
	}
	id := cmp.Or(record.Open.ID, strings.ToLower(rand.Text()))
	if err := r.Announce(ctx, Flush{Sink: r.Sink, Digest: id, Until: r.Until}); err != nil {
		return "", err
	}
	return id, d.open.Save(ctx, openKey(r.Sink), opened{Open: open{ID: id, At: d.now()}}, revision)
}

// isFresh reports whether a digest is open, and not for so long that its flush must have got lost.
func (d *Digests) isFresh(open open, r GatherRequest) bool {
	return d.now().Before(open.At.Add(r.Every + staleAfter))
}

func (d *Digests) append(ctx context.Context, list string, f *finding.Finding) error {
	ctx, cancel := table.Bounded(ctx, d.store)
	defer cancel()
	text, err := Encode(f)
	if err != nil {
		return fmt.Errorf("ledger: the finding has no JSON form: %w", err)
	}
	if err := d.store.Append(ctx, list, table.Item{Key: f.Key(), Text: text, Expires: d.now().Add(table.Retention)}); err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	return nil
}

// Flush closes a digest and returns its findings, the worst first: what comes after it goes into
// the next one. It gives the same findings each time that it is called; none if it was never
// opened.
func (d *Digests) Flush(ctx context.Context, sink, id string) ([]finding.Finding, error) {
	if err := d.closeDigest(ctx, sink, id); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, 10*table.Patience) // there is nothing to be sent without it
	defer cancel()
	items, err := d.store.Items(ctx, listOf(sink, id))
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	findings := make([]finding.Finding, 0, len(items))
	for _, item := range items {
		findings = append(findings, decode(item))
	}
	sort.SliceStable(findings, func(i, j int) bool { return findings[i].Severity.MoreUrgent(findings[j].Severity) < 0 })
	return findings, nil
}

// closeDigest makes sure that nothing is put into a digest any more.
func (d *Digests) closeDigest(ctx context.Context, sink, id string) error {
	for race := 0; ; race++ {
		record, revision, err := d.open.Load(ctx, openKey(sink))
		if err != nil || record.Open.ID != id {
			return err
		}
		err = d.open.Save(ctx, openKey(sink), opened{}, revision)
		if !errors.Is(err, table.ErrConflict) || race == maxRaces {
			return err
		}
	}
}

// The names under which digests are kept. None is a finding's, which begins with its source.
func openKey(sink string) table.Key { return table.Key{Partition: "/digest/" + sink, Sort: "open"} }

func listOf(sink, id string) string { return "/digest/" + sink + "/" + id }
