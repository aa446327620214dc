package cloudtrail_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/events/cloudtrail"
	"github.com/tocsin-sec/tocsin/events/eventstest"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// parse reads an event of CloudTrail, which has come under the name of a service.
func parse(t *testing.T, service, detailType, detail string) finding.Finding {
	t.Helper()
	return open(t, event(service, detailType, detail))
}

func event(service, detailType, detail string) string {
	return `{"id":"e1","source":"` + service + `","detail-type":"` + detailType + `","account":"999999999999","region":"us-east-1","time":"2026-01-02T03:04:05Z","detail":` + detail + `}`
}

func open(t *testing.T, payload string) finding.Finding {
	t.Helper()
	delivery, err := events.Open(events.Table(), []byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	return events.Parse(events.Table(), delivery.Records[0].Envelope)[0]
}

const (
	root             = `"userIdentity":{"type":"Root","principalId":"111122223333","arn":"arn:aws:iam::111122223333:root","accountId":"111122223333"}`
	ann              = `"userIdentity":{"type":"IAMUser","userName":"ann","principalId":"AIDA1","accountId":"111122223333"}`
	role             = `"userIdentity":{"type":"AssumedRole","principalId":"AROA1:session-1","accessKeyId":"ASIA1","arn":"arn:aws:sts::111122223333:assumed-role/ci/session-1","accountId":"111122223333","sessionContext":{"sessionIssuer":{"userName":"ci","arn":"arn:aws:iam::111122223333:role/ci"}}}`
	common           = `,"recipientAccountId":"111122223333","awsRegion":"eu-west-1","eventTime":"2026-01-02T03:00:00Z","sourceIPAddress":"198.51.100.7","eventID":"0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f"`
	login            = common + `,"eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","eventType":"AwsConsoleSignIn"`
	success, failure = `,"responseElements":{"ConsoleLogin":"Success"}`, `,"responseElements":{"ConsoleLogin":"Failure"},"errorMessage":"Failed authentication"`
	noMFA, withMFA   = `,"additionalEventData":{"MFAUsed":"No"}`, `,"additionalEventData":{"MFAUsed":"Yes"}`
	call             = common + `,"eventSource":"ec2.amazonaws.com","eventName":"RunInstances","eventType":"AwsApiCall"`
	itself           = "event/0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f"
)

const signIn, apiCall = "AWS Console Sign In via CloudTrail", "AWS API Call via CloudTrail"

// Each sort of event has a severity, a key and a sentence of its own.
func TestSorts(t *testing.T) {
	for name, test := range map[string]struct{ service, detailType, detail, want string }{
		"root, no MFA":                {"aws.signin", signIn, root + login + success + noMFA, "8.0 SignIn.Root.NoMFA " + itself + " Root signed in to the console, without MFA, successfully"},
		"root, MFA":                   {"aws.signin", signIn, root + login + success + withMFA, "7.0 SignIn.Root " + itself + " Root signed in to the console with MFA"},
		"root, failed":                {"aws.signin", signIn, root + login + failure + noMFA, "7.0 SignIn.Root.Failed Root:root/198.51.100.7/signin:ConsoleLogin/Failed authentication Root failed to sign in to the console, without MFA: Failed authentication"},
		"user, no MFA":                {"aws.signin", "AWS Console Signin via CloudTrail", ann + login + success + noMFA, "5.0 SignIn.NoMFA " + itself + " IAM user ann signed in to the console, without MFA, successfully"},
		"user, no MFA in the session": {"aws.signin", signIn, strings.Replace(ann, `"accountId"`, `"sessionContext":{"attributes":{"mfaAuthenticated":"false"}},"accountId"`, 1) + login + success, "5.0 SignIn.NoMFA " + itself + " IAM user ann signed in to the console, without MFA, successfully"},
		"user, MFA":                   {"aws.signin", signIn, ann + login + success + withMFA, "1.0 SignIn " + itself + " IAM user ann signed in to the console with MFA"},
		"user, failed":                {"aws.signin", signIn, ann + login + failure + noMFA, "4.0 SignIn.Failed IAMUser:ann/198.51.100.7/signin:ConsoleLogin/Failed authentication IAM user ann failed to sign in to the console, without MFA: Failed authentication"},
		"federated":                   {"aws.signin", signIn, role + login + success + noMFA, "1.0 SignIn " + itself + " Role ci signed in to the console"},
		"root's password":             {"aws.signin", signIn, root + common + `,"eventSource":"signin.amazonaws.com","eventName":"PasswordRecoveryRequested","responseElements":{"PasswordRecoveryRequested":"Success"}`, "7.0 Call.Root/signin:PasswordRecoveryRequested " + itself + " Root called PasswordRecoveryRequested (signin)"},
		"root's call":                 {"aws.ec2", apiCall, root + call, "7.0 Call.Root/ec2:RunInstances " + itself + " Root called RunInstances (ec2)"},
		"root reads":                  {"aws.ec2", apiCall, root + call + `,"readOnly":true`, "5.0 Call.Root.Read/ec2:RunInstances " + itself + " Root called RunInstances (ec2)"},
		"refused":                     {"aws.ec2", apiCall, role + call + `,"errorCode":"Client.UnauthorizedOperation","errorMessage":"no"`, "4.0 Call.Refused/ec2:RunInstances AssumedRole:ci:session-1/198.51.100.7/ec2:RunInstances/Client.UnauthorizedOperation RunInstances (ec2) was refused to role ci"},
		"refused otherwise":           {"aws.ec2", apiCall, ann + call + `,"errorCode":"AccessDeniedException"`, "4.0 Call.Refused/ec2:RunInstances IAMUser:ann/198.51.100.7/ec2:RunInstances/AccessDeniedException RunInstances (ec2) was refused to IAM user ann"},
		"refused by a list":           {"aws.ec2", apiCall, ann + call + `,"errorCode":"ForbiddenException"`, "4.0 Call.Refused/ec2:RunInstances IAMUser:ann/198.51.100.7/ec2:RunInstances/ForbiddenException RunInstances (ec2) was refused to IAM user ann"},
		"failed":                      {"aws.ec2", apiCall, ann + call + `,"errorCode":"NoSuchEntity"`, "2.0 Call.Failed/ec2:RunInstances " + itself + " RunInstances (ec2) by IAM user ann failed: NoSuchEntity"},
		"a call":                      {"aws.guardduty", apiCall, ann + call, "2.0 Call/ec2:RunInstances " + itself + " IAM user ann called RunInstances (ec2)"},
		"a call that reads":           {"aws.ec2", apiCall, ann + call + `,"readOnly":true`, "1.0 Call.Read/ec2:RunInstances " + itself + " IAM user ann called RunInstances (ec2)"},
		"of a service":                {"aws.kms", "AWS Service Event via CloudTrail", `"userIdentity":{"invokedBy":"kms.amazonaws.com"}` + common + `,"eventSource":"kms.amazonaws.com","eventName":"RotateKey"`, "2.0 Service/kms:RotateKey " + itself + " AWS service event RotateKey (kms)"},
		"an insight":                  {"aws.cloudtrail", "AWS Insight via CloudTrail", `"sharedEventID":"s1","eventCategory":"Insight","insightDetails":{"state":"Start","eventSource":"ec2.amazonaws.com","eventName":"RunInstances","insightType":"ApiCallRateInsight"}` + common, "5.0 Insight/ec2:RunInstances insight/s1 Unusual rate of RunInstances (ec2)"},
		"an insight, its end":         {"aws.cloudtrail", "AWS Insight via CloudTrail", `"sharedEventID":"s1","eventCategory":"Insight","insightDetails":{"state":"End","eventSource":"ec2.amazonaws.com","eventName":"RunInstances"}` + common, "1.0 Insight.Over/ec2:RunInstances insight/s1 No longer an unusual rate of RunInstances (ec2)"},
	} {
		f := parse(t, test.service, test.detailType, "{"+test.detail+"}")
		if got := fmt.Sprintf("%v %s %s %s", f.Severity, f.Type, f.ID, f.Title); got != test.want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, test.want)
		}
		if f.Source != test.service || f.About.Product != "CloudTrail" || f.Road != "cloudtrail" || !f.Updated.Equal(time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC)) ||
			f.Account.ID != "111122223333" || f.Region != "eu-west-1" || f.State.Over() != strings.HasSuffix(name, "its end") {
			t.Errorf("%s: got %+v", name, f)
		}
		s := cloudtrail.Source()
		for _, threshold := range []finding.Threshold{4, 5, 7, 8, 9} {
			eventstest.Rule{
				Event: event(test.service, test.detailType, "{"+test.detail+"}"), Full: s.Pattern(threshold), Cheap: s.PatternWithoutEndings(threshold),
				IsUrgent: !f.State.Over() && f.Severity.AtLeast(threshold), IsOver: f.State.Over(),
			}.Check(t)
		}
		sort, _, _ := strings.Cut(f.Type, "/")
		for code, words := range cloudtrail.Source().Words {
			if !strings.Contains(words, "\ncloudtrail."+sort+"|") {
				t.Errorf("%s: no words for %s in %s", name, sort, code)
			}
			for _, fact := range f.Facts {
				if !strings.Contains(words, "\ncloudtrail.fact."+fact.Name+"|") {
					t.Errorf("%s: no label for %s in %s", name, fact.Name, code)
				}
			}
		}
	}
}

