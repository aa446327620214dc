package table_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/pkg/table"
)

// note is a record of a test.
type note struct {
	Text string `json:"text"`
	Of   int    `json:"of"`
}

// elsewhere is a store that is not in this process: it keeps texts.
type elsewhere struct{ *table.Memory }

// What is not there, has expired or cannot be read is the zero value, and can be written over with
// the revision that it came with.
func TestRecords(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		record   table.Record
		want     note
		revision int64
	}{
		"a record":                  {table.Record{Text: `{"text":"a","of":1}`, Expires: now}, note{"a", 1}, 1},
		"one that has expired":      {table.Record{Text: `{"text":"a","of":1}`, Expires: now.Add(-time.Second)}, note{}, 1},
		"one that is not JSON":      {table.Record{Text: `{"text":"a`, Expires: now}, note{}, 1},
		"one that is half readable": {table.Record{Text: `{"text":"a","of":"one"}`, Expires: now}, note{}, 1},
		"one without a text":        {table.Record{Expires: now}, note{}, 1},
		"none":                      {table.Record{}, note{}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			store, key := elsewhere{table.NewMemory()}, table.Key{Partition: "p", Sort: "s"}
			records := table.Records[note]{Store: store, Now: func() time.Time { return now }}
			if test.revision > 0 {
				must(t, store.Save(t.Context(), key, test.record, 0))
			}
			got, revision, err := records.Load(t.Context(), key)
			if err != nil || got != test.want || revision != test.revision {
				t.Errorf("got %+v, revision %d, %v", got, revision, err)
			}
			must(t, records.Save(t.Context(), key, note{"b", 2}, revision))
			if err := records.Save(t.Context(), key, note{}, revision); !errors.Is(err, table.ErrConflict) {
				t.Errorf("the same revision once more: %v", err)
			}
			written, _, err := store.Load(t.Context(), key)
			must(t, err)
			if want := (table.Record{Text: `{"text":"b","of":2}`, Expires: now.Add(table.Retention)}); written != want {
				t.Errorf("got %+v, want %+v", written, want)
			}
		})
	}
}

func TestMemoryIsBounded(t *testing.T) {
	store := table.NewMemory()
	for i := range 30_000 {
		key := table.Key{Partition: fmt.Sprint(i), Sort: "slack"}
		must(t, store.Save(t.Context(), key, table.Record{}, 0))
		must(t, store.Save(t.Context(), key, table.Record{}, 1))
	}
	if n := store.Len(); n > 20_000 {
		t.Errorf("%d records", n)
	}
}

// Keys that are empty or longer than DynamoDB takes are hashed, for records and for items alike.
func TestLongKeys(t *testing.T) {
	far := newKeeping(t)
	store := dynamoDB(t, far.url)
	long := strings.Repeat("k", 1025)
	must(t, store.Save(t.Context(), table.Key{Partition: long, Sort: "slack"}, table.Record{Text: "{}", Expires: time.Unix(7, 0)}, 0))
	must(t, store.Append(t.Context(), "list", table.Item{Key: "", Text: "t", Expires: time.Unix(8, 0)}))
	if diff := cmp.Diff([]string{
		`{"expires":{"N":"7"},"format":{"N":"1"},"pk":{"S":"sha256:011cc8dcade24f43d2d7f95605d8481da1d0b86475def49be02bfc20cee86e65"},"record":{"S":"{}"},"revision":{"N":"1"},"sk":{"S":"slack"}}`,
		`{"expires":{"N":"8"},"format":{"N":"1"},"item":{"S":"t"},"pk":{"S":"list"},"sk":{"S":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}}`,
	}, far.items); diff != "" {
		t.Error(diff)
	}
}

// A record of another form reads as absent, with the revision that it is written over with. An item
// without a revision is not Tocsin's.
func TestStrangeItems(t *testing.T) {
	for name, test := range map[string]struct {
		item     string
		want     table.Record
		revision int64
		isWrong  bool
	}{
		"ours":         {`{"format":{"N":"1"},"revision":{"N":"3"},"expires":{"N":"7"},"record":{"S":"{}"}}`, table.Record{Text: "{}", Expires: time.Unix(7, 0)}, 3, false},
		"another form": {`{"format":{"N":"2"},"revision":{"N":"3"},"expires":{"N":"7"},"record":{"S":"{}"}}`, table.Record{}, 3, false},
		"no record":    {`{"format":{"N":"1"},"revision":{"N":"3"},"expires":{"N":"7"}}`, table.Record{}, 3, false},
		"not ours":     {`{"record":{"S":"{}"}}`, table.Record{}, 0, true},
		"none":         {``, table.Record{}, 0, false},
	} {
		far := newKeeping(t)
		if test.item != "" {
			far.answer = `{"Item":` + test.item + `}`
		}
		got, revision, err := dynamoDB(t, far.url).Load(t.Context(), table.Key{Partition: "f", Sort: "slack"})
		if (err != nil) != test.isWrong || revision != test.revision || got.Text != test.want.Text || !got.Expires.Equal(test.want.Expires) {
			t.Errorf("%s: got %+v, revision %d, %v", name, got, revision, err)
		}
	}
}
