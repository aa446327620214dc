package events_test

import (
	"testing"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/events/generic"
	"github.com/tocsin-sec/tocsin/events/source"
)

// Whether a finding is one of a source that sends by the thousand is known where it is read.
func TestBursty(t *testing.T) {
	for _, isBursty := range []bool{false, true} {
		reader := generic.Source()
		reader.IsBursty = isBursty
		table := []source.Source{reader}
		opened, err := events.Open(table, []byte(`{"source":"aws.x","detail-type":"X","detail":{"id":"a"}}`))
		if err != nil {
			t.Fatal(err)
		}
		if f := events.Parse(table, opened.Records[0].Envelope)[0]; f.IsBursty != isBursty {
			t.Errorf("got %v, want %v", f.IsBursty, isBursty)
		}
	}
}
