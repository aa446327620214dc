package events_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/events/eventstest"
)

func recipe(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile("testdata/recipe.json")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// quoted returns text as a JSON string.
func quoted(text string) string {
	encoded, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(encoded)
}

func sqsRecord(id, body string) string {
	return `{"messageId":"` + id + `","receiptHandle":"handle-` + id + `","body":` + quoted(body) + `,
		"attributes":{"ApproximateReceiveCount":"3"},
		"messageAttributes":{"tocsin.sink":{"stringValue":"slack","dataType":"String"}},
		"eventSource":"aws:sqs","eventSourceARN":"arn:aws:sqs:eu-west-1:111122223333:q"}`
}

func snsEnvelope(message string) string {
	return `{"Type":"Notification","MessageId":"m","TopicArn":"arn:aws:sns:eu-west-1:111122223333:t","Message":` +
		quoted(message) + `}`
}

func TestOpenForms(t *testing.T) {
	event := recipe(t)
	bare := event[strings.Index(event, `"detail": {`)+len(`"detail": `):]
	bare = strings.TrimSuffix(strings.TrimSpace(bare), "}")
	snsRecord := `{"EventSource":"aws:sns","EventVersion":"1.0","Sns":{"Type":"Notification","MessageId":"sns-1","Message":` + quoted(event) + `}}`
	failure := `{"version":"1.0","requestContext":{"condition":"RetriesExhausted"},"requestPayload":` + event +
		`,"responseContext":{"statusCode":200,"functionError":"Unhandled"},"responsePayload":{"errorMessage":"x"}}`
	for name, test := range map[string]struct {
		payload string
		form    events.Form
		records int
		message string
	}{
		"direct":                         {event, events.Direct, 1, ""},
		"with a byte order mark":         {"\ufeff" + event, events.Direct, 1, ""},
		"several events in an array":     {"[" + event + "," + event + "]", events.Direct, 2, ""},
		"bare finding":                   {bare, events.Direct, 1, ""},
		"get-findings":                   {`{"Findings":[` + bare + `]}`, events.Direct, 1, ""},
		"detail as a text":               {`{"source":"aws.guardduty","detail-type":"GuardDuty Finding","detail":` + quoted(bare) + `}`, events.Direct, 1, ""},
		"a batch of a queue":             {`{"Records":[` + sqsRecord("a", event) + `,` + sqsRecord("b", event) + `]}`, events.SQS, 2, "a"},
		"a topic's record":               {`{"Records":[` + snsRecord + `]}`, events.SNS, 1, "sns-1"},
		"a topic's message in a queue":   {`{"Records":[` + sqsRecord("a", snsEnvelope(event)) + `]}`, events.SQS, 1, "a"},
		"a failure record":               {failure, events.Direct, 1, ""},
		"a failure record in a queue":    {`{"Records":[` + sqsRecord("a", failure) + `]}`, events.SQS, 1, "a"},
		"a failed SNS batch in a queue":  {`{"Records":[` + sqsRecord("a", `{"requestContext":{},"requestPayload":{"Records":[`+snsRecord+`]}}`) + `]}`, events.SQS, 1, "a"},
		"a topic's message on its own":   {snsEnvelope(event), events.Direct, 1, ""},
		"an event in a topic in a topic": {snsEnvelope(snsEnvelope(event)), events.Direct, 1, ""},
		"receive-message of a queue":     {`{"Messages":[{"MessageId":"a","ReceiptHandle":"r","Body":` + quoted(event) + `}]}`, events.Direct, 1, ""},
		"receive-message, from a topic":  {`{"Messages":[{"MessageId":"a","Body":` + quoted(snsEnvelope(event)) + `},{"MessageId":"b","Body":` + quoted(event) + `}]}`, events.Direct, 2, ""},
		"a message of a queue":           {`{"MessageId":"a","ReceiptHandle":"r","MD5OfBody":"m","Body":` + quoted(event) + `}`, events.Direct, 1, ""},
		"a record of a queue":            {sqsRecord("a", event), events.Direct, 1, ""},
		"filter-log-events":              {`{"events":[{"logStreamName":"s","timestamp":1,"message":` + quoted(event) + `,"eventId":"1"}],"searchedLogStreams":[]}`, events.Direct, 1, ""},
		"entries of put-events":          {`{"Entries":[{"Source":"aws.guardduty","DetailType":"GuardDuty Finding","Detail":` + quoted(bare) + `}]}`, events.Direct, 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			delivery, err := events.Open(events.Table(), []byte(test.payload))
			if err != nil {
				t.Fatal(err)
			}
			if delivery.Form != test.form || len(delivery.Records) != test.records {
				t.Fatalf("got form %v with %d records", delivery.Form, len(delivery.Records))
			}
			first := delivery.Records[0]
			if first.Message.ID != test.message || first.Err != nil {
				t.Fatalf("message %q, error %v", first.Message.ID, first.Err)
			}
			findings := events.Parse(events.Table(), first.Envelope)
			if len(findings) != 1 || findings[0].ID != "16afba5c5c43e07c9e3e5e2e544e95df" || findings[0].Severity != 8 ||
				findings[0].Source != "aws.guardduty" {
				t.Errorf("got %+v", findings)
			}
		})
	}
}

