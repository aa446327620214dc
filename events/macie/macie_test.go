package macie_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/events/eventstest"
	"github.com/tocsin-sec/tocsin/events/macie"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// all returns what the table of sources makes of an event.
func all(t *testing.T, event string) []finding.Finding {
	t.Helper()
	delivery, err := events.Open(events.Table(), []byte(event))
	if err != nil {
		t.Fatal(err)
	}
	return events.Parse(events.Table(), delivery.Records[0].Envelope)
}

// one returns the only finding of an event, which Macie's parser has read.
func one(t *testing.T, event string) finding.Finding {
	t.Helper()
	findings := all(t, event)
	if len(findings) != 1 || findings[0].Road != "macie" {
		t.Fatalf("got %d findings, the first by %q", len(findings), findings[0].Road)
	}
	if strings.Contains(event, `"detail-type"`) {
		checkRule(t, event, findings[0])
	}
	return findings[0]
}

// checkRule holds the source's rule against an event at each threshold.
func checkRule(t *testing.T, event string, f finding.Finding) {
	t.Helper()
	s := macie.Source()
	for _, threshold := range []finding.Threshold{0, 1, 4, 7, 9, 10} {
		eventstest.Rule{
			Event: event, Full: s.Pattern(threshold), Cheap: s.PatternWithoutEndings(threshold),
			IsOver: f.State.Over(), IsUrgent: !f.State.Over() && f.Severity.AtLeast(threshold),
		}.Check(t)
	}
}

func event(detail, more string) string {
	return `{"version":"0","id":"e","detail-type":"Macie Finding","source":"aws.macie","account":"111122223333","time":"2026-05-01T10:00:00Z","region":"us-east-1","resources":[],` +
		more + `"detail":` + detail + `}`
}

// data is a finding on an object.
const data = `{"schemaVersion":"1.0","id":"64b917aa-3843-014c-91d8-937ffexample","accountId":"444455556666","partition":"aws","region":"eu-west-1",
"type":"SensitiveData:S3Object/Multiple","title":"The object holds several sorts of data.","description":"Look into it.","severity":{"score":3,"description":"High"},
"createdAt":"2026-05-01T09:00:00Z","updatedAt":"2026-05-01T09:30:00Z","count":1,"category":"CLASSIFICATION","sample":false,"archived":false,
"resourcesAffected":{"s3Bucket":{"name":"example-data","arn":"arn:aws:s3:::example-data","owner":{"displayName":"shop"},"publicAccess":{"effectivePermission":"PUBLIC"},
"defaultServerSideEncryption":{"encryptionType":"aws:kms","kmsMasterKeyId":"key-1"},"tags":[{"key":"Team","value":"shop"}]},
"s3Object":{"bucketArn":"arn:aws:s3:::example-data","key":"keys/prod.env","path":"example-data/keys/prod.env","size":120,"publicAccess":false,"tags":[{"key":"Stage","value":"prod"}]}},
"classificationDetails":{"originType":"SENSITIVE_DATA_DISCOVERY_JOB","jobId":"job-1","result":{"mimeType":"text/plain","status":{"code":"PARTIAL","reason":"ARCHIVE_EXCEEDS_SIZE_LIMIT"},"additionalOccurrences":true,
"sensitiveData":[{"category":"CREDENTIALS","totalCount":4,"detections":[{"type":"AWS_CREDENTIALS","count":3},{"type":"PGP_PRIVATE_KEY","count":1}]},{"category":"PERSONAL_INFORMATION","totalCount":2,"detections":[{"type":"NAME","count":2}]}],
"customDataIdentifiers":{"totalCount":7,"detections":[{"arn":"a","name":"staff number","count":7}]}}},"policyDetails":null}`

