package securityhub_test

import (
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// ofLake is a finding of Security Hub as Security Lake first stored them, in the release candidate of
// OCSF 1.0: https://schema.ocsf.io/1.0.0-rc.2/classes/security_finding
const ofLake = `{"class_uid":2001,"class_name":"Security Finding","cloud":{"account":{"uid":"111122223333"},"provider":"AWS","region":"eu-west-1"},
"compliance":{"requirements":["PCI 1.2"],"status":"FAILED"},
"finding":{"uid":"arn:aws:securityhub:eu-west-1:111122223333:subscription/pci/v/1.0.0/EC2.19/finding/a1","title":"EC2.19 No open ports","desc":"Looks at ports.",
	"types":["Software and Configuration Checks/Industry Standards"],"created_time":1777629600000,"first_seen_time":1777629600000,"modified_time":1777633200000,
	"remediation":{"desc":"See the page.","kb_articles":["https://docs.aws.amazon.com/console/securityhub/EC2.19/remediation"]}},
"metadata":{"product":{"feature":{"name":"Security Hub","uid":"pci/v/1.0.0/EC2.19"},"name":"Security Hub","uid":"arn:aws:securityhub:eu-west-1::product/aws/securityhub"},"version":"1.0.0-rc.2"},
"resources":[{"type":"AwsEc2SecurityGroup","uid":"arn:aws:ec2:eu-west-1:111122223333:security-group/sg-0a1b","region":"eu-west-1"}],
"severity":"High","severity_id":4,"state":"New","state_id":1,
"vulnerabilities":[{"cve":{"uid":"CVE-2026-1","cvss":{"base_score":7.5,"version":"3.1"}},"packages":[{"name":"toy","version":"1.0","release":"2"}],"kb_articles":["https://vendor.example/1"]}]}`

// What Security Lake stored in its first form is a finding like any other.
func TestFirstFormOfSecurityLake(t *testing.T) {
	f := read(t, ofLake)
	if f.ID != "arn:aws:securityhub:eu-west-1:111122223333:subscription/pci/v/1.0.0/EC2.19/finding/a1" || f.Title != "EC2.19 No open ports" ||
		f.Description != "Looks at ports." || f.Type != "Software and Configuration Checks/Industry Standards" || f.Severity != 8 || f.State != finding.Open {
		t.Errorf("got %q %q %q %q %v %v", f.ID, f.Title, f.Description, f.Type, f.Severity, f.State)
	}
	if f.FirstSeen.UnixMilli() != 1777629600000 || f.Updated.UnixMilli() != 1777633200000 || f.Resource.ID != "sg-0a1b" || f.About.Product == "" {
		t.Errorf("got %v %v %q %q", f.FirstSeen, f.Updated, f.Resource.ID, f.About.Product)
	}
	want := finding.Remedy{Text: "See the page.", URL: "https://docs.aws.amazon.com/console/securityhub/EC2.19/remediation"}
	if f.Remedy != want || f.Check.Control != "EC2.19" || f.Check.Result != "FAILED" || f.Vulnerability.Score != 7.5 || len(f.Vulnerability.Packages) != 1 || f.Vulnerability.Packages[0].Version != "1.0-2" {
		t.Errorf("got %+v %+v %+v", f.Remedy, f.Check, f.Vulnerability)
	}
	for state, want := range map[string]finding.State{"Suppressed": finding.Suppressed, "Resolved": finding.Resolved, "In Progress": finding.Open} {
		if f := read(t, strings.NewReplacer(`"state":"New","state_id":1`, `"state":"`+state+`"`, `,"status":"FAILED"`, "").Replace(ofLake)); f.State != want {
			t.Errorf("%s: got %v, want %v", state, f.State, want)
		}
	}
}
