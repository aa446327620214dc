package digest

import (
	"context"
	"fmt"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/table"
)

// countKept is how long a minute's count of messages is kept.
const countKept = 10 * time.Minute

// Counted is a message that was counted. The zero value is one that was not.
type Counted struct {
	// PerMinute is how many messages there were to the sink in the last minute, this one included. The minute before
	// counts by the part of it that is still within the last minute.
	PerMinute float64

	sink string
	in   table.Key // the count of its minute
}

// CountMessage counts one more message to a sink, which is about to be sent or put into a digest.
func (d *Digests) CountMessage(ctx context.Context, sink string) (Counted, error) {
	ctx, cancel := table.Bounded(ctx, d.store)
	defer cancel()
	now := d.now()
	minute := now.Truncate(time.Minute)
	c := Counted{sink: sink, in: countKey(sink, minute)}
	count, err := d.add(ctx, c.in, 1-d.takeUnsent(c))
	if err != nil {
		return Counted{}, err
	}
	before, err := d.previousCount(ctx, sink, minute.Add(-time.Minute))
	if err != nil {
		return c, err
	}
	left := 1 - now.Sub(minute).Seconds()/60
	c.PerMinute = float64(count) + float64(before)*left
	return c, nil
}

// Uncount notes that a counted message was not sent: it is counted when it comes again. It is taken off the count with
// the sink's next message of the same minute, or else by SettleCount.
func (d *Digests) Uncount(c Counted) {
	if c == (Counted{}) {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.unsent[c.sink] == nil {
		d.unsent[c.sink] = map[table.Key]int64{}
	}
	d.unsent[c.sink][c.in]++
}

// takeUnsent returns how many messages are to be taken off the count that c is in, and forgets them.
func (d *Digests) takeUnsent(c Counted) int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	messages := d.unsent[c.sink][c.in]
	delete(d.unsent[c.sink], c.in)
	return messages
}

// SettleCount takes what is left of a sink's messages that were not sent off their counts. Another process that has read
// the count of a minute that is over keeps what it has read.
func (d *Digests) SettleCount(ctx context.Context, sink string) error {
	ctx, cancel := table.Bounded(ctx, d.store)
	defer cancel()
	d.mu.Lock()
	unsent := d.unsent[sink]
	delete(d.unsent, sink)
	d.mu.Unlock()
	for in, messages := range unsent {
		if _, err := d.add(ctx, in, -messages); err != nil {
			return err
		}
		d.mu.Lock()
		if countKey(sink, d.previous[sink].minute) == in { // so that this process reads it again
			delete(d.previous, sink)
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
		count, err = d.store.Add(ctx, in, messages, d.now().Add(countKept))
	}
	if err != nil {
		return 0, fmt.Errorf("ledger: %w", err)
	}
	return count, nil
}

// counted is the count of a sink's messages in a minute that is over.
type counted struct {
	minute time.Time
	count  int64
}

// previousCount returns the count of a minute that is over, without what was not sent. It is read once.
func (d *Digests) previousCount(ctx context.Context, sink string, minute time.Time) (int64, error) {
	in := countKey(sink, minute)
	d.mu.Lock()
	known, isKnown := d.previous[sink]
	d.mu.Unlock()
	if !isKnown || !known.minute.Equal(minute) {
		count, err := d.add(ctx, in, 0)
		if err != nil {
			return 0, err
		}
		known = counted{minute, count}
		d.mu.Lock()
		d.previous[sink] = known
		d.mu.Unlock()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return known.count - d.unsent[sink][in], nil
}

// countKey names where the count of a minute is kept. It cannot be the key of a finding, which begins with its source.
func countKey(sink string, minute time.Time) table.Key {
	return table.Key{Partition: "/count/" + sink, Sort: minute.UTC().Format("2006-01-02T15:04")}
}
