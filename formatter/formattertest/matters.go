package formattertest

import (
	"fmt"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// by returns a finding of another source than GuardDuty, with what that one would say of it.
func by(source, product, findingType, title string) finding.Finding {
	return finding.Finding{
		ID: "finding-1", Source: source, Type: findingType, Title: title, Description: "What the source says, in its own words.", Severity: 8,
		Place:    finding.Place{Account: finding.Account{ID: "444455556666", Name: "shop-prod"}, Region: "eu-west-1", Partition: "aws"},
		Activity: finding.Activity{Created: at(8, 25), Updated: at(12, 0)},
		About:    finding.About{Product: product},
	}
}

// Vulnerable is a vulnerability in an image, which another source has passed on.
func Vulnerable() finding.Finding {
	f := by("aws.securityhub", "Security Hub", "Software and Configuration Checks/Vulnerabilities/CVE", "CVE-2026-0001 - zlib")
	f.Severity = 9.5
	f.Native = finding.Native{Source: "aws.inspector2", ID: "arn:aws:inspector2:eu-west-1:444455556666:finding/1", Product: "Inspector"}
	f.About.Links = finding.Links{
		Finding: "https://eu-west-1.console.aws.amazon.com/securityhub/home?region=eu-west-1#/findings",
		Native:  "https://eu-west-1.console.aws.amazon.com/inspector/v2/home?region=eu-west-1#/findings",
	}
	f.Resource = finding.Resource{Type: "AWS_ECR_CONTAINER_IMAGE", ID: "shop/api:1.4.2"}
	f.Vulnerability = finding.Vulnerability{
		ID: "CVE-2026-0001", Score: 9.8, EPSS: 0.97, Exploit: finding.Yes, Fix: finding.InPart,
		Packages: []finding.Package{
			{Name: "zlib", Version: "1.2.11", Fixed: "1.2.13", Manager: "OS", Path: "/usr/lib"}, {Name: "org.apache.log4j", Version: "2.14.1"},
		},
	}
	f.Remedy = finding.Remedy{Text: "Update zlib; see evil.example.com.", URL: "https://nvd.nist.gov/vuln/detail/CVE-2026-0001"}
	f.Facts = attributes("in_use", "4", finding.AttrEncryption, "false", "digest", "sha256:"+strings.Repeat("a", 64))
	return f
}

// Failed is a control that has failed.
func Failed() finding.Finding {
	f := by("aws.securityhub", "Security Hub", "Software and Configuration Checks/Industry and Regulatory Standards", "S3.9 buckets should log access")
	f.Resource = finding.Resource{Type: "AwsS3Bucket", ID: "example-logs"}
	f.Check = finding.Check{Control: "S3.9", Standards: []string{"AWS Foundational Security Best Practices", "PCI DSS"}, Result: "FAILED"}
	f.Remedy = finding.Remedy{Text: "Turn on access logs.", URL: "https://docs.aws.amazon.com/console/securityhub/S3.9/remediation"}
	return f
}

// Alarm is an alarm that is well again.
func Alarm() finding.Finding {
	f := by("aws.cloudwatch", "CloudWatch", "CloudWatch Alarm State Change", "root-usage")
	f.Severity, f.State = finding.Lowest, finding.OK
	f.Resource = finding.Resource{Type: "Alarm", ID: "root-usage", ARN: "arn:aws:cloudwatch:eu-west-1:444455556666:alarm:root-usage"}
	f.Facts = attributes("metric_name", "RootUsage", "reason", "Threshold crossed: 0 datapoints.")
	return f
}

// Maintenance is planned for four instances.
func Maintenance() finding.Finding {
	f := by("aws.health", "AWS Health", "AWS_EC2_PERSISTENT_INSTANCE_RETIREMENT_SCHEDULED", "Instance retirement")
	f.Severity = 4
	f.Planned = finding.Window{Starts: at(12, 0).AddDate(0, 0, 14), Ends: at(14, 0).AddDate(0, 0, 14)}
	for _, id := range []string{"i-0a1b2c3d4e5f60710", "i-0a1b2c3d4e5f60711", "i-0a1b2c3d4e5f60712", "i-0a1b2c3d4e5f60713"} {
		f.Related = append(f.Related, finding.Resource{Type: "Instance", ID: id})
	}
	f.Resource, f.Related = f.Related[0], f.Related[1:]
	return f
}

// Ended is a finding that is over, sent as high before.
func Ended() notify.Notification {
	f := Vulnerable()
	f.Severity, f.State = finding.Lowest, finding.Closed
	return notify.Notification{Kind: notify.KindResolved, Findings: []finding.Finding{f}, Changes: []notify.Change{
		{What: "severity", From: "8.0", To: "1.0"}, {What: "state", From: "open", To: "closed"},
	}}
}

// Many is a digest of one vulnerability on 37 resources in 3 accounts, one image with 30
// vulnerabilities, a control that failed twice, a finding alone, and two that are over.
func Many() notify.Notification {
	n := notify.Notification{Kind: notify.KindDigest}
	for i := range 37 {
		f := Vulnerable()
		f.Resource.ID, f.Account = fmt.Sprintf("i-0a1b2c3d%02d", i), finding.Account{ID: fmt.Sprintf("44445555666%d", i%3)}
		f.Vulnerability.ID, f.Severity = "CVE-2026-0002", []finding.Severity{8, 9.5}[i%2]
		f.Title = f.Vulnerability.ID + " - zlib"
		n.Findings = append(n.Findings, f)
	}
	for i := range 30 {
		f := Vulnerable()
		f.Vulnerability.ID = fmt.Sprintf("CVE-2025-%04d", i)
		f.Title, f.Severity = f.Vulnerability.ID+" - zlib", finding.Severity(4+i/6)
		n.Findings = append(n.Findings, f)
	}
	for _, bucket := range []string{"example-logs", "example-data"} {
		f := Failed()
		f.Resource.ID = bucket
		n.Findings = append(n.Findings, f)
	}
	ended := Ended().Findings[0]
	n.Findings = append(n.Findings, Exfiltration(), Alarm(), ended)
	for i := range n.Findings {
		n.Findings[i].Created = n.Findings[i].Created.Add(time.Duration(i) * time.Second)
	}
	return n
}