func TestWho(t *testing.T) {
	f := parse(t, "aws.ec2", apiCall, "{"+role+call+`,"userAgent":"aws-cli/2","errorCode":"AccessDenied","errorMessage":"no rights","requestID":"r1","requestParameters":{"bucketName":"b1","policy":"secret","roleArn":"arn:aws:iam::111122223333:role/x"},"resources":[{"type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::b1"},{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::b1/k"}]}`)
	want := finding.User{Name: "ci", Type: "AssumedRole", Session: "session-1", PrincipalID: "AROA1", AccessKey: "ASIA1"}
	if f.Actor.User != want || f.Actor.Remote.IP != "198.51.100.7" || f.Actor.UserAgent != "aws-cli/2" || f.Description != "no rights" {
		t.Errorf("got %+v", f.Actor)
	}
	a := f.Action.Attributes
	if f.Action.Kind != "AWS_API_CALL" || a.Get(finding.AttrAPI) != "RunInstances" || a.Get(finding.AttrService) != "ec2.amazonaws.com" || a.Get(finding.AttrErrorCode) != "AccessDenied" || a.Get(finding.AttrAffected) != "b1, x" {
		t.Errorf("got %+v", f.Action)
	}
	if f.Resource.ID != "b1" || f.Resource.Kind() != finding.KindBucket || len(f.Related) != 1 || f.Facts.Get("request") != "" || f.Facts.Get("error") != "" || f.Facts.Get("event") == "" || f.Facts.Get("issuer") != "arn:aws:iam::111122223333:role/ci" {
		t.Errorf("got %+v, %+v, %v", f.Resource, f.Related, f.Facts)
	}
	if f.About.Links.Finding != "" || f.About.Links.Type != "" {
		t.Errorf("links to what is not there: %+v", f.About.Links)
	}
	f = parse(t, "aws.s3", apiCall, `{"userIdentity":{"type":"AWSService","invokedBy":"backup.amazonaws.com"},"sourceIPAddress":"backup.amazonaws.com","eventName":"PutObject","eventSource":"s3.amazonaws.com"}`)
	if f.Actor.Remote.IP != "" || f.Facts.Get("via") != "backup.amazonaws.com" || f.Actor.User.Name != "backup.amazonaws.com" || f.Account.ID != "999999999999" || f.Updated.IsZero() {
		t.Errorf("got %+v, %v, %+v", f.Actor, f.Facts, f.Place)
	}
	f = parse(t, "aws.s3", apiCall, `{"userIdentity":{"type":"AWSAccount","accountId":"444455556666"},"recipientAccountId":"111122223333","eventName":"GetObject"}`)
	if f.Facts.Get("caller_account") != "444455556666" || f.Account.ID != "111122223333" {
		t.Errorf("got %v, %+v", f.Facts, f.Place)
	}
}

