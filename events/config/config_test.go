package config_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/events/config"
	"github.com/tocsin-sec/tocsin/events/eventstest"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

func open(t *testing.T, payload string) finding.Finding {
	t.Helper()
	delivery, err := events.Open(events.Table(), []byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	f := events.Parse(events.Table(), delivery.Records[0].Envelope)[0]
	for code, words := range config.Source().Words {
		for _, fact := range f.Facts {
			if !strings.Contains(words, "\nconfig.fact."+fact.Name+"|") {
				t.Errorf("no label for %s in %s", fact.Name, code)
			}
		}
	}
	return f
}

func parse(t *testing.T, detailType, detail string) finding.Finding {
	t.Helper()
	return open(t, `{"id":"e1","source":"aws.config","detail-type":"`+detailType+`","account":"999999999999","region":"us-east-1","time":"2026-05-01T10:00:00Z","detail":`+detail+`}`)
}

// checkRule holds the rule of the source against an event.
func checkRule(t *testing.T, detailType, detail string, f finding.Finding) {
	t.Helper()
	s := config.Source()
	for _, threshold := range []finding.Threshold{0, 2, 4, 7, 9} {
		eventstest.Rule{
			Event: `{"source":"aws.config","detail-type":"` + detailType + `","detail":` + detail + `}`,
			Full:  s.Pattern(threshold), Cheap: s.PatternWithoutEndings(threshold),
			IsUrgent: !f.State.Over() && f.Severity.AtLeast(threshold), IsOver: f.State.Over(),
		}.Check(t)
	}
}

const (
	change = "Config Rules Compliance Change"
	item   = "Config Configuration Item Change"
)

func result(compliance string) string {
	return `{"messageType":"ComplianceChangeNotification","awsAccountId":"111122223333","awsRegion":"eu-west-1","configRuleName":"s3-public-read","configRuleARN":"arn:aws:config:eu-west-1:111122223333:config-rule/aws-service-rule/securityhub.amazonaws.com/config-rule-1","resourceType":"AWS::S3::Bucket","resourceId":"uploads",
		"newEvaluationResult":{` + compliance + `"resultRecordedTime":"2026-05-01T09:59:00Z","annotation":"\nTag team is not there."},"oldEvaluationResult":{"complianceType":"COMPLIANT"}}`
}

// Every result has a severity and a state of its own, and all are about rule and resource.
func TestCompliance(t *testing.T) {
	for compliance, want := range map[string]string{
		`"complianceType":"NON_COMPLIANT",`:     "5.0 open config.noncompliant S3 Bucket uploads does not comply with s3-public-read",
		`"complianceType":"COMPLIANT",`:         "1.0 passed config.compliant S3 Bucket uploads complies with s3-public-read",
		`"complianceType":"NOT_APPLICABLE",`:    "1.0 closed config.not_applicable s3-public-read does not apply to S3 Bucket uploads",
		`"complianceType":"INSUFFICIENT_DATA",`: "1.0 open config.unclear Too little is known to hold S3 Bucket uploads against s3-public-read",
		`"complianceType":"NOVEL",`:             "unknown open config.changed Compliance of S3 Bucket uploads with s3-public-read: NOVEL",
		``:                                      "unknown open config.changed Compliance of S3 Bucket uploads with s3-public-read: not stated",
	} {
		f := parse(t, change, result(compliance))
		checkRule(t, change, result(compliance), f)
		if got := fmt.Sprintf("%v %v %s %s", f.Severity, f.State, f.About.Headlines[0].Key, f.Title); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", compliance, got, want)
		}
		if f.ID != "s3-public-read/AWS::S3::Bucket/uploads" || f.Check.Control != "s3-public-read" || f.Account.ID != "111122223333" || f.Region != "eu-west-1" ||
			f.Resource.Kind() != finding.KindBucket || f.Description != "Tag team is not there." || f.Facts.Get("owner") != "securityhub.amazonaws.com" || f.Facts.Get("before") != "COMPLIANT" {
			t.Errorf("%s: got %+v", compliance, f)
		}
		if !f.Updated.Equal(time.Date(2026, 5, 1, 9, 59, 0, 0, time.UTC)) || !f.LastSeen.IsZero() {
			t.Errorf("%s: got %+v", compliance, f.Activity)
		}
		if want := "https://eu-west-1.console.aws.amazon.com/config/home?region=eu-west-1#/rules/details?configRuleName=s3-public-read"; f.About.Links.Finding != want {
			t.Errorf("got %s", f.About.Links.Finding)
		}
	}
}

