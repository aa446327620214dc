package securityhubcspm_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/events/securityhubcspm"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// base is the control finding of a member, as its administrator in another region receives it.
const base = `{"SchemaVersion":"2018-10-08","ProductArn":"arn:aws:securityhub:eu-west-1::product/aws/securityhub",
"Id":"arn:aws:securityhub:eu-west-1:222233334444:security-control/S3.9/finding/0a1b","AwsAccountId":"222233334444","AwsAccountName":"web-prod",
"GeneratorId":"security-control/S3.9","Types":["Software and Configuration Checks/Industry and Regulatory Standards"],
"CreatedAt":"2026-04-01T10:00:00.000Z","UpdatedAt":"2026-05-02T09:59:00.000Z","Title":"S3.9 access should be logged","Description":"A check.",
"Severity":{"Label":"HIGH"},"Workflow":{"Status":"NEW"},"RecordState":"ACTIVE",
"Resources":[{"Type":"AwsS3Bucket","Id":"arn:aws:s3:::logs-of-web","Region":"eu-west-1","Tags":{"team":"web"}}]}`

// with returns a finding in ASFF with other members; null removes one.
func with(t *testing.T, members string) string {
	t.Helper()
	all := map[string]any{}
	for _, text := range []string{base, members} {
		if err := json.Unmarshal([]byte(text), &all); err != nil {
			t.Fatal(err)
		}
	}
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func event(detailType, members string, findings ...string) string {
	return `{"id":"e1","source":"aws.securityhub","detail-type":"` + detailType + `","account":"111122223333","region":"us-east-1","time":"2026-05-02T10:00:00Z",
		"detail":{` + members + `"findings":[` + strings.Join(findings, ",") + `]}}`
}

func read(t testing.TB, payload string) []finding.Finding {
	t.Helper()
	delivery, err := events.Open(events.Table(), []byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	if err := delivery.Records[0].Err; err != nil {
		t.Fatal(err)
	}
	return events.Parse(events.Table(), delivery.Records[0].Envelope)
}

// imported reads the base finding with other members.
func imported(t *testing.T, members string) finding.Finding {
	t.Helper()
	return read(t, event("Security Hub Findings - Imported", "", with(t, members)))[0]
}

func TestSeverity(t *testing.T) {
	for text, want := range map[string]finding.Severity{
		`{"Label":"INFORMATIONAL"}`: 1, `{"Label":"LOW"}`: 2, `{"Label":"MEDIUM"}`: 5, `{"Label":"HIGH"}`: 8, `{"Label":"CRITICAL"}`: 9.5,
		`{"Normalized":0}`: 1, `{"Normalized":1}`: 2, `{"Normalized":39}`: 2, `{"Normalized":40}`: 5, `{"Normalized":69}`: 5,
		`{"Normalized":70}`: 8, `{"Normalized":89}`: 8, `{"Normalized":90}`: 9.5, `{"Normalized":100}`: 9.5, `{"Normalized":101}`: 0, `{"Normalized":-1}`: 0,
		`{"Label":"LOW","Normalized":90}`: 2, `{"Label":"ODD","Normalized":70}`: 8, `{"Label":7,"Normalized":"40"}`: 5,
		`{"Original":"HIGH"}`: 8, `{"Original":"7.5"}`: 7.5, `{"Original":"odd","Product":4}`: 4, `{"Product":0.5}`: 1, `{"Product":0}`: 1, `{"Product":95}`: 9.5,
		`{}`: 0, `null`: 0, `"HIGH"`: 0, `{"Label":"ODD"}`: 0,
	} {
		if f := imported(t, `{"Severity":`+text+`}`); f.Severity != want {
			t.Errorf("%s: got %v, want %v", text, f.Severity, want)
		}
	}
	f := imported(t, `{"Severity":{"Label":"LOW"},"FindingProviderFields":{"Severity":{"Label":"CRITICAL"}}}`)
	if f.Severity != 2 || f.Facts.Get("vendor_severity") != "CRITICAL" {
		t.Errorf("the product's own severity is lost: %v, %v", f.Severity, f.Facts)
	}
	if f := imported(t, `{"Severity":null,"FindingProviderFields":{"Severity":{"Label":"CRITICAL"}}}`); f.Severity != 9.5 {
		t.Errorf("got %v", f.Severity)
	}
}

func TestState(t *testing.T) {
	for members, want := range map[string]finding.State{
		`{}`:                                        finding.Open,
		`{"Workflow":{"Status":"NOTIFIED"}}`:        finding.Open,
		`{"Workflow":{"Status":"RESOLVED"}}`:        finding.Resolved,
		`{"Workflow":{"Status":"SUPPRESSED"}}`:      finding.Suppressed,
		`{"Workflow":null}`:                         finding.Open,
		`{"RecordState":"ARCHIVED"}`:                finding.Archived,
		`{"Compliance":{"Status":"PASSED"}}`:        finding.Passed,
		`{"Compliance":{"Status":"FAILED"}}`:        finding.Open,
		`{"Compliance":{"Status":"WARNING"}}`:       finding.Open,
		`{"Compliance":{"Status":"NOT_AVAILABLE"}}`: finding.Open,
		`{"Compliance":{"Status":"PASSED"},"Workflow":{"Status":"RESOLVED"}}`:                   finding.Passed,
		`{"Compliance":{"Status":"PASSED"},"RecordState":"ARCHIVED"}`:                           finding.Passed,
		`{"Compliance":{"Status":"PASSED"},"Workflow":{"Status":"SUPPRESSED"}}`:                 finding.Suppressed,
		`{"Workflow":{"Status":"RESOLVED"},"RecordState":"ARCHIVED","Compliance":{"Status":7}}`: finding.Resolved,
	} {
		f := imported(t, members)
		wantSeverity := finding.Severity(8) // an ending keeps what it states
		if want == finding.Passed {
			wantSeverity = finding.Lowest
		}
		if f.State != want || f.Severity != wantSeverity {
			t.Errorf("%s: got %v, severity %v, want %v, %v", members, f.State, f.Severity, want, wantSeverity)
		}
	}
}

func TestControls(t *testing.T) {
	for members, want := range map[string]finding.Check{
		`{}`: {},
		`{"Compliance":{"Status":"FAILED","SecurityControlId":"S3.9","AssociatedStandards":[{"StandardsId":"standards/pci-dss/v/3.2.1"},{"StandardsId":"ruleset/cis/v/1.2.0"}]}}`:   {Control: "S3.9", Result: "FAILED", Standards: []string{"pci-dss/v/3.2.1", "cis/v/1.2.0"}},
		`{"Compliance":{"Status":"FAILED"},"ProductFields":{"ControlId":"CT.S3.9","StandardsArn":"arn:aws:securityhub:::standards/ct/v/1.0.0"}}`:                                    {Control: "CT.S3.9", Result: "FAILED", Standards: []string{"ct/v/1.0.0"}},
		`{"Compliance":{"Status":"FAILED"},"ProductFields":{"RuleId":"2.5","StandardsGuideArn":"arn:aws:securityhub:::ruleset/cis/v/1.2.0"}}`:                                       {Control: "2.5", Result: "FAILED", Standards: []string{"cis/v/1.2.0"}},
		`{"Compliance":{"Status":"FAILED"},"GeneratorId":"aws-foundational-security-best-practices/v/1.0.0/S3.9"}`:                                                                  {Control: "S3.9", Result: "FAILED"},
		`{"Compliance":{"Status":"FAILED"},"GeneratorId":"arn:aws:securityhub:::ruleset/cis/v/1.2.0/rule/1.10"}`:                                                                    {Control: "1.10", Result: "FAILED"},
		`{"Compliance":{"Status":"WARNING"},"GeneratorId":"scan-check-12"}`:                                                                                                         {Control: "scan-check-12", Result: "WARNING"},
		`{"Compliance":{"Status":"FAILED"},"GeneratorId":"arn:aws:config:eu-west-1:222233334444:config-rule/config-rule-1","ProductFields":{"aws/config/ConfigRuleName":"tagged"}}`: {Control: "tagged", Result: "FAILED"},
	} {
		if diff := cmp.Diff(want, imported(t, members).Check); diff != "" {
			t.Errorf("%s: %s", members, diff)
		}
	}
}

// Whose it is, what is to be done and why stand in the finding; its words stay as they came.
func TestControlFinding(t *testing.T) {
	f := imported(t, `{"Title":"PCI.Config.1 for jane.doe","Compliance":{"Status":"FAILED","SecurityControlId":"Config.1","RelatedRequirements":["PCI 1"],
		"StatusReasons":[{"ReasonCode":"CONFIG_RECORDER_DISABLED","Description":"The recorder is off."}],"SecurityControlParameters":[{"Name":"days","Value":["90"]}]},
		"Remediation":{"Recommendation":{"Text":"See the page.","Url":"https://docs.aws.amazon.com/console/securityhub/Config.1/remediation"}},
		"Note":{"Text":"ask web","UpdatedBy":"jo"},"UserDefinedFields":{"ticket":"W-12"},"Workflow":{"Status":"NOTIFIED"},
		"Resources":[{"Type":"AwsAccount","Id":"AWS::::Account:222233334444","Region":"eu-west-1"},{"Type":"AwsIamUser","Id":"arn:aws:iam::222233334444:user/jane.doe","Region":"eu-west-1"}]}`)
	if f.Title != "PCI.Config.1 for jane.doe" || f.Account.ID != "222233334444" || f.Account.Name != "web-prod" || f.Region != "eu-west-1" {
		t.Errorf("got %q, %+v", f.Title, f.Place)
	}
	if f.Resource.ID != "222233334444" || len(f.Related) != 1 || f.Related[0].ID != "jane.doe" {
		t.Errorf("got %+v, %+v", f.Resource, f.Related)
	}
	want := finding.Attributes{
		{Name: "status_reasons", Value: "The recorder is off. (CONFIG_RECORDER_DISABLED)"}, {Name: "note", Value: "ask web (jo)"}, {Name: "requirements", Value: "PCI 1"},
		{Name: "parameters", Value: "days = 90"}, {Name: "workflow", Value: "NOTIFIED"}, {Name: "user_fields", Value: "ticket: W-12"},
	}
	if diff := cmp.Diff(want, f.Facts); diff != "" {
		t.Error(diff)
	}
	remedy := finding.Remedy{Text: "See the page.", URL: "https://docs.aws.amazon.com/console/securityhub/Config.1/remediation"}
	if f.Remedy != remedy || f.About.Product != "Security Hub CSPM" || f.Native != (finding.Native{}) {
		t.Errorf("got %+v, %s, %+v", f.Remedy, f.About.Product, f.Native)
	}
	if want := time.Date(2026, 5, 2, 9, 59, 0, 0, time.UTC); !f.Updated.Equal(want) {
		t.Errorf("got %v", f.Updated)
	}
}

// A time that cannot be read does not leave the finding without one.
func TestUpdated(t *testing.T) {
	for members, want := range map[string]string{
		`{"UpdatedAt":"soon"}`: "2026-04-01T10:00:00Z", `{"UpdatedAt":"soon","CreatedAt":"then"}`: "2026-05-02T10:00:00Z",
		`{"UpdatedAt":"2026-05-02 09:00:00.000000000"}`: "2026-05-02T09:00:00Z", `{"UpdatedAt":"soon","ProcessedAt":"2026-05-02T09:30:00Z"}`: "2026-05-02T09:30:00Z",
	} {
		if f := imported(t, members); f.Updated.Format(time.RFC3339) != want {
			t.Errorf("%s: got %v", members, f.Updated)
		}
	}
}

// What is passed on keeps the product's name, and the type that the product gives it.
func TestPassedOn(t *testing.T) {
	const product = `"ProductArn":"arn:aws:securityhub:eu-west-1::product/`
	for members, want := range map[string][2]string{
		`{` + product + `example/scanner","ProductName":"Scanner"}`:                                                                                    {"Scanner", "Software and Configuration Checks/Industry and Regulatory Standards"},
		`{` + product + `example/scanner","ProductFields":{"aws/securityhub/ProductName":"Scan"}}`:                                                     {"Scan", "Software and Configuration Checks/Industry and Regulatory Standards"},
		`{"ProductArn":"arn:aws:securityhub:eu-west-1:222233334444:product/222233334444/default","ProductName":"Default"}`:                             {"Security Hub CSPM", "Software and Configuration Checks/Industry and Regulatory Standards"},
		`{` + product + `aws/macie","ProductName":"Macie","Types":["Sensitive Data Identifications/PII/SensitiveData:S3Object-Personal"]}`:             {"Macie", "SensitiveData:S3Object/Personal"},
		`{` + product + `aws/guardduty","ProductName":"GuardDuty","Types":["TTPs/Discovery/IAMUser-AnomalousBehavior"]}`:                               {"GuardDuty", "Discovery:IAMUser/AnomalousBehavior"},
		`{` + product + `aws/guardduty","Types":null,"FindingProviderFields":{"Types":["Effects/Data Exposure/Policy:S3-BucketPublicAccessGranted"]}}`: {"GuardDuty", "Policy:S3/BucketPublicAccessGranted"},
	} {
		if f := imported(t, members); f.About.Product != want[0] || f.Type != want[1] {
			t.Errorf("%s: got %q, %q", members, f.About.Product, f.Type)
		}
	}
}

// The id that a product gives a finding can stand in its own fields, or in the address of its page
// alone. What it has found is told from the details.
func TestNativeID(t *testing.T) {
	const id = "0a1b2c3d-0d3f-4d3d-99f4-299fc8a62ee7"
	for name, members := range map[string]string{
		"in a field": `"ProductFields":{"findingId":"` + id + `","resourceOwnerAccount":"333344445555"}`,
		"in a page":  `"SourceUrl":"https://console.aws.amazon.com/access-analyzer/home?region=eu-west-1#/findings/details/` + id + `","ProductFields":{"resourceOwnerAccount":333344445555}`,
	} {
		f := imported(t, `{"Id":"arn:aws:access-analyzer:eu-west-1:222233334444:analyzer/own/arn:aws:s3:::web-data","ProductArn":"arn:aws:securityhub:eu-west-1::product/aws/access-analyzer",`+members+`,
			"Resources":[{"Type":"AwsS3Bucket","Id":"arn:aws:s3:::web-data","Details":{"Other":{"External Principal":"444455556666","Action Granted":"s3:GetObject"}}}]}`)
		if f.Native.Source != "aws.access-analyzer" || f.Native.ID != id {
			t.Errorf("%s: got %+v", name, f.Native)
		}
		if f.Facts.Get("resource_details") != "Action Granted: s3:GetObject, External Principal: 444455556666" || f.Resource.Attributes.Get(finding.AttrAccount) != "333344445555" {
			t.Errorf("%s: got %+v, %+v", name, f.Facts, f.Resource)
		}
	}
	if f := imported(t, `{"ProductArn":"arn:aws:securityhub:eu-west-1::product/aws/access-analyzer","SourceUrl":"https://x.example/#/unused?resource=arn%3Aaws"}`); f.Native.ID != "" || f.Native.Product == "" {
		t.Errorf("got %+v", f.Native)
	}
}

// Every button that a person presses is news; the findings stay what they are.
func TestCustomAction(t *testing.T) {
	const members = `"actionName":"Tell us","actionDescription":"for the web team",`
	findings := read(t, event("Security Hub Findings - Custom Action", members, with(t, `{}`), with(t, `{"Id":"second"}`)))
	if len(findings) != 2 || findings[1].ID != "second" {
		t.Fatalf("%d findings", len(findings))
	}
	own := imported(t, `{}`)
	for _, f := range findings {
		if f.Facts.Get("custom_action") != "Tell us (for the web team)" || f.Part != "custom action e1" || f.Severity != 8 {
			t.Errorf("got %+v, %q", f.Facts, f.Part)
		}
	}
	if findings[0].Key() != own.Key() || findings[0].Version() != own.Version() || own.Part != "" {
		t.Errorf("it is another finding: %s, %s", findings[0].Key(), own.Key())
	}
	if !findings[0].IsAsked || own.IsAsked {
		t.Error("it is not known for what a person asks")
	}
	// A person wants it told, though it has been put aside.
	f := read(t, event("Security Hub Findings - Custom Action", members, with(t, `{"Workflow":{"Status":"RESOLVED"}}`)))[0]
	if f.State != finding.Open || f.Facts.Get("workflow") != "RESOLVED" {
		t.Errorf("got %s, %+v", f.State, f.Facts)
	}
}

func TestInsight(t *testing.T) {
	f := read(t, `{"id":"e2","source":"aws.securityhub","detail-type":"Security Hub Insight Results","account":"111122223333","region":"eu-west-1","time":"2026-05-02T10:00:00Z",
		"detail":{"actionName":"Tell us","actionDescription":"d","insightArn":"arn:aws:securityhub:eu-west-1:111122223333:insight/111122223333/custom/0a1b","insightName":"Buckets with most findings",
		"resultType":"ResourceId","number of results":2,"insightResults":[{"arn:aws:s3:::one":5},{"arn:aws:s3:::two":3}]}}`)[0]
	want := finding.Finding{
		ID: "arn:aws:securityhub:eu-west-1:111122223333:insight/111122223333/custom/0a1b", Source: "aws.securityhub", Type: "Security Hub Insight Results",
		Title: "Buckets with most findings", Description: "d", Severity: 5,
		Place:    finding.Place{Account: finding.Account{ID: "111122223333"}, Region: "eu-west-1", Partition: "aws"},
		Activity: finding.Activity{Updated: time.Date(2026, 5, 2, 10, 0, 0, 0, time.UTC)},
		Resource: finding.Resource{Type: "ResourceId", ID: "one", ARN: "arn:aws:s3:::one"},
		Related:  []finding.Resource{{Type: "ResourceId", ID: "two", ARN: "arn:aws:s3:::two"}},
		Matter: finding.Matter{Facts: finding.Attributes{
			{Name: "custom_action", Value: "Tell us"}, {Name: "result_type", Value: "ResourceId"}, {Name: "results", Value: "arn:aws:s3:::one (5), arn:aws:s3:::two (3)"},
		}},
	}
	part, link, isAsked := f.Part, f.About.Links.Finding, f.IsAsked
	f.Origin, f.About = finding.Origin{}, finding.About{}
	if diff := cmp.Diff(want, f); diff != "" {
		t.Error(diff)
	}
	if part != "custom action e2" || !isAsked || link != "https://eu-west-1.console.aws.amazon.com/securityhub/home?region=eu-west-1#/insights/arn:aws:securityhub:eu-west-1:111122223333:insight%2F111122223333%2Fcustom%2F0a1b" {
		t.Errorf("got %s, %s", part, link)
	}
}

// Who did what is read from Action, from the fields of a product that has no room there, and from
// the network.
func TestActor(t *testing.T) {
	key := `"Resources":[{"Type":"AwsIamAccessKey","Id":"AWS::IAM::AccessKey:ASIAEXAMPLE","Details":{"AwsIamAccessKey":{"PrincipalName":"ci","PrincipalType":"AssumedRole","PrincipalId":"AROAX:session-1"}}}]`
	for name, test := range map[string]struct {
		members string
		actor   finding.Actor
		action  finding.Action
	}{
		"Action": {
			`{` + key + `,"Action":{"ActionType":"AWS_API_CALL","AwsApiCallAction":{"Api":"DeleteTrail","ServiceName":"cloudtrail.amazonaws.com","RemoteIpDetails":{"IpAddressV4":"198.51.100.7","Country":{"CountryName":"Netherlands"},"Organization":{"Asn":64500,"AsnOrg":"EXAMPLE"}}}}}`,
			finding.Actor{
				Remote: finding.Remote{IP: "198.51.100.7", Country: "Netherlands", Organization: "EXAMPLE", ASN: "AS64500"},
				User:   finding.User{Name: "ci", Type: "AssumedRole", PrincipalID: "AROAX", Session: "session-1", AccessKey: "ASIAEXAMPLE"},
			},
			finding.Action{Kind: "AWS_API_CALL", Attributes: finding.Attributes{{Name: "api", Value: "DeleteTrail"}, {Name: "service", Value: "cloudtrail.amazonaws.com"}}},
		},
		"fields": {
			`{"ProductFields":{"aws/guardduty/service/action/actionType":"PORT_PROBE","aws/guardduty/service/action/portProbeAction/portProbeDetails.0_/localPortDetails/port":"22",
			"aws/guardduty/service/action/portProbeAction/portProbeDetails.0_/remoteIpDetails/ipAddressV4":"198.51.100.8","aws/guardduty/service/action/portProbeAction/blocked":"false","aws/guardduty/service/count":"7"}}`,
			finding.Actor{Remote: finding.Remote{IP: "198.51.100.8"}},
			finding.Action{Kind: "PORT_PROBE", Attributes: finding.Attributes{{Name: "local_port", Value: "22"}, {Name: "blocked", Value: "false"}}},
		},
		"network": {
			`{"Network":{"Direction":"OUT","Protocol":"TCP","SourceIpV4":"10.0.0.1","SourcePort":40000,"DestinationIpV4":"198.51.100.9","DestinationPort":443,"DestinationDomain":"evil.example"},"Process":{"Name":"sh","Path":"/bin/sh","Pid":7}}`,
			finding.Actor{Remote: finding.Remote{IP: "198.51.100.9", Domain: "evil.example"}, Process: finding.Process{Name: "sh", Path: "/bin/sh", PID: "7"}},
			finding.Action{Kind: "NETWORK_CONNECTION", Attributes: finding.Attributes{{Name: "direction", Value: "OUTBOUND"}, {Name: "protocol", Value: "TCP"}, {Name: "local_port", Value: "40000"}, {Name: "remote_port", Value: "443"}}},
		},
	} {
		f := imported(t, test.members)
		if diff := cmp.Diff(test.actor, f.Actor) + cmp.Diff(test.action, f.Action); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestVulnerability(t *testing.T) {
	f := imported(t, `{"Vulnerabilities":[{"Id":"CVE-2026-1","EpssScore":0.97,"ExploitAvailable":"YES","FixAvailable":"PARTIAL",
		"Cvss":[{"Version":"2.0","BaseScore":9.9},{"Version":"3.1","BaseScore":7.5},{"Version":"3.1","BaseScore":8.1}],
		"VulnerablePackages":[{"Name":"zlib","Version":"1.2.11","Release":"r3","PackageManager":"OS","FixedInVersion":"1.2.13-r0"},{"Name":"left","Version":"1","PackageManager":"NPM","FilePath":"a/package.json","FixedInVersion":"NotAvailable"}]},{"Id":"CVE-2026-2"}],
		"ThreatIntelIndicators":[{"Type":"IPV4_ADDRESS","Value":"198.51.100.9","Source":"list"}],"Malware":[{"Name":"EICAR","Path":"/tmp/x"}],
		"Resources":[{"Type":"AwsEcrContainerImage","Id":"arn:aws:ecr:eu-west-1:222233334444:repository/shop/sha256:aa","Details":{"AwsEcrContainerImage":{"RepositoryName":"shop","ImageTags":["1.4"],"ImageDigest":"sha256:aa"}}}]}`)
	want := finding.Vulnerability{
		ID: "CVE-2026-1", Score: 8.1, EPSS: 0.97, Exploit: finding.Yes, Fix: finding.InPart,
		Packages: []finding.Package{{Name: "zlib", Version: "1.2.11-r3", Fixed: "1.2.13-r0", Manager: "OS"}, {Name: "left", Version: "1", Manager: "NPM", Path: "a/package.json"}},
	}
	if diff := cmp.Diff(want, f.Vulnerability); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]finding.Threat{{Name: "EICAR", File: "/tmp/x"}, {Name: "198.51.100.9", List: "list"}}, f.Threats); diff != "" {
		t.Error(diff)
	}
	if f.Facts.Get("vulnerabilities") != "CVE-2026-2" || f.Resource.ID != "shop:1.4" || f.Resource.Name != "sha256:aa" || f.Resource.Attributes.Get(finding.AttrHash) != "sha256:aa" {
		t.Errorf("got %+v, %+v", f.Facts, f.Resource)
	}
}

func TestSequence(t *testing.T) {
	f := imported(t, `{"Detection":{"Sequence":{"Uid":"s","Actors":[{"Id":"a","User":{"Name":"ci","Type":"AssumedRole","CredentialUid":"ASIA1"}}],"Endpoints":[{"Id":"e","Ip":"198.51.100.9","AutonomousSystem":{"Name":"N","Number":64500}}],
		"Signals":[{"Name":"Stealth:IAMUser/X","Title":"t","Type":"FINDING","Severity":8,"Count":2,"FirstSeenAt":1777629600000,"LastSeenAt":1777633200000}],
		"SequenceIndicators":[{"Key":"ATTACK_TACTIC","Values":["Exfiltration"]}]}}}`)
	if s := f.Sequence; s == nil || len(s.Signals) != 1 || s.Signals[0].Severity != 8 || !s.Signals[0].FirstSeen.Equal(time.UnixMilli(1777629600000)) ||
		s.Indicator("ATTACK_TACTIC")[0] != "Exfiltration" || f.Actor.User.Name != "ci" || f.Actor.Remote.ASN != "AS64500" {
		t.Errorf("got %+v, %+v", s, f.Actor)
	}
}

// A finding without an envelope, alone or in a list, is known by its members.
func TestBare(t *testing.T) {
	for _, payload := range []string{base, `{"Findings":[` + base + `]}`} {
		f := read(t, payload)[0]
		if f.Source != "aws.securityhub" || f.Road != "securityhub-cspm" || f.Check.Control != "" || f.Account.ID != "222233334444" {
			t.Errorf("got %+v", f)
		}
	}
}

func TestSample(t *testing.T) {
	for members, want := range map[string]bool{
		`{}`: false, `{"Sample":true}`: true, `{"Sample":false}`: false, `{"Title":"[SAMPLE] x"}`: true,
		`{"Title":"[SAMPLE] x","ProductArn":"arn:aws:securityhub:eu-west-1::product/example/scanner"}`: false,
		`{"ProductFields":{"aws/guardduty/service/additionalInfo/sample":"true"}}`:                     true,
	} {
		if f := imported(t, members); f.Sample != want {
			t.Errorf("%s: got %v", members, f.Sample)
		}
	}
}

// Nothing of an odd form costs more than itself.
func TestOddMembers(t *testing.T) {
	var all map[string]any
	if err := json.Unmarshal([]byte(base), &all); err != nil {
		t.Fatal(err)
	}
	for name := range all {
		for _, odd := range []string{`7`, `"odd"`, `[]`, `{}`, `[[1]]`, `true`, `[{"a":[7]}]`, `{"Status":[{}],"Label":{}}`} {
			f := imported(t, fmt.Sprintf(`{%q:%s}`, name, odd))
			if f.Title == "" || f.Updated.IsZero() || f.Account.ID == "" {
				t.Errorf("%s %s: got %+v", name, odd, f)
			}
		}
	}
}

func TestSamples(t *testing.T) {
	s := securityhubcspm.Source().Samples
	want := map[string][2]string{
		"control-failed": {"open", "8.0"}, "control-passed": {"passed", "1.0"}, "passed-on": {"open", "8.0"}, "custom-action": {"open", "8.0"},
	}
	for _, name := range s.Types() {
		payload, err := s.Event(name, source.SampleOptions{Time: time.Date(2026, 5, 2, 10, 0, 0, 0, time.UTC), Account: "222233334444", Region: "eu-west-1"})
		if err != nil {
			t.Fatal(err)
		}
		f := read(t, string(payload))[0]
		if got := [2]string{f.State.String(), f.Severity.String()}; got != want[name] || !f.Sample || f.Account.ID != "222233334444" || f.Region != "eu-west-1" || f.Resource.ID == "" {
			t.Errorf("%s: got %v, %+v", name, got, f)
		}
	}
	if len(s.Types()) != len(want) || len(s.Showcase()) != 1 {
		t.Errorf("got %v, %v", s.Types(), s.Showcase())
	}
}
