package ledger

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/table"
)

// file is all that is known of one finding: the record of each sink, sorted by the instance's name. It is
// kept as one, so that a call tells or asks of all sinks. A file is not changed: see with.
type file []sinkRecord

type sinkRecord struct {
	sink   string
	record Record
}

// find returns the place of a sink's record, or where it belongs.
func (f file) find(sink string) (place int, isThere bool) {
	return slices.BinarySearchFunc(f, sink, func(r sinkRecord, sink string) int { return strings.Compare(r.sink, sink) })
}

// of returns the record of a sink; the zero value where there is none.
func (f file) of(sink string) Record {
	if place, isThere := f.find(sink); isThere {
		return f[place].record
	}
	return Record{}
}

// fileKey names the file of a finding. No instance can be called so.
func fileKey(subject string) table.Key { return table.Key{Partition: subject, Sort: "/sinks"} }

// with returns the file with another record of a sink.
func (f file) with(sink string, record Record) file {
	record.Revision++
	place, isThere := f.find(sink)
	if !isThere {
		return slices.Concat(f[:place], file{{sink, record}}, f[place:])
	}
	all := slices.Clone(f)
	all[place].record = record
	return all
}

// kept is a file as it is written. Sinks that were sent the same have it in common, but for where and
// when it went: so the file of two sinks is hardly larger than that of one.
type kept struct {
	Common *Message              `json:"last,omitempty"`
	Sinks  map[string]keptRecord `json:"sinks"`
}

type keptRecord struct {
	Record
	IsCommon bool           `json:"common,omitempty"` // Last is the common one, with the two that follow
	Receipt  notify.Receipt `json:"receipt,omitzero"`
	At       time.Time      `json:"at,omitzero"`
}

// UnmarshalJSON reads the file.
func (f *file) UnmarshalJSON(text []byte) error {
	var k kept
	if err := json.Unmarshal(text, &k); err != nil {
		return fmt.Errorf("the file of a finding: %w", err)
	}
	*f = make(file, 0, len(k.Sinks))
	for _, sink := range slices.Sorted(maps.Keys(k.Sinks)) {
		record := k.Sinks[sink]
		if record.IsCommon && k.Common != nil {
			last := *k.Common
			last.Receipt, last.At = record.Receipt, record.At
			record.Last = &last
		}
		*f = append(*f, sinkRecord{sink, record.Record})
	}
	return nil
}