// Where there is no result any more, nothing is to be mended, and what was told has ended.
func TestNoResult(t *testing.T) {
	detail := `{"messageType":"ComplianceChangeNotification","configRuleName":"r","resourceType":"AWS::S3::Bucket","resourceId":"b","newEvaluationResult":null,"oldEvaluationResult":{"complianceType":"NON_COMPLIANT"}}`
	f := parse(t, change, detail)
	checkRule(t, change, detail, f)
	if f.Severity != finding.Lowest || f.State != finding.Closed || f.Check.Result != "NOT_APPLICABLE" || f.Title != "r does not apply to S3 Bucket b" {
		t.Errorf("got %v %v %+v %s", f.Severity, f.State, f.Check, f.Title)
	}
}

// Rule and result are told once, as the control.
func TestNothingTwice(t *testing.T) {
	f := parse(t, change, result(`"complianceType":"NON_COMPLIANT",`))
	if f.Check.Control != "s3-public-read" || f.Check.Result != "NON_COMPLIANT" {
		t.Errorf("got %+v", f.Check)
	}
	for _, fact := range f.Facts {
		if strings.Contains(fact.Value, "s3-public-read") || fact.Value == "NON_COMPLIANT" {
			t.Errorf("%s says %s again", fact.Name, fact.Value)
		}
	}
}

// The rule and the resource are named in the result alone, too.
func TestComplianceByItsResult(t *testing.T) {
	f := parse(t, change, `{"newEvaluationResult":{"complianceType":"COMPLIANT","evaluationResultIdentifier":{"evaluationResultQualifier":{"configRuleName":"r","resourceType":"AWS::IAM::User","resourceId":"AIDA1","evaluationMode":"DETECTIVE"}}}}`)
	if f.ID != "r/AWS::IAM::User/AIDA1" || f.State != finding.Passed || f.Account.ID != "999999999999" || f.Updated.IsZero() || f.Facts.Get("mode") != "DETECTIVE" {
		t.Errorf("got %+v", f)
	}
}

// Each change of a resource is news, and says what has changed.
func TestItem(t *testing.T) {
	detail := func(diff, status, captured string) string {
		return `{"messageType":"ConfigurationItemChangeNotification","configurationItemDiff":` + diff + `,"configurationItem":{"awsAccountId":"111122223333","awsRegion":"eu-west-1","availabilityZone":"eu-west-1a","resourceType":"AWS::EC2::Instance","resourceId":"i-1","resourceName":null,"ARN":"arn:aws:ec2:eu-west-1:111122223333:instance/i-1","configurationItemStatus":"` + status + `","configurationItemCaptureTime":"` + captured + `","tags":{"Name":"web-1"},"relatedEvents":["e9"],"relationships":[{"resourceType":"AWS::EC2::VPC","resourceId":"vpc-1"},{"resourceType":"AWS::EC2::Subnet","resourceId":"subnet-1"}]}}`
	}
	update := `{"changeType":"UPDATE","changedProperties":{"Configuration.State.Name":{"previousValue":"running","updatedValue":"stopped"},"Configuration.Tags":{"updatedValue":{"a":1}}}}`
	for want, f := range map[string]finding.Finding{
		"2.0 ConfigurationItemChangeNotification/UPDATE EC2 Instance web-1 was changed|Configuration.State.Name: stopped, was running; Configuration.Tags: a=1": parse(t, item, detail(update, "OK", "2026-05-01T09:00:00.123Z")),
		"2.0 ConfigurationItemChangeNotification/CREATE EC2 Instance web-1 was created|":                                                                        parse(t, item, detail("null", "ResourceDiscovered", "2026-05-01T09:00:00.123Z")),
		"2.0 ConfigurationItemChangeNotification/DELETE EC2 Instance web-1 was deleted|":                                                                        parse(t, item, detail("null", "ResourceDeleted", "2026-05-01T09:00:00.123Z")),
		"2.0 ConfigurationItemChangeNotification EC2 Instance web-1 was changed|":                                                                               parse(t, item, detail("null", "OK", "2026-05-01T09:00:00.123Z")),
	} {
		if got := fmt.Sprintf("%v %s %s|%s", f.Severity, f.Type, f.Title, f.Facts.Get("changed")); got != want {
			t.Errorf("\ngot  %s\nwant %s", got, want)
		}
		if f.Resource.ID != "i-1" || len(f.Related) != 2 || f.Resource.Attributes.Get(finding.AttrZone) != "eu-west-1a" || f.Account.ID != "111122223333" || f.State.Over() ||
			!strings.Contains(f.About.Links.Finding, "#/resources/timeline?resourceId=i-1&resourceType=AWS%3A%3AEC2%3A%3AInstance") {
			t.Errorf("got %+v", f)
		}
	}
	first, next := parse(t, item, detail(update, "OK", "2026-05-01T09:00:00Z")), parse(t, item, detail(update, "OK", "2026-05-01T09:05:00Z"))
	if first.Key() == next.Key() {
		t.Errorf("two changes are one: %s", first.Key())
	}
	large := parse(t, item, `{"messageType":"OversizedConfigurationItemChangeNotification","configurationItemSummary":{"changeType":"UPDATE","awsAccountId":"111122223333","awsRegion":"global","resourceType":"AWS::IAM::Role","resourceId":"AROA1","resourceName":"ci","configurationItemCaptureTime":"2026-05-01T09:00:00Z"},"s3DeliverySummary":{"s3BucketLocation":"b/k"}}`)
	if large.Title != "IAM Role ci was changed" || large.Facts.Get("too_large") != "b/k" || large.Region != "us-east-1" {
		t.Errorf("got %+v", large)
	}
}

