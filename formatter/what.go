package formatter

import (
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/catalogue"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// sourceName gives the vendor's own spelling of an EventBridge source.
func sourceName(source string) string {
	switch source {
	case "aws.guardduty":
		return "GuardDuty"
	case "aws.securityhub":
		return "Security Hub"
	case "aws.inspector2", "aws.inspector":
		return "Inspector"
	case "aws.macie", "aws.macie2":
		return "Macie"
	case "aws.access-analyzer":
		return "IAM Access Analyzer"
	case "aws.health":
		return "AWS Health"
	case "aws.config":
		return "AWS Config"
	case "aws.cloudwatch":
		return "CloudWatch"
	}
	return clean(source)
}

// findingType gives a type as it is where it is AWS's own word: only GuardDuty can publish as
// "aws.guardduty". "Impact:EC2/AbusedDomainRequest.Reputation" is no address.
func findingType(f finding.Finding) string {
	if _, known := catalogue.Lookup(f.Type); known || f.Source == "aws.guardduty" && !strings.Contains(f.Type, "//") {
		return plain(f.Type)
	}
	return clean(f.Type)
}
