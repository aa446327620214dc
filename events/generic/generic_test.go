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
		`10`: 10, `7`: 7, `7.5`: 7.5, `1`: 1, `{"score":7}`: 7, `"high"`: 8,
		`0`: 0, `0.5`: 0, `-1`: 0, `100.1`: 0, `101`: 0, `1e9`: 0, `{"Normalized":101}`: 0, `{"Normalized":-1}`: 0, `null`: 0, `"bad"`: 0, `{}`: 0,
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

// parse parses an event of a source of one's own with the given detail.
func parse(t *testing.T, detail string) finding.Finding {
	t.Helper()
	delivery, err := events.Open(events.Table(), []byte(`{"source":"com.example.app","detail-type":"Login From Abroad","id":"e1","detail":`+detail+`}`))
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
			"e1|GuardDuty Novelty|unknown|111122223333||open",
		},
		"an alarm": {
			`{"source":"aws.cloudwatch","detail-type":"CloudWatch Alarm State Change","id":"e1","resources":["arn:aws:cloudwatch:eu-west-1:111122223333:alarm:cpu"],"detail":{"alarmName":"cpu","state":{"value":"ALARM"}}}`,
			"e1|CloudWatch Alarm State Change: cpu|unknown||cpu|open",
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