// The work of AWS Config itself is told as what it is; what has come through ends what has failed.
func TestWork(t *testing.T) {
	for detail, want := range map[string]string{
		`{"messageType":"ConfigurationSnapshotDeliveryStarted","s3Bucket":"b"}`:                                    "1.0 open work/ConfigurationSnapshotDelivery/b",
		`{"messageType":"ConfigurationSnapshotDeliveryFailed","s3Bucket":"b","errorCode":"AccessDenied"}`:          "2.0 open work/ConfigurationSnapshotDelivery/b",
		`{"messageType":"ConfigurationSnapshotDeliveryCompleted","s3Bucket":"b","s3ObjectKey":"k"}`:                "1.0 ok work/ConfigurationSnapshotDelivery/b",
		`{"messageType":"ConfigRulesEvaluationStarted","configRuleNames":["r1","r2"],"awsAccountId":111122223333}`: "1.0 open work/ConfigRulesEvaluation/r1, r2",
		`{}`: "1.0 open work/Config Configuration Snapshot Delivery Status",
	} {
		f := parse(t, "Config Configuration Snapshot Delivery Status", detail)
		if detail != "{}" {
			checkRule(t, "Config Configuration Snapshot Delivery Status", detail, f)
		}
		if got := fmt.Sprintf("%v %v %s", f.Severity, f.State, f.ID); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if f.Title == "" || f.Updated.IsZero() || f.About.Links.Finding != "" {
			t.Errorf("%s: got %+v", detail, f)
		}
	}
}

func TestOddDocuments(t *testing.T) {
	for _, detailType := range config.Source().DetailTypes {
		for _, detail := range []string{`null`, `[]`, `7`, `"x"`, `{"configurationItem":7,"configurationItemDiff":"x","newEvaluationResult":[1],"configRuleNames":{"0":1}}`} {
			if f := parse(t, detailType, detail); f.Title == "" || f.Updated.IsZero() {
				t.Errorf("%s %s: got %+v", detailType, detail, f)
			}
		}
	}
	if f := open(t, result(`"complianceType":"NON_COMPLIANT",`)); f.Check.Control != "s3-public-read" || f.Source != "aws.config" {
		t.Errorf("without an envelope: got %+v", f)
	}
}

func TestSamples(t *testing.T) {
	s := config.Source().Samples
	if len(s.Types()) != 3 {
		t.Errorf("got %v", s.Types())
	}
	for _, name := range s.Types() {
		event, err := s.Event(name, source.SampleOptions{Time: time.Date(2026, 3, 16, 8, 25, 11, 0, time.UTC)})
		if err != nil {
			t.Fatal(err)
		}
		if f := open(t, string(event)); f.Road != "config" || f.Resource.ID == "" || f.Region != "eu-central-1" || !f.Severity.Known() {
			t.Errorf("%s: got %+v", name, f)
		}
	}
}

// Results that end something pass at any threshold, and so does what is not known.
func TestRule(t *testing.T) {
	for threshold, want := range map[finding.Threshold]string{
		0: `"complianceType":[{"exists":true}]`, 4: `"complianceType":[{"anything-but":["INSUFFICIENT_DATA"]}]`,
		7: `"complianceType":[{"anything-but":["NON_COMPLIANT","INSUFFICIENT_DATA"]}]`,
	} {
		text, err := json.Marshal(config.Source().Pattern(threshold))
		if err != nil || !strings.Contains(string(text), want) || strings.Contains(string(text), `"ConfigurationItemChangeNotification"`) != (threshold <= 2) {
			t.Errorf("%v: got %s, %v", threshold, text, err)
		}
	}
}

