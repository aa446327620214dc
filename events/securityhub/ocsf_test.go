package securityhub_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/events/securityhub"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

const (
	detail = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" // an id of Security Hub's
	arn    = "arn:aws:guardduty:eu-west-1:222233334444:detector/d/finding/0123456789abcdef0123456789abcdef"
)

// base is a finding of GuardDuty in a member account, as the administrator in another region gets it.
const base = `{"activity_id":1,"activity_name":"Create","class_uid":2004,"class_name":"Detection Finding","cloud":{"account":{"uid":"222233334444","name":"web-prod"},"provider":"AWS","region":"eu-west-1"},
"finding_info":{"uid":"` + arn + `","uid_alt":"0123456789abcdef0123456789abcdef","title":"A trail was disabled","desc":"d","types":["Threats","Stealth:IAMUser/CloudTrailLoggingDisabled"],"created_time":1777629600000,"modified_time":1777633200000},
"metadata":{"product":{"name":"GuardDuty","uid":"arn:aws:securityhub:eu-west-1::productv2/aws/guardduty"},"uid":"` + detail + `","version":"1.6.0"},
"resources":[{"type":"AWS::IAM::AccessKey","uid":"ASIAEXAMPLE","name":"ci","region":"eu-west-1","owner":{"account":{"uid":"222233334444"}},"data":{"user_name":"ci","user_type":"AssumedRole","principal_id":"AROAX:session-1"}}],
"severity":"High","severity_id":4,"status":"New","status_id":1}`

// with returns the base finding with other members; an object changes some members of the one that
// is there, and null removes one.
func with(t testing.TB, members string) string {
	t.Helper()
	var all, changes map[string]any
	if err := json.Unmarshal([]byte(base), &all); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(members), &changes); err != nil {
		t.Fatal(err)
	}
	merge(all, changes)
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func merge(all, changes map[string]any) {
	for name, value := range changes {
		inner, isObject := value.(map[string]any)
		if own, isToo := all[name].(map[string]any); isObject && isToo {
			merge(own, inner)
			continue
		}
		all[name] = value
	}
}

func event(f string) string {
	return `{"id":"e1","source":"aws.securityhub","detail-type":"Findings Imported V2","account":"111122223333","region":"us-east-1","time":"2026-05-02T10:00:00Z","detail":{"findings":[` + f + `]}}`
}

