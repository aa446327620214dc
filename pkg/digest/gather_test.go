package digest_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/digest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/table"
)

// clock is a clock that a test moves by hand.
type clock struct{ at time.Time }

func newClock() *clock { return &clock{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time { return c.at }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestCountMessage(t *testing.T) {
	c := newClock()
	l := digest.New(table.NewMemory(), c.now)
	for _, step := range []struct {
		after time.Duration
		want  float64
	}{
		{0, 1}, {10 * time.Second, 2}, {49 * time.Second, 3},
		{time.Second, 4},        // the next minute: all three of the last one are within 60 s, as far as is known
		{30 * time.Second, 3.5}, // half of the last minute's three
		{30 * time.Second, 3},   // and again a minute later: the two of this one
		{10 * time.Minute, 1},
	} {
		c.at = c.at.Add(step.after)
		counts := l.Counts()
		if got, err := counts.Message(t.Context(), "slack"); err != nil || got.PerMinute != step.want {
			t.Errorf("at %v: got %v, %v, want %v", c.at, got, err, step.want)
		}
		if _, err := counts.Message(t.Context(), "other"); err != nil {
			t.Fatal(err)
		}
	}
}

// announcements are the digests that were announced.
type announcements struct {
	mu  sync.Mutex
	ids []string
	err error
}

func (a *announcements) announce(_ context.Context, f digest.Flush) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ids = append(a.ids, f.Digest)
	return a.err
}

func gather(a *announcements, id string, severity finding.Severity) digest.GatherRequest {
	f := finding.Finding{ID: id, Source: "aws.guardduty", Severity: severity, Title: "t"}
	return digest.GatherRequest{Sink: "slack", Finding: &f, Every: time.Minute, Announce: a.announce}
}

func TestGatherAndFlush(t *testing.T) {
	c, a := newClock(), &announcements{}
	l := digest.New(table.NewMemory(), c.now)
	for i, severity := range []finding.Severity{4, 8, 0} {
		must(t, l.Gather(t.Context(), gather(a, fmt.Sprint(i), severity)))
	}
	must(t, l.Gather(t.Context(), gather(a, "1", 8))) // comes again after a crash
	if len(a.ids) != 1 {
		t.Fatalf("announced %d times, want once", len(a.ids))
	}
	for range 2 { // the flush may be tried again
		findings, err := l.Flush(t.Context(), "slack", a.ids[0])
		if err != nil || len(findings) != 3 || findings[0].ID != "2" || findings[1].ID != "1" || findings[2].ID != "0" {
			t.Fatalf("got %v, %v, want the three, the worst first", findings, err)
		}
	}
	must(t, l.Gather(t.Context(), gather(a, "4", 5)))
	if len(a.ids) != 2 || a.ids[0] == a.ids[1] {
		t.Errorf("what comes after the flush opens the next digest: %v", a.ids)
	}
	if none, err := l.Flush(t.Context(), "slack", "never-opened"); err != nil || len(none) != 0 {
		t.Errorf("got %v, %v", none, err)
	}
}

// TestGatherSideBySide has findings of one delivery come at once: they open one digest.
func TestGatherSideBySide(t *testing.T) {
	c, a := newClock(), &announcements{}
	l := digest.New(table.NewMemory(), c.now)
	var gathering sync.WaitGroup
	for i := range 16 {
		gathering.Go(func() {
			if err := l.Gather(t.Context(), gather(a, fmt.Sprint(i), 5)); err != nil {
				t.Error(err)
			}
		})
	}
	gathering.Wait()
	if len(a.ids) != 1 {
		t.Fatalf("%d digests were announced", len(a.ids))
	}
	findings, err := l.Flush(t.Context(), "slack", a.ids[0])
	must(t, err)
	if len(findings) != 16 {
		t.Errorf("%d findings in the digest", len(findings))
	}
}

func TestDigestThatNobodyFlushesIsAnnouncedAgain(t *testing.T) {
	c, a := newClock(), &announcements{}
	l := digest.New(table.NewMemory(), c.now)
	must(t, l.Gather(t.Context(), gather(a, "1", 5)))
	c.at = c.at.Add(2 * time.Minute)
	must(t, l.Gather(t.Context(), gather(a, "2", 5)))
	if len(a.ids) != 1 {
		t.Errorf("announced too early: %v", a.ids)
	}
	c.at = c.at.Add(2 * time.Minute)
	must(t, l.Gather(t.Context(), gather(a, "3", 5)))
	if len(a.ids) != 2 || a.ids[0] != a.ids[1] {
		t.Errorf("got %v, want the same digest announced again", a.ids)
	}
}

func TestDigestThatCannotBeAnnouncedIsNotOpened(t *testing.T) {
	a := &announcements{err: errors.New("SQS is down")}
	l := digest.New(table.NewMemory(), nil)
	if err := l.Gather(t.Context(), gather(a, "1", 5)); err == nil {
		t.Error("want an error: the finding is sent by itself")
	}
	a.err = nil
	must(t, l.Gather(t.Context(), gather(a, "1", 5)))
	if findings, err := l.Flush(t.Context(), "slack", a.ids[1]); err != nil || len(findings) != 1 {
		t.Errorf("got %v, %v", findings, err)
	}
}

// Findings are gathered while digests are flushed: each of them is in a digest that is flushed.
func TestNothingIsLostBetweenGatherAndFlush(t *testing.T) {
	a := &announcements{}
	l := digest.New(table.NewMemory(), nil)
	const workers, each = 8, 200
	var done atomic.Bool
	var gatherers, flusher sync.WaitGroup
	flushed := map[string]bool{}
	flushAll := func() {
		a.mu.Lock()
		ids := append([]string(nil), a.ids...)
		a.mu.Unlock()
		for _, id := range ids {
			findings, err := l.Flush(t.Context(), "slack", id)
			if err != nil {
				t.Error(err)
			}
			if isLate := flushed["digest "+id]; isLate {
				continue // its message is out: what would come now is lost
			}
			if len(findings) > 0 {
				flushed["digest "+id] = true
			}
			for _, f := range findings {
				flushed[f.ID] = true
			}
		}
	}
	flusher.Go(func() {
		for !done.Load() {
			flushAll()
			time.Sleep(time.Millisecond)
		}
	})
	var stored sync.Map
	for w := range workers {
		gatherers.Go(func() {
			for i := range each {
				id := fmt.Sprint(w, "-", i)
				for l.Gather(t.Context(), gather(a, id, 5)) != nil { // overtaken again and again
					time.Sleep(time.Millisecond)
				}
				stored.Store(id, true)
			}
		})
	}
	gatherers.Wait()
	done.Store(true)
	flusher.Wait()
	flushAll()
	stored.Range(func(id, _ any) bool {
		if !flushed[id.(string)] {
			t.Errorf("%v was gathered and never flushed", id)
		}
		return true
	})
}

// A digest is read as a whole when it is sent, so that one process puts no more into it than it can hold beside others: what comes then
// opens the next one, and each is flushed.
func TestFullDigestIsFollowedByTheNext(t *testing.T) {
	const findings, most = 4_500, 2_000
	c, a := newClock(), &announcements{}
	store := table.NewMemory()
	l := digest.New(store, c.now)
	for i := range findings {
		must(t, l.Gather(t.Context(), gather(a, fmt.Sprintf("%08d", i), 5)))
	}
	if len(a.ids) != 3 {
		t.Fatalf("%d digests were announced, want 3", len(a.ids))
	}
	seen := map[string]bool{}
	for _, id := range a.ids {
		gathered, err := digest.New(store, c.now).Flush(t.Context(), "slack", id) // by another process
		must(t, err)
		if len(gathered) > most {
			t.Errorf("%d findings in a digest, want at most %d", len(gathered), most)
		}
		for _, f := range gathered {
			seen[f.ID] = true
		}
	}
	if len(seen) != findings {
		t.Errorf("%d findings in the digests, want %d", len(seen), findings)
	}
}

// Where the next digest cannot be announced, the full one takes more.
func TestFullDigestTakesMoreWhereNoneFollows(t *testing.T) {
	const findings = 2_100
	c, a := newClock(), &announcements{}
	l := digest.New(table.NewMemory(), c.now)
	for i := range findings {
		if i == 1_000 {
			a.err = errors.New("SQS is down")
		}
		must(t, l.Gather(t.Context(), gather(a, fmt.Sprintf("%08d", i), 5)))
	}
	gathered, err := l.Flush(t.Context(), "slack", a.ids[0])
	must(t, err)
	if len(gathered) != findings {
		t.Errorf("%d findings in the digest, want %d", len(gathered), findings)
	}
}

// A full digest whose flush has got lost is announced once more, as any other.
func TestFullDigestThatNobodyFlushesIsAnnouncedAgain(t *testing.T) {
	c, a := newClock(), &announcements{}
	l := digest.New(table.NewMemory(), c.now)
	for i := range 2_000 {
		must(t, l.Gather(t.Context(), gather(a, fmt.Sprintf("%08d", i), 5)))
	}
	c.at = c.at.Add(4 * time.Minute)
	must(t, l.Gather(t.Context(), gather(a, "late", 5)))
	must(t, l.Gather(t.Context(), gather(a, "later", 5)))
	if len(a.ids) != 3 || a.ids[0] != a.ids[1] || a.ids[1] == a.ids[2] {
		t.Errorf("got %v, want the same digest announced again, and then the next one", a.ids)
	}
}
