package scale_test

import (
	"cmp"
	"container/heap"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/digest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/ledger"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

const (
	silence = 10 * time.Hour
	// What is deployed: the timeout, two functions at once, the receives after which a record is a dead letter, and Slack's rate.
	deployedTimeout  = 30 * time.Second
	functions        = 2
	mostReceives     = 200
	slackRate        = 1.0
	mostDigestEvery  = time.Minute
	latencyOfASink   = 300 * time.Millisecond
	mostInFlightSQS  = 120_000 // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html
	longestRetention = 14 * 24 * time.Hour
)

// silent is a way in which a sink takes nothing.
type silent struct {
	name string
	// fail is what it does with a message, on the clock of the model.
	fail func(c *playedClock) error
	// digestAfter is DIGEST_AFTER of both sinks.
	digestAfter int
}

func silents() []silent {
	errNo := errors.New("status 503")
	unavailable := func(c *playedClock) error { c.at = c.at.Add(latencyOfASink); return errNo }
	hangs := func(c *playedClock) error { c.at = c.at.Add(8 * time.Second); return context.DeadlineExceeded }
	throttles := func(c *playedClock) error {
		c.at = c.at.Add(latencyOfASink)
		return notify.RetryAfter(errors.New("status 429"), 30*time.Second)
	}
	return []silent{
		{"503", unavailable, 0}, {"does not answer", hangs, 0}, {"429, Retry-After: 30", throttles, 0}, {"503", unavailable, 10},
	}
}

// TestSilentSink plays ten hours in which one of two sinks takes nothing while very many findings wait, and what comes after, with the
// engine, the ledger and the digests of Tocsin and a queue by the rules of SQS, on a clock that runs as fast as the machine can.
func TestSilentSink(t *testing.T) {
	skipUnlessWanted(t)
	waiting := min(*publications/10, 100_000)
	g := newGrid("Slack for ten hours", "`DIGEST_AFTER`", "receives in that time", "a second", "receives of a record until the end: p50, most", "most hidden at once",
		"told to SNS within the ten hours", "a new critical one to SNS meanwhile: p50, longest", "empty, after Slack is back", "messages to Slack", "lost", "dead")
	order := newGrid("Slack for ten hours", "`DIGEST_AFTER`", "critical, told by Slack after it is back: p50, last", "high", "medium", "the first tenth that came, p50", "the last tenth")
	for _, s := range silents() {
		began := time.Now()
		m := newSilentModel(s, waiting)
		m.run(t)
		m.check(t)
		g.row(m.row()...)
		order.row(m.order()...)
		say("%s, digests after %d: %s records, %.0f h played in %.0f s", s.name, s.digestAfter, grouped(waiting), m.end.Sub(m.start).Hours(), time.Since(began).Seconds())
	}
	publish(t, "silent", fmt.Sprintf("%s findings wait, one critical finding more comes every ten minutes.\n\n%s\nIn which order it drains:\n\n%s", grouped(waiting), g, order))
}

// playedClock is a clock on which waiting takes no time.
type playedClock struct{ at time.Time }

// Now implements delivery.Clock.
func (c *playedClock) Now() time.Time { return c.at }

// Sleep implements delivery.Clock.
func (c *playedClock) Sleep(_ context.Context, d time.Duration) bool {
	c.at = c.at.Add(d)
	return true
}

// waitingRecord is a record of the model's queue: a finding, or the flush of a digest.
type waitingRecord struct {
	finding  finding.Finding
	flush    digest.Flush
	came     time.Time
	visible  time.Time
	receives int
	isProbe  bool
	isDone   [2]bool
	told     [2]time.Time // by Slack and by SNS; by a digest too
}

func (r *waitingRecord) isFlush() bool { return r.flush.Digest != "" }

// byVisibility is a heap: what is visible first is handed over first.
type byVisibility []*waitingRecord

// Len implements heap.Interface.
func (h byVisibility) Len() int { return len(h) }

// Less implements heap.Interface.
func (h byVisibility) Less(i, j int) bool { return h[i].visible.Before(h[j].visible) }

// Swap implements heap.Interface.
func (h byVisibility) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

// Push implements heap.Interface.
func (h *byVisibility) Push(x any) { *h = append(*h, x.(*waitingRecord)) }

// Pop implements heap.Interface.
func (h *byVisibility) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}

// silentModel is a queue with two functions before it and two sinks behind them.
type silentModel struct {
	silent
	rng        *rand.Rand
	start, end time.Time
	queue      byVisibility
	all        []*waitingRecord
	byID       map[string]*waitingRecord
	sinks      [2]*playedSink
	hidden     int // records that were received and are not done
	mostHidden int
	early      int // receives until Slack is back
	dead       int
}

