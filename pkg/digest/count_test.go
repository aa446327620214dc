package digest_test

import (
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/pkg/digest"
	"github.com/tocsin-sec/tocsin/pkg/table"
)

func count(t *testing.T, c *digest.Counts, want float64) digest.Counted {
	t.Helper()
	m, err := c.Message(t.Context(), "slack")
	if err != nil || m.PerMinute != want {
		t.Errorf("got %v, %v, want %v", m.PerMinute, err, want)
	}
	return m
}

// What was counted and not sent is taken off the count, at once for the delivery that counted it,
// and for others once it is settled.
func TestUncount(t *testing.T) {
	c, store := newClock(), table.NewMemory()
	here, there := digest.New(store, c.now).Counts(), digest.New(store, c.now).Counts()
	first, second := count(t, here, 1), count(t, here, 2)
	here.Uncount(first)
	here.Uncount(second)
	here.Uncount(digest.Counted{}) // was not counted
	count(t, there, 2)             // the first one, which stands in the store
	third := count(t, here, 1)
	here.Uncount(third)
	must(t, here.Settle(t.Context()))
	must(t, here.Settle(t.Context()))
	must(t, there.Settle(t.Context()))
	count(t, digest.New(store, c.now).Counts(), 2)
}

// A message that is handed back after the turn of its minute is taken off the minute in which it
// was counted.
func TestUncountAfterTheTurnOfTheMinute(t *testing.T) {
	c, store := newClock(), table.NewMemory()
	l := digest.New(store, c.now).Counts()
	late := count(t, l, 1)
	c.at = c.at.Add(time.Minute)
	count(t, l, 2)
	l.Uncount(late)
	count(t, l, 2)
	must(t, l.Settle(t.Context()))
	count(t, digest.New(store, c.now).Counts(), 3)
}

// A message that is handed back two minutes later is taken off no other minute than its own.
func TestUncountAfterAMinuteWithoutMessages(t *testing.T) {
	c, store := newClock(), table.NewMemory()
	l := digest.New(store, c.now).Counts()
	late := count(t, l, 1)
	c.at = c.at.Add(time.Minute)
	count(t, digest.New(store, c.now).Counts(), 2)
	c.at = c.at.Add(time.Minute)
	count(t, l, 2)
	l.Uncount(late)
	count(t, l, 3)
}

// Of the messages of a delivery the first is one call, for all sinks that are sent the same, and all
// the others together are one.
func TestCallsOfACount(t *testing.T) {
	far := &sparing{numbers: map[string]map[string]int64{}, calls: map[string]int{}}
	server := httptest.NewServer(far)
	defer server.Close()
	d := digest.New(dynamoDB(t, server.URL), newClock().now)
	expect := func(what string, want map[string]int) {
		t.Helper()
		if diff := cmp.Diff(want, far.calls); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", what, diff)
		}
	}
	lone := d.Counts()
	for _, sink := range []string{"slack", "sns", "mail"} {
		if m, err := lone.Message(t.Context(), sink, "slack", "sns", "mail"); err != nil || m.PerMinute != 1 {
			t.Errorf("%s: got %v, %v", sink, m.PerMinute, err)
		}
	}
	must(t, lone.Settle(t.Context()))
	expect("a lone finding", map[string]int{"UpdateItem": 1, "GetItem": 1}) // one for the minute before
	batch := d.Counts()
	for i := range 10 {
		count(t, batch, float64(i+2))
		if _, err := batch.Message(t.Context(), "sns"); err != nil {
			t.Error(err)
		}
	}
	must(t, batch.Settle(t.Context()))
	expect("a batch", map[string]int{"UpdateItem": 3, "GetItem": 1})
	count(t, d.Counts(), 12)
}

// Whoever did not come, though the same was to be said to it, does not count.
func TestWhoDidNotCome(t *testing.T) {
	store := table.NewMemory()
	c := digest.New(store, newClock().now).Counts()
	if _, err := c.Message(t.Context(), "sns", "slack"); err != nil {
		t.Error(err)
	}
	must(t, c.Settle(t.Context()))
	count(t, digest.New(store, newClock().now).Counts(), 1)
}

// A process counts on from what it has read for a second, or for fifty messages.
func TestOthersCountToo(t *testing.T) {
	c, store := newClock(), table.NewMemory()
	here, there := digest.New(store, c.now).Counts(), digest.New(store, c.now).Counts()
	count(t, here, 1)
	for i := range 49 {
		count(t, there, float64(2+i))
	}
	count(t, here, 2)
	c.at = c.at.Add(1001 * time.Millisecond)
	count(t, here, 4) // and the first of there
	count(t, there, 53)
	for range 50 {
		if _, err := there.Message(t.Context(), "slack"); err != nil {
			t.Error(err)
		}
	}
	c.at = c.at.Add(1001 * time.Millisecond)
	count(t, here, 104)
}
