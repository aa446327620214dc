package delivery_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// A word that an event has asked for is a dead letter when it cannot be said. One that nothing could be made
// of again has none, and can be said once the sink is mended.
func TestDeadWord(t *testing.T) {
	for event, letters := range map[string]int{"": 0, `{"source":"tocsin"}`: 1} {
		sink, dead := &script{answers: []error{notify.PermanentSink(errors.New("no_service"))}}, &grave{}
		e := engine(sink, dead)
		n := notify.Notification{Kind: notify.KindNotice, Word: notify.Word{Name: "sink_dead", ID: "w"}}
		pairs := []delivery.Pair{{Message: delivery.WordMessage(n, json.RawMessage(event))}}
		first := e.Deliver(t.Context(), delivery.Invocation{ID: "1"}, pairs).Results[0]
		second := e.Deliver(t.Context(), delivery.Invocation{ID: "2"}, pairs).Results[0]
		isKept := letters > 0
		if first.Outcome != delivery.Dead || first.IsDeadLetter != isKept || len(dead.letters) != letters || (second.Outcome == delivery.Delivered) == isKept {
			t.Errorf("%q: got %+v, then %+v, and %d letters", event, first, second, len(dead.letters))
		}
	}
}
