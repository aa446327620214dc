package formatter

import (
	"cmp"
	"net/url"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// links returns the finding in the console of its own account, region and partition, and in that of
// whoever has found it, the resource beside it, the operator's runbook, the source's own page on
// what to do, and the documentation of the finding's type.
func (b *builder) links(f *finding.Finding) []Link {
	var all []Link
	add := func(name, address string) {
		if address != "" {
			all = append(all, Link{name, b.word("link." + name), address})
		}
	}
	add(LinkFinding, f.About.Links.Finding)
	if address := f.About.Links.Native; address != "" {
		label := b.say("link.native", cutRunes(lettersOf(f.Native.Product), maxLabel))
		all = append(all, Link{LinkNative, cmp.Or(label, b.word("link.native.plain")), address})
	}
	add(LinkResource, resourceURL(f))
	add(LinkRunbook, runbookURL(b.style.runbook, f.Type))
	if !f.State.Over() {
		add(LinkRemedy, remedyURL(f.Remedy.URL))
	}
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
