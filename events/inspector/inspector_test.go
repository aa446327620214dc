package inspector_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/events/eventstest"
	"github.com/tocsin-sec/tocsin/events/inspector"
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

// one returns the only finding of an event, which Inspector's parser has read.
func one(t *testing.T, event string) finding.Finding {
	t.Helper()
	findings := all(t, event)
	if len(findings) != 1 || findings[0].Road != "inspector2" {
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
	s := inspector.Source()
	for _, threshold := range []finding.Threshold{0, 1, 4, 7, 9, 10} {
		eventstest.Rule{
			Event: event, Full: s.Pattern(threshold), Cheap: s.PatternWithoutEndings(threshold),
			IsOver: f.State.Over(), IsUrgent: !f.State.Over() && f.Severity.AtLeast(threshold),
		}.Check(t)
	}
}

// digest is that of an image.
var digest = "sha256:" + strings.Repeat("0123456789abcdef", 4)

const arn = "arn:aws:inspector2:eu-west-1:444455556666:finding/0123456789abcdef0123456789abcdef"

// detail is a finding on a package in an image, in the words of the API.
func detail() string {
	return `{"awsAccountId":"444455556666","findingArn":"` + arn + `","type":"PACKAGE_VULNERABILITY",
	"title":"CVE-2026-2002 - libtoy","description":"Toys may overflow.","severity":"CRITICAL","status":"ACTIVE",
	"firstObservedAt":"Wed Oct 14 09:43:50.125 UTC 2026","lastObservedAt":"Thu Oct 15 9:43:50 UTC 2026","updatedAt":"Fri Oct 16 09:43:50.000 UTC 2026",
	"inspectorScore":9.8,"epss":{"score":0.97},"exploitAvailable":"YES","fixAvailable":"PARTIAL",
	"packageVulnerabilityDetails":{"vulnerabilityId":"CVE-2026-2002","source":"NVD","sourceUrl":"https://nvd.nist.gov/vuln/detail/CVE-2026-2002","vendorSeverity":"high",
	"vulnerablePackages":[
	{"name":"libtoy","version":"1.2.11","release":"4","epoch":1,"fixedInVersion":"1:1.2.13-1","packageManager":"OS","remediation":"apt-get upgrade"},
	{"name":"toy","version":"3.0","epoch":0,"fixedInVersion":"NotAvailable","packageManager":"NPM","filePath":"app/package-lock.json","remediation":"apt-get upgrade"}]},
	"remediation":{"recommendation":{"text":"None Provided"}},
	"resources":[{"type":"AWS_ECR_CONTAINER_IMAGE","id":"arn:aws:ecr:eu-west-1:444455556666:repository/shop/api/` + digest + `","region":"eu-west-1","partition":"aws",
	"tags":{"team":"shop"},"details":{"awsEcrContainerImage":{"repositoryName":"shop/api","imageTags":["1.4.2","latest"],"imageHash":"` + digest + `","inUseCount":4,"platform":"DEBIAN_12"}}},
	{"type":"AWS_EC2_INSTANCE","id":"i-0a1b2c3d","tags":{"Name":"web-1"}}]}`
}

func event(detailType, resources, detail string) string {
	return `{"version":"0","id":"e","detail-type":"` + detailType + `","source":"aws.inspector2","account":"111122223333","time":"2026-10-16T10:00:00Z",` +
		`"region":"us-east-1","resources":[` + resources + `],"detail":` + detail + `}`
}

func found(detail string) string { return event("Inspector2 Finding", "", detail) }

// A finding on a package says what is vulnerable, how badly, in which image, and what mends it.
func TestPackage(t *testing.T) {
	f := one(t, found(detail()))
	want := finding.Matter{
		Vulnerability: finding.Vulnerability{
			ID: "CVE-2026-2002", Score: 9.8, EPSS: 0.97, Exploit: finding.Yes, Fix: finding.InPart,
			Packages: []finding.Package{
				{Name: "libtoy", Version: "1:1.2.11-4", Fixed: "1:1.2.13-1", Manager: "OS"},
				{Name: "toy", Version: "3.0", Manager: "NPM", Path: "app/package-lock.json"},
			},
		},
		Remedy: finding.Remedy{Text: "apt-get upgrade", URL: "https://nvd.nist.gov/vuln/detail/CVE-2026-2002"},
		Facts:  finding.Attributes{{Name: "in_use", Value: "4"}, {Name: "vendor_severity", Value: "high"}, {Name: "vulnerability_source", Value: "NVD"}},
	}
	if diff := cmp.Diff(want, f.Matter); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	image := finding.Resource{
		Type: "AWS_ECR_CONTAINER_IMAGE", ID: "shop/api:1.4.2", Name: "sha256:0123456789ab",
		ARN: "arn:aws:ecr:eu-west-1:444455556666:repository/shop/api/" + digest, Tags: []finding.Tag{{Key: "team", Value: "shop"}},
		Attributes: finding.Attributes{
			{Name: "hash", Value: digest}, {Name: "image_tags", Value: "1.4.2, latest"}, {Name: "platform", Value: "DEBIAN_12"}, {Name: "in_use", Value: "4"},
		},
	}
	if diff := cmp.Diff(image, f.Resource); diff != "" || f.Resource.Kind() != finding.KindContainerImage {
		t.Errorf("%s: (-want +got)\n%s", f.Resource.Kind(), diff)
	}
	if len(f.Related) != 1 || f.Related[0].ID != "i-0a1b2c3d" || f.Related[0].Name != "web-1" {
		t.Errorf("got %+v", f.Related)
	}
	if f.Key() != "aws.inspector2/444455556666/eu-west-1/"+arn || f.Partition != "aws" {
		t.Errorf("got %s in %s", f.Key(), f.Partition)
	}
	times := []time.Time{f.FirstSeen, f.LastSeen, f.Updated}
	for i, want := range []string{"2026-10-14T09:43:50.125Z", "2026-10-15T09:43:50Z", "2026-10-16T09:43:50Z"} {
		if got := times[i].Format(time.RFC3339Nano); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// What the command line returns is read as what comes by EventBridge.
func TestBare(t *testing.T) {
	bare := all(t, `{"findings":[`+detail()+`,`+strings.Replace(detail(), arn, arn+"0", 1)+`]}`)
	if len(bare) != 2 || bare[0].Road != "inspector2" {
		t.Fatalf("got %d findings, the first by %q", len(bare), bare[0].Road)
	}
	if want := one(t, found(detail())); bare[0].Key() != want.Key() || !cmp.Equal(bare[0].Matter, want.Matter) || bare[1].ID != arn+"0" {
		t.Errorf("got %s, %+v", bare[0].Key(), bare[0].Matter)
	}
}

// Every severity that Inspector states has its place on the scale, and every status its state.
func TestSeverityAndState(t *testing.T) {
	for word, want := range map[string]string{
		"INFORMATIONAL": "1.0", "LOW": "2.0", "MEDIUM": "5.0", "HIGH": "8.0", "CRITICAL": "9.5", "high": "8.0", "ODD": "unknown",
	} {
		f := one(t, found(strings.Replace(detail(), `"CRITICAL"`, `"`+word+`"`, 1)))
		if f.Severity.String() != want {
			t.Errorf("%s: got %s, want %s", word, f.Severity, want)
		}
	}
	for status, want := range map[string]finding.State{"ACTIVE": finding.Open, "SUPPRESSED": finding.Suppressed, "CLOSED": finding.Closed, "OPEN": finding.Open} {
		f := one(t, found(strings.Replace(detail(), `"ACTIVE"`, `"`+status+`"`, 1)))
		if f.State != want || f.Severity.String() != "9.5" {
			t.Errorf("%s: got %s, %s, want %s", status, f.State, f.Severity, want)
		}
	}
}

// The ways to a port, and the place in code.
func TestNetworkAndCode(t *testing.T) {
	network := one(t, found(`{"type":"NETWORK_REACHABILITY","findingArn":"`+arn+`","severity":"MEDIUM","title":"Ports are open",
	"networkReachabilityDetails":{"openPortRange":{"begin":8000,"end":8080},"protocol":"TCP","networkPath":{"steps":[
	{"componentId":"igw-1","componentType":"AWS::EC2::InternetGateway"},{"componentId":"i-1","componentType":"AWS::EC2::Instance"}]}},
	"resources":[{"type":"AWS_EC2_INSTANCE","id":"i-1","details":{"awsEc2Instance":{"type":"t3.small","imageId":"ami-1","ipV4Addresses":["198.51.100.12","10.0.0.12"],
	"vpcId":"vpc-1","subnetId":"subnet-1","platform":"UBUNTU_24_04","iamInstanceProfileArn":"arn:aws:iam::444455556666:instance-profile/web","launchedAt":"Wed Sep 04 17:41:24.000 UTC 2024"}}}]}`))
	want := finding.Attributes{{Name: "open_ports", Value: "8000-8080"}, {Name: "protocol", Value: "TCP"}, {Name: "network_path", Value: "InternetGateway igw-1 > Instance i-1"}}
	if diff := cmp.Diff(want, network.Facts); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	machine := finding.Attributes{
		{Name: "public_ip", Value: "198.51.100.12"}, {Name: "private_ip", Value: "10.0.0.12"},
		{Name: "addresses", Value: "198.51.100.12, 10.0.0.12"}, {Name: "vpc", Value: "vpc-1"}, {Name: "subnet", Value: "subnet-1"}, {Name: "instance_type", Value: "t3.small"},
		{Name: "image", Value: "ami-1"}, {Name: "platform", Value: "UBUNTU_24_04"}, {Name: "role", Value: "web"}, {Name: "launch_time", Value: "2024-09-04T17:41:24Z"},
	}
	if diff := cmp.Diff(machine, network.Resource.Attributes); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	code := one(t, found(`{"type":"CODE_VULNERABILITY","findingArn":"`+arn+`","severity":"HIGH","title":"CWE-798 - Hardcoded credentials",
	"codeVulnerabilityDetails":{"cwes":["CWE-798"],"detectorId":"python/x@v1.0","detectorName":"Hardcoded credentials","ruleId":"python-x",
	"filePath":{"fileName":"handler.py","filePath":"src/handler.py","startLine":6,"endLine":9}},
	"remediation":{"recommendation":{"text":"Revoke the key.","Url":"https://docs.aws.amazon.com/codeguru/"}},
	"resources":[{"type":"CODE_REPOSITORY","id":"arn:aws:inspector2:eu-west-1:444455556666:codesecurity-integration/i/project-1","details":{"codeRepository":{"projectName":"shop/web","providerType":"GITHUB","integrationArn":"arn:x"}}}]}`))
	want = finding.Attributes{{Name: "code", Value: "src/handler.py:6-9"}, {Name: "detector", Value: "Hardcoded credentials"}, {Name: "rule", Value: "python-x"}, {Name: "cwe", Value: "CWE-798"}}
	if diff := cmp.Diff(want, code.Facts); diff != "" || code.Resource.Name != "shop/web" || code.Resource.Kind() != finding.KindRepository {
		t.Errorf("%+v (-want +got)\n%s", code.Resource, diff)
	}
	if want := (finding.Remedy{Text: "Revoke the key.", URL: "https://docs.aws.amazon.com/codeguru/"}); code.Remedy != want {
		t.Errorf("got %+v", code.Remedy)
	}
}

// A resource of Azure is in an account and region there, and has no link into AWS.
func TestOtherCloud(t *testing.T) {
	f := one(t, found(`{"awsAccountId":"444455556666","findingArn":"`+arn+`","type":"PACKAGE_VULNERABILITY","severity":"HIGH","status":"ACTIVE","title":"CVE-2026-1 - toy",
	"packageVulnerabilityDetails":{"vulnerabilityId":"CVE-2026-1","cvss":[{"baseScore":7.5,"scoringVector":"CVSS:3.1/AV:N"}]},
	"resources":[{"provider":"AZURE","providerAccountId":"aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee","providerOrgId":"11111111-2222-3333-4444-555555555555","region":"eastus",
	"type":"Microsoft.Compute/virtualMachines","id":"/subscriptions/a/resourcegroups/rg/providers/microsoft.compute/virtualmachines/vm-1",
	"details":{"vm":{"type":"Standard_D2s_v3","vmName":"vm-1","ipV4Addresses":["10.0.0.4"],"platform":"UBUNTU_22_04"}}}]}`))
	if want := (finding.Place{Account: finding.Account{ID: "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"}, Region: "eastus"}); f.Place != want {
		t.Errorf("got %+v", f.Place)
	}
	if f.About.Links.Finding != "" || f.About.Links.Findings != "" || f.Resource.Kind() != finding.KindMachine || f.Resource.ID != "vm-1" {
		t.Errorf("got %+v, %+v", f.About.Links, f.Resource)
	}
	if f.Facts.Get("watched_by") != "444455556666" || f.Vulnerability.Score != 7.5 {
		t.Errorf("got %+v", f.Matter)
	}
	for _, kind := range []string{"Microsoft.ContainerRegistry/registry/containerImage", "Microsoft.Web/sites"} {
		if (finding.Resource{Type: kind}).Kind() == "" {
			t.Errorf("%s is not known", kind)
		}
	}
}

// The vector of CVSS is told where nothing says more.
func TestVector(t *testing.T) {
	const cvss = `"packageVulnerabilityDetails":{"vulnerabilityId":"CVE-1","cvss":[{%"scoringVector":"CVSS:3.1/AV:N"}]}`
	for score, want := range map[string]string{`"baseScore":9.8,`: "", ``: "CVSS:3.1/AV:N"} {
		f := one(t, event("Inspector2 Finding", `"i-1"`, `{"findingArn":"arn:aws:inspector2:us-east-1:444455556666:finding/1",`+strings.Replace(cvss, "%", score, 1)+`}`))
		if got := f.Facts.Get("vector"); got != want {
			t.Errorf("%s: got %q, want %q", score, got, want)
		}
	}
}

// The findings of a scan on demand come under another name, and stand in no console.
func TestOnDemand(t *testing.T) {
	const id = "arn:aws:inspector2:us-east-1:444455556666:finding/ondemand/9f1c/cea7"
	f := one(t, `{"source":"inspector2.ami.ondemand","detail-type":"OnDemand AMI Scan Findings","detail":{"findingArn":"`+id+`","scanId":"9f1c","awsAccountId":"444455556666",
	"type":"PACKAGE_VULNERABILITY","title":"CVE-2026-1 - toy","severity":"HIGH","status":"ACTIVE","updatedAt":"2026-06-12T01:30:00.000Z",
	"resources":[{"type":"MACHINE_IMAGE","id":"ami-0abcdef1234567890","partition":"aws","region":"us-east-1"}]}}`)
	if f.Key() != "aws.inspector2/444455556666/us-east-1/"+id || f.About.Product != "Inspector" || f.About.Links.Finding != "" || f.Resource.Kind() != finding.KindImage {
		t.Errorf("got %s, %+v, %+v", f.Key(), f.About, f.Resource)
	}
	pattern, err := json.Marshal(inspector.Source().Pattern(7))
	if err != nil || !strings.Contains(string(pattern), `"source":["aws.inspector2","inspector2.ami.ondemand"]`) {
		t.Errorf("got %s, %v", pattern, err)
	}
}

// A scan and a coverage are told as what they are, under the key of what they are about.
func TestNotices(t *testing.T) {
	for name, c := range map[string]struct {
		event, id, severity string
		state               finding.State
		resource, account   string
		facts               string
	}{
		"clean scan": {
			event("Inspector2 Scan", `"i-1"`, `{"scan-status":"INITIAL_SCAN_COMPLETE","finding-severity-counts":{"CRITICAL":0,"TOTAL":0},"instance-id":"i-1"}`),
			"Inspector2 Scan/i-1", "1.0", finding.Passed, "i-1", "111122223333", "scan_status=INITIAL_SCAN_COMPLETE total=0 ",
		},
		"image scan": {
			event("Inspector2 Scan", `"arn:aws:ecr:us-east-1:111122223333:repository/shop/api"`, `{"scan-status":"INITIAL_SCAN_COMPLETE","repository-name":"arn:aws:ecr:us-east-1:111122223333:repository/shop/api",
			"finding-severity-counts":{"CRITICAL":2,"HIGH":0,"MEDIUM":5,"TOTAL":7},"image-digest":"`+digest+`","image-tags":["1.4.2"]}`),
			"Inspector2 Scan/arn:aws:ecr:us-east-1:111122223333:repository/shop/api/" + digest, "1.0", finding.Open, "shop/api:1.4.2", "111122223333",
			"scan_status=INITIAL_SCAN_COMPLETE found=CRITICAL 2, MEDIUM 5 total=7 ",
		},
		"failed scan on demand": {
			event("Inspector2 OnDemand Scan Complete", `"ami-1"`, `{"scanId":"9f1c","awsAccountId":"444455556666","resourceId":"ami-1","resourceType":"MACHINE_IMAGE","scanStatus":"FAILED","scanStatusReason":"UNSUPPORTED_OS"}`),
			"Inspector2 OnDemand Scan Complete/ami-1/9f1c", "2.0", finding.Open, "ami-1", "444455556666", "scan_status=FAILED reason=UNSUPPORTED_OS scan=9f1c ",
		},
		"no longer watched": {
			event("Inspector2 Coverage", `"i-1"`, `{"scanStatus":{"reason":"UNMANAGED_EC2_INSTANCE","statusCodeValue":"INACTIVE"},"scanType":"PACKAGE","eventTimestamp":"2026-01-20T22:51:35.665501Z"}`),
			"Inspector2 Coverage/i-1", "2.0", finding.Open, "i-1", "111122223333", "coverage=INACTIVE reason=UNMANAGED_EC2_INSTANCE scan_type=PACKAGE ",
		},
		"gone": {
			event("Inspector2 Coverage", `"i-1"`, `{"scanStatus":{"reason":"RESOURCE_TERMINATED","statusCodeValue":"INACTIVE"}}`),
			"Inspector2 Coverage/i-1", "1.0", finding.Closed, "i-1", "111122223333", "coverage=INACTIVE reason=RESOURCE_TERMINATED ",
		},
		"watched in Azure": {
			event("Inspector2 Coverage", `"/subscriptions/a/x/vm-1"`, `{"scanStatus":{"reason":"SUCCESSFUL","statusCodeValue":"ACTIVE"},"provider":"AZURE","providerAccountId":"sub-1","providerRegion":"eastus"}`),
			"Inspector2 Coverage//subscriptions/a/x/vm-1", "1.0", finding.Passed, "vm-1", "sub-1", "coverage=ACTIVE reason=SUCCESSFUL watched_by=111122223333 ",
		},
		"too many accounts": {
			event("Inspector2 AutoEnable", "", `{"version":"1.0.0","AutoEnableStatus":"Failed","Reason":"The limit is reached"}`),
			"Inspector2 AutoEnable", "5.0", finding.Open, "", "111122223333", "auto_enable=Failed ",
		},
	} {
		f := one(t, c.event)
		facts := ""
		for _, fact := range f.Facts {
			facts += fact.Name + "=" + fact.Value + " "
		}
		if f.ID != c.id || f.Severity.String() != c.severity || f.State != c.state || f.Resource.ID != c.resource || f.Account.ID != c.account || facts != c.facts {
			t.Errorf("%s: got %s, %s, %s, %s, %s, %s", name, f.ID, f.Severity, f.State, f.Resource.ID, f.Account.ID, facts)
		}
		if f.Updated.IsZero() || f.About.Links.Finding != "" {
			t.Errorf("%s: updated %v, link %s", name, f.Updated, f.About.Links.Finding)
		}
	}
}

// A link leads to the console of the finding's own region and partition.
func TestLinks(t *testing.T) {
	for region, host := range map[string]string{
		"eu-west-1": "eu-west-1.console.aws.amazon.com", "cn-north-1": "cn-north-1.console.amazonaws.cn", "eusc-de-east-1": "eusc-de-east-1.console.amazonaws-eusc.eu",
	} {
		partition := finding.PartitionOf(region).Name
		id := strings.NewReplacer("arn:aws:", "arn:"+partition+":", "eu-west-1", region).Replace(arn)
		f := one(t, found(strings.Replace(detail(), arn, id, 1)))
		if got := f.About.Links.Finding; !strings.HasPrefix(got, "https://"+host+"/inspector/v2/home?region="+region+"#/findings?searchString=arn%3A") {
			t.Errorf("%s: got %s", region, got)
		}
	}
}

// A finding that another source passes on is known by its ARN; those of Inspector Classic are not.
func TestNative(t *testing.T) {
	table := events.Table()
	got := source.NativeOf(table, source.Passed{Product: "aws/inspector", IDs: []string{"x", arn}})
	if want := (finding.Native{Source: "aws.inspector2", ID: arn, Product: "Inspector"}); got != want {
		t.Errorf("got %+v", got)
	}
	got = source.NativeOf(table, source.Passed{Product: "aws/inspector", IDs: []string{"inspector/us-east-1/111122223333/629f"}})
	if want := (finding.Native{Product: "Inspector"}); got != want {
		t.Errorf("got %+v", got)
	}
}

// Each sample is a finding of its own kind, and one of them is an ending.
func TestSamples(t *testing.T) {
	samples, over := inspector.Source().Samples, 0
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
	if len(samples.Types()) < 3 || over != 1 || !slices.Contains(samples.Types(), "ondemand") {
		t.Errorf("got %v, of which %d are over", samples.Types(), over)
	}
}

// No form of an event makes the parser stumble, and each event becomes a finding.
func TestOddForms(t *testing.T) {
	for _, odd := range []string{`null`, `{}`, `[]`, `"text"`, `7`, `{"resources":"i-1","severity":[],"packageVulnerabilityDetails":[1]}`, `{"resources":[null,7,{"details":[]}],"epss":7,"cvss":"x"}`} {
		for _, detailType := range []string{"Inspector2 Finding", "Inspector2 Scan", "Inspector2 Coverage", "Inspector2 AutoEnable", "OnDemand AMI Scan Findings"} {
			if f := all(t, event(detailType, `""`, odd))[0]; f.Title == "" || f.Account.ID == "" {
				t.Errorf("%s %s: got %+v", detailType, odd, f)
			}
		}
	}
}

// A resource that is watched is where the event says that it is, whoever hears of it.
func TestPlaceOfCoverage(t *testing.T) {
	f := one(t, `{"source":"aws.inspector2","detail-type":"Inspector2 Coverage","account":"111122223333","region":"us-east-1","resources":["i-1"],"detail":{
		"scanStatus":{"reason":"NO_INVENTORY","statusCodeValue":"INACTIVE"},"scanType":"PACKAGE","provider":"AWS","providerAccountId":"444455556666","providerRegion":"eu-west-1"}}`)
	if f.Account.ID != "444455556666" || f.Region != "eu-west-1" {
		t.Errorf("got %s in %s", f.Account.ID, f.Region)
	}
}
