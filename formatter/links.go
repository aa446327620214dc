package formatter

import (
	"net/url"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/catalogue"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

const (
	consoleLabel = "Open in the console"
	aboutLabel   = "About this finding type"
)

// links gives the finding in the console of its own account, region and partition, and the
// documentation of its type.
func links(f finding.Finding) []Link {
	var all []Link
	if address := consoleURL(f); address != "" {
		all = append(all, Link{consoleLabel, address})
	}
	entry, known := catalogue.Lookup(f.Type)
	switch {
	case known:
		all = append(all, Link{aboutLabel, entry.Documentation})
	case f.Source == "aws.guardduty":
		all = append(all, Link{aboutLabel, catalogue.Index})
	}
	return all
}

// consoleURL gives the address of the finding in the console, or "" where there is none. A link opens in
// whatever account the reader is signed in to.
func consoleURL(f finding.Finding) string {
	host := consoleHost(f.Partition)
	if host == "" || !isRegion(f.Region) {
		return ""
	}
	path := consolePath(f)
	if path == "" {
		return ""
	}
	return "https://" + f.Region + "." + host + path
}

// consoleHost gives the console's host by partition; isolated partitions have none that is public.
// https://docs.aws.amazon.com/awsconsolehelpdocs/latest/gsg/learn-whats-new.html
func consoleHost(partition string) string {
	switch partition {
	case "aws":
		return "console.aws.amazon.com"
	case "aws-cn":
		return "console.amazonaws.cn"
	case "aws-us-gov":
		return "console.amazonaws-us-gov.com"
	}
	return ""
}

func consolePath(f finding.Finding) string {
	home := "/home?region=" + f.Region
	id := url.QueryEscape(f.ID)
	switch f.Source {
	case "aws.guardduty":
		shown := "current"
		if f.Archived {
			shown = "all"
		}
		if f.ID == "" {
			return "/guardduty" + home + "#/findings?macros=" + shown
		}
		return "/guardduty" + home + "#/findings?macros=" + shown + "&fId=" + id
	case "aws.securityhub":
		// The console decodes the search twice.
		search := url.QueryEscape(url.QueryEscape(`\operator\:EQUALS\:` + f.ID))
		return "/securityhub" + home + "#/findings?search=Id%3D" + search
	case "aws.inspector2":
		return "/inspector/v2" + home + "#/findings?searchString=" + id
	case "aws.macie", "aws.macie2":
		return "/macie" + home + "#findings?itemId=" + id
	case "aws.access-analyzer":
		return "/access-analyzer" + home + "#/findings/" + url.PathEscape(f.ID)
	}
	return ""
}

// isRegion reports whether text reads as a region code, so that nothing else gets into a host name.
func isRegion(text string) bool {
	return text != "" && len(text) <= 32 && strings.Trim(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == "" &&
		text[0] != '-' && strings.Count(text, "-") >= 2
}
