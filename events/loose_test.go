package events_test

import (
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// one opens a payload that holds one finding.
func one(t *testing.T, payload string) (events.Record, finding.Finding) {
	t.Helper()
	delivery, err := events.Open(events.Table(), []byte(payload))
	if err != nil {
		t.Fatalf("%s: %v", payload, err)
	}
	record := delivery.Records[0]
	if len(delivery.Records) != 1 || record.Err != nil {
		t.Fatalf("%s: got %d records, error %v", payload, len(delivery.Records), record.Err)
	}
	return record, events.Parse(events.Table(), record.Envelope)[0]
}

// What a rule's InputTransformer has left of a finding is told.
func TestTransformedEvents(t *testing.T) {
	_, f := one(t, `{"severity":7.5,"Account_ID":"111122223333","Finding_ID":"a1","Finding_Type":"Recon:EC2/Portscan",
		"region":"eu-west-1","Finding_description":"A port scan.","eventTime":"2026-05-01T10:00:00Z"}`)
	if f.Source != "aws.guardduty" || f.About.Product != "GuardDuty" || f.Severity != 7.5 || f.Account.ID != "111122223333" || f.ID != "a1" || f.Type != "Recon:EC2/Portscan" || f.Region != "eu-west-1" ||
		f.Title != "Recon:EC2/Portscan" || f.Description != "A port scan." || f.Road != "generic" || f.Version().Updated.IsZero() {
		t.Errorf("got %+v", f)
	}
	for payload, isTold := range map[string]bool{
		`{"severity":"HIGH","account":111122223333}`:          true,
		`{"type":"Recon:EC2/Portscan","title":"A port scan"}`: true,
		`{"severity":8}`: false,
		`{"account":"111122223333","region":"eu-west-1"}`:      false,
		`{"title":"A port scan","description":"of all ports"}`: false,
		`{"eventSource":"aws:s3","type":"x","id":"y"}`:         false,
	} {
		if _, err := events.Open(events.Table(), []byte(payload)); (err == nil) != isTold {
			t.Errorf("%s: got %v", payload, err)
		}
	}
}

// topicMessage is a notification with a text, as a topic hands it to a queue.
func topicMessage(message string) string {
	return `{"Type":"Notification","MessageId":"m1","TopicArn":"arn:aws:sns:eu-west-1:111122223333:budgets","Subject":"A budget is used up",
		"Message":` + quoted(message) + `,"Timestamp":"2026-05-01T10:00:00.000Z"}`
}

// A notification for people is a finding with their words, by whatever way it comes; its record can
// be read again.
func TestNotices(t *testing.T) {
	const text = "Dear customer,\n\nYour budget \"all\" is at 105 %."
	notice := topicMessage(text)
	for name, payload := range map[string]string{
		"on its own":       notice,
		"in a queue":       `{"Records":[` + sqsRecord("a", notice) + `]}`,
		"from the topic":   `{"Records":[{"EventSource":"aws:sns","Sns":` + notice + `}]}`,
		"in a failed call": `{"requestContext":{},"requestPayload":{"Records":[{"EventSource":"aws:sns","Sns":` + notice + `}]}}`,
		"in another topic": snsEnvelope(notice),
		"a JSON string":    topicMessage(quoted(text)),
	} {
		record, f := one(t, payload)
		if f.Title != "A budget is used up" || !strings.Contains(f.Description, "budget") || f.ID != "m1" || f.Severity != finding.Unstated ||
			f.Account.ID != "111122223333" || f.Region != "eu-west-1" || f.Source != "aws.sns" ||
			!f.Published.Equal(time.Date(2026, 5, 1, 10, 0, 0, 0, time.UTC)) {
			t.Errorf("%s: got %+v", name, f)
		}
		if _, again := one(t, string(record.Body)); again.Key() != f.Key() || again.Title != f.Title || again.Description != f.Description {
			t.Errorf("%s: read again, got %+v", name, again)
		}
	}
}

// What is no text for people stays unreadable, with its reason: an event that was cut off would
// otherwise be told as gibberish.
func TestNoNotices(t *testing.T) {
	for _, message := range []string{
		`{"source":`, `[1,`, `{"hello":"world"}`, "", "  ", "\x00\x01\x02", "12", "null", `""`, `"{\"a\":1}"`, "{'a': None}", "%-)",
	} {
		delivery, err := events.Open(events.Table(), []byte(`{"Records":[`+sqsRecord("a", topicMessage(message))+`]}`))
		if err != nil || delivery.Records[0].Err == nil {
			t.Errorf("%q: got no error for the record (%v)", message, err)
		}
	}
	for _, body := range []string{"Dear customer", `"Dear customer"`} { // by no topic, so that nobody knows what it is
		delivery, err := events.Open(events.Table(), []byte(`{"Records":[`+sqsRecord("a", body)+`]}`))
		if err != nil || delivery.Records[0].Err == nil {
			t.Errorf("%q: got no error for the record (%v)", body, err)
		}
	}
	// What an InputTransformer makes of an event may be a JSON string.
	_, err := events.Open(events.Table(), []byte(`"GuardDuty has found Recon:EC2/Portscan in 111122223333."`))
	if want := "the payload is a JSON string, not an object; take the InputTransformer out of the rule's target"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q in it", err, want)
	}
}