// A finding on data says in which object they lie, who may read it, and what they are.
func TestSensitiveData(t *testing.T) {
	f := one(t, event(data, ""))
	resource := finding.Resource{
		Type: "S3Object", ID: "example-data", ARN: "arn:aws:s3:::example-data/keys/prod.env",
		Attributes: finding.Attributes{
			{Name: "object", Value: "keys/prod.env"}, {Name: "public_access", Value: "PUBLIC"}, {Name: "object_public", Value: "false"},
			{Name: "encryption", Value: "aws:kms (key-1)"}, {Name: "owner", Value: "shop"}, {Name: "size", Value: "120"},
		},
		Tags: []finding.Tag{{Key: "Stage", Value: "prod"}, {Key: "Team", Value: "shop"}},
	}
	if diff := cmp.Diff(resource, f.Resource); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	facts := finding.Attributes{
		{Name: "sensitive_data", Value: "3 AWS credentials, 1 PGP private key; 2 Name"},
		{Name: "custom_data", Value: "7 staff number"}, {Name: "additional_occurrences", Value: "true"},
		{Name: "incomplete", Value: "PARTIAL (ARCHIVE_EXCEEDS_SIZE_LIMIT)"}, {Name: "mime_type", Value: "text/plain"},
		{Name: "origin", Value: "SENSITIVE_DATA_DISCOVERY_JOB"}, {Name: "job", Value: "job-1"}, {Name: "category", Value: "CLASSIFICATION"},
	}
	if diff := cmp.Diff(facts, f.Facts); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if f.Key() != "aws.macie/444455556666/eu-west-1/64b917aa-3843-014c-91d8-937ffexample" || f.Severity != 8 || f.Updated.Format(time.RFC3339) != "2026-05-01T09:30:00Z" {
		t.Errorf("got %s, %s, %s", f.Key(), f.Severity, f.Updated)
	}
	if want := "https://eu-west-1.console.aws.amazon.com/macie/home?region=eu-west-1#findings?itemId=64b917aa-3843-014c-91d8-937ffexample"; f.About.Links.Finding != want {
		t.Errorf("got %s", f.About.Links.Finding)
	}
}

// call is a change of a policy, without the braces around it.
const call = `"policyDetails":{"action":{"actionType":"AWS_API_CALL","apiCallDetails":{"api":"PutBucketPolicy","apiServiceName":"s3.amazonaws.com","firstSeen":"2026-05-01T08:00:00Z","lastSeen":"2026-05-01T08:30:00Z"}},
"actor":{"userIdentity":{"type":"AssumedRole","assumedRole":{"principalId":"AROA1:ada","accessKeyId":"ASIA1","arn":"arn:aws:sts::444455556666:assumed-role/deploy/ada","sessionContext":{"sessionIssuer":{"userName":"deploy"}}}},
"ipAddressDetails":{"ipAddressV4":"198.51.100.7","ipOwner":{"asn":"64496","asnOrg":"Example Net"},"ipCountry":{"code":"DE","name":"Germany"},"ipCity":{"name":"Berlin"}}}}`

const policy = `"id":"p-1","accountId":"444455556666","region":"eu-west-1","type":"Policy:IAMUser/S3BucketPublic","severity":{"score":3},"count":2,"updatedAt":"2026-05-01T09:00:00Z",
"resourcesAffected":{"s3Bucket":{"name":"example-data"},"s3Object":null}`

// A policy finding says who has changed it, from where, by which call; also where the members stand
// outside of the detail.
func TestPolicy(t *testing.T) {
	want := finding.Actor{
		User:   finding.User{Name: "deploy", Type: "AssumedRole", Session: "ada", PrincipalID: "AROA1", AccessKey: "ASIA1"},
		Remote: finding.Remote{IP: "198.51.100.7", Country: "Germany", CountryCode: "DE", City: "Berlin", Organization: "Example Net", ASN: "AS64496"},
	}
	for _, f := range []finding.Finding{
		one(t, event(`{`+policy+`,`+call+`,"archived":true,"sample":true}`, "")),
		one(t, event(`{`+policy+`}`, call+`,"archived":true,"sample":true,`)),
	} {
		if diff := cmp.Diff(want, f.Actor); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		if f.Action.Attributes.Get("api") != "PutBucketPolicy" || f.Resource.Type != "S3Bucket" || f.Resource.ID != "example-data" {
			t.Errorf("got %+v, %+v", f.Action, f.Resource)
		}
		if f.State != finding.Archived || !f.Sample || f.Count != 2 || f.Severity != 8 || f.FirstSeen.Hour() != 8 || f.LastSeen.Minute() != 30 {
			t.Errorf("got %+v, %s", f.Activity, f.Severity)
		}
	}
	for identity, want := range map[string]finding.User{
		`{"type":"IAMUser","iamUser":{"userName":"ada","principalId":"AIDA1"}}`:                      {Type: "IAMUser", Name: "ada", PrincipalID: "AIDA1"},
		`{"type":"Root","root":{"accountId":"444455556666","arn":"arn:aws:iam::444455556666:root"}}`: {Type: "Root", Name: "root"},
		`{"type":"AWSService","awsService":{"invokedBy":"config.amazonaws.com"}}`:                    {Type: "AWSService", Name: "config.amazonaws.com"},
		`{"type":"AWSAccount","awsAccount":{"accountId":"999988887777"}}`:                            {Type: "AWSAccount", Name: "999988887777"},
	} {
		f := one(t, event(`{`+policy+`,"policyDetails":{"actor":{"userIdentity":`+identity+`}}}`, ""))
		if f.Actor.User != want {
			t.Errorf("%s: got %+v", identity, f.Actor.User)
		}
	}
}

