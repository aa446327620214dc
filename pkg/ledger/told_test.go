package ledger_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/ledger"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/table"
)

// What sinks were told is known by their names, in the form of today and in the one before; what was only claimed,
// or is dead, was told to nobody. Nothing is written.
func TestTold(t *testing.T) {
	store, now := text{table.NewMemory()}, time.Now().UTC()
	l := ledger.New(store, func() time.Time { return now })
	f := version(1)
	if told, err := l.Told(t.Context(), f.Key(), "slack"); err != nil || len(told) > 0 {
		t.Errorf("of what nobody was told: %v, %v", told, err)
	}
	c := caseOf(l, "a", f, "slack", "oncall", "mail")
	all := claims(t, c, "slack", "oncall", "mail")
	must(t, l.Sent(t.Context(), all[0], notify.Receipt{ID: "m1", Place: "C1"}))
	must(t, l.Dead(t.Context(), all[1]))
	over := version(2)
	over.State = finding.Archived
	ended := claims(t, caseOf(l, "b", over, "slack"), "slack")
	must(t, l.Sent(t.Context(), ended[0], notify.Receipt{}))
	old := `{"last":{"version":{"Updated":"2026-01-01T00:01:00Z","Count":1},"severity":5,"count":1,"receipt":{"ID":"old"},"at":"2026-01-01T00:01:01Z"},"lease":{"until":"0001-01-01T00:00:00Z"}}`
	must(t, store.Save(t.Context(), table.Key{Partition: f.Key(), Sort: "before"}, table.Record{Text: old, Expires: time.Now().Add(time.Hour)}, 0))
	counted := &counting{Store: store}
	told, err := ledger.New(counted, nil).Told(t.Context(), f.Key(), "slack", "oncall", "mail", "before", "never")
	want := map[string]ledger.Told{
		"slack":  {Receipt: notify.Receipt{ID: "m1", Place: "C1"}, Severity: 5, IsOver: true, At: now},
		"before": {Receipt: notify.Receipt{ID: "old"}, Severity: 5, At: time.Date(2026, 1, 1, 0, 1, 1, 0, time.UTC)},
	}
	if diff := cmp.Diff(want, told); err != nil || diff != "" || counted.saves != 0 {
		t.Errorf("%v, %d writes: %s", err, counted.saves, diff)
	}
	if _, err := ledger.New(stuck{Store: store, err: errors.New("no answer")}, nil).Told(t.Context(), f.Key()); err == nil {
		t.Error("a table that does not answer knows everything")
	}
}
