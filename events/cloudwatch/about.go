package cloudwatch

import (
	"net/url"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// longestSort bounds the types that there can be words for.
const longestSort = 60

// about returns what is known of an alarm beside the event: words for its state, and its page.
func about(f *finding.Finding) finding.About {
	of := finding.About{Links: links(f)}
	if len(f.Type) <= longestSort {
		const prefix = "cloudwatch." // as source.Source.WordPrefix says
		key := prefix + strings.ReplaceAll(f.Type, " ", ".")
		if f.State == finding.Suppressed {
			of.Headlines = append(of.Headlines, finding.Headline{Key: key + ".silenced"})
		}
		of.Headlines = append(of.Headlines, finding.Headline{Key: key})
	}
	return of
}

// links returns the alarm in the console. One that is deleted has no page any more.
func links(f *finding.Finding) finding.Links {
	list := "/cloudwatch/home?region=" + f.Region + "#alarmsV2"
	one := list
	if f.Resource.ID != "" && f.State != finding.Closed {
		one += ":alarm/" + url.PathEscape(f.Resource.ID)
	}
	return finding.Links{Finding: f.ConsoleURL(one), Findings: f.ConsoleURL(list)}
}
