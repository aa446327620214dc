package formatter

import (
	"net/url"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/catalogue"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// links gives the finding in the console of its own account, region and partition, the resource beside
// it, the documentation of the finding's type, and the operator's runbook.
func (b *builder) links(f *finding.Finding) []Link {
	var all []Link
	add := func(name, address string) {
		if address != "" {
			all = append(all, Link{name, b.word("link." + name), address})
		}
	}
	add(LinkFinding, consoleURL(f))
	add(LinkResource, resourceURL(f))
	add(LinkRunbook, runbookURL(b.style.runbook, f.Type))
	add(LinkType, typeURL(f))
	return all
}

// typeURL gives the documentation of a finding's type.
func typeURL(f *finding.Finding) string {
	entry, known := catalogue.Lookup(f.Type)
	switch {
	case known:
		return entry.Documentation
	case f.Source == "aws.guardduty":
		return catalogue.Index
	}
	return ""
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

// consoleURL gives the address of the finding in the console, or "" where there is none. A link opens in
// whatever account the reader is signed in to.
func consoleURL(f *finding.Finding) string {
	return consoleAt(f, consolePath(f))
}

// findingsURL gives the address of the console's list of findings that a finding stands in.
func findingsURL(f *finding.Finding) string {
	list := *f
	list.ID = ""
	return consoleAt(&list, consolePath(&list))
}

// consoleAt gives the address of a path in the console of a finding's region and partition.
func consoleAt(f *finding.Finding, path string) string {
	host := finding.PartitionNamed(f.Partition).Console
	if host == "" || path == "" || !isRegion(f.Region) {
		return ""
	}
	return "https://" + f.Region + "." + host + path
}

// consolePath gives the page of a finding, or without an id the list of findings.
func consolePath(f *finding.Finding) string {
	home, list := "/home?region="+f.Region, f.ID == ""
	id := url.QueryEscape(f.ID)
	one := func(path, suffix string) string {
		if list {
			return path
		}
		return path + suffix
	}
	switch f.Source {
	case "aws.guardduty":
		shown := "current"
		if f.State.Over() {
			shown = "all"
		}
		return one("/guardduty"+home+"#/findings?macros="+shown, "&fId="+id)
	case "aws.securityhub":
		// The console decodes the search twice.
		return one("/securityhub"+home+"#/findings", "?search=Id%3D"+url.QueryEscape(url.QueryEscape(`\operator\:EQUALS\:`+f.ID)))
	case "aws.inspector2":
		return one("/inspector/v2"+home+"#/findings", "?searchString="+id)
	case "aws.macie", "aws.macie2":
		return one("/macie"+home+"#findings", "?itemId="+id)
	case "aws.access-analyzer":
		return one("/access-analyzer"+home+"#/findings", "/"+url.PathEscape(f.ID))
	}
	return ""
}

// isRegion reports whether text reads as a region code, so that nothing else gets into a host name.
func isRegion(text string) bool {
	return text != "" && len(text) <= 32 && strings.Trim(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == "" &&
		text[0] != '-' && strings.Count(text, "-") >= 2
}
