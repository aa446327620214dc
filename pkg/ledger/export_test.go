package ledger

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// Written returns the JSON of the file with these records, by the sinks' names, and what reflection makes
// of the same.
func Written(records map[string]Record) (text, reflected []byte, err error) {
	var f file
	k := kept{Sinks: map[string]keptRecord{}}
	for _, sink := range slices.Sorted(maps.Keys(records)) {
		record := keptRecord{Record: records[sink]}
		f = append(f, sinkRecord{sink, record.Record})
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
	if text, err = f.MarshalJSON(); err != nil {
		return nil, nil, err
	}
	reflected, err = json.Marshal(k)
	return text, reflected, err
}
