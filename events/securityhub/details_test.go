package securityhub_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// Inspector puts what is known of a resource one level further down than others do.
func TestDetailsOfInspector(t *testing.T) {
	instance := imported(t, `{"resources":[{"type":"AWS::EC2::Instance","uid":"i-1","data":{"awsEc2InstanceDetails":{"type":"t3.medium","imageId":"ami-1",
		"ipV4Addresses":["10.0.0.4","192.0.2.4"],"platform":"AMAZON_LINUX_2023","vpcId":"vpc-1","subnetId":"subnet-1"}}}]}`).Resource
	want := finding.Attributes{
		{Name: finding.AttrInstanceType, Value: "t3.medium"}, {Name: finding.AttrPublicIP, Value: "192.0.2.4"},
		{Name: finding.AttrPrivateIP, Value: "10.0.0.4"}, {Name: finding.AttrImage, Value: "ami-1"},
		{Name: finding.AttrPlatform, Value: "AMAZON_LINUX_2023"}, {Name: finding.AttrVPC, Value: "vpc-1"}, {Name: finding.AttrSubnet, Value: "subnet-1"},
	}
	if diff := cmp.Diff(want, instance.Attributes); diff != "" {
		t.Error(diff)
	}
	function := imported(t, `{"resources":[{"type":"AWS::Lambda::Function","uid":"fn","data":{"awsLambdaFunctionDetails":{
		"executionRoleArn":"arn:aws:iam::222233334444:role/fn","runtime":"PYTHON_3_13","codeSha256":"0a1b="}}}]}`).Resource
	if a := function.Attributes; a.Get(finding.AttrRole) != "arn:aws:iam::222233334444:role/fn" || a.Get(finding.AttrPlatform) != "PYTHON_3_13" || a.Get(finding.AttrHash) != "0a1b=" {
		t.Errorf("got %v", a)
	}
	image := imported(t, `{"resources":[{"type":"AWS::ECR::ContainerImage","uid":"arn:aws:ecr:eu-west-1:222233334444:repository/shop/sha256:0123456789abcdef","data":{"awsEcrContainerImageDetails":{
		"repositoryName":"shop","imageTags":["1.4"],"imageHash":"sha256:0123456789abcdef"}}}]}`).Resource
	if image.ID != "shop:1.4" || image.Name != "sha256:0123456789ab" {
		t.Errorf("got %s, %s", image.ID, image.Name)
	}
}

// An id that tells nobody which resource it is has the name that its ARN has beside it; that of a
// queue is an address, in whose place the name stands.
func TestNameByARN(t *testing.T) {
	for members, want := range map[string][2]string{
		`"uid":"ANPAX1","uid_alt":"arn:aws:iam::222233334444:policy/ops/deploy"`:                                      {"ANPAX1", "ops/deploy"},
		`"uid":"ANPAX1","uid_alt":"arn:aws:iam::222233334444:policy/deploy","name":"own"`:                             {"ANPAX1", "own"},
		`"uid":"i-1","uid_alt":"arn:aws:ec2:eu-west-1:222233334444:instance/i-1"`:                                     {"i-1", ""},
		`"uid":"arn:aws:iam::222233334444:role/r"`:                                                                    {"r", ""},
		`"uid":"https://sqs.eu-west-1.amazonaws.com/222233334444/q","uid_alt":"arn:aws:sqs:eu-west-1:222233334444:q"`: {"q", ""},
		`"uid":"https://sqs.eu-west-1.amazonaws.com/222233334444/q"`:                                                  {"https://sqs.eu-west-1.amazonaws.com/222233334444/q", ""},
	} {
		r := imported(t, `{"resources":[{"type":"AWS::Any::Thing",`+members+`}]}`).Resource
		if got := [2]string{r.ID, r.Name}; got != want {
			t.Errorf("%s: got %v", members, got)
		}
	}
}

// The owner of an access key stands beside its details or in their place.
func TestOwnerOfKey(t *testing.T) {
	f := imported(t, `{"resources":[{"type":"AWS::IAM::AccessKey","uid":"AKIAEXAMPLE","user":{"name":"ci"}}]}`)
	if f.Actor.User != (finding.User{Name: "ci", AccessKey: "AKIAEXAMPLE"}) {
		t.Errorf("got %+v", f.Actor.User)
	}
}

// Inspector has a word for no version, and commands where nothing else says what is to be done.
func TestVulnerablePackages(t *testing.T) {
	const vulnerable = `"vulnerabilities":[{"cve":{"uid":"CVE-2026-1"},"exploit_last_seen_time":1777543200000,"related_vulnerabilities":["ALAS-1","ALAS-2"],
		"affected_packages":[{"name":"a","version":"1","fixed_in_version":"NotAvailable"},{"name":"b","version":"1","fixed_in_version":"2","remediation":{"desc":"dnf update b"}}]}]`
	f := imported(t, `{`+vulnerable+`}`)
	want := []finding.Package{{Name: "a", Version: "1"}, {Name: "b", Version: "1", Fixed: "2"}}
	if diff := cmp.Diff(want, f.Vulnerability.Packages); diff != "" {
		t.Error(diff)
	}
	if f.Remedy != (finding.Remedy{Text: "dnf update b"}) || f.Facts.Get("last_exploited") != "2026-04-30 10:00:00 UTC" || f.Facts.Get("related_vulnerabilities") != "ALAS-1, ALAS-2" {
		t.Errorf("got %+v, %v", f.Remedy, f.Facts)
	}
	if f := imported(t, `{"remediation":{"desc":"Read on."},`+vulnerable+`}`); f.Remedy.Text != "Read on." {
		t.Errorf("got %+v", f.Remedy)
	}
}

// Prowler says how a check went beside the finding.
func TestStatusCode(t *testing.T) {
	if f := imported(t, `{"status_code":"PASS"}`); f.State != finding.Passed || f.Severity != finding.Lowest || f.Check.Result != "PASSED" {
		t.Errorf("got %v, %v, %q", f.State, f.Severity, f.Check.Result)
	}
	if f := imported(t, `{"status_code":"FAIL"}`); f.State != finding.Open || f.Severity != 8 || f.Check.Result != "FAILED" {
		t.Errorf("got %v, %v, %q", f.State, f.Severity, f.Check.Result)
	}
	if f := imported(t, `{"status_code":"PASS","compliance":{"status":"Fail"}}`); f.State != finding.Open {
		t.Errorf("got %v", f.State)
	}
}

// The result of a control is in the words of Security Hub CSPM, whatever the road and the form.
func TestResult(t *testing.T) {
	for compliance, want := range map[string]string{
		`{"status":"Fail","status_id":3}`: "FAILED", `{"status":"Pass"}`: "PASSED", `{"status":"Warning"}`: "WARNING", `{"status":"Unknown"}`: "NOT_AVAILABLE",
		`{"status_id":3}`: "FAILED", `{"status_id":1}`: "PASSED", `{"status_id":2}`: "WARNING", `{"status_id":99}`: "", `{"status":"Muted"}`: "Muted", `{}`: "",
	} {
		if f := imported(t, `{"compliance":`+compliance+`}`); f.Check.Result != want {
			t.Errorf("%s: got %q, want %q", compliance, f.Check.Result, want)
		}
	}
}