// Every severity that Macie states has its place on the scale.
func TestSeverity(t *testing.T) {
	for severity, want := range map[string]string{
		`{"score":1,"description":"Low"}`: "2.0", `{"score":2,"description":"Medium"}`: "5.0", `{"score":3,"description":"High"}`: "8.0",
		`{"score":1}`: "2.0", `{"score":"2"}`: "5.0", `{"score":3}`: "8.0", `"High"`: "8.0", `{"score":4}`: "unknown", `null`: "unknown", `7`: "unknown",
	} {
		f := one(t, event(strings.Replace(data, `{"score":3,"description":"High"}`, severity, 1), ""))
		if f.Severity.String() != want {
			t.Errorf("%s: got %s, want %s", severity, f.Severity, want)
		}
	}
	for risk, want := range map[string]string{"70": "7.0", "100": "10.0", "5": "1.0", "0": "1.0", `"40"`: "4.0", "500": "unknown"} {
		f := one(t, `{"source":"aws.macie","detail-type":"Macie Alert","detail":{"alert-arn":"arn:aws:macie:us-east-1:444455556666:trigger/t/alert/a","name":"n","risk-score":`+risk+`,"trigger":{"risk":6}}}`)
		if f.Severity.String() != want {
			t.Errorf("%s: got %s, want %s", risk, f.Severity, want)
		}
	}
	f := one(t, `{"source":"aws.macie","detail-type":"Macie Alert","detail":{"alert-arn":"arn:aws:macie:us-east-1:444455556666:trigger/t/alert/a","name":"n","trigger":{"risk":6}}}`)
	if f.Severity != 6 {
		t.Errorf("got %s", f.Severity)
	}
}

// What the command line returns is read as what comes by EventBridge.
func TestBare(t *testing.T) {
	if bare, want := one(t, `{"findings":[`+data+`]}`), one(t, event(data, "")); bare.Key() != want.Key() || !cmp.Equal(bare.Matter, want.Matter) {
		t.Errorf("got %s", bare.Key())
	}
}

// A finding that another source passes on is known by its id, whether that stands in an ARN or not.
func TestNative(t *testing.T) {
	for alias, want := range map[string]string{
		"arn:aws:macie2:us-east-1:444455556666:finding/64b917aa": "64b917aa",
		"64b917aa": "64b917aa",
		"arn:aws:macie:us-east-1:444455556666:trigger/t/alert/a":    "arn:aws:macie:us-east-1:444455556666:trigger/t/alert/a",
		"arn:aws:securityhub:us-east-1::product/aws/macie/64b917aa": "",
		"https://example.com/1":                                     "",
	} {
		got := source.NativeOf(events.Table(), source.Passed{Product: "aws/macie", IDs: []string{alias}})
		if got.ID != want || got.Product != "Macie" {
			t.Errorf("%s: got %+v", alias, got)
		}
	}
}

// Each sample is a finding of its own kind, and one of them is an ending.
func TestSamples(t *testing.T) {
	samples, over := macie.Source().Samples, 0
	for _, name := range samples.Types() {
		event, err := samples.Event(name, source.SampleOptions{Time: time.Date(2026, 10, 16, 10, 0, 0, 0, time.UTC)})
		if err != nil {
			t.Fatal(err)
		}
		f := one(t, string(event))
		if f.Resource.Kind() == "" || f.Account.ID != "111122223333" || f.Updated.IsZero() || !f.Sample {
			t.Errorf("%s: got %+v", name, f)
		}
		if f.State.Over() {
			over++
		}
	}
	if len(samples.Types()) < 3 || over != 1 {
		t.Errorf("got %v, of which %d are over", samples.Types(), over)
	}
}

