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

// A finding is the first if it is that of every group that it is in, at the sink.
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
		{"slack", []string{"vulnerability CVE-1", "resource b"}, false}, // b has been counted all the same
		{"slack", []string{"resource b"}, false},
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

// counting is a store that notes what is counted, or fails.
type counting struct {
	*table.Memory
	keys    []table.Key
	expires []time.Time
	err     error
}

func (c *counting) Add(ctx context.Context, key table.Key, number int64, expires time.Time) (int64, error) {
	if c.err != nil {
		return 0, c.err
	}
	c.keys, c.expires = append(c.keys, key), append(c.expires, expires)
	return c.Memory.Add(ctx, key, number, expires)
}

// A group is remembered for a day under a key that a table takes, and a store that fails is told.
func TestFirstOfInAStore(t *testing.T) {
	c, store := newClock(), &counting{Memory: table.NewMemory()}
	d := digest.New(store, c.now)
	if _, err := d.FirstOf(t.Context(), "slack", []string{"resource " + strings.Repeat("x", 5000)}); err != nil {
		t.Fatal(err)
	}
	if len(store.keys) != 1 || store.keys[0].Partition != "/group/slack" || len(store.keys[0].Sort) > 1024 {
		t.Errorf("got %d keys, %.100v", len(store.keys), store.keys)
	}
	if want := c.at.Add(24 * time.Hour); !store.expires[0].Equal(want) {
		t.Errorf("expires %v, want %v", store.expires[0], want)
	}
	store.err = errors.New("throttled")
	if isFirst, err := d.FirstOf(t.Context(), "slack", []string{"resource a"}); isFirst || !errors.Is(err, store.err) {
		t.Errorf("got %v, %v", isFirst, err)
	}
}
