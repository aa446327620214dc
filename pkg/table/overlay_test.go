package table_test

import (
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/table"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// An overlay begins with what the store below holds, sees its own changes, and leaves the store as
// it is.
func TestOverlay(t *testing.T) {
	base, key := table.NewMemory(), table.Key{Partition: "f", Sort: "slack"}
	below := table.Record{Text: `"below"`, Expires: time.Unix(1, 0)}
	must(t, base.Save(t.Context(), key, below, 0))
	must(t, base.Save(t.Context(), key, below, 1))
	over := table.NewOverlay(base)
	load := func(store table.Store, want table.Record) int64 {
		t.Helper()
		got, revision, err := store.Load(t.Context(), key)
		must(t, err)
		if got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		return revision
	}
	above := table.Record{Text: `"above"`, Expires: time.Unix(2, 0)}
	must(t, over.Save(t.Context(), key, above, load(over, below)))
	load(over, above)
	if revision := load(base, below); revision != 2 {
		t.Errorf("the store below was changed: revision %d", revision)
	}
	if _, revision, err := over.Load(t.Context(), table.Key{Partition: "other"}); err != nil || revision != 0 {
		t.Errorf("a record that is nowhere: revision %d, %v", revision, err)
	}
}
