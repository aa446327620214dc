package generic_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// A number up to 10 is on the common scale, a larger one on that of 100, where it counts as it does
// as Normalized.
func TestSeverity(t *testing.T) {
	for severity, want := range map[string]finding.Severity{
		`70`: 8, `"70"`: 8, `11`: 2, `10.5`: 2, `39`: 2, `40`: 5, `69`: 5, `89`: 8, `90`: 9.5, `100`: 9.5, `{"score":70}`: 8,
		`{"Normalized":70}`: 8, `{"Normalized":7}`: 2, `{"Label":"LOW","Normalized":70}`: 2,
		`10`: 10, `7`: 7, `7.5`: 7.5, `1`: 1, `{"score":7}`: 7, `"high"`: 8, `"ERROR"`: 5, `"warning"`: 2, `"Warn"`: 2,
		`0`: 0, `0.5`: 0, `-1`: 0, `100.1`: 0, `101`: 0, `1e9`: 0, `{"Normalized":101}`: 0, `{"Normalized":-1}`: 0, `"bad"`: 0, `{}`: 0,
		`null`: finding.Unstated, `"Untriaged"`: finding.Untriaged, `{"label":"UNTRIAGED"}`: finding.Untriaged,
	} {
		if got := parse(t, `{"severity":`+severity+`}`).Severity; got != want {
			t.Errorf("%s: got %v, want %v", severity, float64(got), float64(want))
		}
	}
}

// A title marks the samples of GuardDuty only; what a source of one's own says of an event is free
// text.
func TestSample(t *testing.T) {
	for detail, want := range map[string]bool{
		`{"title":"[SAMPLE] Login from abroad"}`:                 false,
		`{"title":"[SAMPLE] Login from abroad","sample":true}`:   true,
		`{"title":"Login from abroad","sample":"true"}`:          true,
		`{"title":"[Sample] Login from abroad","sample":"nope"}`: false,
	} {
		if got := parse(t, detail).Sample; got != want {
			t.Errorf("%s: got %v", detail, got)
		}
	}
}

// Good news is of the lowest severity unless it states another one, and is over. What states no
// severity at all has none by design; what states one that cannot be read may be anything.
func TestGoodNews(t *testing.T) {
	for detail, want := range map[string]struct {
		severity finding.Severity
		state    finding.State
	}{
		`{"newEvaluationResult":{"complianceType":"COMPLIANT"}}`:        {finding.Lowest, finding.Passed},
		`{"newEvaluationResult":{"complianceType":"NON_COMPLIANT"}}`:    {finding.Unstated, finding.Open},
		`{"scanResultDetails":{"scanResultStatus":"NO_THREATS_FOUND"}}`: {finding.Lowest, finding.Passed},
		`{"scanResultDetails":{"scanResultStatus":"THREATS_FOUND"}}`:    {finding.Unstated, finding.Open},
		`{"state":{"value":"OK"}}`:                                      {finding.Lowest, finding.OK},
		`{"state":{"value":"ALARM"}}`:                                   {finding.Unstated, finding.Open},
		`{"status":"RESOLVED"}`:                                         {finding.Lowest, finding.Resolved},
		`{"status":"closed","severity":"HIGH"}`:                         {8, finding.Closed},
		`{"status":"PASSED","severity":"bad"}`:                          {0, finding.Passed},
		`{"status":"SUCCESS"}`:                                          {finding.Unstated, finding.Open},
		`{"severity_id":0}`:                                             {0, finding.Open},
		`{"severity_id":2}`:                                             {2, finding.Open},
		`{"a":1}`:                                                       {finding.Unstated, finding.Open},
	} {
		if f := parse(t, detail); f.Severity != want.severity || f.State != want.state {
			t.Errorf("%s: got %v %v, want %v %v", detail, f.Severity, f.State, want.severity, want.state)
		}
	}
	schedule := parseEvent(t, `{"source":"aws.events","detail-type":"Scheduled Event","id":"e1","resources":["arn:aws:events:eu-west-1:111122223333:rule/nightly"],"detail":{}}`)
	if schedule.Severity != finding.Lowest || schedule.ID != "arn:aws:events:eu-west-1:111122223333:rule/nightly" {
		t.Errorf("a schedule: got %v, %s", schedule.Severity, schedule.ID)
	}
}

// What has no id is known by what it is about, so that one event of it follows another. Happenings
// of their own have the id of the call, or else of the event.
func TestThingsWithoutID(t *testing.T) {
	for detail, want := range map[string]string{
		`{"configRuleName":"public-read","resourceId":"b"}`:      "public-read/b",
		`{"s3ObjectDetails":{"bucketName":"b","objectKey":"k"}}`: "b/k",
		`{"alarmName":"cpu"}`:                                             "arn:aws:sqs:eu-west-1:111122223333:thing",
		`{"eventName":"DeleteTrail","eventID":"c1"}`:                      "c1",
		`{"instance-id":"i-1","state":"stopped"}`:                         "e1",
		`{"resourceArn":"arn:aws:s3:::b","configRuleName":"public-read"}`: "public-read/arn:aws:s3:::b",
		`{"configRuleName":"public-read"}`:                                "e1",
		`{"id":"own","configRuleName":"public-read","resourceId":"b"}`:    "own",
	} {
		f := parseEvent(t, `{"source":"com.example.app","detail-type":"Something","id":"e1","resources":["arn:aws:sqs:eu-west-1:111122223333:thing"],"detail":`+detail+`}`)
		if f.ID != want {
			t.Errorf("%s: got %s, want %s", detail, f.ID, want)
		}
	}
}