// An event is linked by its id, if it reads as one.
func TestLinks(t *testing.T) {
	f := parse(t, "aws.ec2", apiCall, "{"+ann+call+"}")
	if want := "https://eu-west-1.console.aws.amazon.com/cloudtrailv2/home?region=eu-west-1#/events/0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f"; f.About.Links.Finding != want {
		t.Errorf("got %q, want %q", f.About.Links.Finding, want)
	}
	if f := parse(t, "aws.ec2", apiCall, `{"eventID":"x/../y#z","awsRegion":"eu-west-1"}`); f.About.Links.Finding != "" {
		t.Errorf("got %q", f.About.Links.Finding)
	}
}

// Who failed once is not told of again and again; another address is news.
func TestRepeatedFailures(t *testing.T) {
	first := parse(t, "aws.ec2", apiCall, "{"+ann+call+`,"errorCode":"AccessDenied"}`)
	other := parse(t, "aws.ec2", apiCall, "{"+strings.Replace(ann+call, "8000-0a1b", "8000-ffff", 1)+`,"errorCode":"AccessDenied"}`)
	elsewhere := parse(t, "aws.ec2", apiCall, "{"+strings.Replace(ann+call, "198.51.100.7", "198.51.100.8", 1)+`,"errorCode":"AccessDenied"}`)
	if first.Key() != other.Key() || first.Key() == elsewhere.Key() {
		t.Errorf("got %s, %s, %s", first.Key(), other.Key(), elsewhere.Key())
	}
}

