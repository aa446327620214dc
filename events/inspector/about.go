package inspector

import (
	"net/url"
	"strings"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// about returns what Inspector says of its event beside it. A finding on a package has its words in
// its title, which names the vulnerability and the package.
func about(f *finding.Finding) finding.About {
	key := "inspector2." + strings.ReplaceAll(f.Type, " ", "")
	all := []finding.Headline{{Key: key}}
	if f.State.Over() || f.Severity != finding.Lowest {
		which := ".failed"
		if f.State.Over() {
			which = "." + f.State.String()
		}
		all = []finding.Headline{{Key: key + which}, {Key: key}}
	}
	return finding.About{Headlines: all, Links: links(f)}
}

// typesPage documents what sorts of findings there are.
const typesPage = "https://docs.aws.amazon.com/inspector/latest/user/findings-types.html"

// links returns a finding in the console of its own account, region and partition. The findings of
// a scan on demand are not in the console:
// https://docs.aws.amazon.com/inspector/latest/user/machine-image-on-demand.html
func links(f *finding.Finding) finding.Links {
	list := "/inspector/v2/home?region=" + f.Region + "#/findings"
	all := finding.Links{Findings: f.ConsoleURL(list), Type: typePage(f.Type)}
	name := lenient.ParseARN(f.ID)
	if name.Service == "inspector2" && !strings.HasPrefix(name.Resource, "finding/ondemand/") {
		all.Finding = f.ConsoleURL(list + "?searchString=" + url.QueryEscape(f.ID))
	}
	return all
}

// typePage returns the documentation of a finding type, or "" if it is not known.
func typePage(findingType string) string {
	switch findingType {
	case "PACKAGE_VULNERABILITY", "NETWORK_REACHABILITY", "CODE_VULNERABILITY":
		return typesPage
	}
	return ""
}