// Services tell their topics in objects of their own what has happened. The subject is the title, and
// the rest is read as far as it is known; who reads the record again reads the same.
func TestNoticesInJSON(t *testing.T) {
	for name, test := range map[string]struct{ message, title, description, resource, at string }{
		"RDS": {
			`{"Event Source":"db-instance","Event Time":"2026-05-01 09:58:00.144","Source ID":"orders","Source ARN":"arn:aws:rds:eu-west-1:111122223333:db:orders",
			"Event ID":"http://docs.example.com/events#RDS-EVENT-0006","Event Message":"The database was restarted"}`,
			"A notice in JSON", "The database was restarted", "orders", "2026-05-01T09:58:00.144Z",
		},
		"Auto Scaling": {
			`{"AccountId":"111122223333","Description":"An instance was started: i-0a1b","EC2InstanceId":"i-0a1b","AutoScalingGroupName":"web",
			"AutoScalingGroupARN":"arn:aws:autoscaling:eu-west-1:111122223333:autoScalingGroup:x:autoScalingGroupName/web","StatusCode":"InProgress",
			"StartTime":"2026-05-01T09:58:00Z","Event":"autoscaling:EC2_INSTANCE_LAUNCH"}`,
			"A notice in JSON", "An instance was started: i-0a1b", "i-0a1b", "2026-05-01T09:58:00Z",
		},
		"ElastiCache": {`{"ElastiCache:FailoverComplete":"sessions-001"}`, "A notice in JSON", "", "", "2026-05-01T10:00:00Z"},
		"an approval": {
			`{"region":"eu-west-1","approval":{"pipelineName":"ship","token":"t0"}}`, "A notice in JSON", "", "", "2026-05-01T10:00:00Z",
		},
		"costs": {
			`{"accountId":"111122223333","anomalyId":"a-1","impact":{"totalImpact":10}}`, "A notice in JSON", "", "", "2026-05-01T10:00:00Z",
		},
	} {
		notice := `{"Type":"Notification","MessageId":"m1","TopicArn":"arn:aws:sns:eu-west-1:111122223333:t","Subject":"A notice in JSON",
			"Timestamp":"2026-05-01T10:00:00.000Z","Message":` + quoted(test.message) + `}`
		for _, payload := range []string{notice, `{"Records":[` + sqsRecord("a", notice) + `]}`, `{"Records":[{"EventSource":"aws:sns","Sns":` + notice + `}]}`} {
			record, f := one(t, payload)
			when := f.Updated
			for _, stated := range []time.Time{f.FirstSeen, f.LastSeen} {
				if when.IsZero() {
					when = stated
				}
			}
			if f.Title != test.title || f.Description != test.description || f.Resource.ID != test.resource || f.Severity != finding.Unstated ||
				f.State.Over() || f.Account.ID != "111122223333" || f.Region != "eu-west-1" || f.About.Links != (finding.Links{}) ||
				when.Format(time.RFC3339Nano) != test.at || strings.Contains(f.ID, "RDS-EVENT") {
				t.Errorf("%s: got %v %+v", name, when, f)
			}
			if _, again := one(t, string(record.Body)); again.Key() != f.Key() || again.Title != f.Title {
				t.Errorf("%s: read again, got %+v", name, again)
			}
		}
	}
	// Records of another service are none, whatever the subject.
	records := topicMessage(`{"Records":[{"eventSource":"aws:s3","accountId":"111122223333"}]}`)
	if delivery, err := events.Open(events.Table(), []byte(`{"Records":[`+sqsRecord("a", records)+`]}`)); err != nil || delivery.Records[0].Err == nil {
		t.Errorf("records of S3: got %v", err)
	}
}

// A stage of a service, or the name of its API, is the service by its detail-types alone.
func TestStages(t *testing.T) {
	for _, test := range []struct{ source, detailType, want string }{
		{"aws.access-analyzer-test", "Internal Access Finding", "aws.access-analyzer access-analyzer"},
		{"aws.macie2", "Macie Finding", "aws.macie macie"},
		{"AWS.Macie2", "Macie Finding", "aws.macie macie"},
		{"aws.macie2", "Something Else", "aws.macie2 generic"},
		{"aws.mac", "Macie Finding", "aws.mac generic"},
	} {
		_, f := one(t, `{"id":"e","source":"`+test.source+`","detail-type":"`+test.detailType+`","detail":{"id":"x"}}`)
		if got := f.Source + " " + f.Road; got != test.want {
			t.Errorf("%s: got %s", test.source, got)
		}
	}
}
