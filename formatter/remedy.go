package formatter

import (
	"net/url"
	"slices"
	"strings"
)

// remedyHosts are the hosts whose pages on what to do a message leads to. Nobody but the vendor, or
// who numbers vulnerabilities, writes there. Consoles are none of them, since a link into one can
// carry out what an attacker wants, and neither is any other name below amazonaws.com.
func remedyHosts() []string {
	return []string{
		"docs.aws.amazon.com", "docs.amazonaws.cn", "docs.aws.eu", "aws.amazon.com", "alas.aws.amazon.com", "explore.alas.aws.amazon.com",
		"nvd.nist.gov", "www.cve.org", "cve.org", "cve.mitre.org", "learn.microsoft.com", "msrc.microsoft.com",
		"access.redhat.com", "security-tracker.debian.org", "ubuntu.com", "www.suse.com", "security.alpinelinux.org", "linux.oracle.com",
	}
}

// maxURL is how long the address of a remedy may be, in bytes.
const maxURL = 500

// remedyURL returns the address of the source's page on what to do, or "" for one that may lead
// anywhere.
func remedyURL(address string) string {
	if len(address) > maxURL || strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r > '~' }) ||
		strings.ContainsAny(address, "<>\"'|\\^`{}") {
		return ""
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.User != nil || !slices.Contains(remedyHosts(), u.Host) {
		return ""
	}
	return u.String()
}