// A link is to what exists: no page is known of an event that its service has no parser for, though
// its product is.
func TestLinksOfOtherEvents(t *testing.T) {
	const uuid = "01234567-89ab-cdef-0123-456789abcdef"
	for _, name := range []string{"aws.securityhub", "aws.guardduty", "aws.inspector2"} {
		f := parseEvent(t, `{"source":"`+name+`","detail-type":"Something New","id":"`+uuid+`","account":"111122223333","region":"eu-west-1","detail":{"id":"`+uuid+`"}}`)
		if f.About.Links != (finding.Links{}) || f.About.Product == "" {
			t.Errorf("%s: got %+v", name, f.About)
		}
	}
}

// parse parses an event of a source of one's own with the given detail.
func parse(t *testing.T, detail string) finding.Finding {
	t.Helper()
	return parseEvent(t, `{"source":"com.example.app","detail-type":"Login From Abroad","id":"e1","detail":`+detail+`}`)
}

func parseEvent(t *testing.T, event string) finding.Finding {
	t.Helper()
	delivery, err := events.Open(events.Table(), []byte(event))
	if err != nil {
		t.Fatal(err)
	}
	return events.Parse(events.Table(), delivery.Records[0].Envelope)[0]
}

func TestFindings(t *testing.T) {
	for name, test := range map[string]struct{ event, want string }{
		"Security Hub, two findings": {
			`{"source":"aws.securityhub","detail-type":"Security Hub Findings - Imported","detail":{"findings":[
				{"Id":"1","AwsAccountId":"111122223333","Title":"Port open","Severity":{"Label":"CRITICAL","Normalized":90},"Resources":[{"Type":"AwsEc2Instance","Id":"arn:aws:ec2:eu-west-1:111122223333:instance/i-1"}],"Workflow":{"Status":"RESOLVED"}},
				{"Id":"2","Title":"Old port","Severity":{"Normalized":40}}]}}`,
			"1|Port open|9.5|111122223333|i-1|resolved; 2|Old port|5.0|||open",
		},
		"OCSF": {
			`{"source":"aws.securityhub","detail-type":"Findings Imported V2","detail":{"findings":[{"finding_info":{"uid":"u1","title":"A container ran"},"severity_id":4,"cloud":{"account":{"uid":"111122223333"},"region":"us-east-1"},"resources":[{"uid":"i-9","type":"AWS::EC2::Instance"}]}]}}`,
			"u1|A container ran|8.0|111122223333|i-9|open",
		},
		"Inspector": {
			`{"source":"aws.inspector2","detail-type":"Inspector2 Finding","detail":{"findingArn":"arn:aws:inspector2:eu-central-1:111122223333:finding/f","severity":"HIGH","title":"CVE-1 in x","status":"CLOSED","resources":[{"id":"i-1","type":"AWS_EC2_INSTANCE"}]}}`,
			"arn:aws:inspector2:eu-central-1:111122223333:finding/f|CVE-1 in x|8.0|111122223333|i-1|closed",
		},
		"a detail-type that is not known yet": {
			`{"source":"aws.guardduty","detail-type":"GuardDuty Novelty","id":"e1","account":"111122223333","detail":{"status":"NEW"}}`,
			"e1|GuardDuty Novelty|unstated|111122223333||open",
		},
		"an alarm of another source": {
			`{"source":"aws.monitoring","detail-type":"CloudWatch Alarm State Change","id":"e1","resources":["arn:aws:cloudwatch:eu-west-1:111122223333:alarm:cpu"],"detail":{"alarmName":"cpu","state":{"value":"ALARM"}}}`,
			"arn:aws:cloudwatch:eu-west-1:111122223333:alarm:cpu|CloudWatch Alarm State Change: cpu|unstated||cpu|open",
		},
		"a source of one's own": {
			`{"source":"com.example.app","detail-type":"Login From Abroad","id":"e1","detail":{"severity":"medium","description":"d"}}`,
			"e1|Login From Abroad|5.0|||open",
		},
	} {
		t.Run(name, func(t *testing.T) {
			delivery, err := events.Open(events.Table(), []byte(test.event))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range events.Parse(events.Table(), delivery.Records[0].Envelope) {
				got = append(got, fmt.Sprintf("%s|%s|%s|%s|%s|%v", f.ID, f.Title, f.Severity, f.Account.ID, f.Resource.ID, f.State))
			}
			if joined := strings.Join(got, "; "); joined != test.want {
				t.Errorf("got  %s\nwant %s", joined, test.want)
			}
		})
	}
}