// Of many people in one role each is told. A name that CloudTrail hides is none.
func TestFailuresOfMany(t *testing.T) {
	refused := func(session string) finding.Finding {
		return parse(t, "aws.ec2", apiCall, "{"+strings.ReplaceAll(role, "session-1", session)+call+`,"errorCode":"AccessDenied"}`)
	}
	if alice, mallory := refused("alice@example.com"), refused("mallory@example.com"); alice.Key() == mallory.Key() {
		t.Errorf("both are %s", alice.Key())
	}
	hidden := parse(t, "aws.signin", signIn, `{"userIdentity":{"type":"IAMUser","accountId":"111122223333","userName":"HIDDEN_DUE_TO_SECURITY_REASONS"}`+login+
		`,"responseElements":{"ConsoleLogin":"Failure"},"errorMessage":"No username found in supplied account"}`)
	if hidden.Actor.User.Name != "" || hidden.ID != "IAMUser/198.51.100.7/signin:ConsoleLogin/No username found in supplied account" ||
		hidden.Title != "Somebody failed to sign in to the console: No username found in supplied account" {
		t.Errorf("got %+v, %s, %s", hidden.Actor.User, hidden.ID, hidden.Title)
	}
}

// What went wrong is told once; what says nothing is not told.
func TestNothingTwice(t *testing.T) {
	failed := parse(t, "aws.signin", signIn, `{`+ann+login+failure+`,"readOnly":false,"additionalEventData":{"MFAUsed":"Yes","LoginTo":"https://console.aws.amazon.com/console/home?hashArgs=%23&isauthcode=true"}}`)
	if failed.Description != "" || failed.Facts.Get("error")+failed.Facts.Get("result")+failed.Facts.Get("read_only") != "" ||
		failed.Facts.Get("address") != "https://console.aws.amazon.com/console/home" {
		t.Errorf("got %q, %v", failed.Description, failed.Facts)
	}
	called := parse(t, "aws.ec2", apiCall, `{`+ann+call+`,"readOnly":true}`)
	if called.Facts.Get("read_only") != "true" || called.Facts.Get("event") != "" {
		t.Errorf("got %v", called.Facts)
	}
}