func newSilentModel(s silent, waiting int) *silentModel {
	m := &silentModel{silent: s, rng: rand.New(rand.NewPCG(1, 2)), byID: map[string]*waitingRecord{}}
	// The contexts of the delivery end by the real clock, which is behind the played one.
	m.start = time.Now().UTC().Add(365 * 24 * time.Hour).Truncate(24 * time.Hour)
	for i := range waiting { // they come within ten minutes
		m.add(i, m.start.Add(10*time.Minute*time.Duration(i)/time.Duration(waiting)), false)
	}
	for i := range int(silence / (10 * time.Minute)) {
		m.add(waiting+i, m.start.Add(time.Duration(i)*10*time.Minute+15*time.Minute), true)
	}
	heap.Init(&m.queue)
	m.sinks[0] = m.newSink("slack", slackRate, func(c *playedClock) error {
		if c.at.Before(m.start.Add(silence)) {
			return s.fail(c)
		}
		c.at = c.at.Add(latencyOfASink)
		return nil
	})
	m.sinks[1] = m.newSink("sns", 0, func(c *playedClock) error { c.at = c.at.Add(50 * time.Millisecond); return nil })
	return m
}

func (m *silentModel) add(number int, at time.Time, isProbe bool) {
	severity := finding.Severity(5)
	switch share := m.rng.IntN(100); {
	case isProbe || share < 3:
		severity = 9
	case share < 40:
		severity = 8
	}
	r := &waitingRecord{came: at, visible: at, isProbe: isProbe, finding: finding.Finding{
		ID: fmt.Sprintf("%08d", number), Source: "aws.guardduty", Type: "Recon:EC2/Portscan", Severity: severity,
		Place:    finding.Place{Account: finding.Account{ID: "111122223333"}, Region: "eu-west-1"},
		Activity: finding.Activity{Updated: at, Count: 1},
	}}
	m.all = append(m.all, r)
	m.byID[r.finding.ID] = r
	m.queue = append(m.queue, r)
}

// playedSink is a vendor's end with an engine of its own, as the targets of one delivery work side by side.
type playedSink struct {
	name     string
	place    int
	clock    *playedClock
	engine   *delivery.Engine
	digests  *digest.Digests
	answer   func(*playedClock) error
	rate     float64
	seconds  map[int64]bool // in which it took a message
	messages int
	model    *silentModel
}

func (m *silentModel) newSink(name string, rate float64, answer func(*playedClock) error) *playedSink {
	k := &playedSink{name: name, clock: &playedClock{m.start}, answer: answer, rate: rate, seconds: map[int64]bool{}, model: m}
	if name == "sns" {
		k.place = 1
	}
	store := newPlainStore()
	k.digests = digest.New(store, k.clock.Now)
	k.engine = delivery.New([]delivery.Target{{
		Name: name, Sink: k, Concurrency: 1, Rate: rate, Repeat: ledger.Repeat{Kind: ledger.OnChanges}, DigestAfter: m.digestAfter,
	}}, delivery.Options{Ledger: ledger.New(store, k.clock.Now), Digests: k.digests, DigestEvery: mostDigestEvery, Clock: k.clock})
	return k
}

// Notify implements notify.Notifier.
func (k *playedSink) Notify(_ context.Context, n notify.Notification) (notify.Receipt, error) {
	if err := k.answer(k.clock); err != nil {
		return notify.Receipt{}, err
	}
	now := k.clock.at
	if k.rate > 0 {
		if k.seconds[now.Unix()] {
			return notify.Receipt{}, notify.RetryAfter(errors.New("status 429"), time.Second)
		}
		k.seconds[now.Unix()] = true
	}
	k.messages++
	for _, f := range n.Findings {
		if r := k.model.byID[f.ID]; r.told[k.place].IsZero() {
			r.told[k.place] = now
		}
	}
	return notify.Receipt{ID: "m"}, nil
}

// run plays the queue until it is empty.
func (m *silentModel) run(t *testing.T) {
	t.Helper()
	var free [functions]time.Time // when each function is free again
	for len(m.queue) > 0 {
		worker := 0
		for i := range free {
			if free[i].Before(free[worker]) {
				worker = i
			}
		}
		at := m.queue[0].visible
		if at.Before(free[worker]) {
			at = free[worker]
		}
		if at.Sub(m.start) > longestRetention {
			return
		}
		var batch []*waitingRecord
		until := at.Add(time.Second)
		for len(batch) < inBatch && len(m.queue) > 0 && !m.queue[0].visible.After(until) {
			r, _ := heap.Pop(&m.queue).(*waitingRecord)
			batch = append(batch, r)
			if r.visible.After(at) {
				at = r.visible
			}
		}
		free[worker] = m.invoke(t.Context(), batch, at)
		m.end = free[worker]
	}
}