// What is said of an event that nobody has a parser for: what has happened, and its plain members under
// names that people can read. Secrets are left out.
func TestWhatHasHappened(t *testing.T) {
	for name, test := range map[string]struct{ event, description, resource, facts string }{
		"an instance": {
			`"source":"aws.ec2","resources":["arn:aws:ec2:eu-west-1:111122223333:instance/i-1"],"detail":{"instance-id":"i-1","state":"stopped"}`,
			"stopped", "instance i-1", "",
		},
		"an interruption, whose ARN lacks the account": {
			`"source":"aws.ec2","resources":["arn:aws:ec2:eu-west-1b:instance/i-1"],"detail":{"instance-id":"i-1","instance-action":"terminate"}`,
			"terminate", "instance i-1", "",
		},
		"a task": {
			`"source":"aws.ecs","resources":["arn:aws:ecs:eu-west-1:111122223333:task/web/1"],
			"detail":{"lastStatus":"STOPPED","stoppedReason":"A container has ended","stopCode":"EssentialContainerExited","version":4}`,
			"STOPPED (A container has ended)", "task web/1", "stop_code=EssentialContainerExited",
		},
		"a pipeline": {
			`"source":"aws.codepipeline","resources":["arn:aws:codepipeline:eu-west-1:111122223333:ship"],
			"detail":{"pipeline":"ship","execution-id":"x-1","state":"FAILED","apiToken":"s3cret"}`,
			"FAILED", "codepipeline ship", "execution_id=x-1, pipeline=ship",
		},
		"a certificate": {
			`"source":"aws.acm","resources":["arn:aws:acm:eu-west-1:111122223333:certificate/c-1"],"detail":{"DaysToExpiry":31,"CommonName":"shop.example.com"}`,
			"", "certificate c-1", "common_name=shop.example.com, days_to_expiry=31",
		},
		"a check": {
			`"source":"aws.trustedadvisor","detail":{"check-name":"Open ports","status":"ERROR","resource_id":"arn:aws:ec2:eu-west-1:111122223333:instance/i-2"}`,
			"ERROR", "instance i-2", "",
		},
	} {
		f := parseEvent(t, `{"id":"e1","detail-type":"Something Changed","account":"111122223333","region":"eu-west-1",`+test.event+`}`)
		kind := f.Resource.Type
		if known := f.Resource.Kind(); known != "" {
			kind = string(known)
		}
		var facts []string
		for _, a := range f.Facts {
			facts = append(facts, a.Name+"="+a.Value)
		}
		if got := kind + " " + f.Resource.ID; f.Description != test.description || got != test.resource || strings.Join(facts, ", ") != test.facts ||
			f.State.Over() || f.Severity != finding.Unstated || f.ID != "e1" || f.About.Links != (finding.Links{}) {
			t.Errorf("%s: got %q, %s, %v, %+v", name, f.Description, got, facts, f)
		}
	}
}

// The number of a sort of events is no id: two failovers are two findings.
func TestNumbersOfSorts(t *testing.T) {
	const event = `{"source":"aws.rds","detail-type":"RDS DB Instance Event","id":"%s","account":"111122223333","region":"eu-west-1",
		"detail":{"EventID":"RDS-EVENT-0049","SourceIdentifier":"%s","Message":"A failover has ended"}}`
	one, other := parseEvent(t, fmt.Sprintf(event, "e1", "orders")), parseEvent(t, fmt.Sprintf(event, "e2", "users"))
	if one.Key() == other.Key() || one.Facts.Get("event_id") != "RDS-EVENT-0049" || one.Resource.ID != "orders" {
		t.Errorf("got %s and %s, %+v", one.Key(), other.Key(), one)
	}
}

// The attributes of a text that a topic sends are told with it.
func TestAttributesOfNotices(t *testing.T) {
	f := parseEvent(t, `{"Type":"Notification","MessageId":"m1","TopicArn":"arn:aws:sns:eu-west-1:111122223333:t","Subject":"A backup","Message":"It is done.",
		"MessageAttributes":{"State":{"Type":"String","Value":"COMPLETED"},"AccountId":{"Type":"String","Value":"111122223333"}}}`)
	if len(f.Facts) != 1 || f.Facts.Get("state") != "COMPLETED" || f.State.Over() {
		t.Errorf("got %+v", f)
	}
}

// What the description does not say of the state is told beside it.
func TestStateBesideTheMessage(t *testing.T) {
	f := parseEvent(t, `{"id":"e1","source":"aws.glue","detail-type":"Glue Job State Change","detail":{"jobName":"load","severity":"ERROR","state":"FAILED","message":"It ended with 1"}}`)
	if f.Description != "It ended with 1" || f.Facts.Get("state") != "FAILED" || f.Facts.Get("job_name") != "load" || f.Severity != 5 {
		t.Errorf("got %v, %+v", f.Severity, f.Facts)
	}
	f = parseEvent(t, `{"id":"e1","source":"aws.batch","detail-type":"Batch Job State Change","detail":{"status":"FAILED","statusReason":"A container ended"}}`)
	if f.Description != "FAILED (A container ended)" || len(f.Facts) != 0 {
		t.Errorf("got %q, %+v", f.Description, f.Facts)
	}
}