// A record as it stands in a log file, or as the command line shows it, is read without an envelope;
// what another publishes under the same detail-type has no words of CloudTrail's.
func TestForms(t *testing.T) {
	f := open(t, "{"+root+login+success+noMFA+"}")
	if f.Type != "SignIn.Root.NoMFA" || f.Account.ID != "111122223333" {
		t.Errorf("got %s, %+v", f.Type, f.Place)
	}
	if f := parse(t, "com.example", apiCall, "{"+ann+call+"}"); f.About.Product != "" || len(f.About.Headlines) != 0 {
		t.Errorf("got %+v", f.About)
	}
	for _, detail := range []string{`null`, `[]`, `7`, `"x"`, `{}`, `{"userIdentity":7,"responseElements":[],"insightDetails":"x","resources":{"0":1}}`} {
		for _, detailType := range cloudtrail.Source().DetailTypes {
			if f := parse(t, "aws.signin", detailType, detail); f.Title == "" || f.Updated.IsZero() {
				t.Errorf("%s: got %+v", detail, f)
			}
		}
	}
}

func TestSamples(t *testing.T) {
	s := cloudtrail.Source().Samples
	if len(s.Types()) < 5 {
		t.Errorf("got %v", s.Types())
	}
	for _, name := range s.Types() {
		event, err := s.Event(name, source.SampleOptions{Time: time.Date(2026, 3, 16, 8, 25, 11, 0, time.UTC)})
		if err != nil {
			t.Fatal(err)
		}
		f := open(t, string(event))
		if sort, _, _ := strings.Cut(f.Type, "/"); sort != name || f.Actor.User.Name == "" || f.Region != "eu-central-1" {
			t.Errorf("%s: got %+v", name, f)
		}
	}
}

// A rule takes what people alert on, and no ordinary call at any threshold.
func TestRule(t *testing.T) {
	s := cloudtrail.Source()
	for threshold, want := range map[finding.Threshold][]string{
		9: {`"state":["End"]`}, 7: {`"Root"`}, 5: {`"Root"`, `"MFAUsed":["No"]`}, 4: {`"Failure"`, `{"prefix":"AccessDenied"}`, `{"suffix":"UnauthorizedOperation"}`},
		0: {`{"eventName":["ConsoleLogin"]}`},
	} {
		text, err := json.Marshal(s.Pattern(threshold))
		if err != nil || !strings.Contains(string(text), `"source":[{"prefix":"aws."}]`) {
			t.Errorf("%v: got %s, %v", threshold, text, err)
		}
		for _, part := range want {
			if !strings.Contains(string(text), part) {
				t.Errorf("%v: %s lacks %s", threshold, text, part)
			}
		}
		if strings.Contains(string(text), `"Failure"`) != (threshold <= 4) || strings.Contains(string(text), "AwsApiCall") {
			t.Errorf("%v: got %s", threshold, text)
		}
	}
	s.Graded = 9
	if text, _ := json.Marshal(s.Pattern(9)); !strings.Contains(string(text), `"Root"`) {
		t.Errorf("what the operator holds to be critical does not pass: %s", text)
	}
}

