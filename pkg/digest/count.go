package digest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/table"
)

// countRetention is how long a minute's count of messages is kept.
const countRetention = 10 * time.Minute

// Counted is a message that was counted. The zero value is one that was not.
type Counted struct {
	// PerMinute is how many messages there were to the sink in the last minute, this one included.
	// The minute before counts by the part of it that is still within the last minute.
	PerMinute float64

	in table.Key // the count of its minute
}

// CountMessage counts one more message to a sink, which is about to be sent or put into a digest.
func (d *Digests) CountMessage(ctx context.Context, sink string) (Counted, error) {
	ctx, cancel := table.Bounded(ctx, d.store)
	defer cancel()
	now := d.now()
	c := Counted{in: countKey(sink, now)}
	count, err := d.add(ctx, c.in, 1-d.takeUnsent(c.in))
	if err != nil {
		return Counted{}, err
	}
	before, err := d.previousCount(ctx, countKey(sink, now.Add(-time.Minute)))
	if err != nil {
		return c, err
	}
	left := 1 - now.Sub(now.Truncate(time.Minute)).Seconds()/60
	c.PerMinute = float64(count) + float64(before)*left
	return c, nil
}

// Uncount notes that a counted message was not sent: it is counted when it comes again. It is taken
// off the count with the sink's next message of the same minute, or else by SettleCount.
func (d *Digests) Uncount(c Counted) {
	if c == (Counted{}) {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.unsent[c.in]++
}

// takeUnsent returns how many messages are to be taken off a count, and forgets them.
func (d *Digests) takeUnsent(in table.Key) int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	messages := d.unsent[in]
	delete(d.unsent, in)
	return messages
}

// SettleCount takes the rest of a sink's unsent messages off their counts. Another process that has
// read the count of a minute that is over keeps what it has read.
func (d *Digests) SettleCount(ctx context.Context, sink string) error {
	ctx, cancel := table.Bounded(ctx, d.store)
	defer cancel()
	d.mu.Lock()
	counts := slices.Collect(maps.Keys(d.unsent))
	d.mu.Unlock()
	for _, in := range counts {
		if in.Partition != countsOf(sink) {
			continue
		}
		if _, err := d.add(ctx, in, -d.takeUnsent(in)); err != nil {
			return err
		}
		d.mu.Lock()
		if d.previous[in.Partition].in == in { // so that this process reads it again
			delete(d.previous, in.Partition)
		}
		d.mu.Unlock()
	}
	return nil
}

// add adds to a count and returns the sum. A count that stays as it is, is read.
func (d *Digests) add(ctx context.Context, in table.Key, messages int64) (count int64, err error) {
	if messages == 0 {
		count, err = d.store.Number(ctx, in)
	} else {
		count, err = d.store.Add(ctx, in, messages, d.now().Add(countRetention))
	}
	if err != nil {
		return 0, fmt.Errorf("ledger: %w", err)
	}
	return count, nil
}

// counted is what a count of a minute that is over was when it was read.
type counted struct {
	in    table.Key
	count int64
}

// previousCount returns the count of a minute that is over, less what was not sent. It reads once.
func (d *Digests) previousCount(ctx context.Context, in table.Key) (int64, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	known := d.previous[in.Partition]
	if known.in != in {
		d.mu.Unlock()
		count, err := d.add(ctx, in, 0)
		d.mu.Lock()
		if err != nil {
			return 0, err
		}
		known = counted{in, count}
		d.previous[in.Partition] = known
	}
	return known.count - d.unsent[in], nil
}

// countKey names where the count of a minute is kept.
func countKey(sink string, at time.Time) table.Key {
	return table.Key{Partition: countsOf(sink), Sort: at.UTC().Format("2006-01-02T15:04")}
}

// countsOf names a sink's counts. It cannot be the key of a finding, which begins with its source.
func countsOf(sink string) string { return "/count/" + sink }
