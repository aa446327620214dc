package formatter

import (
	"net/url"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// links returns the finding in the console of its own account, region and partition, the resource
// beside it, the documentation of the finding's type, and the operator's runbook.
func (b *builder) links(f *finding.Finding) []Link {
	var all []Link
	add := func(name, address string) {
		if address != "" {
			all = append(all, Link{name, b.word("link." + name), address})
		}
	}
	add(LinkFinding, f.About.Links.Finding)
	add(LinkResource, resourceURL(f))
	add(LinkRunbook, runbookURL(b.style.runbook, f.Type))
	add(LinkType, f.About.Links.Type)
	return all
}

// runbookURL puts a finding's type into the operator's URL.
func runbookURL(template, findingType string) string {
	if len(findingType) > maxTitle || findingType == "" && strings.Contains(template, placeholder) {
		return ""
	}
	// A query's escaping is the strictest, and fits a path when a space is not written as a plus.
	escaped := strings.ReplaceAll(url.QueryEscape(findingType), "+", "%20")
	return strings.ReplaceAll(template, placeholder, escaped)
}