// What a call is about is read from its parameters, at any depth; the parameters are told but for
// secrets and what is long.
func TestParameters(t *testing.T) {
	long := strings.Repeat("x", 101)
	for name, test := range map[string]struct{ service, call, members, resources, parameters, affected string }{
		"instances": {
			"ec2", "TerminateInstances", `"requestParameters":{"instancesSet":{"items":[{"instanceId":"i-1"},{"instanceId":"i-2"}]},"force":false}`,
			"instance i-1, instance i-2", "force=false, instancesSet/instanceId=i-1, instancesSet/instanceId=i-2", "",
		},
		"a port": {
			"ec2", "AuthorizeSecurityGroupIngress", `"requestParameters":{"groupId":"sg-1","ipPermissions":{"items":[{"fromPort":22,"ipRanges":{"items":[{"cidrIp":"0.0.0.0/0"}]}}]}}`,
			"securitygroup sg-1", "groupId=sg-1, ipPermissions/fromPort=22, ipPermissions/ipRanges/cidrIp=0.0.0.0/0", "sg-1",
		},
		"rights": {
			"iam", "AttachUserPolicy", `"requestParameters":{"userName":"bob","policyArn":"arn:aws:iam::aws:policy/AdministratorAccess"}`,
			"user bob, policy AdministratorAccess", "policyArn=arn:aws:iam::aws:policy/AdministratorAccess, userName=bob", "AdministratorAccess, bob",
		},
		"a session": {
			"sts", "AssumeRole", `"requestParameters":{"roleArn":"arn:aws:iam::111122223333:role/admin","roleSessionName":"bob"},
			"resources":[{"ARN":"arn:aws:iam::111122223333:role/admin","type":"AWS::IAM::Role"}],"responseElements":{"credentials":{"sessionToken":"s3cret"}}`,
			"role admin", "roleArn=arn:aws:iam::111122223333:role/admin, roleSessionName=bob", "admin",
		},
		"new instances": {
			"ec2", "RunInstances", `"requestParameters":{"userData":"c2VjcmV0","instanceType":"m5.large"},"responseElements":{"instancesSet":{"items":[{"instanceId":"i-9"}]}}`,
			"instance i-9", "instanceType=m5.large", "",
		},
		"tags": {
			"ec2", "CreateTags", `"requestParameters":{"resourcesSet":{"items":[{"resourceId":"vol-1"},{"resourceId":"tgw-1"}]}}`,
			"volume vol-1", "resourcesSet/resourceId=vol-1, resourcesSet/resourceId=tgw-1", "",
		},
		"secrets": {
			"secretsmanager", "PutSecretValue", `"requestParameters":{"secretId":"shop","secretString":"s3cret","clientRequestToken":"t0","note":"` + long + `","x":"HIDDEN_DUE_TO_SECURITY_REASONS"}`,
			"secret shop", "secretId=shop", "shop",
		},
		"none": {"ec2", "DescribeInstances", `"requestParameters":null`, "", "", ""},
	} {
		f := parse(t, "aws."+test.service, apiCall, `{`+ann+common+`,"eventSource":"`+test.service+`.amazonaws.com","eventName":"`+test.call+`",`+test.members+`}`)
		var resources []string
		for _, r := range append([]finding.Resource{f.Resource}, f.Related...) {
			kind := r.Type
			if known := r.Kind(); known != "" {
				kind = string(known)
			}
			resources = append(resources, strings.TrimSpace(kind+" "+r.ID))
		}
		if got := strings.Join(resources, ", "); got != test.resources || f.Facts.Get("parameters") != test.parameters ||
			f.Action.Attributes.Get(finding.AttrAffected) != test.affected {
			t.Errorf("%s: got %s; %s; %s", name, got, f.Facts.Get("parameters"), f.Action.Attributes.Get(finding.AttrAffected))
		}
		if len(f.About.Headlines) != 0 {
			t.Errorf("%s: the headline says less than %q", name, f.Title)
		}
	}
}

// A sign-in of Identity Center states the name and the result in places of its own.
func TestIdentityCenter(t *testing.T) {
	f := parse(t, "aws.signin", "AWS Service Event via CloudTrail", `{"userIdentity":{"type":"IdentityCenterUser","accountId":"111122223333","onBehalfOf":{"userId":"u-1"}}`+
		common+`,"eventSource":"signin.amazonaws.com","eventName":"UserAuthentication","eventType":"AwsServiceEvent",
		"additionalEventData":{"UserName":"ann@example.com"},"serviceEventDetails":{"UserAuthentication":"Success"}}`)
	if f.Actor.User.Name != "ann@example.com" || f.Facts.Get("result") != "Success" || f.Facts.Get("on_behalf_of") != "u-1" {
		t.Errorf("got %+v, %+v", f.Actor.User, f.Facts)
	}
}
