package events_test

import (
	"os"
	"reflect"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// TestParseAgain parses one envelope several times side by side. The event is one whose members the
// parser puts back where they belong, so that what one parser changes must not be seen by another.
func TestParseAgain(t *testing.T) {
	event, err := os.ReadFile("testdata/flattened.json")
	if err != nil {
		t.Fatal(err)
	}
	delivery, err := events.Open(events.Table(), event)
	if err != nil {
		t.Fatal(err)
	}
	envelope := delivery.Records[0].Envelope
	parsed := make([][]finding.Finding, 4)
	var parsers sync.WaitGroup
	for i := range parsed {
		parsers.Go(func() { parsed[i] = events.Parse(events.Table(), envelope) })
	}
	parsers.Wait()
	for _, again := range parsed[1:] {
		if !reflect.DeepEqual(parsed[0], again) {
			t.Error(cmp.Diff(parsed[0], again))
		}
	}
}
