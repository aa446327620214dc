package guardduty_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

func TestSequence(t *testing.T) {
	f := parse(t, `{"resource":{"resourceType":"AttackSequence"},"severity":9.5,"service":{"detection":{"sequence":{
		"description":"A story.",
		"actors":[{"user":{"name":"ann","type":"IAMUser","uid":"AIDA1","credentialUid":"AKIA1"},"process":{"path":"/bin/x"}}],
		"resources":[{"uid":"arn:aws:s3:::b1","name":"b1","resourceType":"S3_BUCKET","accountId":"111122223333","region":"eu-west-1","data":{"s3Bucket":{"effectivePermission":"PUBLIC"}}}],
		"endpoints":[{"ip":"198.51.100.7","location":{"country":"Peru"},"autonomousSystem":{"name":"Example","number":64500}}],
		"signals":[
			{"name":"s1","type":"FINDING","severity":8,"count":2,"firstSeenAt":1716916943,"lastSeenAt":1716916999000},
			{"name":"s2","type":"CLOUD_TRAIL","createdAt":"2024-05-01T00:00:00Z","updatedAt":"2024-05-01T00:00:01Z"}],
		"sequenceIndicators":[{"key":"ATTACK_TACTIC","values":["Exfiltration"]},{"key":"SUSPICIOUS_NETWORK","values":[{"AnyCompany":["TUNNEL_VPN","TOR"]}]}]
	}}}}`)
	if f.Resource.Type != "S3_BUCKET" || f.Resource.ID != "b1" || f.Actor.User.Name != "ann" || f.Actor.Remote.IP != "198.51.100.7" ||
		f.Actor.Process.Path != "/bin/x" {
		t.Errorf("got %+v, %+v", f.Resource, f.Actor)
	}
	if want := time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC); !f.FirstSeen.Equal(want) || f.LastSeen.Unix() != 1716916999 {
		t.Errorf("got %v to %v", f.FirstSeen, f.LastSeen)
	}
	if got := f.Sequence.Indicator("SUSPICIOUS_NETWORK"); !cmp.Equal(got, []string{"AnyCompany (TUNNEL_VPN, TOR)"}) {
		t.Errorf("got %v", got)
	}
	if r := f.Resource; r.Attributes.Get(finding.AttrAccount) != "111122223333" || r.Attributes.Get(finding.AttrRegion) != "" {
		t.Errorf("want another account and not the finding's own region, got %v", r.Attributes)
	}
	if s := f.Sequence; len(s.Signals) != 2 || s.Signals[0].Severity != 8 || s.Resources[0].Attributes.Get(finding.AttrPublicAccess) != "PUBLIC" {
		t.Errorf("got %+v", s)
	}
}

// A custom detection rule has a sequence and a severity of its own.
func TestCustomDetectionRule(t *testing.T) {
	f := parse(t, `{"type":"Impact:S3/DataDestruction","severity":2,"service":{"detection":{"sequence":{"uid":"u","description":"d","signals":[]}}}}`)
	if f.Severity != 2 || f.Sequence == nil || f.Title != "Impact:S3/DataDestruction" {
		t.Errorf("got %+v", f)
	}
}

func TestLargeSequence(t *testing.T) {
	var resources []string
	for i := range 400 {
		resources = append(resources, fmt.Sprintf(`{"uid":"r%d","resourceType":"EC2_INSTANCE"}`, i))
	}
	f := parse(t, `{"resource":{"resourceType":"AttackSequence"},"service":{"detection":{"sequence":{"resources":[`+strings.Join(resources, ",")+`]}}}}`)
	if len(f.Sequence.Resources) != 400 {
		t.Errorf("got %d resources", len(f.Sequence.Resources))
	}
}

func TestThreats(t *testing.T) {
	for service, want := range map[string][]finding.Threat{
		`{"evidence":null}`: nil,
		`{"evidence":{"threatIntelligenceDetails":[{"threatListName":"ProofPoint","threatNames":[]}]}}`:                                                           {{List: "ProofPoint"}},
		`{"evidence":{"threatIntelligenceDetails":[{"threatListName":"L","threatNames":["A","B"]}]}}`:                                                             {{Name: "A", List: "L"}, {Name: "B", List: "L"}},
		`{"additionalInfo":{"threatListName":"ProofPoint","value":"{}"}}`:                                                                                         {{List: "ProofPoint"}},
		`{"malwareScanDetails":{"threats":[{"name":"EICAR","itemPaths":[{"nestedItemPath":"a.zip/x"}]}]}}`:                                                        {{Name: "EICAR", File: "a.zip/x"}},
		`{"ebsVolumeScanDetails":{"scanDetections":{"threatDetectedByName":{"threatNames":[{"name":"EICAR","filePaths":[{"filePath":"/tmp/x","hash":"ab"}]}]}}}}`: {{Name: "EICAR", File: "/tmp/x", SHA256: "ab"}},
		`{"ebsVolumeScanDetails":{"scanDetections":{"highestSeverityThreatDetails":{"threatName":"EICAR"}}}}`:                                                     {{Name: "EICAR"}},
	} {
		if diff := cmp.Diff(want, parse(t, `{"service":`+service+`}`).Threats); diff != "" {
			t.Errorf("%s: %s", service, diff)
		}
	}
}

