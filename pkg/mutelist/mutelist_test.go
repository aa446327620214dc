package mutelist_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/pkg/mute"
	"github.com/tocsin-sec/tocsin/pkg/mutelist"
	"github.com/tocsin-sec/tocsin/pkg/table"
)

// clock is a clock that is set.
type clock struct{ now time.Time }

func newKept(store table.Store) (*mutelist.Kept, *clock) {
	c := &clock{time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	return &mutelist.Kept{Store: store, Now: func() time.Time { return c.now }, Patience: time.Minute}, c
}

func entry(name, until string) mute.Entry {
	return mute.Entry{Name: name, When: "severity < 5", Until: until, Reason: "tests of the shop", By: "alice"}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func names(t *testing.T, kept *mutelist.Kept) string {
	t.Helper()
	list, _, err := kept.Load(t.Context())
	must(t, err)
	var all []string
	for _, e := range list {
		all = append(all, e.Name)
	}
	return strings.Join(all, " ")
}

// What is added is there until it is ended or somebody writes after its end; the history says who
// did what.
func TestAddAndEnd(t *testing.T) {
	kept, c := newKept(table.NewMemory())
	if list, revision, err := kept.Load(t.Context()); len(list) > 0 || revision != 0 || err != nil {
		t.Errorf("an empty table: %v, %d, %v", list, revision, err)
	}
	must(t, kept.Add(t.Context(), entry("a", "2026-03-01")))
	must(t, kept.Add(t.Context(), entry("b", "2026-03-02T00:00:00Z")))
	must(t, kept.Add(t.Context(), entry("c", "2026-04-01")))
	if err := kept.Add(t.Context(), entry("b", "2026-03-05")); err == nil || !strings.Contains(err.Error(), `has a mute "b" already; end it first`) {
		t.Errorf("a second b: %v", err)
	}
	list, _, err := kept.Load(t.Context())
	must(t, err)
	want := entry("b", "2026-03-02T00:00:00Z")
	want.Created = c.now
	if diff := cmp.Diff(want, list[1]); diff != "" {
		t.Error(diff)
	}
	c.now = c.now.Add(time.Minute)
	ended, err := kept.End(t.Context(), "b", "bob")
	if err != nil || ended.Name != "b" || names(t, kept) != "a c" {
		t.Errorf("ended %v, %v; there are %s", ended, err, names(t, kept))
	}
	if _, err := kept.End(t.Context(), "b", "bob"); !errors.Is(err, mutelist.ErrNoSuchMute) {
		t.Errorf("ended twice: %v", err)
	}
	c.now = c.now.Add(24 * time.Hour) // a has ended
	must(t, kept.Add(t.Context(), entry("a", "2026-03-09")))
	if got := names(t, kept); got != "c a" {
		t.Errorf("got %s, want c and the new a", got)
	}
	deeds, err := kept.History(t.Context())
	must(t, err)
	var history []string
	for _, d := range deeds {
		history = append(history, strings.Join([]string{d.At.Format("02 15:04"), d.What, d.Mute.Name, d.By}, " "))
	}
	if diff := cmp.Diff([]string{"01 12:00 added a alice", "01 12:00 added b alice", "01 12:00 added c alice", "01 12:01 ended b bob", "02 12:01 added a alice"}, history); diff != "" {
		t.Error(diff)
	}
	c.now = c.now.Add(89 * 24 * time.Hour)
	if deeds, err = kept.History(t.Context()); err != nil || len(deeds) != 4 {
		t.Errorf("89 days later the history holds %d, %v", len(deeds), err) // what ended at once is forgotten 90 days after
	}
}

// Those who change the list at once do not undo each other.
func TestRaces(t *testing.T) {
	kept, _ := newKept(table.NewMemory())
	var racing sync.WaitGroup
	var added sync.Map
	for i := range 4 {
		racing.Go(func() {
			name := fmt.Sprint("m", i)
			if kept.Add(t.Context(), entry(name, "2026-03-02")) == nil {
				added.Store(name, true)
			}
		})
	}
	racing.Wait()
	got := " " + names(t, kept) + " "
	added.Range(func(name, _ any) bool {
		if !strings.Contains(got, fmt.Sprintf(" %s ", name)) {
			t.Errorf("%s is lost: %s", name, got)
		}
		return true
	})
}

// twice is a store that takes a write, and is asked for it once more since its answer was lost.
type twice struct{ *table.Memory }

func (s twice) Save(ctx context.Context, key table.Key, record table.Record, revision int64) error {
	if err := s.Memory.Save(ctx, key, record, revision); err != nil || revision%2 == 1 {
		return err
	}
	return s.Memory.Save(ctx, key, record, revision)
}

// A write that came twice is in conflict with itself, and no mistake.
func TestRequestsThatComeTwice(t *testing.T) {
	kept, _ := newKept(twice{table.NewMemory()})
	must(t, kept.Add(t.Context(), entry("a", "2026-03-02")))
	if ended, err := kept.End(t.Context(), "a", ""); err != nil || ended.Name != "a" || names(t, kept) != "" {
		t.Errorf("got %v, %v", ended, err)
	}
}

// There is an end to the list, in number and in bytes.
func TestBounds(t *testing.T) {
	for name, long := range map[string]int{"in number": 0, "in bytes": 290} {
		kept, _ := newKept(table.NewMemory())
		added := 0
		for ; added <= mute.MaxMutes; added++ {
			e := entry(fmt.Sprint("m", added), "2026-03-02")
			e.Reason = "x" + strings.Repeat("y", long)
			if err := kept.Add(t.Context(), e); err != nil {
				if !strings.Contains(err.Error(), "end some first") {
					t.Error(err)
				}
				break
			}
		}
		if isFull := added == mute.MaxMutes; isFull != (long == 0) || added < 100 {
			t.Errorf("%s: the list took %d", name, added)
		}
		if list, _, err := kept.Load(t.Context()); err != nil || len(list) != added {
			t.Errorf("%s: %d are read, %v", name, len(list), err)
		}
	}
}

// What cannot be read is an error, and is not written over; what has a mistake is not written.
func TestMistakes(t *testing.T) {
	far := time.Date(2999, 1, 1, 0, 0, 0, 0, time.UTC)
	for text, want := range map[string]string{
		`{"format":1,"mutes":[{"name":"a","whe`: "cannot be read",
		`{"format":2,"mutes":[]}`:               "is of another version of Tocsin",
		``:                                      "cannot be read",
		`{"format":1,"mutes":[` + strings.Repeat(`{},`, 500) + `{}]}`:          "there are more than 500 mutes",
		`{"format":1,"mutes":[{"when":"` + strings.Repeat("x", 65536) + `"}]}`: "is longer than 65536 bytes",
	} {
		store := table.NewMemory()
		key := table.Key{Partition: "/mute", Sort: "list"}
		must(t, store.Save(t.Context(), key, table.Record{Text: text, Expires: far}, 0))
		kept, _ := newKept(store)
		if _, _, err := kept.Load(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40s: %v, want %s", text, err, want)
		}
		if err := kept.Add(t.Context(), entry("a", "2026-03-02")); err == nil {
			t.Errorf("%.40s: is written over", text)
		}
	}
	kept, _ := newKept(table.NewMemory())
	for _, wrong := range []mute.Entry{{}, entry("a", "soon"), {Name: "a", When: "smaple", Until: "2026-03-02", Reason: "b"}} {
		if err := kept.Add(t.Context(), wrong); err == nil || names(t, kept) != "" {
			t.Errorf("%v was taken: %v", wrong, err)
		}
	}
}