// No form of an event makes the parser stumble, and each event becomes a finding.
func TestOddForms(t *testing.T) {
	for _, odd := range []string{`null`, `{}`, `[]`, `"text"`, `7`, `{"resourcesAffected":[1],"severity":[],"policyDetails":"x"}`, `{"alert-arn":7,"summary":[],"trigger":{"features":3}}`} {
		for _, detailType := range []string{"Macie Finding", "Macie Alert"} {
			f := all(t, strings.Replace(event(odd, ""), "Macie Finding", detailType, 1))[0]
			if f.Title == "" || f.Account.ID == "" {
				t.Errorf("%s %s: got %+v", detailType, odd, f)
			}
		}
	}
}

// Where in an object the data is, is told as far as Macie says it: by columns, paths, pages or lines.
func TestPlaces(t *testing.T) {
	for occurrences, want := range map[string]string{
		`{"cells":[{"row":2,"column":1,"columnName":"SSN"},{"row":3,"column":1,"columnName":"SSN"},{"row":2,"column":4}]}`: "column SSN, column 4",
		`{"records":[{"recordIndex":7,"jsonPath":"$.owner.name"},{"recordIndex":9}]}`:                                      "record $.owner.name, record 9",
		`{"pages":[{"pageNumber":2}],"lineRanges":[{"start":3,"end":5},{"start":8,"end":8}]}`:                              "page 2, lines 3-5, lines 8",
		`{"lineRanges":[{"start":1},{"start":2},{"start":3},{"start":4},{"start":5},{"start":6}]}`:                         "lines 1, lines 2, lines 3, lines 4, lines 5",
		`null`: "", `{"cells":"x","pages":[null,7]}`: "",
	} {
		f := one(t, event(`{"type":"SensitiveData:S3Object/Personal","classificationDetails":{"result":{
			"sensitiveData":[{"category":"PERSONAL_INFORMATION","totalCount":1,"detections":[{"type":"NAME","count":1,"occurrences":`+occurrences+`}]}]}}}`, ""))
		if got := f.Facts.Get("found_in"); got != want {
			t.Errorf("%s: got %q, want %q", occurrences, got, want)
		}
	}
	custom := one(t, event(`{"classificationDetails":{"result":{"customDataIdentifiers":{"totalCount":1,"detections":[{"name":"Employee","count":1,
		"occurrences":{"lineRanges":[{"start":4,"end":4}]}}]}}}}`, ""))
	if custom.Facts.Get("found_in") != "lines 4" {
		t.Errorf("got %+v", custom.Facts)
	}
}

// What was found is told in words, and counted once.
func TestDataInWords(t *testing.T) {
	for data, want := range map[string]string{
		`[{"category":"CREDENTIALS","totalCount":4,"detections":[{"type":"AWS_CREDENTIALS","count":4}]}]`:                     "4 AWS credentials",
		`[{"category":"FINANCIAL_INFORMATION","totalCount":9,"detections":[{"type":"CREDIT_CARD_NUMBER","count":4}]}]`:        "9 Financial information (4 Credit card number)",
		`[{"category":"PERSONAL_INFORMATION","totalCount":2,"detections":[]}]`:                                                "2 Personal information",
		`[{"category":"PERSONAL_INFORMATION","totalCount":1,"detections":[{"type":"USA_SOCIAL_SECURITY_NUMBER","count":1}]}]`: "1 USA social security number",
		`[{"totalCount":"x","detections":[{"count":[],"type":7}]}]`:                                                           "7",
	} {
		f := one(t, event(`{"id":"m-1","type":"SensitiveData:S3Object/Multiple","classificationDetails":{"result":{"sensitiveData":`+data+`}}}`, ""))
		if got := f.Facts.Get("sensitive_data"); got != want {
			t.Errorf("%s: got %q, want %q", data, got, want)
		}
	}
}
