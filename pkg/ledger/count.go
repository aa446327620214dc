package ledger

import (
	"context"
	"fmt"
	"time"
)

// countKept is how long a minute's count of messages is kept.
const countKept = 10 * time.Minute

// Counted is a message that was counted. The zero value is one that was not.
type Counted struct {
	// PerMinute is how many messages there were to the sink in the last minute, this one included. The minute before
	// counts by the part of it that is still within the last minute.
	PerMinute float64

	sink string
	in   Pair // the count of its minute
}

// CountMessage counts one more message to a sink, which is about to be sent or put into a digest.
func (l *Ledger) CountMessage(ctx context.Context, sink string) (Counted, error) {
	ctx, cancel := l.patiently(ctx)
	defer cancel()
	now := l.now()
	minute := now.Truncate(time.Minute)
	c := Counted{sink: sink, in: countPair(sink, minute)}
	count, err := l.add(ctx, c.in, 1-l.takeUnsent(c))
	if err != nil {
		return Counted{}, err
	}
	before, err := l.previousCount(ctx, sink, minute.Add(-time.Minute))
	if err != nil {
		return c, err
	}
	left := 1 - now.Sub(minute).Seconds()/60
	c.PerMinute = float64(count) + float64(before)*left
	return c, nil
}

// Uncount notes that a counted message was not sent: it is counted when it comes again. It is taken off the count with
// the sink's next message of the same minute, or else by SettleCount.
func (l *Ledger) Uncount(c Counted) {
	if c == (Counted{}) {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.unsent[c.sink] == nil {
		l.unsent[c.sink] = map[Pair]int64{}
	}
	l.unsent[c.sink][c.in]++
}

// takeUnsent returns how many messages are to be taken off the count that c is in, and forgets them.
func (l *Ledger) takeUnsent(c Counted) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	messages := l.unsent[c.sink][c.in]
	delete(l.unsent[c.sink], c.in)
	return messages
}

// SettleCount takes what is left of a sink's messages that were not sent off their counts. Another process that has read
// the count of a minute that is over keeps what it has read.
func (l *Ledger) SettleCount(ctx context.Context, sink string) error {
	ctx, cancel := l.patiently(ctx)
	defer cancel()
	l.mu.Lock()
	unsent := l.unsent[sink]
	delete(l.unsent, sink)
	l.mu.Unlock()
	for in, messages := range unsent {
		if _, err := l.add(ctx, in, -messages); err != nil {
			return err
		}
		l.mu.Lock()
		if countPair(sink, l.previous[sink].minute) == in { // so that this process reads it again
			delete(l.previous, sink)
		}
		l.mu.Unlock()
	}
	return nil
}

// add adds to a count and returns the sum. A count that stays as it is, is read.
func (l *Ledger) add(ctx context.Context, in Pair, messages int64) (count int64, err error) {
	if messages == 0 {
		count, err = l.store.Number(ctx, in)
	} else {
		count, err = l.store.Add(ctx, in, messages, l.now().Add(countKept))
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
func (l *Ledger) previousCount(ctx context.Context, sink string, minute time.Time) (int64, error) {
	in := countPair(sink, minute)
	l.mu.Lock()
	known, isKnown := l.previous[sink]
	l.mu.Unlock()
	if !isKnown || !known.minute.Equal(minute) {
		count, err := l.add(ctx, in, 0)
		if err != nil {
			return 0, err
		}
		known = counted{minute, count}
		l.mu.Lock()
		l.previous[sink] = known
		l.mu.Unlock()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return known.count - l.unsent[sink][in], nil
}

// countPair is where the count of a minute is kept. It cannot be the key of a finding, which begins with its source.
func countPair(sink string, minute time.Time) Pair {
	return Pair{"/count/" + sink, minute.UTC().Format("2006-01-02T15:04")}
}
