package lenient_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

func TestNativeType(t *testing.T) {
	for text, want := range map[string]string{
		"TTPs/Initial Access/UnauthorizedAccess:EC2-SSHBruteForce":                                   "UnauthorizedAccess:EC2/SSHBruteForce",
		"TTPs/Command and Control/Backdoor:Runtime-C&CActivity.B!DNS":                                "Backdoor:Runtime/C&CActivity.B!DNS",
		"TTPs/Credential Access/IAMUser-AnomalousBehavior":                                           "CredentialAccess:IAMUser/AnomalousBehavior",
		"TTPs/Discovery:S3-BucketEnumeration.Unusual":                                                "Discovery:S3/BucketEnumeration.Unusual",
		"TTPs/AnomalousBehavior/Persistence:Kubernetes-WorkloadDeployed!ContainerWithSensitiveMount": "Persistence:Kubernetes/AnomalousBehavior.WorkloadDeployed!ContainerWithSensitiveMount",
		"TTPs/PenTest:IAMUser/KaliLinux":                                                             "PenTest:IAMUser/KaliLinux",
		"TTPs/DefenseEvasion/EC2:Unusual-DNS-Resolver":                                               "DefenseEvasion:EC2/UnusualDNSResolver",
		"Unusual Behaviors/VM/Behavior:EC2-NetworkPortUnusual":                                       "Behavior:EC2/NetworkPortUnusual",
		"Sensitive Data Identifications/PII/SensitiveData:S3Object-Personal":                         "SensitiveData:S3Object/Personal",
		"Stealth:IAMUser/CloudTrailLoggingDisabled":                                                  "Stealth:IAMUser/CloudTrailLoggingDisabled",
		"Software and Configuration Checks/Vulnerabilities/CVE":                                      "",
		"Sensitive Data Identifications/Passwords/Google Suite Two-factor backup codes in S3":        "",
		"Software and Configuration Checks/Industry and Regulatory Standards/PCI-DSS":                "",
		"Exposure/Potential Impact/Resource Hijacking":                                               "",
		"Threats": "", "": "", "/": "", ":": "", "a:-": "", "TTPs//-": "",
	} {
		if got := lenient.NativeType(text); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

func TestProductOf(t *testing.T) {
	for text, want := range map[string]string{
		"arn:aws:securityhub:eu-west-1::product/aws/macie":                        "aws/macie",
		"arn:aws-cn:securityhub:cn-north-1::productv2/aws/guardduty":              "aws/guardduty",
		"arn:aws:securityhub:eu-west-1:222233334444:product/222233334444/default": "222233334444/default",
		"arn:aws:s3:::product": "", "product/aws/macie": "", "": "",
	} {
		if got := lenient.ProductOf(text); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

func TestHundredSeverity(t *testing.T) {
	for score, want := range map[float64]finding.Severity{-1: 0, 0: 1, 0.5: 1, 1: 2, 39.9: 2, 40: 5, 69.9: 5, 70: 8, 89.9: 8, 90: 9.5, 100: 9.5, 100.1: 0} {
		if got := lenient.HundredSeverity(score); got != want {
			t.Errorf("%v: got %v, want %v", score, got, want)
		}
	}
}

// The same facts have the same names, in whatever spelling.
func TestResourceFacts(t *testing.T) {
	for text, want := range map[string]finding.Attributes{
		`{"ImageId":"ami-1","IpV4Addresses":["203.0.113.9","10.0.0.1","odd"],"VpcId":"vpc-1","SubnetId":"subnet-1","IamInstanceProfileArn":"arn:x"}`: {
			{Name: "public_ip", Value: "203.0.113.9"}, {Name: "private_ip", Value: "10.0.0.1"}, {Name: "image", Value: "ami-1"},
			{Name: "role", Value: "arn:x"}, {Name: "vpc", Value: "vpc-1"}, {Name: "subnet", Value: "subnet-1"},
		},
		`{"image_id":"ami-1","instance_type":"c5.large","instance_state":"running","network_interfaces":[{"public_ip":"203.0.113.9","private_ip_address":"10.0.0.1","vpc_id":"vpc-1","security_groups":[{"group_id":"sg-1"},{"group_id":"sg-2"}]}]}`: {
			{Name: "instance_type", Value: "c5.large"}, {Name: "state", Value: "running"}, {Name: "public_ip", Value: "203.0.113.9"}, {Name: "private_ip", Value: "10.0.0.1"},
			{Name: "image", Value: "ami-1"}, {Name: "vpc", Value: "vpc-1"}, {Name: "security_groups", Value: "sg-1, sg-2"},
		},
		`{"RepositoryName":"shop","ImageTags":["1.4","latest"],"ImageDigest":"sha256:aa"}`: {{Name: "image", Value: "shop:1.4, latest"}, {Name: "hash", Value: "sha256:aa"}},
		`{"PubliclyAccessible":true,"StorageEncrypted":false,"Engine":"mysql","EngineVersion":"8.0"}`: {
			{Name: "public_access", Value: "PUBLIC"}, {Name: "encryption", Value: "none"}, {Name: "engine", Value: "mysql (8.0)"},
		},
		`7`: nil, `[]`: nil, `{}`: nil,
	} {
		if diff := cmp.Diff(want, lenient.ResourceFacts(lenient.Decode([]byte(text)))); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
}

// An image has the name by which people pull it, and no two have one id.
func TestImage(t *testing.T) {
	const digest = "sha256:1e9cf640d33e8a4fca7cb8d7ddf952ef"
	for text, want := range map[string][2]string{
		`{"RepositoryName":"shop/api","ImageTags":["1.4","latest"],"ImageDigest":"` + digest + `"}`: {"shop/api:1.4", "sha256:1e9cf640d33e"},
		`{"repository_name":"shop/api","image_digest":"` + digest + `"}`:                            {"shop/api@sha256:1e9cf640d33e", ""},
		`{}`: {"shop/api@sha256:1e9cf640d33e", ""},
	} {
		r := lenient.Image(finding.Resource{ID: "shop/api/" + digest}, lenient.Decode([]byte(text)))
		if r.ID != want[0] || r.Name != want[1] || r.Attributes.Get(finding.AttrHash) != digest {
			t.Errorf("%s: got %+v", text, r)
		}
	}
	if r := lenient.Image(finding.Resource{ID: "shop/api"}, lenient.Document{}); r.ID != "shop/api" || r.Attributes != nil {
		t.Errorf("got %+v", r)
	}
}
