package simulation

import (
	"container/heap"
	"math/rand/v2"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/digest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// record is a message of the queue: a finding, or the flush of a digest.
type record struct {
	finding  finding.Finding
	flush    digest.Flush
	visible  time.Time
	receives int
}

func (r record) isFlush() bool { return r.flush.Digest != "" }

// queue is SQS with the event source mapping before the function.
type queue struct{ records byVisibility }

func (q *queue) add(r record) { heap.Push(&q.records, r) }

// take returns the next batch and the time at which it is handed over, not before the given one.
// SQS asks some of its servers at a time, so that a batch often holds fewer records than there are.
func (q *queue) take(from time.Time, rng *rand.Rand) (batch []record, at time.Time, ok bool) {
	if len(q.records) == 0 {
		return nil, time.Time{}, false
	}
	at = q.records[0].visible
	if at.Before(from) {
		at = from
	}
	until := at.Add(window)
	most := 1 + rng.IntN(maxInBatch)
	for len(batch) < most && len(q.records) > 0 && !q.records[0].visible.After(until) {
		r, _ := heap.Pop(&q.records).(record)
		r.receives++
		batch = append(batch, r)
		if r.visible.After(at) {
			at = r.visible
		}
	}
	if len(batch) < most {
		at = until // the window was waited out
	}
	return batch, at, true
}

// byVisibility is a heap: what is to be handed over first is first.
type byVisibility []record

// Len implements heap.Interface.
func (h byVisibility) Len() int { return len(h) }

// Less implements heap.Interface.
func (h byVisibility) Less(i, j int) bool { return h[i].visible.Before(h[j].visible) }

// Swap implements heap.Interface.
func (h byVisibility) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

// Push implements heap.Interface.
func (h *byVisibility) Push(x any) {
	if r, ok := x.(record); ok {
		*h = append(*h, r)
	}
}

// Pop implements heap.Interface.
func (h *byVisibility) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}
