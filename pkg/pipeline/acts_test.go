package pipeline_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/pipeline"
)

// Each finding that is sent has what can be done about it, its update too, and one that is over nothing.
func TestActs(t *testing.T) {
	slack := &sink{}
	p := parts(nil, slack)
	p.Acts = func(f *finding.Finding) []notify.Act {
		return []notify.Act{{Name: notify.ActAcknowledge, Value: f.Key()}}
	}
	line := pipeline.New(p)
	want := [][]notify.Act{{{Name: notify.ActAcknowledge, Value: "com.example///a"}}, {{Name: notify.ActAcknowledge, Value: "com.example///a"}}, nil}
	for _, detail := range []string{
		`{"id":"a","severity":5,"updatedAt":"2026-01-01T00:01:00Z"}`, `{"id":"a","severity":8,"updatedAt":"2026-01-01T00:02:00Z"}`,
		`{"id":"a","severity":8,"status":"resolved","updatedAt":"2026-01-01T00:03:00Z"}`,
	} {
		record := fmt.Sprintf(`{"source":"com.example","detail-type":"x","detail":%s}`, detail)
		if r, err := line.Handle(t.Context(), []byte(record)); err != nil || r.Err() != nil {
			t.Fatal(err, r.Err())
		}
	}
	var got [][]notify.Act
	for _, n := range slack.sent {
		got = append(got, n.Acts)
	}
	if diff := cmp.Diff(want[:len(got)], got); diff != "" || len(got) < 2 {
		t.Errorf("%d messages: %s", len(got), diff)
	}
}

// A record that others may have made is refused where that matters, and does not come again.
func TestDutyThatIsDirect(t *testing.T) {
	const record = `{"source":"tocsin","detail-type":"Tocsin Action","detail":{"id":"r1"}}`
	byTopic := func(message string) string {
		text, err := json.Marshal(map[string]string{"Type": "Notification", "MessageId": "m", "TopicArn": "arn:aws:sns:eu-west-1:111122223333:t", "Message": message})
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	for name, test := range map[string]struct {
		payload []byte
		want    int
	}{
		"in the queue":           {batch(t, nil, record), 1},
		"in the queue, spaced":   {batch(t, nil, " "+record+"\n"), 1},
		"to the function itself": {[]byte(record), 1},
		"by a bus":               {batch(t, nil, strings.Replace(record, `{`, `{"account":"111122223333","id":"e1",`, 1)), 0},
		"by a bus, with an id":   {[]byte(strings.Replace(record, `{`, `{"id":"e1",`, 1)), 0},
		"by a topic and a queue": {batch(t, nil, byTopic(record)), 0},
		"by a topic":             {fmt.Appendf(nil, `{"Records":[{"EventSource":"aws:sns","Sns":{"MessageId":"m","Message":%q}}]}`, record), 0},
		"in a failure record":    {batch(t, nil, `{"requestContext":{"requestId":"x"},"requestPayload":`+record+`}`), 0},
		"in a list of a body":    {batch(t, nil, `[`+record+`]`), 0},
		"in a list of a topic":   {batch(t, nil, byTopic("["+record+","+record+"]")), 0},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			did := 0
			p := parts(&log, &sink{})
			p.Duties = []pipeline.Duty{{DetailType: "Tocsin Action", IsDirect: true, Do: func(context.Context, events.Envelope) (pipeline.Done, error) {
				did++
				return pipeline.Done{}, nil
			}}}
			r, err := pipeline.New(p).Handle(t.Context(), test.payload)
			if err != nil || r.Err() != nil || did != test.want {
				t.Errorf("done %d times, want %d; %v, %v", did, test.want, err, r.Err())
			}
			if isSaid := strings.Contains(log.String(), "Tocsin Action: refused"); isSaid != (test.want == 0) {
				t.Errorf("the log: %s", log.String())
			}
		})
	}
}
