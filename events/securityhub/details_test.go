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
		`"uid":"arn:aws:s3:::shop-uploads/in/a.csv"`:                                                                  {"shop-uploads/in/a.csv", ""},
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
	if f.Remedy != (finding.Remedy{Text: "dnf update b"}) || f.Facts.Get("last_exploited") != "2026-04-30T10:00:00Z" || f.Facts.Get("related_vulnerabilities") != "ALAS-1, ALAS-2" {
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

// What the schema has for functions, machines and images stands beside the data of a resource.
func TestDetailsOfSchema(t *testing.T) {
	function := imported(t, `{"resources":[{"type":"AWS::Lambda::Function","uid":"fn","vpc_uid":"vpc-1","subnet_info":{"uid":"subnet-1"},"cloud_function":{
		"runtime":"PYTHON_3_13","user":{"uid":"arn:aws:iam::222233334444:role/fn"},"layers":[{"uid_alt":"arn:aws:lambda:eu-west-1:222233334444:layer:a:1"}]}}]}`).Resource
	want := finding.Attributes{
		{Name: finding.AttrPlatform, Value: "PYTHON_3_13"}, {Name: finding.AttrRole, Value: "arn:aws:iam::222233334444:role/fn"},
		{Name: "layers", Value: "arn:aws:lambda:eu-west-1:222233334444:layer:a:1"},
		{Name: finding.AttrVPC, Value: "vpc-1"}, {Name: finding.AttrSubnet, Value: "subnet-1"},
	}
	if diff := cmp.Diff(want, function.Attributes); diff != "" {
		t.Error(diff)
	}
	machine := imported(t, `{"resources":[{"type":"AWS::EC2::Instance","uid":"i-1","device":{"image":{"uid":"ami-1"},"vpc_uid":"vpc-1"}}]}`).Resource
	if a := machine.Attributes; a.Get(finding.AttrImage) != "ami-1" || a.Get(finding.AttrVPC) != "vpc-1" {
		t.Errorf("got %v", a)
	}
	image := imported(t, `{"resources":[{"type":"AWS::ECR::ContainerImage","uid":"arn:aws:ecr:eu-west-1:222233334444:repository/shop/sha256:0123456789abcdef",
		"image":{"repository_name":"shop","tag":"1.4","architecture":"arm64","registry_uid":"222233334444","in_use_count":3}}]}`).Resource
	if a := image.Attributes; image.ID != "shop:1.4" || image.Name != "sha256:0123456789ab" || a.Get("architecture") != "arm64" || a.Get("in_use") != "3" || a.Get(finding.AttrHash) != "sha256:0123456789abcdef" {
		t.Errorf("got %s, %s, %v", image.ID, image.Name, a)
	}
	bucket := imported(t, `{"resources":null,"databucket":{"name":"b","type":"S3","encryption_details":{"algorithm":"aws:kms"},"file":{"data_classifications":[{"classifier_details":{"type":"PII"}}]}}}`)
	if bucket.Resource.Attributes.Get(finding.AttrEncryption) != "aws:kms" || bucket.Facts.Get("data_found") != "PII" {
		t.Errorf("got %v, %v", bucket.Resource.Attributes, bucket.Facts)
	}
}

// Weaknesses in code say where they are and what is to be done.
func TestCode(t *testing.T) {
	f := imported(t, `{"vulnerabilities":[{"cwe":{"uid":"CWE-798"},"affected_code":[
		{"file":{"path":"src/a.py"},"start_line":6,"end_line":9,"remediation":{"desc":"Use a secret."}},{"file":{"name":"b.py"},"start_line":2,"end_line":2},{"file":{"path":"c.py"}}]}]}`)
	if f.Vulnerability.ID != "CWE-798" || f.Facts.Get("code") != "src/a.py:6-9, b.py:2, c.py" || f.Remedy.Text != "Use a secret." {
		t.Errorf("got %s, %v, %+v", f.Vulnerability.ID, f.Facts, f.Remedy)
	}
}

// What adds up to an exposure has traits, or tags in older findings.
func TestTraits(t *testing.T) {
	for members, want := range map[string]string{
		`"tags":[{"name":"Reachability","values":["Public","Routed"]}]`:                 "Reachability: Public, Routed",
		`"traits":[{"category":"Reachability","name":"Public"}]`:                        "Reachability: Public",
		`"traits":[{"category":"Assumability"},{"name":"Vulnerable","values":["Yes"]}]`: "Assumability; Vulnerable: Yes",
		`"traits":[{"name":"Vulnerable"}]`:                                              "Vulnerable",
	} {
		f := imported(t, `{"finding_info":{"related_events":[{"title":"t",`+members+`}]}}`)
		if got := f.Sequence.Signals[0].Description; got != want {
			t.Errorf("%s: got %q", members, got)
		}
	}
}

// A resource of another cloud is where its own members say, even if the finding was made in AWS; the
// name of the account stands beside the owner, too.
func TestPlaceOfResource(t *testing.T) {
	azure := imported(t, `{"resources":[{"type":"Microsoft.Compute/virtualMachines","uid":"/subscriptions/s-1/vm","provider":"AZURE","region":"eastus","owner":{"account":{"uid":"s-1","name":"shop"}}}]}`)
	if azure.Place != (finding.Place{Account: finding.Account{ID: "s-1", Name: "shop"}, Region: "eastus"}) {
		t.Errorf("got %+v", azure.Place)
	}
	aws := imported(t, `{"cloud":{"account":{"name":null}},"resources":[{"type":"AWS::S3::Bucket","uid":"b","provider":"AWS","owner":{"account":{"uid":"222233334444","name":"web-prod"}}}]}`)
	if aws.Account != (finding.Account{ID: "222233334444", Name: "web-prod"}) || aws.Partition != "aws" {
		t.Errorf("got %+v", aws.Place)
	}
	other := imported(t, `{"cloud":{"account":{"name":null}},"resources":[{"type":"AWS::S3::Bucket","uid":"b","owner":{"account":{"uid":"333344445555","name":"not it"}}}]}`)
	if other.Account.Name != "" {
		t.Errorf("got %+v", other.Place)
	}
}

// Why a call failed may stand in words alone.
func TestFailedCall(t *testing.T) {
	f := imported(t, `{"evidences":[{"api":{"operation":"GetObject","response":{"error_message":"not allowed","code":403}}}]}`)
	if got := f.Action.Attributes.Get(finding.AttrErrorCode); got != "not allowed" {
		t.Errorf("got %q", got)
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
