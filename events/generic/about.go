package generic

import (
	"net/url"
	"strings"

	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// Source returns the source that reads the events of all others.
func Source() source.Source { return source.Source{ID: "generic", Parse: parse, About: about} }

// about returns what is known of a finding's source beside the event.
func about(f *finding.Finding) finding.About {
	list, one := pages(f)
	return finding.About{
		Product: product(f.Source),
		Links:   finding.Links{Finding: f.ConsoleURL(one), Findings: f.ConsoleURL(list)},
	}
}

// product returns the vendor's own spelling of an EventBridge source, or "" for one that is not
// known.
func product(source string) string {
	switch source {
	case securityHub:
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
	return ""
}

// pages returns the console's list of findings and the page of a finding, or the list for one whose
// id is not that of a finding.
func pages(f *finding.Finding) (list, one string) {
	home, suffix := "/home?region="+f.Region, ""
	switch f.Source {
	case securityHub:
		// The console decodes the search twice.
		list = "/securityhub" + home + "#/findings"
		suffix = "?search=Id%3D" + url.QueryEscape(url.QueryEscape(`\operator\:EQUALS\:`+f.ID))
	case "aws.inspector2":
		list, suffix = "/inspector/v2"+home+"#/findings", "?searchString="+url.QueryEscape(f.ID)
	case "aws.macie", "aws.macie2":
		list, suffix = "/macie"+home+"#findings", "?itemId="+url.QueryEscape(f.ID)
	case "aws.access-analyzer":
		list, suffix = "/access-analyzer"+home+"#/findings", "/"+url.PathEscape(f.ID)
	}
	if !isFindingID(f) {
		return list, list
	}
	return list, list + suffix
}

// isFindingID reports whether the id of a finding can be that of its service: other events have an
// id of EventBridge or CloudTrail, which is a UUID. That is what the ids of IAM Access Analyzer are
// too, whose findings alone have no other detail-type and no call for a type.
func isFindingID(f *finding.Finding) bool {
	if f.Source == "aws.access-analyzer" {
		return f.ID != "" && strings.Contains(f.Type, "Access") && !strings.HasSuffix(f.Type, "CloudTrail")
	}
	return f.ID != "" && !isUUID(f.ID)
}

// isUUID reports whether a text has the form 01234567-89ab-cdef-0123-456789abcdef.
func isUUID(text string) bool {
	const form = "00000000-0000-0000-0000-000000000000"
	if len(text) != len(form) {
		return false
	}
	for i := range len(text) {
		isHex := strings.IndexByte("0123456789abcdefABCDEF", text[i]) >= 0
		if isHex != (form[i] == '0') || !isHex && text[i] != '-' {
			return false
		}
	}
	return true
}

// securityHub is the EventBridge source of Security Hub.
const securityHub = "aws.securityhub"
