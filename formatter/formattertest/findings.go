package formattertest

import (
	"time"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

func at(hour, minute int) time.Time { return time.Date(2026, 3, 16, hour, minute, 5, 0, time.UTC) }

// Described returns a finding with what its source says of it, as events.Parse does.
func Described(f finding.Finding) finding.Finding {
	events.Describe(events.Table(), &f)
	return f
}

// Exfiltration is an everyday finding.
func Exfiltration() finding.Finding {
	return Described(finding.Finding{
		ID: "16afba5c5c43e07c9e3e5e2e544e95df", Source: "aws.guardduty", Type: "Trojan:EC2/DNSDataExfiltration",
		Title:       "Data exfiltration through DNS queries from EC2 instance i-0a1b2c3d4e5f60718.",
		Description: "EC2 instance i-0a1b2c3d4e5f60718 is attempting to query domain names that resemble exfiltrated data.",
		Severity:    8,
		Place:       finding.Place{Account: finding.Account{ID: "111122223333", Name: "prod"}, Region: "ap-northeast-1", Partition: "aws"},
		Activity:    finding.Activity{Count: 3, FirstSeen: at(8, 20), LastSeen: at(8, 22), Created: at(8, 25), Updated: at(8, 25)},
		Resource: finding.Resource{
			Type: "Instance", ID: "i-0a1b2c3d4e5f60718", Name: "web-1",
			Attributes: finding.Attributes{}.With(finding.AttrPublicIP, "198.51.100.12").With(finding.AttrVPC, "vpc-0a1b2c3d"),
			Tags:       []finding.Tag{{Key: "Name", Value: "web-1"}, {Key: "team", Value: "shop"}},
		},
		Action: finding.Action{Kind: "DNS_REQUEST", Attributes: finding.Attributes{}.
			With(finding.AttrDomain, "data.example.net").With(finding.AttrProtocol, "UDP").With(finding.AttrBlocked, "false")},
	})
}

// ConsoleLogin is a sample that was archived, in China.
func ConsoleLogin() finding.Finding {
	f := finding.Finding{
		ID: "b7f1", Source: "aws.guardduty", Type: "UnauthorizedAccess:IAMUser/MaliciousIPCaller",
		Title: "[SAMPLE] API PutBucketPolicy was invoked from a known malicious IP address.", Severity: 5,
		Place:    finding.Place{Account: finding.Account{ID: "000022223333"}, Region: "cn-north-1", Partition: "aws-cn"},
		Activity: finding.Activity{Count: 1, Sample: true, State: finding.Archived, Created: at(9, 0), Updated: at(9, 0)},
		Resource: finding.Resource{Type: "AccessKey", ID: "AKIAEXAMPLE", Name: "ann"},
		Action: finding.Action{Kind: "AWS_API_CALL", Attributes: finding.Attributes{}.
			With(finding.AttrAPI, "PutBucketPolicy").With(finding.AttrService, "s3.amazonaws.com").With(finding.AttrErrorCode, "AccessDenied")},
	}
	f.Actor.Remote = finding.Remote{IP: "198.51.100.7", City: "Lima", Country: "Peru", Organization: "Example Telecom", ASN: "AS64500"}
	f.Actor.User = finding.User{Name: "ann", Type: "IAMUser", AccessKey: "AKIAEXAMPLE"}
	return Described(f)
}

// Sequence is an attack sequence.
func Sequence() finding.Finding {
	f := finding.Finding{
		ID: "seq1", Source: "aws.guardduty", Type: "AttackSequence:S3/CompromisedData", Title: "Potential data compromise of S3 buckets",
		Description: "A sequence of actions indicates that data in 2 buckets was taken.", Severity: 9.5,
		Place: finding.Place{Account: finding.Account{ID: "111122223333"}, Region: "us-gov-west-1", Partition: "aws-us-gov"},
		Sequence: &finding.Sequence{
			Signals:    []finding.Signal{{Name: "Unusual ListBuckets"}, {Name: "CloudTrail stopped"}},
			Resources:  []finding.Resource{{Type: "S3_BUCKET", ID: "b1"}, {Type: "S3_BUCKET", ID: "b2"}},
			Indicators: []finding.Indicator{{Key: "ATTACK_TACTIC", Values: []string{"Exfiltration", "Defense Evasion"}}},
		},
		Activity: finding.Activity{FirstSeen: at(1, 0), LastSeen: at(2, 0)},
	}
	f.Actor.Process = finding.Process{Path: "/usr/bin/aws", User: "root", PID: "42"}
	return Described(f)
}
