package ledger

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/table"
)

// file is all that is known of one finding: the record of each sink, by the instance's name. It is
// kept as one, so that a call tells or asks of all sinks. A file is not changed: see with.
type file map[string]Record

// fileKey names the file of a finding. No instance can be called so.
func fileKey(subject string) table.Key { return table.Key{Partition: subject, Sort: "/sinks"} }

// with returns the file with another record of a sink.
func (f file) with(sink string, record Record) file {
	all := maps.Clone(f)
	if all == nil {
		all = make(file, 1)
	}
	record.Revision++
	all[sink] = record
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

// MarshalJSON writes the file. What the first sink by name was sent last is what others can have in
// common with it.
func (f file) MarshalJSON() ([]byte, error) {
	k := kept{Sinks: make(map[string]keptRecord, len(f))}
	for _, sink := range slices.Sorted(maps.Keys(f)) {
		record := keptRecord{Record: f[sink]}
		if last := record.Last; last != nil {
			common := *last
			common.Receipt, common.At = notify.Receipt{}, time.Time{}
			if k.Common == nil {
				k.Common = &common
			}
			if reflect.DeepEqual(*k.Common, common) {
				record.Last, record.IsCommon, record.Receipt, record.At = nil, true, last.Receipt, last.At
			}
		}
		k.Sinks[sink] = record
	}
	return json.Marshal(k)
}

// UnmarshalJSON reads the file.
func (f *file) UnmarshalJSON(text []byte) error {
	var k kept
	if err := json.Unmarshal(text, &k); err != nil {
		return fmt.Errorf("the file of a finding: %w", err)
	}
	*f = make(file, len(k.Sinks))
	for sink, record := range k.Sinks {
		if record.IsCommon && k.Common != nil {
			last := *k.Common
			last.Receipt, last.At = record.Receipt, record.At
			record.Last = &last
		}
		(*f)[sink] = record.Record
	}
	return nil
}
