package digest_test

import (
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/pkg/digest"
	"github.com/tocsin-sec/tocsin/pkg/table"
)

func count(t *testing.T, l *digest.Digests, want float64) digest.Counted {
	t.Helper()
	c, err := l.CountMessage(t.Context(), "slack")
	if err != nil || c.PerMinute != want {
		t.Errorf("got %v, %v, want %v", c.PerMinute, err, want)
	}
	return c
}

// What was counted and not sent is taken off the count, at once for the process that counted it,
// and for others once it is settled.
func TestUncount(t *testing.T) {
	c, store := newClock(), table.NewMemory()
	here, there := digest.New(store, c.now), digest.New(store, c.now)
	first, second := count(t, here, 1), count(t, here, 2)
	here.Uncount(first)
	here.Uncount(second)
	here.Uncount(digest.Counted{}) // was not counted
	count(t, there, 3)             // not settled yet
	third := count(t, here, 2)
	here.Uncount(third)
	must(t, here.SettleCount(t.Context(), "other"))
	must(t, here.SettleCount(t.Context(), "slack"))
	must(t, here.SettleCount(t.Context(), "slack"))
	count(t, there, 2)
}

// A message that is handed back after the turn of its minute is taken off the minute in which it
// was counted.
func TestUncountAfterTheTurnOfTheMinute(t *testing.T) {
	c, store := newClock(), table.NewMemory()
	l := digest.New(store, c.now)
	late := count(t, l, 1)
	c.at = c.at.Add(time.Minute)
	l.Uncount(late)
	count(t, l, 1)
	must(t, l.SettleCount(t.Context(), "slack"))
	count(t, l, 2) // the second of this minute
	count(t, digest.New(store, c.now), 3)
}

// Of messages that are handed back one after another, each count is one call, and all of them take
// one more.
func TestCallsOfACount(t *testing.T) {
	far := &sparing{numbers: map[string]int64{}, calls: map[string]int{}}
	server := httptest.NewServer(far)
	defer server.Close()
	l := digest.New(dynamoDB(t, server.URL), newClock().now)
	for range 8 {
		l.Uncount(count(t, l, 1))
	}
	must(t, l.SettleCount(t.Context(), "slack"))
	must(t, l.SettleCount(t.Context(), "slack"))
	count(t, l, 1)
	if diff := cmp.Diff(map[string]int{"UpdateItem": 3, "GetItem": 8}, far.calls); diff != "" { // one for the minute before
		t.Error(diff)
	}
}
