package accessanalyzer_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/events/accessanalyzer"
	"github.com/tocsin-sec/tocsin/events/eventstest"
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

// one returns the only finding of an event, which Access Analyzer's parser has read.
func one(t *testing.T, event string) finding.Finding {
	t.Helper()
	findings := all(t, event)
	if len(findings) != 1 || findings[0].Road != "access-analyzer" {
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
	s := accessanalyzer.Source()
	for _, threshold := range []finding.Threshold{0, 1, 4, 7, 9, 10} {
		eventstest.Rule{
			Event: event, Full: s.Pattern(threshold), Cheap: s.PatternWithoutEndings(threshold),
			IsOver: f.State.Over(), IsUrgent: !f.State.Over() && f.Severity.AtLeast(threshold),
		}.Check(t)
	}
}

func event(detailType, detail string) string {
	return `{"version":"0","id":"e","detail-type":"` + detailType + `","source":"aws.access-analyzer","account":"111122223333","time":"2026-05-01T10:00:00Z","region":"eu-west-1",` +
		`"resources":["arn:aws:access-analyzer:eu-west-1:111122223333:analyzer/organization"],"detail":` + detail + `}`
}

// The detail-types of the events.
const (
	external = "Access Analyzer Finding"
	internal = "Internal Access Finding"
	unused   = "Unused Access Finding for IAM entities"
	preview  = "Access Preview State Change"
)

// bucket is the beginning of a finding on a bucket, without what may be done.
const bucket = `"id":"0aad2c61","accountId":"444455556666","region":"eu-west-1","resourceType":"AWS::S3::Bucket","resource":"arn:aws:s3:::example-public",
"createdAt":"2026-05-01T09:00:00Z","analyzedAt":"2026-05-01T09:50:00Z","updatedAt":"2026-05-01T09:55:00Z","version":"1.0"`

// Every sort of access has its severity, its words and who has it.
func TestAccess(t *testing.T) {
	for name, c := range map[string]struct {
		event, severity, kind, title, access, account, user string
	}{
		"public": {
			event(external, `{`+bucket+`,"status":"ACTIVE","isPublic":true,"principal":{"AWS":"*"},"action":["s3:GetObject","s3:PutObject"],"condition":{}}`),
			"8.0", "PublicAccess", "Public: anyone may s3:GetObject, s3:PutObject on bucket example-public", "public", "", "",
		},
		"public, not said": {
			event(external, `{`+bucket+`,"status":"ACTIVE","findingType":"ExternalAccess","principal":{"AWS":"*"},"action":["s3:GetObject"]}`),
			"8.0", "PublicAccess", "Public: anyone may s3:GetObject on bucket example-public", "public", "", "",
		},
		"public, in a word": {
			event(external, `{`+bucket+`,"status":"ACTIVE","findingType":"ExternalAccess","principal":"*","action":["s3:GetObject"]}`),
			"8.0", "PublicAccess", "Public: anyone may s3:GetObject on bucket example-public", "public", "", "",
		},
		"external account": {
			event(external, `{`+bucket+`,"status":"ACTIVE","isPublic":false,"principal":{"AWS":"999988887777"},"action":["s3:GetObject"]}`),
			"5.0", "ExternalAccess", "External: account 999988887777 may s3:GetObject on bucket example-public", "external", "999988887777", "",
		},
		"external role": {
			event(external, `{`+bucket+`,"status":"ACTIVE","isPublic":false,"principal":{"AWS":"arn:aws:iam::999988887777:role/ci/build"},"action":["a:1","a:2","a:3","a:4"]}`),
			"5.0", "ExternalAccess", "External: arn:aws:iam::999988887777:role/ci/build may a:1, a:2, a:3, ... on bucket example-public", "external", "999988887777", "ci/build",
		},
		"federation": {
			event(external, `{`+bucket+`,"status":"ACTIVE","isPublic":false,"principal":{"Federated":"login.example.com"},"action":["sts:AssumeRoleWithWebIdentity"]}`),
			"5.0", "ExternalAccess", "External: login.example.com may sts:AssumeRoleWithWebIdentity on bucket example-public", "external", "", "login.example.com",
		},
		"internal": {
			event(internal, `{`+bucket+`,"status":"ACTIVE","findingType":"InternalAccess","accessType":"INTRA_ORG","principal":{"AWS":"arn:aws:iam::777788889999:role/report"},
			"principalOwnerAccount":"777788889999","principalType":"IAM_ROLE","action":["s3:GetObject"],"serviceControlPolicyRestrictionType":"NOT_APPLICABLE"}`),
			"5.0", "InternalAccess", "Internal: arn:aws:iam::777788889999:role/report may s3:GetObject on bucket example-public", "internal", "777788889999", "report",
		},
		"error": {
			event(external, `{`+bucket+`,"status":"ACTIVE","error":"ACCESS_DENIED"}`),
			"3.0", "AnalysisError", "Access Analyzer cannot look into bucket example-public: ACCESS_DENIED", "", "", "",
		},
		"error inside": {
			event(internal, `{`+bucket+`,"status":"ACTIVE","findingType":"InternalAccess","error":"INTERNAL_ERROR"}`),
			"3.0", "AnalysisError", "Access Analyzer cannot look into bucket example-public: INTERNAL_ERROR", "", "", "",
		},
		"a new sort": {
			event(external, `{`+bucket+`,"status":"ACTIVE","findingType":"Sideways","principal":{"AWS":"999988887777"}}`),
			"unknown", "Sideways", "Sideways: account 999988887777 may reach it on bucket example-public", "", "999988887777", "",
		},
		"nothing stated": {
			event(external, `{`+bucket+`,"status":"ACTIVE"}`),
			"unknown", "ExternalAccess", "External: somebody may reach it on bucket example-public", "external", "", "",
		},
	} {
		f := one(t, c.event)
		if f.Severity.String() != c.severity || f.Type != c.kind || f.Title != c.title || f.Facts.Get("access") != c.access {
			t.Errorf("%s: got %s, %s, %q, %q", name, f.Severity, f.Type, f.Title, f.Facts.Get("access"))
		}
		if f.Actor.Remote.Account.ID != c.account || f.Actor.User.Name != c.user {
			t.Errorf("%s: got %+v", name, f.Actor)
		}
		if f.Key() != "aws.access-analyzer/444455556666/eu-west-1/0aad2c61" || f.State.Over() || f.Updated.Format(time.RFC3339) != "2026-05-01T09:55:00Z" {
			t.Errorf("%s: got %s, %s, %s", name, f.Key(), f.State, f.Updated)
		}
		if want := "https://eu-west-1.console.aws.amazon.com/access-analyzer/home?region=eu-west-1#/findings/details/0aad2c61"; f.About.Links.Finding != want {
			t.Errorf("%s: got %s", name, f.About.Links.Finding)
		}
	}
}

// Unused access has an id under another name, and what is unused in counts.
func TestUnused(t *testing.T) {
	for kind, title := range map[string]string{
		"UnusedIAMRole": "Nobody uses role deploy", "UnusedPermission": "Unused permissions of role deploy",
		"UnusedIAMUserAccessKey": "Unused access key of role deploy", "UnusedIAMUserPassword": "Unused password of role deploy", "UnusedSomething": "Unused access of role deploy",
	} {
		f := one(t, event(unused, `{"findingId":"b8ae","accountId":"444455556666","resourceType":"AWS::IAM::Role","resource":"arn:aws:iam::444455556666:role/service-role/deploy",
		"createdAt":"2026-05-01T09:00:00Z","updatedAt":"2026-05-01T09:00:00Z","status":"ACTIVE","previousStatus":"","isDeleted":false,"findingType":"`+kind+`","numberOfUnusedServices":0,"numberOfUnusedActions":1}`))
		if f.ID != "b8ae" || f.Severity != 2 || f.Title != title || f.Facts.Get("unused_actions") != "1" || f.Facts.Get("access") != "unused" || f.Resource.ID != "deploy" {
			t.Errorf("%s: got %+v", kind, f)
		}
	}
}

// What is resolved, archived or deleted is over, and of the lowest level.
func TestState(t *testing.T) {
	for status, want := range map[string]finding.State{
		`"RESOLVED"`: finding.Resolved, `"ARCHIVED"`: finding.Archived, `"ACTIVE","isDeleted":true`: finding.Closed,
		`"RESOLVED","isDeleted":true`: finding.Resolved, `"ACTIVE","isDeleted":false`: finding.Open, `"ODD"`: finding.Open,
	} {
		f := one(t, event(external, `{`+bucket+`,"isPublic":true,"principal":{"AWS":"*"},"status":`+status+`}`))
		if f.State != want || (f.Severity == finding.Lowest) != want.Over() {
			t.Errorf("%s: got %s, %s", status, f.State, f.Severity)
		}
	}
}

// The facts that a reader needs to judge an access, from an event and from the second version of
// the API.
func TestFacts(t *testing.T) {
	f := one(t, event(external, `{`+bucket+`,"status":"ACTIVE","isPublic":false,"principal":{"AWS":"999988887777"},"action":["s3:GetObject"],
	"condition":{"aws:PrincipalOrgID":"o-1","aws:SourceIp":["198.51.100.0/24","203.0.113.0/24"]},"sources":[{"type":"S3_ACCESS_POINT","detail":{"accessPointArn":"arn:ap"}}],
	"resourceControlPolicyRestrictionType":"APPLICABLE"}`))
	want := finding.Attributes{
		{Name: "access", Value: "external"}, {Name: "actions", Value: "s3:GetObject"},
		{Name: "condition", Value: "aws:PrincipalOrgID = o-1; aws:SourceIp = 198.51.100.0/24, 203.0.113.0/24"},
		{Name: "granted_by", Value: "S3_ACCESS_POINT (arn:ap)"}, {Name: "resource_policy", Value: "APPLICABLE"},
		{Name: "analyzer", Value: "organization"}}
	if diff := cmp.Diff(want, f.Facts); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	permissions := one(t, event(unused, `{`+bucket+`,"status":"ACTIVE","findingType":"UnusedPermission","findingDetails":[
	{"unusedPermissionDetails":{"serviceNamespace":"s3","actions":[{"action":"s3:GetObject"},{"action":"s3:PutObject"}]}},{"unusedPermissionDetails":{"serviceNamespace":"sqs"}}]}`))
	if got := permissions.Facts; got.Get("services") != "s3, sqs" || got.Get("actions") != "s3:GetObject, s3:PutObject" {
		t.Errorf("got %+v", got)
	}
	key := one(t, event(unused, `{`+bucket+`,"status":"ACTIVE","findingType":"UnusedIAMUserAccessKey","findingDetails":[{"unusedIamUserAccessKeyDetails":{"accessKeyId":"AKIA1","lastAccessed":"2026-01-01T00:00:00Z"}}]}`))
	if got := key.Facts; got.Get("access_key") != "AKIA1" || got.Get("last_accessed") != "2026-01-01T00:00:00Z" {
		t.Errorf("got %+v", got)
	}
}

// A preview is no finding: it is of the lowest level unless it has failed.
func TestPreview(t *testing.T) {
	for status, want := range map[string]string{"CREATING": "1.0", "COMPLETED": "1.0", "FAILED": "2.0"} {
		f := one(t, event(preview, `{"accessPreviewId":"p-1","configuredResources":["arn:aws:s3:::a","arn:aws:s3:::b"],"createdAt":"2026-05-01T09:00:00Z","region":"eu-west-1","status":"`+status+`","statusReason":{"code":"INVALID_CONFIGURATION"}}`))
		if f.Severity.String() != want || f.ID != "p-1" || f.Resource.ID != "a" || len(f.Related) != 1 || f.About.Links.Finding != "" || f.Facts.Get("reason") != "INVALID_CONFIGURATION" {
			t.Errorf("%s: got %+v", status, f)
		}
	}
}

// What the command line returns is read as what comes by EventBridge.
func TestBare(t *testing.T) {
	const detail = `{` + bucket + `,"status":"ACTIVE","isPublic":true,"principal":{"AWS":"*"},"action":["s3:GetObject"]}`
	if bare, want := one(t, `{"findings":[`+detail+`]}`), one(t, event(external, detail)); bare.Key() != want.Key() || bare.Title != want.Title {
		t.Errorf("got %s, %s", bare.Key(), bare.Title)
	}
}

// A finding that another source passes on is known by its id, or by its page.
func TestNative(t *testing.T) {
	for alias, want := range map[string]string{
		"22222222-dcba-4444-dcba-333333333333": "22222222-dcba-4444-dcba-333333333333",
		"https://console.aws.amazon.com/access-analyzer/home?region=us-west-2#/findings/details/dad90d5d-63b4": "dad90d5d-63b4",
		"arn:aws:access-analyzer:us-west-2:444455556666:analyzer/a/arn:aws:s3:::my-bucket":                     "",
	} {
		got := source.NativeOf(events.Table(), source.Passed{Product: "aws/access-analyzer", IDs: []string{alias}})
		if got.ID != want || got.Product != "IAM Access Analyzer" {
			t.Errorf("%s: got %+v", alias, got)
		}
	}
}

// The operator's own severity overrules what is not good news.
func TestGraded(t *testing.T) {
	table := events.Table()
	for i := range table {
		if table[i].ID == "access-analyzer" {
			table[i].Graded = 8
		}
	}
	for status, want := range map[string]finding.Severity{"ACTIVE": 8, "RESOLVED": finding.Lowest} {
		delivery, err := events.Open(table, []byte(event(external, `{`+bucket+`,"isPublic":false,"principal":{"AWS":"999988887777"},"status":"`+status+`"}`)))
		if err != nil {
			t.Fatal(err)
		}
		if f := events.Parse(table, delivery.Records[0].Envelope)[0]; f.Severity != want {
			t.Errorf("%s: got %s, want %s", status, f.Severity, want)
		}
	}
}

// Each sample is a finding of its own kind, and one of them is an ending.
func TestSamples(t *testing.T) {
	samples, over := accessanalyzer.Source().Samples, 0
	for _, name := range samples.Types() {
		event, err := samples.Event(name, source.SampleOptions{Time: time.Date(2026, 10, 16, 10, 0, 0, 0, time.UTC)})
		if err != nil {
			t.Fatal(err)
		}
		f := one(t, string(event))
		if f.Resource.Kind() == "" || f.Account.ID != "111122223333" || f.Updated.IsZero() || !f.Sample || !f.Severity.Known() {
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
	for _, odd := range []string{`null`, `{}`, `[]`, `"text"`, `7`, `{"principal":["*"],"action":7,"condition":"x","findingDetails":[1],"resource":[]}`, `{"accessPreviewId":"p","configuredResources":{}}`} {
		for _, detailType := range []string{external, internal, unused, preview} {
			if f := all(t, event(detailType, odd))[0]; f.Title == "" || f.Account.ID == "" {
				t.Errorf("%s %s: got %+v", detailType, odd, f)
			}
		}
	}
}

// Of what could not be analyzed nobody knows whether there is access: the headline says no such thing.
func TestErrorHeadline(t *testing.T) {
	for text, want := range map[string]string{
		event(unused, `{"findingId":"f-1","resource":"arn:aws:iam::444455556666:role/r","resourceType":"AWS::IAM::Role","findingType":"UnusedIAMRole","error":"INTERNAL_ERROR"}`): "access-analyzer.AnalysisError",
		event(unused, `{"findingId":"f-1","resource":"arn:aws:iam::444455556666:role/r","resourceType":"AWS::IAM::Role","findingType":"UnusedIAMRole"}`):                          "access-analyzer.UnusedIAMRole",
	} {
		if got := one(t, text).About.Headlines[0].Key; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// A preview names its resources by what they are.
func TestPreviewedResource(t *testing.T) {
	f := one(t, event(preview, `{"accessPreviewId":"p-1","configuredResources":["arn:aws:s3:::example-private","arn:aws:kms:eu-west-1:444455556666:key/k-1"],"status":"FAILED"}`))
	if f.Resource.Kind() != finding.KindBucket || len(f.Related) != 1 || f.Related[0].Type != "kms key" {
		t.Errorf("got %+v, %+v", f.Resource, f.Related)
	}
}

// What has ended is not told as what it was, and an error is one whatever severity the operator gives
// it. What is put aside is still there.
func TestHeadlines(t *testing.T) {
	for detail, want := range map[string]string{
		`"status":"ACTIVE","isPublic":true`:                     "access-analyzer.PublicAccess",
		`"status":"RESOLVED","isPublic":true`:                   "access-analyzer.PublicAccess.over",
		`"status":"ACTIVE","isPublic":true,"isDeleted":true`:    "access-analyzer.PublicAccess.over",
		`"status":"ARCHIVED","isPublic":true`:                   "access-analyzer.PublicAccess",
		`"status":"ACTIVE","error":"ACCESS_DENIED"`:             "access-analyzer.AnalysisError",
		`"status":"RESOLVED","error":"ACCESS_DENIED"`:           "access-analyzer.AnalysisError.over",
		`"status":"RESOLVED","findingType":"UnusedIAMRole"`:     "access-analyzer.UnusedIAMRole.over",
		`"status":"RESOLVED","principal":{"AWS":"99988887777"}`: "access-analyzer.ExternalAccess.over",
	} {
		table := events.Table()
		for i := range table {
			table[i].Graded = 8
		}
		delivery, err := events.Open(table, []byte(event(external, `{`+bucket+`,`+detail+`}`)))
		if err != nil {
			t.Fatal(err)
		}
		f := events.Parse(table, delivery.Records[0].Envelope)[0]
		if got := f.About.Headlines[0].Key; got != want {
			t.Errorf("%s: got %s, want %s", detail, got, want)
		}
		for code, words := range accessanalyzer.Source().Words {
			if !strings.Contains(words, "\n"+want+"|") {
				t.Errorf("no words for %s in %s", want, code)
			}
		}
	}
}

// Who has access is told once, and what there is none of is not told.
func TestNothingTwice(t *testing.T) {
	f := one(t, event(external, `{`+bucket+`,"status":"ACTIVE","isPublic":false,"principal":{"AWS":"999988887777"}}`))
	for _, fact := range f.Facts {
		if strings.Contains(fact.Value, "999988887777") || fact.Name == "analyzed" {
			t.Errorf("%s says %s again", fact.Name, fact.Value)
		}
	}
	f = one(t, event(unused, `{`+bucket+`,"status":"ACTIVE","findingType":"UnusedPermission","numberOfUnusedServices":0,"numberOfUnusedActions":4}`))
	if f.Facts.Get("unused_services") != "" || f.Facts.Get("unused_actions") != "4" {
		t.Errorf("got %v", f.Facts)
	}
}
