package pipeline_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/pkg/condition"
	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/pipeline"
	"github.com/tocsin-sec/tocsin/pkg/secret"
)

// stated is an event of GuardDuty in a state.
func stated(severity int, minute int, isArchived bool) string {
	return fmt.Sprintf(`{"source":"aws.guardduty","detail-type":"GuardDuty Finding","account":"111122223333","region":"eu-west-1","detail":`+
		`{"id":"f","type":"Recon:EC2/Portscan","title":"A scan","severity":%d,"accountId":"111122223333","region":"eu-west-1",`+
		`"updatedAt":"2026-01-01T00:%02d:00Z","service":{"archived":%v}}}`, severity, minute, isArchived)
}

// Sent as high, archived as informational: the threshold, the condition and the mutes that hold such
// a finding back do not hold its end back from who was sent it, and nobody else hears of it.
func TestEndPassesWhatHoldsFindingsBack(t *testing.T) {
	slack, oncall := &sink{}, &sink{}
	with := parts(nil, slack, oncall)
	with.Sources = events.Table()
	when, err := condition.Compile(`level == "high" and not archived`)
	if err != nil {
		t.Fatal(err)
	}
	with.Routes[0].When, with.Routes[0].Variable = when, "SLACK_WHEN"
	with.Routes[1].MinSeverity = 9
	with.Mutes, err = pipeline.NewMutes("[{name: over, when: archived or severity < 4, until: 9999-12-31, reason: x}]", secret.Ref{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	p := pipeline.New(with)
	var got [][]delivery.Outcome
	for _, event := range []string{stated(8, 1, false), stated(1, 2, true), stated(1, 3, true), stated(8, 4, false)} {
		r, err := p.Handle(t.Context(), []byte(event))
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, outcomes(r)...)
	}
	if diff := cmp.Diff([][]delivery.Outcome{
		{delivery.Delivered, delivery.Below}, {delivery.Delivered, delivery.Resolved},
		{delivery.Duplicate, delivery.Resolved}, {delivery.Delivered, delivery.Below},
	}, got); diff != "" {
		t.Error(diff)
	}
	if len(slack.sent) != 3 || slack.sent[1].Kind != notify.KindResolved || slack.sent[2].Kind != notify.KindUpdate || len(oncall.sent) != 0 {
		t.Errorf("got %+v and %d messages", slack.sent, len(oncall.sent))
	}
}

// A preview shows the end of a finding as the last message about it.
func TestPreviewOfAnEnd(t *testing.T) {
	with := parts(nil, &sink{})
	with.Sources = events.Table()
	shown, err := pipeline.New(with).Preview(t.Context(), []byte(stated(1, 1, true)))
	if err != nil || len(shown) != 1 {
		t.Fatal(shown, err)
	}
	if shown[0].Kind != notify.KindResolved || !strings.Contains(shown[0].Sinks[0].Decision.Reason, "it is over (archived)") {
		t.Errorf("got %+v", shown[0])
	}
}

// told is a sink whose preview says what has changed, and when.
type told struct{ sink }

func (*told) Preview(n notify.Notification) (notify.Preview, error) {
	return notify.Preview{Form: notify.FormText, Body: fmt.Append(nil, n.Changes, n.Findings[0].Updated.Format(" 15:04"))}, nil
}

// What may be sent later has risen from the level below, and ends after it began.
func TestPreviewOfWhatComesLater(t *testing.T) {
	for severity, want := range map[int][]string{
		9: {"[{severity 8.0 9.0}] 00:01", "[] 01:01"}, 8: {"[{severity 5.0 8.0}] 00:01", "[] 01:01"},
		5: {"[{severity 2.0 5.0}] 00:01", "[] 01:01"}, 1: {"[] 01:01"},
	} {
		with := parts(nil, &sink{})
		with.Sources, with.Sinks[0] = events.Table(), &told{}
		shown, err := pipeline.New(with).Preview(t.Context(), []byte(stated(severity, 1, false)))
		if err != nil || len(shown) != 1 {
			t.Fatal(shown, err)
		}
		var got []string
		for _, later := range shown[0].Sinks[0].Later {
			got = append(got, string(later.Message.Body))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("of severity %d: %s", severity, diff)
		}
	}
}
