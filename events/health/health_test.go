package health_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/events/eventstest"
	"github.com/tocsin-sec/tocsin/events/health"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// parse reads the only finding of a payload.
func parse(t testing.TB, payload string) finding.Finding {
	t.Helper()
	delivery, err := events.Open(events.Table(), []byte(payload))
	if err != nil {
		t.Fatalf("%v in %s", err, payload)
	}
	findings := events.Parse(events.Table(), delivery.Records[0].Envelope)
	if len(findings) != 1 {
		t.Fatalf("%d findings in %s", len(findings), payload)
	}
	return findings[0]
}

// event returns an event in an organisation's administrator account, with members of its detail
// changed or added.
func event(t testing.TB, changes string) string {
	t.Helper()
	detail := map[string]any{}
	for _, members := range []string{`{
		"eventArn": "arn:aws:health:eu-west-1::event/EC2/AWS_EC2_INSTANCE_REBOOT_MAINTENANCE_SCHEDULED/one",
		"service": "EC2", "eventTypeCode": "AWS_EC2_INSTANCE_REBOOT_MAINTENANCE_SCHEDULED", "eventTypeCategory": "scheduledChange",
		"eventScopeCode": "ACCOUNT_SPECIFIC", "communicationId": "c-1", "startTime": "Mon, 8 Jun 2026 12:00:00 GMT",
		"endTime": "Mon, 8 Jun 2026 14:00:00 GMT", "lastUpdatedTime": "Fri, 1 May 2026 09:00:00 GMT", "statusCode": "upcoming",
		"eventRegion": "eu-west-1", "eventDescription": [{"language": "de_DE", "latestDescription": "Neustart"}, {"language": "en_US", "latestDescription": "A reboot."}],
		"affectedEntities": [{"entityValue": "i-0aa", "status": "PENDING", "tags": {"Name": "web"}}, {"entityValue": "vol-0bb"}],
		"affectedAccount": "444455556666", "page": "1", "totalPages": "1", "backupEvent": "false",
		"actionability": "ACTION_REQUIRED", "personas": ["OPERATIONAL", "SECURITY"], "eventMetadata": {"window": "night", "accountId": "444455556666"}}`, changes} {
		if members == "" {
			continue
		}
		if err := json.Unmarshal([]byte(members), &detail); err != nil {
			t.Fatal(err)
		}
	}
	text, err := json.Marshal(detail)
	if err != nil {
		t.Fatal(err)
	}
	return `{"version":"0","id":"e-1","detail-type":"AWS Health Event","source":"aws.health","account":"111122223333","time":"2026-05-01T09:01:00Z",` +
		`"region":"us-west-2","resources":["i-0aa","i-0cc"],"detail":` + string(text) + `}`
}

