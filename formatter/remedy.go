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
	if err != nil || u.Scheme != "https" || u.User != nil || !slices.Contains(remedyHosts(), u.Host) || namesAddress(u) || isOfOthers(u.Path) {
		return ""
	}
	return u.String()
}

// isOfOthers reports whether a path leads to a part of a vendor's pages where others write: sellers,
// and whoever asks or answers.
func isOfOthers(path string) bool {
	for part := range strings.SplitSeq(strings.ToLower(path), "/") {
		if slices.Contains([]string{"answers", "community", "discussions", "marketplace"}, part) {
			return true
		}
	}
	return false
}

// namesAddress reports whether there is another address in an address, to which a page may send its
// reader on: "?redirect=//example.com", also written in escapes, or a path of two slashes.
func namesAddress(u *url.URL) bool {
	path, rest := u.EscapedPath(), u.RawQuery+"#"+u.EscapedFragment()
	for range 4 { // as it is, and behind escapes of escapes of escapes
		if strings.Contains(path+" "+rest, "//") || strings.Contains(path, `\`) || clean(rest) != rest {
			return true
		}
		if path == unescaped(path) && rest == unescaped(rest) {
			return false
		}
		path, rest = unescaped(path), unescaped(rest)
	}
	return true
}

// unescaped returns a text without its escapes, or as it is where they are none.
func unescaped(text string) string {
	if plain, err := url.PathUnescape(text); err == nil {
		return plain
	}
	return text
}