// What AWS Config sends to its topic has no envelope: it is read all the same.
func TestTopic(t *testing.T) {
	for name, test := range map[string]struct{ message, id, title string }{
		"an item": {
			`{"messageType":"ConfigurationItemChangeNotification","recordVersion":"1.3","notificationCreationTime":"2026-05-01T10:00:01Z",
			"configurationItemDiff":{"changeType":"DELETE","changedProperties":{}},"configurationItem":{"awsAccountId":"444455556666","awsRegion":"eu-west-1",
			"resourceType":"AWS::SQS::Queue","resourceId":"orders","configurationItemCaptureTime":"2026-05-01T10:00:00Z","configurationItemStatus":"ResourceDeleted"}}`,
			"item/AWS::SQS::Queue/orders/2026-05-01T10:00:00Z", "SQS Queue orders was deleted",
		},
		"an item that was too large": {
			`{"messageType":"OversizedConfigurationItemChangeNotification","recordVersion":"1.0","configurationItemSummary":{"changeType":"UPDATE",
			"awsAccountId":"444455556666","awsRegion":"eu-west-1","resourceType":"AWS::SQS::Queue","resourceId":"orders","configurationItemCaptureTime":"2026-05-01T10:00:00Z"}}`,
			"item/AWS::SQS::Queue/orders/2026-05-01T10:00:00Z", "SQS Queue orders was changed",
		},
		"a rule": {
			`{"messageType":"ComplianceChangeNotification","recordVersion":"1.0","configRuleName":"encrypted","resourceType":"AWS::SQS::Queue","resourceId":"orders",
			"awsAccountId":"444455556666","awsRegion":"eu-west-1","newEvaluationResult":{"complianceType":"NON_COMPLIANT","resultRecordedTime":"2026-05-01T10:00:00Z"}}`,
			"encrypted/AWS::SQS::Queue/orders", "SQS Queue orders does not comply with encrypted",
		},
		"a snapshot": {
			`{"messageType":"ConfigurationSnapshotDeliveryCompleted","recordVersion":"1.1","s3Bucket":"trail","awsAccountId":"444455556666","awsRegion":"eu-west-1",
			"notificationCreationTime":"2026-05-01T10:00:00Z"}`,
			"work/ConfigurationSnapshotDelivery/trail", "AWS Config: ConfigurationSnapshotDeliveryCompleted",
		},
	} {
		message, err := json.Marshal(test.message)
		if err != nil {
			t.Fatal(err)
		}
		f := open(t, `{"Type":"Notification","MessageId":"m","TopicArn":"arn:aws:sns:eu-west-1:111122223333:t","Subject":"[AWS Config]","Message":`+string(message)+`}`)
		if f.Source != "aws.config" || f.ID != test.id || f.Title != test.title || f.Account.ID != "444455556666" ||
			f.Region != "eu-west-1" || f.Updated.Format("15:04") != "10:00" {
			t.Errorf("%s: got %+v", name, f)
		}
	}
}

// What has changed is told with what is in it, as far as it is short: a port that was opened, a tag that
// is gone, a policy in a text.
func TestChanges(t *testing.T) {
	long := strings.Repeat("x", 201)
	for properties, want := range map[string]string{
		`{"Configuration.IpPermissions.0":{"previousValue":null,"updatedValue":{"fromPort":22,"ipProtocol":"tcp","ipv4Ranges":[{"cidrIp":"0.0.0.0/0"}]},"changeType":"CREATE"}}`: "Configuration.IpPermissions.0 added: " +
			"fromPort=22, ipProtocol=tcp, ipv4Ranges/cidrIp=0.0.0.0/0",
		`{"Configuration.Tags.0":{"previousValue":{"key":"team","value":"shop"},"updatedValue":null,"changeType":"DELETE"}}`:                                            "Configuration.Tags.0 removed: key=team, value=shop",
		`{"Configuration.Size":{"previousValue":8,"updatedValue":16,"changeType":"UPDATE"}}`:                                                                            "Configuration.Size: 16, was 8",
		`{"SupplementaryConfiguration.Policy":{"previousValue":{"policyText":null},"updatedValue":"{\"Effect\":\"Allow\",\"Principal\":\"*\"}","changeType":"UPDATE"}}`: "SupplementaryConfiguration.Policy: Effect=Allow, Principal=*",
		`{"Configuration.Text":{"previousValue":"a","updatedValue":"` + long + `","changeType":"UPDATE"}}`:                                                              "Configuration.Text, was a",
		`{}`: "",
	} {
		f := parse(t, item, `{"messageType":"ConfigurationItemChangeNotification","configurationItemDiff":{"changeType":"UPDATE","changedProperties":`+properties+`},
			"configurationItem":{"resourceType":"AWS::EC2::SecurityGroup","resourceId":"sg-1"}}`)
		if got := f.Facts.Get("changed"); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
