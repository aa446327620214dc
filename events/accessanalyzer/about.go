package accessanalyzer

import (
	"net/url"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// about returns what Access Analyzer says of its finding beside the event.
func about(f *finding.Finding) finding.About {
	all := finding.About{Links: finding.Links{Type: typePage(f.Type)}}
	key := "access-analyzer." + f.Type
	if f.State == finding.Resolved || f.State == finding.Closed { // of one that is put aside the access is still there
		all.Headlines = []finding.Headline{{Key: key + ".over"}}
	}
	all.Headlines = append(all.Headlines, finding.Headline{Key: key})
	list := "/access-analyzer/home?region=" + f.Region + "#/findings"
	all.Links.Findings = f.ConsoleURL(list)
	if f.ID != "" && f.Type != preview {
		// As Access Analyzer itself links a finding:
		// https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-securityhub-integration.html
		all.Links.Finding = f.ConsoleURL(list + "/details/" + url.PathEscape(f.ID))
	}
	return all
}

// typePage returns the documentation of a finding type, or "" if it is not known.
func typePage(findingType string) string {
	identity, isUnused := strings.CutPrefix(findingType, unused+"IAM")
	isUnused = isUnused && strings.Trim(identity, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
	switch {
	case findingType == external, findingType == internal, findingType == public, findingType == failure, isUnused,
		findingType == unused+"Permission":
		return "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-findings.html"
	case findingType == preview:
		return "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-access-preview.html"
	}
	return ""
}