func at(t testing.TB, text string) time.Time {
	t.Helper()
	parsed, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// Everything that a planned change states, of the account and region that it is about.
func TestParse(t *testing.T) {
	got := parse(t, event(t, ""))
	const arn = "arn:aws:health:eu-west-1::event/EC2/AWS_EC2_INSTANCE_REBOOT_MAINTENANCE_SCHEDULED/one"
	want := finding.Finding{
		ID: arn, Source: "aws.health", Type: "AWS_EC2_INSTANCE_REBOOT_MAINTENANCE_SCHEDULED", Title: "EC2: instance reboot maintenance scheduled",
		Description: "A reboot.", Severity: 4,
		Place: finding.Place{Account: finding.Account{ID: "444455556666"}, Region: "eu-west-1", Partition: "aws"},
		Activity: finding.Activity{
			Updated: at(t, "2026-05-01T09:00:00Z"),
			Planned: finding.Window{Starts: at(t, "2026-06-08T12:00:00Z"), Ends: at(t, "2026-06-08T14:00:00Z")},
		},
		Resource: finding.Resource{
			Type: "Instance", ID: "i-0aa", Name: "web", Attributes: finding.Attributes{{Name: finding.AttrState, Value: "PENDING"}},
			Tags: []finding.Tag{{Key: "Name", Value: "web"}},
		},
		Related: []finding.Resource{{Type: "EBSVolume", ID: "vol-0bb"}, {Type: "Instance", ID: "i-0cc"}},
		Matter: finding.Matter{Facts: finding.Attributes{
			{Name: "category", Value: "scheduledChange"}, {Name: "actionability", Value: "ACTION_REQUIRED"}, {Name: "service", Value: "EC2"},
			{Name: "event_status", Value: "upcoming"},
			{Name: "window", Value: "night"},
		}},
		Origin: finding.Origin{Road: "health"},
	}
	got.About, got.Published, got.Document, got.Event = finding.About{}, time.Time{}, nil, nil
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// What AWS says of an event decides how bad it is, and the operator can overrule all but the end.
func TestSeverity(t *testing.T) {
	for changes, want := range map[string]finding.Severity{
		`{"eventTypeCategory":"issue"}`:                                                                        5,
		`{"eventTypeCategory":"investigation"}`:                                                                5,
		`{"eventTypeCategory":"something new"}`:                                                                5,
		`{"eventTypeCategory":null}`:                                                                           5,
		`{"eventTypeCategory":"scheduledChange"}`:                                                              4,
		`{"eventTypeCategory":"accountNotification"}`:                                                          2,
		`{"eventTypeCategory":"issue","service":"ABUSE","eventTypeCode":"AWS_ABUSE_DOS_REPORT"}`:               8,
		`{"eventTypeCategory":"accountNotification","service":"EC2","eventTypeCode":"AWS_ABUSE_X"}`:            8,
		`{"eventTypeCategory":"issue","service":"RISK","eventTypeCode":"AWS_RISK_CREDENTIALS_EXPOSED"}`:        9,
		`{"eventTypeCategory":"accountNotification","service":"IAM","eventTypeCode":"AWS_RISK_SOMETHING_NEW"}`: 9,
		`{"eventTypeCategory":"issue","service":"RISK","eventTypeCode":"AWS_ACCESS_KEY_EXPOSED"}`:              9,
		`{"eventTypeCategory":"issue","statusCode":"closed"}`:                                                  5,
	} {
		if got := parse(t, event(t, changes)).Severity; got != want {
			t.Errorf("%s: got %v, want %v", changes, got, want)
		}
	}
	abuse := strings.Replace(event(t, `{"eventTypeCategory":"issue"}`), "AWS Health Event", "AWS Health Abuse Event", 1)
	if got := parse(t, abuse).Severity; got != 8 {
		t.Errorf("an abuse event: got %v", got)
	}
}

// A time has the meaning that the category gives it; what is to come is no sighting.
func TestTimes(t *testing.T) {
	updated := at(t, "2026-05-01T09:00:00Z")
	start, end, later := at(t, "2026-05-01T07:00:00Z"), at(t, "2026-05-01T08:30:00Z"), at(t, "2026-05-15T08:30:00Z")
	const ended, open = `"startTime":"Fri, 1 May 2026 07:00:00 GMT","endTime":"Fri, 01 May 2026 08:30:00 GMT"`, `"startTime":"Fri, 1 May 2026 07:00:00 GMT","endTime":null`
	const ahead = `"startTime":"Fri, 1 May 2026 07:00:00 GMT","endTime":"Fri, 15 May 2026 08:30:00 GMT"`
	for changes, want := range map[string]finding.Activity{
		`{"eventTypeCategory":"issue","statusCode":"open",` + open + `}`:                {Updated: updated, FirstSeen: start},
		`{"eventTypeCategory":"issue","statusCode":"closed",` + ended + `}`:             {Updated: updated, FirstSeen: start, LastSeen: end, State: finding.Closed},
		`{"eventTypeCategory":"issue","statusCode":"open",` + ahead + `}`:               {Updated: updated, FirstSeen: start, Planned: finding.Window{Ends: later}},
		`{"eventTypeCategory":"accountNotification","statusCode":"open",` + ahead + `}`: {Updated: updated, Created: start, Planned: finding.Window{Ends: later}},
		`{"eventTypeCategory":"accountNotification","statusCode":"open",` + ended + `}`: {Updated: updated, Created: start, Planned: finding.Window{Ends: end}},
		`{"statusCode":"closed",` + ended + `}`:                                         {Updated: updated, Planned: finding.Window{Starts: start, Ends: end}, State: finding.Closed},
		`{"eventTypeCategory":"issue","statusCode":"open","startTime":"Fri, 15 May 2026 08:30:00 GMT","endTime":null}`: {
			Updated: updated, Planned: finding.Window{Starts: later},
		},
		// The event's own time stands in for one that cannot be read.
		`{"eventTypeCategory":"issue","statusCode":"open","lastUpdatedTime":"just now","startTime":"earlier","endTime":"soon"}`: {
			Updated: at(t, "2026-05-01T09:01:00Z"),
		},
		`{"lastUpdatedTime":1777626000,"startTime":1777618800.5,"endTime":null,"eventTypeCategory":"issue","statusCode":"OPEN","sample":true}`: {
			Updated: updated, FirstSeen: start.Add(time.Second / 2), Sample: true,
		},
	} {
		if diff := cmp.Diff(want, parse(t, event(t, changes)).Activity); diff != "" {
			t.Errorf("%s: %s", changes, diff)
		}
	}
}

// The copies of an event for its backup region, the member and the administrator are one finding in
// one version; another account's or region's is another, and a further page is a part.
func TestSameFinding(t *testing.T) {
	first := parse(t, event(t, ""))
	backup := parse(t, strings.NewReplacer(`"region":"us-west-2"`, `"region":"us-east-1"`, `"id":"e-1"`, `"id":"e-2"`, "09:01:00", "09:01:07").
		Replace(event(t, `{"backupEvent":"true"}`)))
	member := parse(t, strings.Replace(event(t, ""), `"account":"111122223333"`, `"account":"444455556666"`, 1))
	for name, copied := range map[string]finding.Finding{"backup": backup, "member": member} {
		if copied.Key() != first.Key() || copied.Version() != first.Version() || copied.Part != first.Part {
			t.Errorf("%s: got %s %s, want %s %s", name, copied.Key(), copied.Version(), first.Key(), first.Version())
		}
	}
	for _, changes := range []string{`{"affectedAccount":"777788889999"}`, `{"eventRegion":"eu-west-2"}`, `{"eventArn":"arn:aws:health:eu-west-1::event/EC2/X/two"}`} {
		if other := parse(t, event(t, changes)); other.Key() == first.Key() {
			t.Errorf("%s: the same key", changes)
		}
	}
	second := parse(t, event(t, `{"page":"2","totalPages":"3","affectedEntities":[{"entityValue":"i-0dd"}]}`))
	if second.Key() != first.Key() || second.Part != "2" || second.Resource.ID != "i-0dd" || first.Part != "" {
		t.Errorf("page 2: got %s, part %q of %s", second.Key(), second.Part, second.Resource.ID)
	}
	if later := parse(t, event(t, `{"lastUpdatedTime":"Fri, 1 May 2026 09:30:00 GMT"}`)); !later.Version().After(first.Version()) {
		t.Error("a later update is not newer")
	}
}

// An event without eventRegion is where its ARN says, one that is global is nowhere.
func TestPlace(t *testing.T) {
	for changes, want := range map[string]string{
		`{"eventRegion":null}`: "444455556666 eu-west-1 aws",
		`{"eventRegion":null,"eventArn":"arn:aws:health:global::event/BILLING/X/1"}`:                   "444455556666 us-east-1 aws",
		`{"eventRegion":"global","eventArn":"arn:aws:health:global::event/BILLING/X/1"}`:               "444455556666 us-east-1 aws",
		`{"eventRegion":"global","eventArn":"arn:aws-cn:health:global::event/BILLING/X/1"}`:            "444455556666 cn-north-1 aws-cn",
		`{"eventRegion":"global","eventArn":"arn:aws-us-gov:health:global::event/BILLING/X/1"}`:        "444455556666 us-gov-west-1 aws-us-gov",
		`{"eventRegion":"cn-north-1","eventArn":"arn:aws-cn:health:cn-north-1::event/EC2/X/1"}`:        "444455556666 cn-north-1 aws-cn",
		`{"affectedAccount":null,"eventRegion":"us-gov-west-1","eventArn":"x"}`:                        "111122223333 us-gov-west-1 aws-us-gov",
		`{"affectedAccount":12345678901,"eventArn":"arn:aws-eusc:health:eusc-de-east-1::event/X/Y/1"}`: "012345678901 eu-west-1 aws-eusc",
	} {
		f := parse(t, event(t, changes))
		if got := fmt.Sprint(f.Account.ID, " ", f.Region, " ", f.Partition); got != want {
			t.Errorf("%s: got %s, want %s", changes, got, want)
		}
	}
}

// A global event has one key, whether it comes from Health or from Security Hub, which puts it into a
// region; and it says that it is global.
func TestGlobalCopies(t *testing.T) {
	native := parse(t, event(t, `{"eventArn":"arn:aws:health:global::event/IAM/AWS_IAM_OPERATIONAL_ISSUE/one","eventRegion":"global"}`))
	passed := parse(t, `{"source":"aws.securityhub","detail-type":"Security Hub Findings - Imported","account":"444455556666","region":"us-east-1","detail":{"findings":[{
		"Id":"arn:aws:health:global:444455556666:event/IAM/AWS_IAM_OPERATIONAL_ISSUE/one/`+strings.Repeat("0A9f", 16)+`","AwsAccountId":"444455556666","Region":"us-east-1",
		"ProductArn":"arn:aws:securityhub:us-east-1::product/aws/health","Title":"x"}]}}`)
	if native.Key() != passed.Key() || native.Facts.Get("global") != "true" {
		t.Errorf("got %s and %s, %v", native.Key(), passed.Key(), native.Facts)
	}
	if regional := parse(t, event(t, "")); regional.Facts.Get("global") != "" {
		t.Errorf("got %v", regional.Facts)
	}
}

// What AWS calls a service and is none is in plain words; a line break that was escaped twice is one.
func TestWords(t *testing.T) {
	for changes, want := range map[string]string{
		`{"service":"RISK","eventTypeCode":"AWS_RISK_CREDENTIALS_EXPOSED"}`: "Account at risk: credentials exposed",
		`{"service":"ABUSE","eventTypeCode":"AWS_ABUSE_DOS_REPORT"}`:        "Reported for abuse: dos report",
		`{"service":"BILLING","eventTypeCode":"AWS_BILLING_NOTIFICATION"}`:  "Billing: notification",
		`{"service":"EC2","eventTypeCode":"AWS_EC2_OPERATIONAL_ISSUE"}`:     "EC2: operational issue",
	} {
		if got := parse(t, event(t, changes)).Title; got != want {
			t.Errorf("%s: got %q, want %q", changes, got, want)
		}
	}
	f := parse(t, event(t, `{"eventDescription":[{"language":"en_US","latestDescription":"One.\\n\\nTwo.\\r\\nThree."}]}`))
	if f.Description != "One.\n\nTwo.\nThree." {
		t.Errorf("got %q", f.Description)
	}
}

// What an event affects has the type that its id or ARN shows, and its own place where it has one.
func TestEntities(t *testing.T) {
	for value, want := range map[string]string{
		"i-0aa":                             "instance i-0aa",
		"vol-0aa":                           "volume vol-0aa",
		"snap-0aa":                          "snapshot snap-0aa",
		"ami-0aa":                           "image ami-0aa",
		"AKIAIOSFODNN7EXAMPLE":              "accesskey AKIAIOSFODNN7EXAMPLE",
		"444455556666":                      "account 444455556666",
		"sg-0aa":                            "securitygroup sg-0aa",
		"shop.example.com":                  "shop.example.com",
		"arn:aws:s3:::logs":                 "bucket logs",
		"arn:aws:iam::777788889999:user/ci": "user ci account=777788889999",
		"arn:aws:rds:eu-west-1:444455556666:db:x":           "rds x",
		"arn:aws:ec2:us-east-1:777788889999:instance/i-0ee": "instance i-0ee account=777788889999 region=us-east-1",
		"arn:aws:lambda:eu-west-1:444455556666:function:f":  "lambda f",
		"arn:aws:es:eu-west-1:444455556666:domain/d":        "es domain d",
		"arn:aws:sqs:eu-west-1:444455556666:q":              "sqs q",
		"arn:lambda-1-101002929":                            "arn:lambda-1-101002929",
	} {
		r := parse(t, event(t, `{"affectedEntities":[{"entityValue":"`+value+`"}]}`)).Resource
		got := strings.TrimSpace(string(r.Kind()) + " " + r.ID)
		if r.Kind() == "" {
			got = r.Type + " " + r.ID
		}
		for _, name := range []string{finding.AttrAccount, finding.AttrRegion} {
			if value := r.Attributes.Get(name); value != "" {
				got += " " + name + "=" + value
			}
		}
		if got = strings.TrimPrefix(got, " "); got != want {
			t.Errorf("%s: got %q, want %q", value, got, want)
		}
	}
}

// Of exposed credentials the user, the key and where it lies are told.
func TestExposedCredentials(t *testing.T) {
	f := parse(t, event(t, `{"service":"RISK","eventTypeCode":"AWS_RISK_CREDENTIALS_EXPOSED","eventTypeCategory":"issue","affectedEntities":[],
		"eventMetadata":{"accountId":"444455556666","publicKey":"AKIAIOSFODNN7EXAMPLE","userName":"deploy","exposedUrl":"https://code.example.com/x/.env"}}`))
	if f.Severity != 9 || f.Resource.Kind() != finding.KindAccessKey || f.Resource.ID != "AKIAIOSFODNN7EXAMPLE" || f.Resource.Name != "deploy" ||
		f.Resource.Attributes.Get(finding.AttrUserType) != "IAMUser" || f.Facts.Get("exposed_at") != "https://code.example.com/x/.env" {
		t.Errorf("got %v %+v %+v", f.Severity, f.Resource, f.Facts)
	}
	if len(f.Related) != 2 { // those of the envelope
		t.Errorf("got %+v", f.Related)
	}
}

// Security Hub passes an event on under its ARN with the account in it, and a hash behind it.
func TestNativeID(t *testing.T) {
	const arn = "arn:aws:health:us-east-1::event/SES/AWS_SES_X/AWS_SES_X_3036_33fe-2115"
	hash := strings.Repeat("0A9f", 16)
	for alias, want := range map[string]string{
		arn: arn,
		"arn:aws:health:us-east-1:111122223333:event/SES/AWS_SES_X/AWS_SES_X_3036_33fe-2115/" + hash: arn,
		"arn:aws:securityhub:us-east-1::product/aws/health/" + arn:                                   arn,
		"arn:aws:health:us-east-1::event/X":                                                          "arn:aws:health:us-east-1::event/X",
		"arn:aws:securityhub:us-east-1::product/aws/health/x":                                        "",
		"arn:aws:health:us-east-1":                                                                   "",
		"arn:aws:health:us-east-1::entity/x":                                                         "",
		"x":                                                                                          "",
		"":                                                                                           "",
	} {
		if got := health.Source().Native.ID(alias); got != want {
			t.Errorf("%s: got %q, want %q", alias, got, want)
		}
		want = ""
		if strings.HasSuffix(alias, hash) {
			want = hash
		}
		if got := health.Source().Native.Part(alias); got != want {
			t.Errorf("%s: got part %q, want %q", alias, got, want)
		}
	}
}

// A link leads to the dashboard of the event's partition, where that has one.
func TestLinks(t *testing.T) {
	for partition, want := range map[string]string{
		"aws":        "https://health.aws.amazon.com/health/home#/account/event-log?eventID=arn%3Aaws%3Ahealth%3Aeu-west-1%3A%3Aevent%2FEC2%2FX%2F1",
		"aws-cn":     "https://health.amazonaws.cn/health/home#/account/event-log?eventID=arn%3Aaws-cn%3Ahealth%3Aeu-west-1%3A%3Aevent%2FEC2%2FX%2F1",
		"aws-us-gov": "https://phd.amazonaws-us-gov.com/phd/home#/account/event-log?eventID=arn%3Aaws-us-gov%3Ahealth%3Aeu-west-1%3A%3Aevent%2FEC2%2FX%2F1",
		"aws-eusc":   "",
		"aws-iso":    "",
	} {
		f := parse(t, event(t, `{"eventArn":"arn:`+partition+`:health:eu-west-1::event/EC2/X/1"}`))
		if got := f.About.Links.Finding; got != want {
			t.Errorf("%s: got %s", partition, got)
		}
	}
	if f := parse(t, event(t, `{"eventArn":null}`)); strings.Contains(f.About.Links.Finding, "eventID") {
		t.Errorf("without an ARN: got %s", f.About.Links.Finding)
	}
}

// An event as the API returns it needs no envelope.
func TestBare(t *testing.T) {
	f := parse(t, `{"arn":"arn:aws:health:us-west-1::event/ECS/AWS_ECS_OPERATIONAL_ISSUE/1","service":"ECS","eventTypeCode":"AWS_ECS_OPERATIONAL_ISSUE",
		"eventTypeCategory":"issue","region":"us-west-1","startTime":1777618800.5,"endTime":1777622400,"lastUpdatedTime":1777626000,"statusCode":"closed"}`)
	if f.Source != "aws.health" || f.Region != "us-west-1" || f.State != finding.Closed || f.Severity != 5 || f.Updated != at(t, "2026-05-01T09:00:00Z") {
		t.Errorf("got %+v", f)
	}
}

// A member of an odd type costs that member alone.
func TestOddTypes(t *testing.T) {
	for _, odd := range []string{`null`, `true`, `7`, `"x"`, `[]`, `{}`, `[[1],{"a":[null]}]`, `{"a":{"b":"c"}}`} {
		for _, member := range []string{
			"eventArn", "service", "eventTypeCode", "eventTypeCategory", "startTime", "endTime", "lastUpdatedTime", "statusCode", "eventRegion",
			"eventDescription", "affectedEntities", "affectedAccount", "page", "totalPages", "actionability", "personas", "eventMetadata",
		} {
			f := parse(t, event(t, `{"`+member+`":`+odd+`}`))
			if f.Title == "" || f.Updated.IsZero() || f.ID == "" || !f.Severity.Known() {
				t.Errorf("%s %s: got %+v", member, odd, f)
			}
		}
	}
	for _, detail := range []string{`null`, `"x"`, `[]`, `{}`, `7`} {
		f := parse(t, `{"id":"e","source":"aws.health","detail-type":"AWS Health Event","time":"2026-05-01T09:00:00Z","detail":`+detail+`}`)
		if f.Title == "" || f.Updated.IsZero() || f.Severity != 5 {
			t.Errorf("%s: got %+v", detail, f)
		}
	}
}

// Each sample is read as what it is called, and has words in every language; one is an ending of
// another.
func TestSamples(t *testing.T) {
	samples := health.Source().Samples
	keys := map[string]bool{}
	states := map[string]map[finding.State]bool{}
	for _, name := range samples.Types() {
		text, err := samples.Event(name, source.SampleOptions{Time: at(t, "2026-05-01T09:00:00Z")})
		if err != nil {
			t.Fatal(err)
		}
		f := parse(t, string(text))
		if code, _, _ := strings.Cut(name, "-"); f.Type != code || !f.Sample || f.Account.ID != "111122223333" || f.Description == "" {
			t.Errorf("%s: got %+v", name, f)
		}
		if f.FirstSeen.After(f.Updated) || f.LastSeen.After(f.Updated) {
			t.Errorf("%s was seen in the future", name)
		}
		for language, words := range health.Source().Words {
			if !hasWords(words, f.About.Headlines) {
				t.Errorf("%s: no words in %s", name, language)
			}
		}
		keys[f.Key()] = true
		if states[f.Key()] == nil {
			states[f.Key()] = map[finding.State]bool{}
		}
		states[f.Key()][f.State] = true
	}
	ended := 0
	for _, of := range states {
		if of[finding.Open] && of[finding.Closed] {
			ended++
		}
	}
	if len(samples.Types()) < 3 || ended == 0 || len(keys) != len(samples.Types())-ended {
		t.Errorf("%d samples, %d of them in two states", len(samples.Types()), ended)
	}
	for _, name := range samples.Showcase() {
		if _, err := samples.Event(name, source.SampleOptions{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func hasWords(table string, headlines []finding.Headline) bool {
	for _, headline := range headlines {
		_, text, found := strings.Cut("\n"+table, "\n"+headline.Key+"|")
		text, _, _ = strings.Cut(text, "\n")
		if found && (!strings.Contains(text, "{}") || strings.Contains("\n"+table, "\n"+headline.With+"|")) {
			return true
		}
	}
	return false
}

// A rule takes what is at or above the threshold and every ending, and holds back the rest.
func TestRule(t *testing.T) {
	s := health.Source()
	checked := 0
	for _, threshold := range []finding.Threshold{0, 1, 2, 3, 4, 5, 7, 8, 9, 10} {
		for _, category := range []string{`"issue"`, `"investigation"`, `"scheduledChange"`, `"accountNotification"`, `"new"`, `null`} {
			for _, kind := range []string{`"EC2","eventTypeCode":"AWS_EC2_X"`, `"ABUSE","eventTypeCode":"AWS_ABUSE_X"`, `"RISK","eventTypeCode":"X"`, `"IAM","eventTypeCode":"AWS_RISK_X"`} {
				for _, status := range []string{`"open"`, `"upcoming"`, `"closed"`, `null`} {
					payload := event(t, `{"eventTypeCategory":`+category+`,"service":`+kind+`,"statusCode":`+status+`}`)
					f := parse(t, payload)
					isAbove := f.Severity.AtLeast(threshold) || f.Severity == 9 // which every rule takes
					for name, test := range map[string]struct {
						pattern map[string]any
						want    bool
					}{
						"with endings":    {s.Pattern(threshold), isAbove || f.State.Over()},
						"without endings": {s.PatternWithoutEndings(threshold), isAbove},
					} {
						got, err := eventstest.Matches(test.pattern, []byte(payload))
						if category == "null" && got && !test.want {
							continue // null is there, and none of the categories
						}
						if checked++; err != nil || got != test.want {
							t.Errorf("%s at %v: %s %s %s: got %v, %v", name, threshold, category, kind, status, got, err)
						}
					}
				}
			}
		}
		if text, err := json.Marshal(s.Pattern(threshold)); err != nil || len(text) > 2048 {
			t.Errorf("at %v: %d characters, %v", threshold, len(text), err)
		}
	}
	t.Logf("%d events and patterns", checked)
}

// An abuse event with a code that is not known is one all the same, and passes the rule as one.
func TestRuleOfAbuse(t *testing.T) {
	payload := strings.Replace(event(t, `{"eventTypeCategory":"accountNotification","service":"EC2","eventTypeCode":"AWS_EC2_X"}`),
		`"AWS Health Event"`, `"AWS Health Abuse Event"`, 1)
	s := health.Source()
	for _, threshold := range []finding.Threshold{0, 2, 3, 4, 5, 7, 8} {
		eventstest.Rule{
			Event: payload, Full: s.Pattern(threshold), Cheap: s.PatternWithoutEndings(threshold), IsUrgent: parse(t, payload).Severity == 8,
		}.Check(t)
	}
}

// What Security Hub passes on is the event itself: one key, whichever comes first.
func TestPassedOn(t *testing.T) {
	const own = "arn:aws:health:eu-west-1::event/SES/AWS_SES_X/AWS_SES_X_3036_33fe-2115"
	native := parse(t, event(t, `{"eventArn":"`+own+`"}`))
	passed := parse(t, `{"source":"aws.securityhub","detail-type":"Security Hub Findings - Imported","account":"111122223333","region":"eu-west-1","detail":{"findings":[{
		"Id":"`+strings.Replace(own, "::event", ":444455556666:event", 1)+"/"+strings.Repeat("0A9f", 16)+`","AwsAccountId":"444455556666","Title":"AWS_SES_X",
		"ProductArn":"arn:aws:securityhub:eu-west-1::product/aws/health","Severity":{"Label":"MEDIUM"},"UpdatedAt":"2026-05-01T09:00:00Z",
		"Resources":[{"Type":"Other","Id":"x"}]}]}}`)
	if passed.Key() != native.Key() || passed.Road == native.Road || passed.About.Product != "AWS Health" {
		t.Errorf("got %s by %s, want %s", passed.Key(), passed.Road, native.Key())
	}
}

// An entity of an event about several accounts is in the account that it states.
func TestAccountOfAnEntity(t *testing.T) {
	f := parse(t, event(t, `{"affectedAccount":"444455556666","affectedEntities":[
		{"entityValue":"db-a","awsAccountId":"444455556666"},{"entityValue":"db-b","awsAccountId":"777788889999"},{"awsAccountId":"777788889999"}]}`))
	if f.Resource.Attributes.Get(finding.AttrAccount) != "" || f.Related[0].Attributes.Get(finding.AttrAccount) != "777788889999" ||
		f.Related[1].ID != "777788889999" || f.Related[1].Attributes.Get(finding.AttrAccount) != "" {
		t.Errorf("got %+v, %+v", f.Resource, f.Related)
	}
}
