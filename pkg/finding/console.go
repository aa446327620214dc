package finding

import "strings"

// ConsoleURL returns the address of a path in the console of the region and partition, or "" where there
// is none. A link opens in whatever account the reader is signed in to.
func (p Place) ConsoleURL(path string) string {
	host := consoleHost(p.Partition)
	if host == "" || path == "" || !isRegion(p.Region) {
		return ""
	}
	return "https://" + p.Region + "." + host + path
}

// consoleHost returns the console's host by partition; isolated partitions have none that is public.
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

// isRegion reports whether text reads as a region code, so that nothing else gets into a host name.
func isRegion(text string) bool {
	return text != "" && len(text) <= 32 && strings.Trim(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == "" &&
		text[0] != '-' && strings.Count(text, "-") >= 2
}