// What the command line answers when it is asked for calls holds a record of CloudTrail in each.
func TestLookUpOfCalls(t *testing.T) {
	record := `{"eventSource":"ec2.amazonaws.com","eventName":"RunInstances","eventID":"e-1","recipientAccountId":"111122223333","userIdentity":{"type":"IAMUser","userName":"ann"}}`
	_, f := one(t, `{"Events":[{"EventId":"e-1","EventName":"RunInstances","Username":"ann","CloudTrailEvent":`+quoted(record)+`}]}`)
	if f.About.Product != "CloudTrail" || f.ID != "event/e-1" || f.Actor.User.Name != "ann" {
		t.Errorf("got %q %q %+v", f.About.Product, f.ID, f.Actor.User)
	}
}

func TestRecordsStandOnTheirOwn(t *testing.T) {
	payload := `{"Records":[` + strings.Join([]string{
		sqsRecord("good", recipe(t)), sqsRecord("cut", `{"source":`), sqsRecord("empty", ""),
		`{"messageId":"no-body","eventSource":"aws:sqs"}`, `null`, `7`,
	}, ",") + `]}`
	delivery, err := events.Open(events.Table(), []byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	if len(delivery.Records) != 6 {
		t.Fatalf("got %d records, want 6", len(delivery.Records))
	}
	for i, record := range delivery.Records {
		var none *events.NoEventError
		if isGood := i == 0; isGood != (record.Err == nil) || !isGood && !errors.As(record.Err, &none) {
			t.Errorf("record %d: %v", i, record.Err)
		}
	}
	message := delivery.Records[0].Message
	if message.ReceiveCount != 3 || message.Attributes["tocsin.sink"] != "slack" || message.ReceiptHandle != "handle-good" ||
		message.QueueARN != "arn:aws:sqs:eu-west-1:111122223333:q" || string(delivery.Records[0].Body) != recipe(t) {
		t.Errorf("got %+v", message)
	}
}

func TestBrokenInput(t *testing.T) {
	event := recipe(t)
	for name, test := range map[string]struct{ payload, want string }{
		"nothing":                     {"", "the payload is empty"},
		"blanks":                      {" \n\t", "the payload is empty"},
		"null":                        {"null", "the payload is null"},
		"a text":                      {`"hello"`, "a JSON string"},
		"a number":                    {"12", "a number"},
		"true":                        {"true", "true or false"},
		"an empty object":             {"{}", "the object is empty"},
		"an empty list":               {"[]", "the list is empty"},
		"a list of nothing":           {"[null]", "null"},
		"no records":                  {`{"Records":[]}`, "the list of records is empty"},
		"cut off":                     {event[:300], "cut off"},
		"more after the end":          {event + "}", "more text after the end"},
		"a Python dict":               {`{'version': '0', 'detail-type': 'GuardDuty Finding'}`, "Python dict"},
		"a Python constant":           {`{"a": None}`, "Python dict"},
		"XML":                         {"<event/>", "not JSON"},
		"UTF-16":                      {"\xff\xfe{\x00}\x00", "UTF-16"},
		"binary":                      {"\x00\x01\x02", "not JSON"},
		"another object":              {`{"hello":"world"}`, "neither detail-type nor source"},
		"an S3 record":                {`{"eventSource":"aws:s3","s3":{}}`, "record of another service"},
		"no findings":                 {`{"Findings":[]}`, "the list of findings is empty"},
		"a subscription confirmation": {`{"Type":"SubscriptionConfirmation","Message":"x","TopicArn":"arn:aws:sns:a:1:t"}`, "confirm a subscription"},
		"nested without end":          {strings.Repeat("[", 100_000), "nested too deeply"},
		"a text in a text":            {`"\"hi\""`, "a JSON string"},
		"a comma too many":            {`{"source":"aws.guardduty","detail":{"id":"1",}}`, "not JSON"},
		"a comma in the third line":   {"\n\n" + `{"id": 1,}`, "(line 3, column 10)"},
		"a mark and a blank line":     {"\ufeff\n  {\"id\": x}", "(line 2, column 10)"},
		"cut off in the second line":  {"{\n\"id\": [1", "cut off at line 2, column 9"},
		"more in the second line":     {"{}\n {}", "from line 2, column 2 on"},
		"a mistake in one line":       {`{"id": x}`, "(byte 8)"},
		"YAML":                        {"source: aws.guardduty\ndetail-type: GuardDuty Finding\n", "this is YAML, not JSON"},
		"wrapped too often":           {wrapped(event, 12), "wrapped too often"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := events.Open(events.Table(), []byte(test.payload))
			var none *events.NoEventError
			if !errors.As(err, &none) {
				t.Fatalf("want a *NoEventError, got %v", err)
			}
			if !strings.Contains(err.Error(), test.want) || none.Remedy == "" || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %q, want one line with %q and a remedy", err, test.want)
			}
		})
	}
}

