package digest_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/digest"
	"github.com/tocsin-sec/tocsin/pkg/table"
)

// A finding is the first if nothing of any of its groups was, at the sink. One that is not leaves
// nothing behind: what was only gathered is not told.
func TestFirstOf(t *testing.T) {
	d := digest.New(table.NewMemory(), newClock().now)
	long := "resource " + strings.Repeat("x", 5000)
	for _, step := range []struct {
		sink   string
		groups []string
		want   bool
	}{
		{"slack", nil, true},
		{"slack", nil, true},
		{"slack", []string{"vulnerability CVE-1", "resource a"}, true},
		{"slack", []string{"vulnerability CVE-1", "resource a"}, false},
		{"slack", []string{"vulnerability CVE-2", "resource a"}, false},
		{"slack", []string{"vulnerability CVE-2", "resource b"}, true}, // CVE-2 on a was gathered
		{"slack", []string{"vulnerability CVE-1", "resource d"}, false},
		{"slack", []string{"vulnerability CVE-2", "resource d"}, false},
		{"slack", []string{"resource d"}, true},
		{"slack", []string{"vulnerability CVE-3", "resource c"}, true},
		{"slack", []string{long}, true},
		{"slack", []string{long}, false},
		{"slack", []string{long + "y"}, true},
		{"other", []string{"vulnerability CVE-1", "resource a"}, true},
	} {
		if got, err := d.FirstOf(t.Context(), step.sink, step.groups); got != step.want || err != nil {
			t.Errorf("%s %.60q: got %v, %v, want %v", step.sink, step.groups, got, err, step.want)
		}
	}
}

// Of findings that come side by side, in several processes on one table, one is the first.
func TestFirstOfManyAtOnce(t *testing.T) {
	store := table.NewMemory()
	var firsts atomic.Int32
	var all sync.WaitGroup
	for range 4 {
		d := digest.New(store, nil)
		for range 25 {
			all.Go(func() {
				isFirst, err := d.FirstOf(t.Context(), "slack", []string{"vulnerability CVE-1", "resource a"})
				if err != nil {
					t.Error(err)
				}
				if isFirst {
					firsts.Add(1)
				}
			})
		}
	}
	all.Wait()
	if got := firsts.Load(); got != 1 {
		t.Errorf("%d of 100 are the first", got)
	}
}

// saving is a store that notes what is saved, or fails.
type saving struct {
	*table.Memory
	keys    []table.Key
	expires []time.Time
	err     error
}

func (s *saving) Save(ctx context.Context, key table.Key, record table.Record, revision int64) error {
	if s.err != nil {
		return s.err
	}
	s.keys, s.expires = append(s.keys, key), append(s.expires, record.Expires)
	return s.Memory.Save(ctx, key, record, revision)
}

// A group is remembered for a day from its first message on, under a key that a table takes, and a
// store that fails is told.
func TestFirstOfInAStore(t *testing.T) {
	c, store := newClock(), &saving{Memory: table.NewMemory()}
	d := digest.New(store, c.now)
	groups := []string{"resource " + strings.Repeat("x", 5000)}
	first := func() bool {
		isFirst, err := d.FirstOf(t.Context(), "slack", groups)
		if err != nil {
			t.Fatal(err)
		}
		return isFirst
	}
	first()
	if len(store.keys) != 1 || store.keys[0].Partition != "/told/slack" || len(store.keys[0].Sort) > 1024 {
		t.Errorf("got %d keys, %.100v", len(store.keys), store.keys)
	}
	if want := c.at.Add(24 * time.Hour); !store.expires[0].Equal(want) {
		t.Errorf("expires %v, want %v", store.expires[0], want)
	}
	for range 2 {
		c.at = c.at.Add(12*time.Hour - time.Second)
		if first() {
			t.Errorf("the first again at %v", c.at)
		}
	}
	if c.at = c.at.Add(2 * time.Second); !first() || first() {
		t.Error("a day later it is not the first once more")
	}
	store.err = errors.New("throttled")
	if isFirst, err := d.FirstOf(t.Context(), "slack", []string{"resource a"}); isFirst || !errors.Is(err, store.err) {
		t.Errorf("got %v, %v", isFirst, err)
	}
}

// overtaken is a store in which somebody else marks a group after it was looked at.
type overtaken struct {
	*table.Memory
	group int // which of the marks, from 0
	saves int
}

func (o *overtaken) Save(ctx context.Context, key table.Key, record table.Record, revision int64) error {
	if o.saves++; o.saves == o.group+1 {
		if err := o.Memory.Save(ctx, key, record, revision); err != nil {
			return err
		}
	}
	return o.Memory.Save(ctx, key, record, revision)
}

// Of two that come at the same time, the one that marks the first group is the first; where they
// share another group only, both are, for one message too many is better than none.
func TestFirstOfAtTheSameTime(t *testing.T) {
	for group, want := range []bool{false, true} {
		d := digest.New(&overtaken{Memory: table.NewMemory(), group: group}, nil)
		got, err := d.FirstOf(t.Context(), "slack", []string{"vulnerability CVE-1", "resource a"})
		if got != want || err != nil {
			t.Errorf("group %d: got %v, %v", group, got, err)
		}
	}
}
