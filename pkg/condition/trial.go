package condition

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// tried runs the condition on findings of many sorts. It returns an error if it fails on each of
// those that state everything: then it does on all that are to come. Nobody knows what is in the
// documents of those, so that what asks for them is not tried.
func (c *Condition) tried() error {
	if c.uses.reads("event") || c.uses.reads("document") {
		return nil
	}
	var failed error
	for _, f := range fullTrials() {
		holds, err := c.MayHold(NewFacts(f))
		if err == nil {
			if len(c.uses) == 0 && !holds {
				return errors.New("never holds, and asks for nothing of a finding; leave it out, with the sink or the mute that it is for")
			}
			return nil
		}
		failed = err
		if errors.Is(err, errCost) {
			break
		}
	}
	place, reason := "", failed.Error()
	if before, after, found := strings.Cut(reason, ": "); found && strings.HasPrefix(before, "line ") {
		place, reason = before+": ", after
	}
	reason, _, _ = strings.Cut(speak(reason), "(") // in which stands what could not be read
	return fmt.Errorf("%sfails on every finding: %s", place, strings.TrimSpace(reason))
}

// HoldsForAll reports whether a condition holds for findings of many sorts, all of them; of the urgent
// ones only if they are asked for. It is no method, so that what never calls it is built without it.
func HoldsForAll(c *Condition, urgentToo bool) bool {
	for _, f := range append(fullTrials(), bareTrials()...) {
		if f.Severity.IsUrgent() && !urgentToo {
			continue
		}
		if holds, err := c.MustHold(NewFacts(f)); !holds || err != nil {
			return false
		}
	}
	return true
}

// fullTrials returns findings that state everything that a condition can ask for, but for documents.
func fullTrials() []finding.Finding {
	threat := fullTrial("aws.detector", "detector", "Recon:EC2/Portscan")
	threat.Severity, threat.Resource.Type, threat.About.Product = 5, "Instance", "Detector"
	control := fullTrial("aws.securityhub", "securityhub-cspm", "Software and Configuration Checks/AWS Security Best Practices")
	control.Severity, control.Resource.Type, control.About.Product, control.Sample = 8, "AwsS3Bucket", "Security Hub CSPM", true
	control.Account, control.Region = finding.Account{ID: "444455556666", Name: "dev"}, "us-east-1"
	weakness := fullTrial("aws.inspector2", "inspector2", "PACKAGE_VULNERABILITY")
	weakness.Severity, weakness.Resource.Type, weakness.About.Product = 9.8, "AWS_ECR_CONTAINER_IMAGE", "Inspector"
	weakness.Account, weakness.Region = finding.Account{ID: "000011112222", Name: "shared"}, "ap-southeast-2"
	return []finding.Finding{threat, control, weakness}
}

func fullTrial(source, road, sort string) finding.Finding {
	seen := time.Date(2026, time.March, 1, 10, 30, 0, 0, time.UTC)
	return finding.Finding{
		ID: "trial", Source: source, Type: sort, Title: "Something was found: a trial, of all facts",
		Place:    finding.Place{Account: finding.Account{ID: "111122223333", Name: "prod"}, Region: "eu-west-1", Partition: "aws"},
		Activity: finding.Activity{Count: 3, FirstSeen: seen, LastSeen: seen.Add(time.Hour)},
		Resource: finding.Resource{
			ID: "i-0123456789abcdef0", Name: "web-1", ARN: "arn:aws:ec2:eu-west-1:111122223333:instance/i-0123456789abcdef0",
			Tags: []finding.Tag{{Key: "Name", Value: "web-1"}, {Key: "Team", Value: "shop"}, {Key: "team", Value: "shop"}},
		},
		Actor: finding.Actor{
			Remote: finding.Remote{IP: "198.51.100.7", Country: "Japan", CountryCode: "JP", Organization: "Example"},
			User:   finding.User{Name: "alice"},
		},
		Action: finding.Action{Kind: "AWS_API_CALL"},
		Matter: finding.Matter{
			Vulnerability: finding.Vulnerability{ID: "CVE-2026-1234", Score: 9.8, EPSS: 0.9, Exploit: finding.Yes, Fix: finding.Yes},
			Check:         finding.Check{Control: "S3.9", Standards: []string{"standards/pci-dss/v/4.0.1", "standards/nist-800-53"}, Result: "FAILED"},
			Facts:         finding.Attributes{{Name: "actionability", Value: "ACTION_REQUIRED"}},
		},
		Origin: finding.Origin{Road: road},
	}
}

// bareTrials returns findings of which little is known.
func bareTrials() []finding.Finding {
	alarm := finding.Finding{
		ID: "alarm", Source: "aws.cloudwatch", Type: "ALARM", Title: "ALARM: cpu", Severity: finding.Unstated,
		Place:    finding.Place{Account: finding.Account{ID: "777788889999"}, Region: "eu-central-1"},
		Resource: finding.Resource{Type: "MetricAlarm", ID: "cpu"}, Origin: finding.Origin{Road: "cloudwatch"},
		About: finding.About{Product: "CloudWatch"},
	}
	other := finding.Finding{ID: "other", Source: "com.example.scanner", Type: "finding", Title: "one", Severity: 2, Origin: finding.Origin{Road: "generic"}}
	odd := other
	odd.Severity = 0
	return []finding.Finding{alarm, other, odd}
}
