package digest

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/table"
)

const (
	// countRetention is how long a minute's counts of messages are kept.
	countRetention = 10 * time.Minute
	// countFor and countOf are how long, and for how many messages, a process counts on from what it
	// has read: others count at the same time.
	countFor = time.Second
	countOf  = 50
)

// Counts are the messages of one delivery to all sinks, on top of those of all others in the same
// minute. They are counted here, and brought to the store together. Safe for concurrent use.
type Counts struct {
	digests *Digests
	// failures counts how often the store did not answer, and err is why it last did not.
	failures atomic.Int64
	err      error

	mu sync.Mutex
	// minute is what is counted; total is what the store had of it at the time read.
	minute table.Key
	total  map[string]int64
	read   time.Time
	// minuteBefore is what was counted before that, in this delivery.
	minuteBefore table.Key
	// before are the counts of the minute before.
	before map[string]int64
	// more is what is still to be added to the store's counts; ahead is what was added for messages
	// that are still to come.
	more, ahead map[string]int64
	// late are the messages of the minute before that were not sent in the end.
	late map[string]int64
}

// Counts returns the counts of one delivery.
func (d *Digests) Counts() *Counts {
	return &Counts{digests: d, more: map[string]int64{}, ahead: map[string]int64{}, late: map[string]int64{}}
}

// Counted is a message that was counted. The zero value is one that was not.
type Counted struct {
	// PerMinute is how many messages there were to the sink in the last minute, this one included.
	// The minute before counts by the part of it that is still within the last minute.
	PerMinute float64

	sink   string
	minute table.Key
}

// Message counts one more message to a sink, which is about to be sent or put into a digest. others are
// the sinks for which the same is about to be said.
func (c *Counts) Message(ctx context.Context, sink string, others ...string) (Counted, error) {
	before := c.failures.Load()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failures.Load() != before { // whoever waited for the answer to another has it too
		return Counted{}, c.err
	}
	counted, err := c.message(ctx, sink, others)
	if err != nil {
		c.err = err
		c.failures.Add(1)
	}
	return counted, err
}

// message counts one under the lock.
func (c *Counts) message(ctx context.Context, sink string, others []string) (Counted, error) {
	now := c.digests.now()
	if minute := countKey(now); minute != c.minute {
		if err := c.turn(ctx, minute, now); err != nil {
			return Counted{}, err
		}
	}
	if c.ahead[sink] > 0 {
		c.ahead[sink]--
	} else {
		c.more[sink]++
	}
	if c.total == nil || now.Sub(c.read) > countFor || c.more[sink] >= countOf {
		if c.total == nil {
			for _, other := range others {
				if other != sink {
					c.ahead[other]++
					c.more[other]++
				}
			}
		}
		if err := c.add(ctx); err != nil {
			return Counted{}, err
		}
		c.read = now
	}
	left := 1 - now.Sub(now.Truncate(time.Minute)).Seconds()/60
	count := c.total[sink] - c.ahead[sink] + c.more[sink]
	return Counted{float64(count) + float64(c.before[sink]-c.late[sink])*left, sink, c.minute}, nil
}

// turn begins to count another minute, after what is left of the one before is brought to the store.
func (c *Counts) turn(ctx context.Context, minute table.Key, now time.Time) error {
	if err := c.settle(ctx); err != nil {
		return err
	}
	before, err := c.digests.countsBefore(ctx, countKey(now.Add(-time.Minute)))
	if err != nil {
		return err
	}
	c.minuteBefore, c.minute, c.total, c.before = countKey(now.Add(-time.Minute)), minute, nil, before
	return nil
}

// Uncount notes that a counted message was not sent: it is counted when it comes again. Another process
// that has read the counts of a minute that is over keeps what it has read.
func (c *Counts) Uncount(m Counted) {
	if m == (Counted{}) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch m.minute {
	case c.minute:
		c.more[m.sink]--
	case c.minuteBefore:
		c.late[m.sink]++
	}
}

// Settle brings to the store what is not there yet. It costs a call where there is anything.
func (c *Counts) Settle(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.settle(ctx)
}

func (c *Counts) settle(ctx context.Context) error {
	for sink, messages := range c.ahead { // they did not come
		c.more[sink] -= messages
	}
	clear(c.ahead)
	if err := c.add(ctx); err != nil || len(c.late) == 0 {
		return err
	}
	less := map[string]int64{}
	for sink, messages := range c.late {
		less[sink] = -messages
	}
	clear(c.late)
	if _, err := c.digests.add(ctx, c.minuteBefore, less); err != nil {
		return err
	}
	c.digests.forget(c.minuteBefore)
	return nil
}

// add brings to the store what was counted since, and takes over what is there then.
func (c *Counts) add(ctx context.Context) error {
	for sink, messages := range c.more {
		if messages == 0 {
			delete(c.more, sink)
		}
	}
	if len(c.more) == 0 {
		return nil
	}
	total, err := c.digests.add(ctx, c.minute, c.more)
	if err != nil {
		return err
	}
	c.total = total
	clear(c.more)
	return nil
}

// add adds to the counts of a minute, and returns all that there are.
func (d *Digests) add(ctx context.Context, minute table.Key, more map[string]int64) (map[string]int64, error) {
	ctx, cancel := table.Bounded(ctx, d.store)
	defer cancel()
	total, err := d.store.Add(ctx, minute, more, d.now().Add(countRetention))
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	return total, nil
}

// forget lets the counts of a minute be read again.
func (d *Digests) forget(minute table.Key) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.minuteBefore == minute {
		d.minuteBefore = table.Key{}
	}
}

// countsBefore returns the counts of a minute that is over. It reads them once.
func (d *Digests) countsBefore(ctx context.Context, minute table.Key) (map[string]int64, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.minuteBefore == minute {
		return d.countsThen, nil
	}
	ctx, cancel := table.Bounded(ctx, d.store)
	defer cancel()
	counts, err := d.store.Numbers(ctx, minute)
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	d.minuteBefore, d.countsThen = minute, counts
	return counts, nil
}

// countKey names where the counts of a minute are kept, by sinks. It cannot be the key of a finding, which
// begins with its source.
func countKey(at time.Time) table.Key {
	return table.Key{Partition: "/counts", Sort: at.UTC().Format("2006-01-02T15:04")}
}