// A number up to 10 is on GuardDuty's scale, a larger one on that of 100, where it counts as it does as Normalized.
func TestGenericSeverity(t *testing.T) {
	for severity, want := range map[string]finding.Severity{
		`70`: 8, `"70"`: 8, `11`: 2, `10.5`: 2, `39`: 2, `40`: 5, `69`: 5, `89`: 8, `90`: 9.5, `100`: 9.5, `{"score":70}`: 8,
		`{"Normalized":70}`: 8, `{"Normalized":7}`: 2, `{"Label":"LOW","Normalized":70}`: 2,
		`10`: 10, `7`: 7, `7.5`: 7.5, `1`: 1, `{"score":7}`: 7, `"high"`: 8,
		`0`: 0, `0.5`: 0, `-1`: 0, `100.1`: 0, `101`: 0, `1e9`: 0, `{"Normalized":101}`: 0, `{"Normalized":-1}`: 0, `null`: 0, `"bad"`: 0, `{}`: 0,
	} {
		if got := generic(t, `{"severity":`+severity+`}`).Severity; got != want {
			t.Errorf("%s: got %v, want %v", severity, float64(got), float64(want))
		}
	}
}

// A title marks the samples of GuardDuty only; what a source of one's own says of an event is free text.
func TestGenericSample(t *testing.T) {
	for detail, want := range map[string]bool{
		`{"title":"[SAMPLE] Login from abroad"}`:                 false,
		`{"title":"[SAMPLE] Login from abroad","sample":true}`:   true,
		`{"title":"Login from abroad","sample":"true"}`:          true,
		`{"title":"[Sample] Login from abroad","sample":"nope"}`: false,
	} {
		if got := generic(t, detail).Sample; got != want {
			t.Errorf("%s: got %v", detail, got)
		}
	}
}

// generic parses an event of a source of one's own with the given detail.
func generic(t *testing.T, detail string) finding.Finding {
	t.Helper()
	delivery, err := events.Open(events.Table(), []byte(`{"source":"com.example.app","detail-type":"Login From Abroad","id":"e1","detail":`+detail+`}`))
	if err != nil {
		t.Fatal(err)
	}
	return events.Parse(events.Table(), delivery.Records[0].Envelope)[0]
}

func TestGenericFindings(t *testing.T) {
	for name, test := range map[string]struct{ event, want string }{
		"Security Hub, two findings": {
			`{"source":"aws.securityhub","detail-type":"Security Hub Findings - Imported","detail":{"findings":[
				{"Id":"1","AwsAccountId":"111122223333","Title":"Port open","Severity":{"Label":"CRITICAL","Normalized":90},"Resources":[{"Type":"AwsEc2Instance","Id":"arn:aws:ec2:eu-west-1:111122223333:instance/i-1"}],"Workflow":{"Status":"RESOLVED"}},
				{"Id":"2","Title":"Old port","Severity":{"Normalized":40}}]}}`,
			"1|Port open|9.5|111122223333|i-1|true; 2|Old port|5.0|||false",
		},
		"OCSF": {
			`{"source":"aws.securityhub","detail-type":"Findings Imported V2","detail":{"findings":[{"finding_info":{"uid":"u1","title":"A container ran"},"severity_id":4,"cloud":{"account":{"uid":"111122223333"},"region":"us-east-1"},"resources":[{"uid":"i-9","type":"AWS::EC2::Instance"}]}]}}`,
			"u1|A container ran|8.0|111122223333|i-9|false",
		},
		"Inspector": {
			`{"source":"aws.inspector2","detail-type":"Inspector2 Finding","detail":{"findingArn":"arn:aws:inspector2:eu-central-1:111122223333:finding/f","severity":"HIGH","title":"CVE-1 in x","status":"CLOSED","resources":[{"id":"i-1","type":"AWS_EC2_INSTANCE"}]}}`,
			"arn:aws:inspector2:eu-central-1:111122223333:finding/f|CVE-1 in x|8.0|111122223333|i-1|true",
		},
		"another detail-type of GuardDuty": {
			`{"source":"aws.guardduty","detail-type":"GuardDuty Malware Protection Object Scan Result","id":"e1","account":"111122223333","detail":{"scanStatus":"COMPLETED","s3ObjectDetails":{"bucketName":"b","objectKey":"k"},"scanResultDetails":{"scanResultStatus":"THREATS_FOUND"}}}`,
			"e1|GuardDuty Malware Protection Object Scan Result|unknown|111122223333|b|false",
		},
		"an alarm": {
			`{"source":"aws.cloudwatch","detail-type":"CloudWatch Alarm State Change","id":"e1","resources":["arn:aws:cloudwatch:eu-west-1:111122223333:alarm:cpu"],"detail":{"alarmName":"cpu","state":{"value":"ALARM"}}}`,
			"e1|CloudWatch Alarm State Change: cpu|unknown||cpu|false",
		},
		"a source of one's own": {
			`{"source":"com.example.app","detail-type":"Login From Abroad","id":"e1","detail":{"severity":"medium","description":"d"}}`,
			"e1|Login From Abroad|5.0|||false",
		},
	} {
		t.Run(name, func(t *testing.T) {
			delivery, err := events.Open(events.Table(), []byte(test.event))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range events.Parse(events.Table(), delivery.Records[0].Envelope) {
				got = append(got, fmt.Sprintf("%s|%s|%s|%s|%s|%v", f.ID, f.Title, f.Severity, f.Account.ID, f.Resource.ID, f.Archived))
			}
			if joined := strings.Join(got, "; "); joined != test.want {
				t.Errorf("got  %s\nwant %s", joined, test.want)
			}
		})
	}
}
