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

// detailWord gives the words for the name of an attribute: "public IP" for public_ip.
func detailWord(name string) string {
	switch name {
	case finding.AttrPublicIP:
		return "public IP"
	case finding.AttrPrivateIP:
		return "private IP"
	case finding.AttrVPC:
		return "VPC"
	}
	return strings.ReplaceAll(clean(name), "_", " ")
}

// actionText says what was done in one phrase.
func actionText(a finding.Action) string {
	get := func(name string) string { return clean(a.Attributes.Get(name)) }
	var text string
	switch a.Kind {
	case "AWS_API_CALL":
		text = joined(" ", "called", get(finding.AttrAPI), prefixed("on ", serviceName(a.Attributes.Get(finding.AttrService))))
		text = joined(", ", text, prefixed("refused with ", get(finding.AttrErrorCode)))
	case "DNS_REQUEST":
		text = joined(" ", "looked up", get(finding.AttrDomain), prefixed("over ", letters(get(finding.AttrProtocol))))
	case "NETWORK_CONNECTION":
		text = connectionText(get)
	case "PORT_PROBE":
		text = joined(" ", "probed port", get(finding.AttrLocalPort), prefixed("of ", get(finding.AttrLocalIP)))
	case "RDS_LOGIN_ATTEMPT":
		text = loginText(get)
	default:
		text = otherActionText(a, get)
	}
	if a.Attributes.Get(finding.AttrBlocked) == "true" {
		text += ", blocked"
	}
	return text
}

// connectionText gives "inbound TCP connection from port 40312 to port 22 (SSH)".
func connectionText(get func(string) string) string {
	direction := strings.ToLower(get(finding.AttrDirection))
	near, far := prefixed("local port ", get(finding.AttrLocalPort)), prefixed("remote port ", get(finding.AttrRemotePort))
	from, to := near, far
	if direction == "inbound" {
		from, to = far, near
	}
	if direction == "unknown" {
		direction = ""
	}
	return joined(" ", direction, letters(get(finding.AttrProtocol)), "connection", prefixed("from ", from), prefixed("to ", to))
}

// loginText gives "login as root with psql: 40 failed, 1 succeeded".
func loginText(get func(string) string) string {
	text := joined(" ", "login", prefixed("as ", get(finding.AttrUser)), prefixed("with ", get(finding.AttrApplication)))
	var counts []string
	for _, count := range []struct{ name, word string }{{finding.AttrFailed, " failed"}, {finding.AttrSucceeded, " succeeded"}} {
		if n := get(count.name); n != "" {
			counts = append(counts, n+count.word)
		}
	}
	return joined(": ", text, strings.Join(counts, ", "))
}

// otherActionText serves Kubernetes and every action that is not known yet.
func otherActionText(a finding.Action, get func(string) string) string {
	verb := get(finding.AttrVerb)
	if verb == "" {
		kind := strings.ToLower(strings.ReplaceAll(clean(a.Kind), "_", " "))
		return joined(": ", kind, get(finding.AttrSubject))
	}
	text := joined(" ", verb, get(finding.AttrSubject), prefixed("in namespace ", get(finding.AttrNamespace)))
	return joined(", ", text, get(finding.AttrURI), prefixed("status ", get(finding.AttrStatusCode)))
}

// serviceName gives "s3" for "s3.amazonaws.com".
func serviceName(name string) string {
	return clean(strings.TrimSuffix(strings.TrimSuffix(name, ".cn"), ".amazonaws.com"))
}

// letters leaves out a protocol that is only a number: GuardDuty gives "0" for one that it does not know.
func letters(protocol string) string {
	if strings.Trim(protocol, "0123456789") == "" {
		return ""
	}
	return protocol
}

// prefixed gives prefix and text, or nothing when there is no text.
func prefixed(prefix, text string) string {
	if text == "" {
		return ""
	}
	return prefix + text
}
