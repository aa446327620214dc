package securityhub

import (
	"net/url"
	"slices"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// exposureType is what the types of exposures begin with; behind it stands what may come of it.
const exposureType = "Exposure/Potential Impact/"

// about returns what is known of a finding beside the event: a headline for an exposure, whose
// title is long, and links.
func about(f *finding.Finding) finding.About {
	a := finding.About{Links: links(f)}
	if impact, isExposure := strings.CutPrefix(f.Type, exposureType); isExposure {
		a.Headlines = []finding.Headline{{Key: "securityhub.exposure", With: "securityhub.impact." + strings.ReplaceAll(impact, " ", "")}}
	}
	return a
}

// links returns the page of the finding in the console of Security Hub: its details by the id that
// Security Hub gives it, else the search for the id that the product gives it. A finding that was
// stored has lost the former, and its page is the search.
func links(f *finding.Finding) finding.Links {
	home := "/securityhub/v2/home?region=" + f.Region + "#/"
	list := home + "findings"
	one, page := list, view(f)
	at := slices.IndexFunc(f.About.Aliases, isDetailID)
	switch {
	case at >= 0 && page != "":
		one = home + page + "?findingDetailId=" + f.About.Aliases[at]
	case f.ID != "":
		// The console decodes the search twice.
		one += "?search=finding_info.uid%3D" + url.QueryEscape(url.QueryEscape(`\operator\:EQUALS\:`+f.ID))
	}
	return finding.Links{Finding: f.ConsoleURL(one), Findings: f.ConsoleURL(list)}
}

// isDetailID reports whether a name is one that Security Hub gives a finding: 64 hexadecimal digits.
func isDetailID(alias string) bool {
	return len(alias) == 64 && strings.Trim(alias, "0123456789abcdef") == ""
}

// view returns the page of the console that shows findings of a sort, or "" for one that is not
// known.
func view(f *finding.Finding) string {
	switch {
	case strings.HasPrefix(f.Type, "Exposure"):
		return "exposure"
	case f.Vulnerability.ID != "":
		return "vulnerabilities"
	case f.Check.Control != "":
		return "postureManagement"
	case strings.HasPrefix(f.Type, "SensitiveData:") || strings.HasPrefix(f.Type, "Sensitive Data"):
		return ""
	case strings.Contains(f.Type, ":"):
		return "threats"
	}
	return ""
}
