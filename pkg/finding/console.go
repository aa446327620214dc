package finding

import "strings"

// ConsoleURL returns the address of a path in the console of the region and partition, or "" where there
// is none. A link opens in whatever account the reader is signed in to.
func (p Place) ConsoleURL(path string) string {
	host := PartitionNamed(p.Partition).Console
	if host == "" || path == "" || !isRegion(p.Region) {
		return ""
	}
	return "https://" + p.Region + "." + host + path
}

// isRegion reports whether text reads as a region code, so that nothing else gets into a host name.
func isRegion(text string) bool {
	return text != "" && len(text) <= 32 && strings.Trim(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == "" &&
		text[0] != '-' && strings.Count(text, "-") >= 2
}
