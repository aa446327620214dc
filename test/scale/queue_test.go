package scale_test

import (
	"container/heap"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

// hour is how much shorter the waits of the queue are than those that are asked for, since the publications of months come within
// minutes: a minute of waiting takes 0.3 s.
const hour = 200

// queue is the SQS queue, played. The publications of one finding, which are 15 minutes or more apart, are handed over one after
// another; one record in a hundred is handed over a second time, whenever that is.
type queue struct {
	mu       sync.Mutex
	stream   *stream
	left     int // publications that are still to come
	ready    []*message
	later    byTime
	waiting  map[int][]*message       // by the finding, one of which is under way
	hidden   map[string]time.Duration // what the function has asked for, by receipt
	inFlight int
	handed   int // publications that were handed over for the first time

	batches, twice, longest int
	flushes                 int
}

// message is a message of the queue.
type message struct {
	id, body string
	publication
	isCopy, isFlush bool
	receives        int
	visible         time.Time
}

// copied ends the id of a message that is handed over a second time.
const copied = "-again"

// byTime is a heap: what is visible first is first.
type byTime []*message

// Len implements heap.Interface.
func (h byTime) Len() int { return len(h) }

// Less implements heap.Interface.
func (h byTime) Less(i, j int) bool { return h[i].visible.Before(h[j].visible) }

// Swap implements heap.Interface.
func (h byTime) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

// Push implements heap.Interface.
func (h *byTime) Push(x any) { *h = append(*h, x.(*message)) }

// Pop implements heap.Interface.
func (h *byTime) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}

func newQueue(s *stream, publications int) *queue {
	return &queue{stream: s, left: publications, waiting: map[int][]*message{}, hidden: map[string]time.Duration{}}
}

// take returns the next batch; it is empty when there is nothing to do at this moment, and over says that there will be nothing any
// more.
func (q *queue) take(most int) (batch []*message, over bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Now()
	for len(q.later) > 0 && !now.Before(q.later[0].visible) {
		m, _ := heap.Pop(&q.later).(*message)
		q.ready = append(q.ready, m)
	}
	for len(batch) < most {
		m := q.one()
		if m == nil {
			break
		}
		if m.receives++; !m.isCopy && !m.isFlush && rand.IntN(100) == 0 { // SQS delivers at least once
			again := *m
			again.id, again.isCopy, again.visible = m.id+copied, true, time.Now().Add(rand.N(2*time.Second))
			q.twice++
			heap.Push(&q.later, &again)
		}
		q.longest = max(q.longest, m.receives)
		batch = append(batch, m)
	}
	if len(batch) == 0 {
		return nil, q.left == 0 && q.inFlight == 0 && len(q.later) == 0
	}
	q.batches++
	q.inFlight++
	return batch, false
}

// one returns the next message that is ready; nil where none is.
func (q *queue) one() *message {
	if len(q.ready) > 0 {
		m := q.ready[0]
		q.ready = q.ready[1:]
		return m
	}
	for q.left > 0 {
		q.left--
		q.handed++
		p := q.stream.next()
		m := &message{id: fmt.Sprintf("m%d", p.serial), body: p.event(), publication: p}
		if waiting, isUnderWay := q.waiting[p.finding]; isUnderWay {
			q.waiting[p.finding] = append(waiting, m)
			continue
		}
		q.waiting[p.finding] = nil
		return m
	}
	return nil
}

// done ends a batch of which the function keeps some.
func (q *queue) done(batch []*message, keptIDs []string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.inFlight--
	isKept := map[string]bool{}
	for _, id := range keptIDs {
		isKept[id] = true
	}
	for _, m := range batch {
		if isKept[m.id] {
			q.hide(m, shortened(q.hidden[m.id]))
		} else if !m.isCopy && !m.isFlush {
			q.goOn(m.finding)
		}
		delete(q.hidden, m.id)
	}
}

// lose ends a batch whose function was killed: it comes again when the queue's visibility timeout is over.
func (q *queue) lose(batch []*message, after time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.inFlight--
	for _, m := range batch {
		delete(q.hidden, m.id)
		q.hide(m, after)
	}
}

// shortened returns how long a record waits that is to be hidden for so long. A lease lasts as long as it lasts; all other waits are
// longer.
func shortened(asked time.Duration) time.Duration {
	if asked <= timeout+2*time.Second {
		return asked
	}
	return asked / hour
}

func (q *queue) hide(m *message, wait time.Duration) {
	m.visible = time.Now().Add(max(wait, 5*time.Millisecond))
	heap.Push(&q.later, m)
}

// goOn lets the next publication of a finding be handed over.
func (q *queue) goOn(finding int) {
	waiting := q.waiting[finding]
	if len(waiting) == 0 {
		delete(q.waiting, finding)
		return
	}
	q.ready = append(q.ready, waiting[0])
	q.waiting[finding] = waiting[1:]
}

// ask notes for how long a message is to be hidden.
func (q *queue) ask(receipt string, wait time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.hidden[receipt] = wait
}

// send takes a message of the function's own, to be handed over after a while.
func (q *queue) send(body string, after time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.flushes++
	m := &message{id: fmt.Sprintf("flush-%d", q.flushes), body: body, isFlush: true, visible: time.Now().Add(after)}
	heap.Push(&q.later, m)
}

// progress returns how many publications were handed over.
func (q *queue) progress() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.handed
}

// records returns a batch as the function gets it.
func records(batch []*message) []byte {
	all := make([]record, len(batch))
	for i, m := range batch {
		all[i] = newRecord(m.id, m.body, m.receives)
	}
	return payload(all)
}