// invoke handles one batch, and returns the time at which that has ended.
func (m *silentModel) invoke(ctx context.Context, batch []*waitingRecord, at time.Time) (end time.Time) {
	ctx, cancel := context.WithDeadline(ctx, at.Add(deployedTimeout))
	defer cancel()
	for _, r := range batch {
		if r.receives++; r.receives == 1 {
			m.hidden++
		}
		if at.Before(m.start.Add(silence)) {
			m.early++
		}
	}
	m.mostHidden = max(m.mostHidden, m.hidden)
	waits := make([]time.Duration, len(batch))
	end = at
	for _, k := range m.sinks {
		k.clock.at = at
		k.deliver(ctx, batch, waits)
		if k.clock.at.After(end) {
			end = k.clock.at
		}
	}
	for i, r := range batch {
		switch {
		case waits[i] == 0:
			m.hidden--
		case r.receives >= mostReceives:
			m.dead++
			m.hidden--
		default:
			r.visible = end.Add(waits[i])
			heap.Push(&m.queue, r)
		}
	}
	return end
}

// deliver sends a batch to one sink, and notes how long each record has to wait at the least.
func (k *playedSink) deliver(ctx context.Context, batch []*waitingRecord, waits []time.Duration) {
	var pairs []delivery.Pair
	var places []int
	for i, r := range batch {
		if message := k.messageOf(ctx, r); message != nil {
			pairs, places = append(pairs, delivery.Pair{Message: message}), append(places, i)
		}
	}
	report := k.engine.Deliver(ctx, delivery.Invocation{ID: fmt.Sprint(k.model.rng.Uint64()), Announce: func(_ context.Context, f digest.Flush) error {
		heap.Push(&k.model.queue, &waitingRecord{flush: f, visible: k.clock.at.Add(mostDigestEvery)})
		return nil
	}}, pairs)
	for p, result := range report.Results {
		i := places[p]
		batch[i].isDone[k.place] = result.Finished()
		if !result.Finished() {
			waits[i] = max(waits[i], result.Wait.Backoff(batch[i].receives, k.model.rng.Float64()), time.Second)
		}
	}
}

// messageOf returns what is to be sent of a record; nil where that is nothing.
func (k *playedSink) messageOf(ctx context.Context, r *waitingRecord) *delivery.Message {
	if !r.isFlush() {
		return delivery.FindingMessage(&r.finding)
	}
	if r.flush.Sink != k.name {
		return nil
	}
	findings, err := k.digests.Flush(ctx, k.name, r.flush.Digest)
	if err != nil || len(findings) == 0 {
		return nil
	}
	return delivery.DigestMessage(r.flush, findings, nil)
}

// check fails where something is lost, or dead before its time.
func (m *silentModel) check(t *testing.T) {
	t.Helper()
	if lost := m.lost(); lost > 0 {
		t.Errorf("%s: %d pairs are lost", m.name, lost)
	}
	if m.dead > 0 {
		t.Errorf("%s: %d records are dead letters after %d receives", m.name, m.dead, mostReceives)
	}
}

func (m *silentModel) lost() (lost int) {
	for _, r := range m.all {
		for _, told := range r.told {
			if told.IsZero() {
				lost++
			}
		}
	}
	return lost
}

func (m *silentModel) row() []string {
	var receives []int
	inTime := 0
	var late []time.Duration
	back := m.start.Add(silence)
	for _, r := range m.all {
		receives = append(receives, r.receives)
		if !r.told[1].IsZero() && r.told[1].Before(back) {
			inTime++
		}
		if r.isProbe {
			late = append(late, r.told[1].Sub(r.came))
		}
	}
	slices.Sort(receives)
	return []string{
		m.name, fmt.Sprint(m.digestAfter), grouped(m.early), fmt.Sprintf("%.2f", float64(m.early)/silence.Seconds()),
		fmt.Sprintf("%d, %d", receives[len(receives)/2], receives[len(receives)-1]), grouped(m.mostHidden), fmt.Sprintf("%.1f %%", 100*float64(inTime)/float64(len(m.all))),
		spoken(at(late, 50)) + ", " + spoken(at(late, 100)), spoken(m.end.Sub(back)), grouped(m.sinks[0].messages), grouped(m.lost()), grouped(m.dead),
	}
}

// order returns how long after Slack is back it was told, by what the findings are.
func (m *silentModel) order() []string {
	back := m.start.Add(silence)
	of := func(is func(place int, r *waitingRecord) bool) (all []time.Duration) {
		for place, r := range m.all {
			if !r.isProbe && r.told[0].After(back) && is(place, r) {
				all = append(all, r.told[0].Sub(back))
			}
		}
		return all
	}
	level := func(severity finding.Severity) string {
		all := of(func(_ int, r *waitingRecord) bool { return r.finding.Severity == severity })
		return spoken(at(all, 50)) + ", " + spoken(at(all, 100))
	}
	tenth := len(m.all) / 10
	first := of(func(place int, _ *waitingRecord) bool { return place < tenth })
	last := of(func(place int, _ *waitingRecord) bool { return place >= 9*tenth })
	return []string{m.name, fmt.Sprint(m.digestAfter), level(9), level(8), level(5), spoken(at(first, 50)), spoken(at(last, 50))}
}

// spoken writes a time as people say it.
func spoken(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < 2*time.Hour:
		return fmt.Sprintf("%.0f min", d.Minutes())
	default:
		return fmt.Sprintf("%.1f h", cmp.Or(d.Hours(), 0))
	}
}
