package ledger_test

import (
	"encoding/json"
	"fmt"
	"math/rand"
	"reflect"
	"testing"
	"testing/quick"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/ledger"
)

// filled returns a value of which some fields are set, as chance has it.
func filled(random *rand.Rand, kind reflect.Type) reflect.Value {
	value := reflect.New(kind).Elem()
	switch {
	case random.Intn(3) == 0: // zero
	case kind == reflect.TypeFor[time.Time]():
		at := time.Unix(random.Int63n(4e9), random.Int63n(2)*random.Int63n(1e9))
		value.Set(reflect.ValueOf([]time.Time{at.UTC(), at.In(time.FixedZone("", 3600*random.Intn(9)))}[random.Intn(2)]))
	case kind.Kind() == reflect.Struct:
		for i := range kind.NumField() {
			value.Field(i).Set(filled(random, kind.Field(i).Type))
		}
	case kind.Kind() == reflect.Pointer:
		value.Set(reflect.New(kind.Elem()))
		value.Elem().Set(filled(random, kind.Elem()))
	case kind.Kind() == reflect.Slice:
		for range random.Intn(4) {
			value.Set(reflect.Append(value, filled(random, kind.Elem())))
		}
	case kind.Kind() == reflect.String:
		texts := []string{"a", "slack", "é\"\\\n\x00 \U0001F525", "<b> & \u2028", "not UTF-8: \xff"}
		value.SetString(texts[random.Intn(len(texts))])
	case kind.Kind() == reflect.Float64:
		value.SetFloat([]float64{8, 2.5, 1e-9, 1e30}[random.Intn(4)])
	case kind.Kind() == reflect.Bool:
		value.SetBool(true)
	default:
		value.SetInt(random.Int63n(1000) - 10)
	}
	return value
}

// The file of a finding is written as reflection would write it.
func TestFilesAreWrittenAsByReflection(t *testing.T) {
	isSame := func(seed int64) bool {
		random := rand.New(rand.NewSource(seed))
		records := map[string]ledger.Record{}
		for i := range random.Intn(4) {
			record, _ := filled(random, reflect.TypeFor[ledger.Record]()).Interface().(ledger.Record)
			if known, isThere := records["s0"]; isThere && random.Intn(2) == 0 && known.Last != nil { // the same, elsewhere
				last := *known.Last
				last.At, last.Receipt.ID = last.At.Add(time.Second), "other"
				record.Last = &last
			}
			records[fmt.Sprint("s", i)] = record
		}
		text, reflected, err := ledger.Written(records)
		if err != nil {
			t.Fatal(err)
		}
		var got, want any
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		if err := json.Unmarshal(reflected, &want); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got  %s\nwant %s", text, reflected)
			return false
		}
		return true
	}
	if err := quick.Check(isSame, &quick.Config{MaxCount: 2000}); err != nil {
		t.Error(err)
	}
}

// A time that JSON has no form for is an error.
func TestFileWithoutAForm(t *testing.T) {
	record := ledger.Record{Lease: ledger.Lease{Owner: "a", Until: time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)}}
	if text, _, err := ledger.Written(map[string]ledger.Record{"s": record}); err == nil {
		t.Errorf("got %s", text)
	}
}
