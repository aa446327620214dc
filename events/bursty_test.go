package events_test

import (
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/events/generic"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// Whether a finding is one of a source that sends by the thousand is known where it is read.
func TestBursty(t *testing.T) {
	for _, isBursty := range []bool{false, true} {
		reader := generic.Source()
		reader.IsBursty = isBursty
		table := []source.Source{reader}
		opened, err := events.Open(table, []byte(`{"source":"aws.x","detail-type":"X","detail":{"id":"a"}}`))
		if err != nil {
			t.Fatal(err)
		}
		if f := events.Parse(table, opened.Records[0].Envelope)[0]; f.IsBursty != isBursty {
			t.Errorf("got %v, want %v", f.IsBursty, isBursty)
		}
	}
}

// What Security Hub passes on of an event of AWS Health, as one finding for each entity, are parts of it.
func TestPartsOfWhatIsPassedOn(t *testing.T) {
	const event = `{"id":"e","source":"aws.securityhub","detail-type":"Security Hub Findings - ACTION","detail":{"findings":[{"SchemaVersion":"2018-10-08",
		"Id":"arn:aws:health:eu-west-1:111122223333:event/EC2/X/1/HASH","ProductArn":"arn:aws:securityhub:eu-west-1::product/aws/health","AwsAccountId":"111122223333","Region":"eu-west-1"}]}}`
	read := func(action, hash string) finding.Finding {
		opened, err := events.Open(events.Table(), []byte(strings.NewReplacer("ACTION", action, "HASH", strings.Repeat(hash, 64)).Replace(event)))
		if err != nil {
			t.Fatal(err)
		}
		return events.Parse(events.Table(), opened.Records[0].Envelope)[0]
	}
	a, b, asked := read("Imported", "a"), read("Imported", "b"), read("Custom Action", "a")
	if a.Key() != b.Key() || a.Key() != "aws.health/111122223333/eu-west-1/arn:aws:health:eu-west-1::event/EC2/X/1" || a.Part == b.Part || a.Part == "" {
		t.Errorf("got %s of %s and %s of %s", a.Part, a.Key(), b.Part, b.Key())
	}
	if asked.Part != "custom action e" {
		t.Errorf("asked for: got part %s", asked.Part)
	}
}

// What comes by the thousand is known by who has found it and by what it is about, and not by the
// road that it takes.
func TestBurstyOfWhatIsPassedOn(t *testing.T) {
	const asff = `{"source":"aws.securityhub","detail-type":"Security Hub Findings - Imported","detail":{"findings":[{"SchemaVersion":"2018-10-08",
		"Id":"PRODUCT-1","ProductArn":"arn:aws:securityhub:eu-west-1::product/PRODUCT","AwsAccountId":"111122223333","Title":"t"MORE}]}}`
	const ocsf = `{"source":"aws.securityhub","detail-type":"Findings Imported V2","detail":{"findings":[{"class_uid":2004,"severity_id":4,
		"metadata":{"uid":"m","product":{"name":"n","uid":"arn:aws:securityhub:eu-west-1::productv2/PRODUCT"}},"finding_info":{"uid":"PRODUCT-1","title":"t"}MORE}]}}`
	const check, weakness = `,"Compliance":{"Status":"FAILED","SecurityControlId":"S3.9"}`, `,"vulnerabilities":[{"cve":{"uid":"CVE-2026-1"}}]`
	for name, test := range map[string]struct {
		event, product, more string
		want                 bool
	}{
		"a threat as ASFF":               {asff, "aws/guardduty", "", false},
		"a threat as OCSF":               {ocsf, "aws/guardduty", "", false},
		"an Inspector finding as ASFF":   {asff, "aws/inspector", "", true},
		"an Inspector finding as OCSF":   {ocsf, "aws/inspector", "", true},
		"a Macie finding":                {asff, "aws/macie", "", false},
		"a control":                      {asff, "aws/securityhub", check, true},
		"an exposure":                    {ocsf, "aws/securityhub", "", false},
		"a partner's detection as ASFF":  {asff, "acme/edr", "", false},
		"a partner's detection as OCSF":  {ocsf, "acme/edr", "", false},
		"a partner's check":              {asff, "acme/posture", check, true},
		"a partner's vulnerability":      {ocsf, "acme/scanner", weakness, true},
		"what a person asks for":         {strings.Replace(asff, "Imported", "Custom Action", 1), "aws/inspector", "", false},
		"a control that somebody sends":  {strings.Replace(asff, "Imported", "Custom Action", 1), "aws/securityhub", check, false},
		"the results of an insight":      {`{"source":"aws.securityhub","detail-type":"Security Hub Insight Results","detail":{"insightArn":"a"}}`, "", "", false},
		"an Inspector finding by itself": {`{"source":"aws.inspector2","detail-type":"Inspector2 Finding","detail":{"findingArn":"a"}}`, "", "", true},
	} {
		opened, err := events.Open(events.Table(), []byte(strings.NewReplacer("PRODUCT", test.product, "MORE", test.more).Replace(test.event)))
		if err != nil {
			t.Fatal(err)
		}
		if f := events.Parse(events.Table(), opened.Records[0].Envelope)[0]; f.IsBursty != test.want {
			t.Errorf("%s: got %v, want %v", name, f.IsBursty, test.want)
		}
	}
}