func wrapped(event string, times int) string {
	for range times {
		event = snsEnvelope(event)
	}
	return event
}

// An event that was encoded twice, and a detail that is a list, are what some tools make of events.
func TestEventsOfCarelessTools(t *testing.T) {
	twice, err := json.Marshal(`{"source":"aws.guardduty","detail-type":"GuardDuty Finding","detail":[{"id":"a"},{"id":"b"}]}`)
	if err != nil {
		t.Fatal(err)
	}
	for _, payload := range []string{string(twice), `{"Records":[` + sqsRecord("1", string(twice)) + `]}`} {
		delivery, err := events.Open(events.Table(), []byte(payload))
		if err != nil {
			t.Fatal(err)
		}
		findings := events.Parse(events.Table(), delivery.Records[0].Envelope)
		if len(findings) != 2 || findings[0].ID != "a" || findings[1].ID != "b" || string(findings[1].Document) != `{"id":"b"}` {
			t.Errorf("got %+v", findings)
		}
	}
}

// Odd events are findings all the same: nothing that may be an alert is lost.
func TestOddEventsAreFindings(t *testing.T) {
	for name, payload := range map[string]string{
		"detail is null":              `{"source":"aws.guardduty","detail-type":"GuardDuty Finding","detail":null}`,
		"detail is a text":            `{"source":"aws.guardduty","detail-type":"GuardDuty Finding","detail":"oops"}`,
		"detail is a list":            `{"source":"aws.guardduty","detail-type":"GuardDuty Finding","detail":[1,2]}`,
		"detail is missing":           `{"source":"aws.guardduty","detail-type":"GuardDuty Finding"}`,
		"every field of a wrong kind": `{"source":7,"detail-type":["GuardDuty Finding"],"account":{},"time":true,"detail":{"id":{},"type":[],"severity":{},"resource":3,"service":"x","title":null}}`,
		"severity is a word":          `{"source":"aws.guardduty","detail-type":"GuardDuty Finding","detail":{"severity":"terrible"}}`,
		"severity is off the scale":   `{"source":"aws.guardduty","detail-type":"GuardDuty Finding","detail":{"severity":1e300}}`,
		"an unknown source":           `{"source":"com.example","detail-type":"Something Happened","detail":{"a":1}}`,
		"findings that are no list":   `{"source":"aws.securityhub","detail-type":"Security Hub Findings - Imported","detail":{"findings":{"Title":"x"}}}`,
		"a deep nest":                 `{"source":"a","detail-type":"b","detail":` + strings.Repeat(`{"resource":`, 500) + "1" + strings.Repeat("}", 500) + `}`,
	} {
		t.Run(name, func(t *testing.T) {
			delivery, err := events.Open(events.Table(), []byte(payload))
			if err != nil {
				t.Fatal(err)
			}
			findings := events.Parse(events.Table(), delivery.Records[0].Envelope)
			if len(findings) != 1 || findings[0].Title == "" || findings[0].Severity.Known() {
				t.Errorf("got %+v", findings)
			}
		})
	}
}

// TestManyAttributes reads the attributes of a message without comparing each with each.
func TestManyAttributes(t *testing.T) {
	eventstest.CheckGrowth(t, "message attributes", func(n int) func() {
		record := []byte(`{"Records":[{"messageId":"m","eventSource":"aws:sqs","body":"{}","messageAttributes":` +
			eventstest.Members(n, `"a-%d":{"stringValue":"v"},`) + `}]}`)
		return func() {
			if d, err := events.Open(events.Table(), record); err != nil || len(d.Records[0].Message.Attributes) != n {
				t.Fatalf("message attributes: error %v", err)
			}
		}
	})
}

// The memory of a payload is the caller's, who may use it again while findings of it live on.
func TestFindingsOutliveThePayload(t *testing.T) {
	event := recipe(t)
	_, detail, _ := strings.Cut(event, `"detail": `)
	for name, payload := range map[string]string{
		"event":                 event,
		"finding":               strings.TrimSuffix(strings.TrimSpace(detail), "}"),
		"batch":                 `{"Records":[` + sqsRecord("1", event) + `]}`,
		"batch of objects":      `{"Records":[{"eventSource":"aws:sqs","messageId":"1","body":` + event + `}]}`,
		"notification in batch": `{"Records":[` + sqsRecord("1", snsEnvelope(event)) + `]}`,
	} {
		memory := []byte(payload)
		delivery, err := events.Open(events.Table(), memory)
		if err != nil {
			t.Fatal(name, err)
		}
		findings := events.Parse(events.Table(), delivery.Records[0].Envelope)
		want := fmt.Sprintf("%+v", findings)
		clear(memory)
		if got := fmt.Sprintf("%+v", findings); got != want || strings.ContainsRune(got, 0) {
			t.Errorf("%s: the finding has changed with the payload: %s", name, got)
		}
	}
}