func read(t testing.TB, payload string) finding.Finding {
	t.Helper()
	delivery, err := events.Open(events.Table(), []byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	if err := delivery.Records[0].Err; err != nil {
		t.Fatal(err)
	}
	return events.Parse(events.Table(), delivery.Records[0].Envelope)[0]
}

func imported(t testing.TB, members string) finding.Finding {
	t.Helper()
	return read(t, event(with(t, members)))
}

func TestSeverity(t *testing.T) {
	for members, want := range map[string]finding.Severity{
		`{"severity_id":1,"severity":"Informational"}`: 1, `{"severity_id":2,"severity":"Low"}`: 2, `{"severity_id":3,"severity":"Medium"}`: 5,
		`{"severity_id":4}`: 8, `{"severity_id":5,"severity":"Critical"}`: 9.5, `{"severity_id":6,"severity":"Fatal"}`: 9.5,
		`{"severity_id":0,"severity":"Unknown"}`: 0, `{"severity_id":99,"severity":"Other"}`: 0, `{"severity_id":-1,"severity":"odd"}`: 0, `{"severity_id":7,"severity":null}`: 0,
		`{"severity_id":null,"severity":"Medium"}`: 5, `{"severity_id":0,"severity":"High"}`: 8, `{"severity_id":"5","severity":"Low"}`: 9.5, `{"severity_id":{},"severity":[]}`: 0,
	} {
		if f := imported(t, members); f.Severity != want {
			t.Errorf("%s: got %v, want %v", members, f.Severity, want)
		}
	}
	for members, want := range map[string]string{
		`{"vendor_attributes":{"severity":"Medium","severity_id":3}}`: "Medium", `{"vendor_attributes":{"severity_id":3}}`: "medium",
		`{"vendor_attributes":{"severity":"High","severity_id":4}}`: "", `{"vendor_attributes":{"severity_id":99}}`: "", `{}`: "",
	} {
		if f := imported(t, members); f.Facts.Get("vendor_severity") != want {
			t.Errorf("%s: got %v", members, f.Facts)
		}
	}
}

func TestState(t *testing.T) {
	for members, want := range map[string]finding.State{
		`{}`: finding.Open, `{"activity_id":2,"activity_name":"Update"}`: finding.Open, `{"status":"In Progress","status_id":2}`: finding.Open,
		`{"activity_id":3,"activity_name":"Close"}`: finding.Closed, `{"activity_name":"Close","activity_id":null}`: finding.Closed, `{"activity_id":3,"activity_name":null}`: finding.Closed,
		`{"status":"Suppressed","status_id":3}`: finding.Suppressed, `{"status":"Resolved","status_id":4}`: finding.Resolved,
		`{"status":"Archived","status_id":5}`: finding.Archived, `{"status":"Deleted","status_id":6}`: finding.Closed,
		`{"status":null,"status_id":3}`: finding.Suppressed, `{"status":null,"status_id":4}`: finding.Resolved, `{"status":null,"status_id":5}`: finding.Archived,
		`{"status":null,"status_id":6}`: finding.Closed, `{"status":null,"status_id":99}`: finding.Open, `{"status":"New","status_id":3}`: finding.Open,
		`{"compliance":{"status":"Pass","status_id":1}}`: finding.Passed, `{"compliance":{"status_id":1}}`: finding.Passed, `{"compliance":{"status":"Fail","status_id":3}}`: finding.Open,
		`{"compliance":{"status":"Warning","status_id":2}}`: finding.Open, `{"compliance":{"status":"Pass"},"status":"Suppressed"}`: finding.Suppressed,
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

// The type is the product's, wherever the category of Security Hub stands.
func TestType(t *testing.T) {
	for types, want := range map[string]string{
		`["Threats","Execution:Runtime/NewBinaryExecuted"]`:           "Execution:Runtime/NewBinaryExecuted",
		`["Stealth:IAMUser/CloudTrailLoggingDisabled"]`:               "Stealth:IAMUser/CloudTrailLoggingDisabled",
		`["Effects/Data Exposure","Posture Management"]`:              "Effects/Data Exposure",
		`["Exposure","Exposure/Potential Impact/Resource Hijacking"]`: "Exposure/Potential Impact/Resource Hijacking",
		`["Sensitive Data","SensitiveData:S3Object/Multiple"]`:        "SensitiveData:S3Object/Multiple",
		`["TTPs/Discovery/Recon:EC2-Portscan"]`:                       "Recon:EC2/Portscan",
		`["Coverage"]`:                                                "Coverage", `"Threats"`: "Threats", `[]`: "Detection Finding", `null`: "Detection Finding", `[7,{}]`: "7",
	} {
		if f := imported(t, `{"finding_info":{"types":`+types+`}}`); f.Type != want {
			t.Errorf("%s: got %q, want %q", types, f.Type, want)
		}
	}
}

// One finding that comes by three roads is one, and so is one of Security Hub's own controls that
// comes by two.
func TestOneFindingByAllRoads(t *testing.T) {
	native := read(t, `{"id":"n","source":"aws.guardduty","detail-type":"GuardDuty Finding","account":"111122223333","region":"us-east-1","time":"2026-05-01T12:00:00Z","detail":{
		"id":"0123456789abcdef0123456789abcdef","arn":"`+arn+`","accountId":"222233334444","region":"eu-west-1","type":"Stealth:IAMUser/CloudTrailLoggingDisabled","severity":8,"title":"t","service":{},"resource":{}}}`)
	asff := read(t, `{"id":"a","source":"aws.securityhub","detail-type":"Security Hub Findings - Imported","account":"111122223333","region":"us-east-1","detail":{"findings":[{
		"Id":"`+arn+`","ProductArn":"arn:aws:securityhub:eu-west-1::product/aws/guardduty","ProductName":"GuardDuty","AwsAccountId":"222233334444","Types":["TTPs/Defense Evasion/Stealth:IAMUser-CloudTrailLoggingDisabled"],"Severity":{"Label":"HIGH"}}]}}`)
	named := imported(t, `{"metadata":{"product":{"uid":null}}}`)
	byID := imported(t, `{"finding_info":{"uid":"0123456789abcdef0123456789abcdef","uid_alt":null}}`)
	for name, f := range map[string]finding.Finding{"ASFF": asff, "OCSF": imported(t, `{}`), "OCSF without the product's ARN": named, "OCSF by the id": byID} {
		if f.Key() != native.Key() || f.Type != native.Type || f.About.Product != native.About.Product {
			t.Errorf("%s: got %s, %s, %s, want %s, %s, %s", name, f.Key(), f.Type, f.About.Product, native.Key(), native.Type, native.About.Product)
		}
		if f.About.Links.Native != native.About.Links.Finding || f.About.Links.Type != native.About.Links.Type || f.Severity.Level() != native.Severity.Level() {
			t.Errorf("%s: got %+v, want %+v", name, f.About.Links, native.About.Links)
		}
	}
	const control = "arn:aws:securityhub:eu-west-1:222233334444:security-control/S3.9/finding/0a1b"
	cspm := read(t, `{"source":"aws.securityhub","detail-type":"Security Hub Findings - Imported","detail":{"findings":[{
		"Id":"`+control+`","ProductArn":"arn:aws:securityhub:eu-west-1::product/aws/securityhub","AwsAccountId":"222233334444","Severity":{"Label":"HIGH"}}]}}`)
	v2 := imported(t, `{"finding_info":{"uid":"`+control+`","uid_alt":null},"metadata":{"product":{"name":"Security Hub","uid":"arn:aws:securityhub:eu-west-1::productv2/aws/securityhub"}}}`)
	if v2.Key() != cspm.Key() || v2.About.Product != "Security Hub CSPM" || v2.About.Links.Native != cspm.About.Links.Finding || v2.Road != "securityhub" || cspm.Road != "securityhub-cspm" {
		t.Errorf("got %s, %s, want %s", v2.Key(), v2.About.Product, cspm.Key())
	}
	if foreign := imported(t, `{"finding_info":{"uid":"x"},"metadata":{"product":{"name":"Scanner","uid":null}}}`); foreign.Key() != "aws.securityhub/222233334444/eu-west-1/x" || foreign.About.Product != "Scanner" {
		t.Errorf("got %s, %s", foreign.Key(), foreign.About.Product)
	}
}

// What other services publish by themselves has one key by all roads, too.
func TestOneKeyForOtherServices(t *testing.T) {
	for product, test := range map[string]struct{ native, id string }{
		"aws/inspector": {
			`"source":"aws.inspector2","detail-type":"Inspector2 Finding","detail":{"findingArn":"arn:aws:inspector2:eu-west-1:222233334444:finding/0a1b","awsAccountId":"222233334444","severity":"HIGH","title":"t","type":"PACKAGE_VULNERABILITY"}`,
			"arn:aws:inspector2:eu-west-1:222233334444:finding/0a1b",
		},
		"aws/macie": {
			`"source":"aws.macie","detail-type":"Macie Finding","detail":{"id":"0123456789abcdef0123456789abcdef","accountId":"222233334444","region":"eu-west-1","type":"Policy:IAMUser/S3BucketPublic","severity":{"score":3,"description":"High"}}`,
			"0123456789abcdef0123456789abcdef",
		},
	} {
		native := read(t, `{"region":"eu-west-1",`+test.native+`}`)
		asff := read(t, `{"source":"aws.securityhub","detail-type":"Security Hub Findings - Imported","detail":{"findings":[{
			"Id":"`+test.id+`","ProductArn":"arn:aws:securityhub:eu-west-1::product/`+product+`","AwsAccountId":"222233334444","Severity":{"Label":"HIGH"}}]}}`)
		v2 := imported(t, `{"finding_info":{"uid":"`+test.id+`","uid_alt":null},"metadata":{"product":{"uid":"arn:aws:securityhub:eu-west-1::productv2/`+product+`"}}}`)
		if asff.Key() != native.Key() || v2.Key() != native.Key() {
			t.Errorf("%s: got %s, %s, want %s", product, asff.Key(), v2.Key(), native.Key())
		}
	}
}

// Who did what from where stands in the evidence and the access key.
func TestActor(t *testing.T) {
	for name, test := range map[string]struct {
		evidences string
		actor     finding.Actor
		action    finding.Action
	}{
		"a call": {
			`[{"api":{"operation":"DeleteTrail","service":{"name":"cloudtrail.amazonaws.com"},"response":{"error":"AccessDenied"}},"data":{"affected_resource":{"AWS::CloudTrail::Trail":"audit"}}},
			{"src_endpoint":{"ip":"198.51.100.7","location":{"country":"NL","city":"Ede"},"autonomous_system":{"name":"N","number":64500}},"http_request":{"user_agent":"curl"}}]`,
			finding.Actor{
				Remote:    finding.Remote{IP: "198.51.100.7", CountryCode: "NL", City: "Ede", Organization: "N", ASN: "AS64500"},
				User:      finding.User{Name: "ci", Type: "AssumedRole", PrincipalID: "AROAX", Session: "session-1", AccessKey: "ASIAEXAMPLE"},
				UserAgent: "curl",
			},
			finding.Action{Kind: "AWS_API_CALL", Attributes: finding.Attributes{
				{Name: "api", Value: "DeleteTrail"}, {Name: "service", Value: "cloudtrail.amazonaws.com"}, {Name: "error_code", Value: "AccessDenied"}, {Name: "affected", Value: "audit"},
			}},
		},
		"a process": {
			`[{"actor":{"user":{"name":"","uid":"0"},"process":{"name":"kubectl","pid":7,"cmd_line":"kubectl get secrets","file":{"name":"UNKNOWN","path":"/bin/kubectl","hashes":[{"algorithm":"MD5","value":"x"},{"algorithm":"SHA-256","value":"aa"}]},"user":{"uid":"0"}}}}]`,
			finding.Actor{
				User:    finding.User{Name: "ci", Type: "AssumedRole", PrincipalID: "AROAX", Session: "session-1", AccessKey: "ASIAEXAMPLE"},
				Process: finding.Process{Name: "kubectl", Path: "/bin/kubectl", PID: "7", User: "0", SHA256: "aa"},
			},
			finding.Action{Attributes: finding.Attributes{{Name: "command", Value: "kubectl get secrets"}}},
		},
		"a connection": {
			`[{"src_endpoint":{"ip":"198.51.100.7","port":40000},"dst_endpoint":{"port":22},"connection_info":{"direction":"Inbound","protocol_name":"TCP"},"actor":{"user":{"name":"jo","type":"IAMUser","credential_uid":"AKIA1"},"session":{"uid":"s"}}}]`,
			finding.Actor{Remote: finding.Remote{IP: "198.51.100.7"}, User: finding.User{Name: "jo", Type: "IAMUser", AccessKey: "AKIA1", Session: "s"}},
			finding.Action{Kind: "NETWORK_CONNECTION", Attributes: finding.Attributes{
				{Name: "direction", Value: "INBOUND"}, {Name: "protocol", Value: "TCP"}, {Name: "local_port", Value: "22"}, {Name: "remote_port", Value: "40000"},
			}},
		},
	} {
		f := imported(t, `{"evidences":`+test.evidences+`}`)
		if diff := cmp.Diff(test.actor, f.Actor) + cmp.Diff(test.action, f.Action); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if f := imported(t, `{}`); f.Account.Name != "web-prod" || f.Account.ID != "222233334444" || f.Resource.Name != "ci" {
		t.Errorf("got %+v, %+v", f.Place, f.Resource)
	}
}

// Nothing of AWS's is made of what happened in another cloud.
func TestOtherCloud(t *testing.T) {
	f := imported(t, `{"cloud":{"provider":"Azure","account":{"uid":"3f1c-subscription","name":"shop"},"region":"westeurope"},"finding_info":{"uid":"x"},
		"resources":[{"type":"Microsoft.Compute/virtualMachines","uid":"/subscriptions/3f1c/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/vm-1","name":"vm-1","cloud_partition":"AzureCloud","region":"westeurope","owner":{"account":{"uid":"3f1c-subscription"}}}]}`)
	want := finding.Place{Account: finding.Account{ID: "3f1c-subscription", Name: "shop"}, Region: "westeurope"}
	if diff := cmp.Diff(want, f.Place); diff != "" {
		t.Error(diff)
	}
	if f.About.Links.Finding != "" || f.About.Links.Findings != "" || f.Resource.ARN != "" || f.Resource.Name != "vm-1" || len(f.Resource.Attributes) != 0 {
		t.Errorf("got %+v, %+v", f.About.Links, f.Resource)
	}
	if f := imported(t, `{"cloud":{"provider":"aws","cloud_partition":"AzureCloud"}}`); f.Partition != "aws" {
		t.Errorf("got %+v", f.Place)
	}
	if f := imported(t, `{"cloud":null,"resources":null}`); f.Account.ID != "222233334444" || f.Region != "eu-west-1" {
		t.Errorf("the ARN is not read: %+v", f.Place)
	}
}

func TestVulnerability(t *testing.T) {
	f := imported(t, `{"class_uid":2002,"vulnerabilities":[{"cve":{"uid":"CVE-2026-1","epss":{"score":"0.97"},"cvss":[{"version":"2.0","base_score":9.9},{"version":"3.1","base_score":7.1},{"version":"3.1","base_score":9.8}]},
		"affected_packages":[{"name":"zlib","version":"1.2.11","release":"r3","fixed_in_version":"1.2.13-r0","package_manager":"OS"}],"is_exploit_available":true,"is_fix_available":true,"fix_coverage":"Partial"},{"cve":{"uid":"CVE-2026-2"}}],
		"resources":[{"type":"AWS::ECR::ContainerImage","uid":"arn:aws:ecr:eu-west-1:222233334444:repository/shop/sha256:aa","data":{"repository_name":"shop","image_tags":["1.4"],"image_digest":"sha256:aa"}}]}`)
	want := finding.Vulnerability{
		ID: "CVE-2026-1", Score: 7.1, EPSS: 0.97, Exploit: finding.Yes, Fix: finding.InPart,
		Packages: []finding.Package{{Name: "zlib", Version: "1.2.11-r3", Fixed: "1.2.13-r0", Manager: "OS"}},
	}
	if diff := cmp.Diff(want, f.Vulnerability); diff != "" {
		t.Error(diff)
	}
	if f.Facts.Get("vulnerabilities") != "CVE-2026-2" || f.Resource.ID != "shop:1.4" || f.Resource.Name != "sha256:aa" || !strings.Contains(f.About.Links.Finding, "#/vulnerabilities?findingDetailId="+detail) {
		t.Errorf("got %+v, %+v, %s", f.Facts, f.Resource, f.About.Links.Finding)
	}
	for members, want := range map[string]finding.Answer{
		`{"is_fix_available":false}`: finding.No, `{"fix_coverage":"Complete"}`: finding.Yes, `{"fix_coverage":"None"}`: finding.No, `{}`: "",
	} {
		if f := imported(t, `{"vulnerabilities":[`+members+`]}`); f.Vulnerability.Fix != want {
			t.Errorf("%s: got %q", members, f.Vulnerability.Fix)
		}
	}
}

// The time of an update stands under an odd name in AWS's own sample of an exposure.
func TestExposure(t *testing.T) {
	f := imported(t, `{"likelihood":"High","impact":"Medium","criticality":"Low","finding_info":{"uid":"arn:aws:securityhub:eu-west-1:222233334444:risk:12","uid_alt":null,"modified_time":null,"types":["Exposure/Potential Impact/Resource Hijacking"],
		"finding.info.modified_time_dt":"2026-05-01T21:39:26.337224100Z","related_events":[{"title":"CVE-2026-1 - x","type":"Finding","uid":"u","tags":[{"name":"Vulnerability","values":["Exploit Available","Vulnerable"]}]}],
		"attacks":[{"tactic":{"name":"Impact"}},{"technique":{"name":"T1496"}}],"traits":[{"name":"PUBLIC","values":["yes"]}]},
		"metadata":{"product":{"name":"Security Hub Exposure Detection","uid":"arn:aws:securityhub:eu-west-1::productv2/aws/securityhub-risk"}}}`)
	if f.Updated.Format(time.RFC3339Nano) != "2026-05-01T21:39:26.3372241Z" || f.Facts.Get("likelihood") != "High" || f.Facts.Get("impact") != "Medium" || f.Facts.Get("criticality") != "Low" {
		t.Errorf("got %v, %+v", f.Updated, f.Facts)
	}
	want := &finding.Sequence{
		Signals: []finding.Signal{{Name: "CVE-2026-1 - x", Type: "Finding", Description: "Vulnerability: Exploit Available, Vulnerable"}},
		Indicators: []finding.Indicator{
			{Key: "ATTACK_TACTIC", Values: []string{"Impact"}}, {Key: "ATTACK_TECHNIQUE", Values: []string{"T1496"}}, {Key: "PUBLIC", Values: []string{"yes"}},
		},
	}
	if diff := cmp.Diff(want, f.Sequence); diff != "" {
		t.Error(diff)
	}
	headline := []finding.Headline{{Key: "securityhub.exposure", With: "securityhub.impact.ResourceHijacking"}}
	if diff := cmp.Diff(headline, f.About.Headlines); diff != "" || f.About.Product != "Security Hub Exposure Detection" || f.Key() != "aws.securityhub/222233334444/eu-west-1/"+f.ID {
		t.Errorf("got %s, %s, %s", diff, f.About.Product, f.Key())
	}
	if want := "https://eu-west-1.console.aws.amazon.com/securityhub/v2/home?region=eu-west-1#/exposure?findingDetailId=" + detail; f.About.Links.Finding != want {
		t.Errorf("got %s", f.About.Links.Finding)
	}
}

func TestControl(t *testing.T) {
	f := imported(t, `{"class_uid":2003,"compliance":{"control":"S3.9","standards":["standards/pci-dss/v/3.2.1"],"status":"Fail","status_id":3,"requirements":["PCI 1"],"assessments":[{"desc":"Logging is off.","name":"OFF"}],
		"control_parameters":[{"name":"days","values":["90"]}]},"remediation":{"desc":"See the page.","references":["https://docs.aws.amazon.com/console/securityhub/S3.9/remediation"]},"comment":"ask web","status":"In Progress"}`)
	check := finding.Check{Control: "S3.9", Standards: []string{"pci-dss/v/3.2.1"}, Result: "FAILED"}
	facts := finding.Attributes{
		{Name: "status_reasons", Value: "Logging is off. (OFF)"}, {Name: "requirements", Value: "PCI 1"}, {Name: "parameters", Value: "days = 90"},
		{Name: "comment", Value: "ask web"}, {Name: "workflow", Value: "In Progress"},
	}
	remedy := finding.Remedy{Text: "See the page.", URL: "https://docs.aws.amazon.com/console/securityhub/S3.9/remediation"}
	if diff := cmp.Diff(check, f.Check) + cmp.Diff(facts, f.Facts) + cmp.Diff(remedy, f.Remedy); diff != "" {
		t.Error(diff)
	}
}

func TestSensitiveData(t *testing.T) {
	f := imported(t, `{"class_uid":2006,"databucket":{"name":"web-data","uid":"arn:aws:s3:::web-data","type":"S3","is_public":true,"is_encrypted":false,"file":{"path":"keys/prod.env","data_classifications":[{"category":"Personal","discovery_details":[{"count":3,"type":"NAME"}]},{"category":"Financial"}]}},
		"resources":[{"type":"AWS::S3::Object","uid":"keys/prod.env","region":"eu-west-1","owner":{"account":{"uid":"222233334444"}}}]}`)
	want := []finding.Resource{{Type: "S3Bucket", ID: "web-data", ARN: "arn:aws:s3:::web-data", Attributes: finding.Attributes{
		{Name: "public_access", Value: "PUBLIC"}, {Name: "encryption", Value: "none"}, {Name: "object", Value: "keys/prod.env"},
	}}}
	if diff := cmp.Diff(want, f.Related); diff != "" || f.Resource.ID != "keys/prod.env" || f.Facts.Get("data_found") != "NAME (3), Financial" {
		t.Errorf("got %s, %+v, %+v", diff, f.Resource, f.Facts)
	}
}

// A finding that was stored has lost the id of its page, and gets the search.
func TestStoredLink(t *testing.T) {
	f := imported(t, `{}`)
	if want := "https://eu-west-1.console.aws.amazon.com/securityhub/v2/home?region=eu-west-1#/threats?findingDetailId=" + detail; f.About.Links.Finding != want {
		t.Errorf("got %s", f.About.Links.Finding)
	}
	f.About = finding.About{}
	events.Describe(events.Table(), &f)
	if !strings.HasPrefix(f.About.Links.Finding, "https://eu-west-1.console.aws.amazon.com/securityhub/v2/home?region=eu-west-1#/findings?search=finding_info.uid%3D%255Coperator") {
		t.Errorf("got %s", f.About.Links.Finding)
	}
}

func TestBare(t *testing.T) {
	for _, payload := range []string{base, `{"Findings":[` + base + `]}`} {
		if f := read(t, payload); f.Source != "aws.securityhub" || f.Road != "securityhub" || f.Type != "Stealth:IAMUser/CloudTrailLoggingDisabled" {
			t.Errorf("got %+v", f)
		}
	}
}

// Nothing of an odd form costs more than itself.
func TestOddMembers(t *testing.T) {
	var all map[string]any
	if err := json.Unmarshal([]byte(base), &all); err != nil {
		t.Fatal(err)
	}
	all["vulnerabilities"], all["evidences"], all["compliance"], all["databucket"], all["malware"] = nil, nil, nil, nil, nil
	for name := range all {
		for _, odd := range []string{`7`, `"odd"`, `[]`, `[[1]]`, `true`, `[{"a":[7]}]`, `{"uid":[{}],"status":{},"file":7}`} {
			f := imported(t, fmt.Sprintf(`{%q:%s}`, name, odd))
			if f.Title == "" || f.Updated.IsZero() || f.Account.ID == "" {
				t.Errorf("%s %s: got %+v", name, odd, f)
			}
		}
	}
}

func TestSamples(t *testing.T) {
	s := securityhub.Source().Samples
	want := map[string][2]string{"detection": {"open", "8.0"}, "close": {"closed", "8.0"}, "vulnerability": {"open", "9.5"}, "exposure": {"open", "9.5"}}
	for _, name := range s.Types() {
		payload, err := s.Event(name, source.SampleOptions{Time: time.Date(2026, 5, 2, 10, 0, 0, 0, time.UTC), Account: "222233334444", Region: "eu-west-1"})
		if err != nil {
			t.Fatal(err)
		}
		f := read(t, string(payload))
		if got := [2]string{f.State.String(), f.Severity.String()}; got != want[name] || !f.Sample || f.Account.ID != "222233334444" || f.Region != "eu-west-1" || f.Resource.ID == "" {
			t.Errorf("%s: got %v, %+v", name, got, f)
		}
	}
	if len(s.Types()) != len(want) || len(s.Showcase()) != 1 {
		t.Errorf("got %v, %v", s.Types(), s.Showcase())
	}
}
