package events_test

import (
	"os"
	"reflect"
	"sync"
	"testing"
	"time"

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

// A time that cannot be read leaves that of the event, to be shown and to tell versions apart; one
// that can be read stays alone.
func TestTimeOfEvent(t *testing.T) {
	const envelope = `{"source":"com.example","detail-type":"Login","time":"2026-05-01T10:00:00Z","detail":`
	for detail, want := range map[string]finding.Activity{
		`{"id":"1"}`:                           {Updated: at(t, "2026-05-01T10:00:00Z")},
		`{"id":"1","updatedAt":"a while ago"}`: {Updated: at(t, "2026-05-01T10:00:00Z")},
		`{"id":"1","updatedAt":"a while ago","createdAt":"2026-05-01T09:00:00Z"}`:   {Created: at(t, "2026-05-01T09:00:00Z")},
		`{"id":"1","updatedAt":"Fri, 1 May 2026 09:30:00 GMT","severity":"medium"}`: {Updated: at(t, "2026-05-01T09:30:00Z")},
	} {
		f := parsed(t, events.Table(), envelope+detail+"}")
		if diff := cmp.Diff(want, f.Activity); diff != "" {
			t.Errorf("%s: %s", detail, diff)
		}
		if f.Version().Updated.IsZero() || f.Version().Content != "" {
			t.Errorf("%s: version %v", detail, f.Version())
		}
	}
}

func at(t *testing.T, text string) time.Time {
	t.Helper()
	parsed, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}
