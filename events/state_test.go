package events_test

import (
	"testing"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// A finding is in the state that its source states, and open where it states none.
func TestStates(t *testing.T) {
	const guardDuty, other = `"source":"aws.guardduty","detail-type":"GuardDuty Finding"`, `"source":"com.example","detail-type":"Alert"`
	for event, want := range map[string]finding.State{
		`{` + guardDuty + `,"detail":{"type":"t","service":{"archived":true}}}`:                finding.Archived,
		`{` + guardDuty + `,"detail":{"type":"t","archived":"true","service":{}}}`:             finding.Archived,
		`{` + guardDuty + `,"detail":{"type":"t","service":{"archived":false}}}`:               finding.Open,
		`{` + other + `,"detail":{"title":"t"}}`:                                               finding.Open,
		`{` + other + `,"detail":{"title":"t","isArchived":true,"status":"Resolved"}}`:         finding.Archived,
		`{` + other + `,"detail":{"title":"t","recordState":"ARCHIVED"}}`:                      finding.Archived,
		`{` + other + `,"detail":{"title":"t","recordState":"ACTIVE","status":"CLOSED"}}`:      finding.Closed,
		`{` + other + `,"detail":{"title":"t","workflow":{"status":"RESOLVED"}}}`:              finding.Resolved,
		`{` + other + `,"detail":{"title":"t","workflow":{"status":"SUPPRESSED"}}}`:            finding.Suppressed,
		`{` + other + `,"detail":{"title":"t","workflow":{"status":"NEW"},"status":"ACTIVE"}}`: finding.Open,
	} {
		delivery, err := events.Open(events.Table(), []byte(event))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range events.Parse(events.Table(), delivery.Records[0].Envelope) {
			if f.State != want {
				t.Errorf("%s: got %v, want %v", event, f.State, want)
			}
		}
	}
}
