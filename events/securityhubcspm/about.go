package securityhubcspm

import (
	"net/url"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// about returns what is known of a finding beside the event. The source's own title names the
// control, so that there is no headline in other words.
func about(f *finding.Finding) finding.About {
	home := "/securityhub/home?region=" + f.Region
	list := home + "#/findings"
	one := list
	switch {
	case f.ID == "":
	case strings.Contains(f.ID, ":insight/"):
		one = home + "#/insights/" + url.PathEscape(f.ID)
	case f.Type == insightResults:
		one = home + "#/insights"
	default:
		// The console decodes the search twice.
		one += "?search=Id%3D" + url.QueryEscape(url.QueryEscape(`\operator\:EQUALS\:`+f.ID))
	}
	return finding.About{Links: finding.Links{Finding: f.ConsoleURL(one), Findings: f.ConsoleURL(list)}}
}
