package lenient

import (
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// ProductOf returns the end of a product's ARN at Security Hub, such as "aws/macie" for
// "arn:aws:securityhub:eu-west-1::product/aws/macie", and "" for any other text. The newer form of
// the ARN has "productv2" in it.
func ProductOf(text string) string {
	resource := ParseARN(text).Resource
	for _, prefix := range []string{"product/", "productv2/"} {
		if product, isProduct := strings.CutPrefix(resource, prefix); isProduct {
			return product
		}
	}
	return ""
}

// PageID returns the UUID at the end of the address of a finding's page in its product's console, and
// "" for any other text. The ids of some products stand nowhere else.
func PageID(address string) string {
	id := address[strings.LastIndexByte(address, '/')+1:]
	if len(id) != 36 || strings.Count(id, "-") != 4 || strings.Trim(id, "0123456789abcdefghijklmnopqrstuvwxyz-") != "" {
		return ""
	}
	return id
}

// ARN returns a text that is an ARN, and "" for any other.
func ARN(text string) string {
	if ParseARN(text).Resource == "" {
		return ""
	}
	return text
}

// HundredSeverity returns the severity of a score on Security Hub's scale of 0 to 100, by the bands
// of its labels, and the unknown one for a score off that scale.
// https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_Severity.html
func HundredSeverity(score float64) finding.Severity {
	switch {
	case score < 0 || score > 100:
		return 0
	case score < 1:
		return SeverityWord("informational")
	case score < 40:
		return SeverityWord("low")
	case score < 70:
		return SeverityWord("medium")
	case score < 90:
		return SeverityWord("high")
	default:
		return SeverityWord("critical")
	}
}

// NativeType returns the type that the service which has found something gives it, where the
// taxonomy of ASFF has it at its end, and "" elsewhere. The taxonomy writes a hyphen for the slash,
// and leaves out what stands in its categories:
//
//	TTPs/Initial Access/UnauthorizedAccess:EC2-SSHBruteForce    UnauthorizedAccess:EC2/SSHBruteForce
//	TTPs/Credential Access/IAMUser-AnomalousBehavior            CredentialAccess:IAMUser/AnomalousBehavior
//	TTPs/AnomalousBehavior/Execution:Kubernetes-ExecInPod       Execution:Kubernetes/AnomalousBehavior.ExecInPod
//	TTPs/DefenseEvasion/EC2:Unusual-DNS-Resolver                DefenseEvasion:EC2/UnusualDNSResolver
//
// https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format-type-taxonomy.html
func NativeType(text string) string {
	parts := strings.Split(text, "/")
	last, category := parts[len(parts)-1], ""
	if len(parts) > 1 {
		category = strings.ReplaceAll(parts[len(parts)-2], " ", "")
	}
	if strings.Contains(category, ":") { // the slash is there already
		return parts[len(parts)-2] + "/" + last
	}
	purpose, name, isWhole := strings.Cut(last, ":")
	switch {
	case strings.Contains(last, " "):
		return ""
	case !isWhole && parts[0] == "TTPs" && len(parts) > 2:
		purpose, name = category, last
	case !isWhole:
		return ""
	case category != "" && strings.Trim(purpose, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == "":
		return category + ":" + purpose + "/" + strings.ReplaceAll(name, "-", "")
	}
	resource, detail, isSplit := strings.Cut(name, "-")
	if !isSplit || resource == "" || detail == "" {
		return ""
	}
	if category == "AnomalousBehavior" {
		detail = category + "." + detail
	}
	return purpose + ":" + resource + "/" + detail
}
