package formatter_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// The European Sovereign Cloud has a console of its own.
func TestLinksToTheSovereignCloud(t *testing.T) {
	f := formattertest.Exfiltration()
	f.Partition, f.Region = "aws-eusc", "eusc-de-east-1"
	links := formatter.New(notify.Notification{Findings: []finding.Finding{formattertest.Described(f)}}, formatter.Style{}).Links
	const home = "https://eusc-de-east-1.console.amazonaws-eusc.eu/"
	if len(links) < 2 || !strings.HasPrefix(links[0].URL, home+"guardduty/home?region=eusc-de-east-1#") || !strings.HasPrefix(links[1].URL, home+"ec2/") {
		t.Errorf("got %v", links)
	}
}

func TestLinksAreOurs(t *testing.T) {
	for name, change := range map[string]func(*finding.Finding){
		"an isolated partition": func(f *finding.Finding) { f.Partition, f.Region = "aws-iso", "us-iso-east-1" },
		"no partition":          func(f *finding.Finding) { f.Partition = "" },
		"no region":             func(f *finding.Finding) { f.Region = "" },
		"a region of evil":      func(f *finding.Finding) { f.Region = "x.evil.example/" },
		"a source of one's own": func(f *finding.Finding) { f.Source = "com.example" },
	} {
		f := formattertest.Exfiltration()
		change(&f)
		f = formattertest.Described(f)
		for _, link := range formatter.New(notify.Notification{Findings: []finding.Finding{f}}, formatter.Style{}).Links {
			if !strings.HasPrefix(link.URL, "https://docs.aws.amazon.com/") {
				t.Errorf("%s: got %s", name, link.URL)
			}
		}
	}
	f := formattertest.Exfiltration()
	f.ID = `x"><script>&#|evil`
	f = formattertest.Described(f)
	if got := formatter.New(notify.Notification{Findings: []finding.Finding{f}}, formatter.Style{}).Links[0].URL; strings.ContainsAny(got, `"<>|'`) {
		t.Errorf("got %s", got)
	}
}

// IAM's console finds a user or role by its name alone, not by the id that Config has of it.
func TestIdentityByItsID(t *testing.T) {
	for id, want := range map[string]string{"AIDAEXAMPLE0123456789": "", "AIDAN": "/users/details/AIDAN", "aida-example-0123456": "/users/details/aida-example-0123456"} {
		f := formattertest.Failed()
		f.Resource = finding.Resource{Type: "AWS::IAM::User", ID: id}
		var got string
		for _, link := range formatter.New(notify.Notification{Findings: []finding.Finding{formattertest.Described(f)}}, formatter.Style{}).Links {
			if _, page, isIAM := strings.Cut(link.URL, "/iam/home?region=eu-west-1#"); isIAM {
				got = page
			}
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", id, got, want)
		}
	}
}

// What posture findings name most is called by its name, with a link to where it is.
func TestResourcesOfPosture(t *testing.T) {
	for resourceType, want := range map[string][2]string{
		"AwsEc2SecurityGroup":              {"security group x-1", "/ec2/home?region=eu-west-1#SecurityGroup:groupId=x-1"},
		"AwsS3Object":                      {"S3 object x-1", "/s3/buckets/x-1?region=eu-west-1"},
		"AWS::EC2::Subnet":                 {"subnet x-1", "/vpcconsole/home?region=eu-west-1#SubnetDetails:subnetId=x-1"},
		"AWS::KMS::Key":                    {"KMS key x-1", "/kms/home?region=eu-west-1#/kms/keys/x-1"},
		"AwsDynamoDbTable":                 {"DynamoDB table x-1", "/dynamodbv2/home?region=eu-west-1#table?name=x-1"},
		"AwsRdsDbCluster":                  {"RDS cluster x-1", "/rds/home?region=eu-west-1#database:id=x-1;is-cluster=true"},
		"AwsAccount":                       {"AWS account x-1", ""},
		"AwsCertificateManagerCertificate": {"certificate x-1", ""},
	} {
		f := formattertest.Failed()
		f.Resource = finding.Resource{Type: resourceType, ID: "x-1"}
		if got := factOf(t, f, "resource"); got != want[0] {
			t.Errorf("%s: got %q, want %q", resourceType, got, want[0])
		}
		got := ""
		for _, link := range message(t, f, nil).Links {
			if link.Name == formatter.LinkResource {
				got = strings.TrimPrefix(link.URL, "https://eu-west-1.console.aws.amazon.com")
			}
		}
		if got != want[1] {
			t.Errorf("%s: got the link %q, want %q", resourceType, got, want[1])
		}
	}
}

// The page of an object that is called by its bucket and key is that of the bucket.
func TestObjectInABucket(t *testing.T) {
	f := formattertest.Failed()
	f.Resource = finding.Resource{Type: "AwsS3Object", ID: "shop-uploads/in/a.csv"}
	links := formatter.New(notify.Notification{Findings: []finding.Finding{formattertest.Described(f)}}, formatter.Style{}).Links
	if !slices.ContainsFunc(links, func(l formatter.Link) bool {
		return strings.HasSuffix(l.URL, "/s3/buckets/shop-uploads?region=eu-west-1")
	}) {
		t.Errorf("got %v", links)
	}
}
