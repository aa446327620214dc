package formatter

import (
	_ "embed" // for toplevel.txt
	"slices"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"
)

// topLevels are the top-level domains that are delegated, sorted, and two that are not: "example",
// which stands for one in every document, and "onion". Those in other scripts are no part of it:
// every one of their forms counts.
// https://data.iana.org/TLD/tlds-alpha-by-domain.txt
//
//go:embed toplevel.txt
var topLevels string

// defangHost puts brackets around the dots of what reads as a domain name: two labels or more, one
// of which after the first is a top-level domain, since a reader's program may stop there. It makes
// no link of any other name, such as "john.doe", "requirements.txt" or "PCI.Config.1", and so they
// stay, unless they are written as an address. So do the names of AWS's own services, unless what
// follows makes an address of one that everybody can write under, and those of files. Before and
// after are what stands beside the word.
func defangHost(word, before, after string) string {
	isWritten := isWrittenAsHost(word, before, after)
	if holdsWideDot(word) {
		for _, wide := range wideDots {
			word = strings.ReplaceAll(word, string(wide), ".")
		}
	}
	name := strings.Trim(word, ".")
	at := strings.Index(word, name)
	_, behind, _ := strings.Cut(name, ".")
	isHost := hasLabel(behind, isTopLevel) || isWritten && hasLabel(behind, isWordLike)
	if !isHost || isOurs(name) && (!isS3(name) || !isAddress(after)) || isFile(name, before, after) {
		return word
	}
	return word[:at] + strings.ReplaceAll(name, ".", "[.]") + word[at+len(name):]
}

// isWrittenAsHost reports whether a name that may have any ending is written as that of a host:
// behind the slashes of a URL or the sign in an e-mail address, beside a dot that is in brackets
// already, or with another dot than the usual.
func isWrittenAsHost(word, before, after string) bool {
	const broken = "[.]"
	first, _ := utf8.DecodeRuneInString(word)
	return strings.HasSuffix(before, "//") || strings.HasSuffix(before, "@") && unicode.IsLetter(first) ||
		strings.HasSuffix(before, broken) || strings.HasPrefix(after, broken) || holdsWideDot(word)
}

// hasLabel reports whether one of the labels of a name is of a sort.
func hasLabel(name string, isOf func(label string) bool) bool {
	for label := range strings.SplitSeq(name, ".") {
		if isOf(label) {
			return true
		}
	}
	return false
}

// isWordLike reports whether a label could be a top-level domain of some network: two letters or more.
func isWordLike(label string) bool {
	first, _ := utf8.DecodeRuneInString(label)
	return utf8.RuneCountInString(label) > 1 && unicode.IsLetter(first)
}

// isTopLevel reports whether a label is a top-level domain, or begins as one does before a mark at
// which a reader's program may stop. In other scripts than Latin, two letters are enough.
func isTopLevel(label string) bool {
	if len(label) > 4 && strings.EqualFold(label[:4], "xn--") {
		return true
	}
	if strings.ContainsFunc(label, func(r rune) bool { return r >= utf8.RuneSelf }) {
		return isWordLike(label)
	}
	if at := strings.IndexAny(label, "-_"); at >= 0 {
		label = label[:at]
	}
	isNumber := label != "" && label[0] <= '9' // as in an IP address, of which there are many
	return len(label) > 1 && !isNumber && isListed(strings.ToLower(label))
}

// isListed looks a label up in topLevels.
func isListed(label string) bool {
	lineAt := func(i int) (line string) {
		start := strings.LastIndexByte(topLevels[:i], '\n') + 1
		line, _, _ = strings.Cut(topLevels[start:], "\n")
		return line
	}
	at := sort.Search(len(topLevels), func(i int) bool { return lineAt(i) >= label })
	return at < len(topLevels) && lineAt(at) == label
}

// isFile reports whether a name that could be a host's is rather that of a file: one dot before an
// extension of source code, as in "main.tf" and "libc.so.6", or of any file where it ends a path. A
// path, a query or a name of a user beside it makes an address of it.
func isFile(name, before, after string) bool {
	stem, extension, _ := strings.Cut(name, ".")
	isBesideAddress := strings.HasSuffix(before, "@") || strings.HasSuffix(before, "//") ||
		after != "" && strings.IndexByte(`/\?#@`, after[0]) >= 0
	if isBesideAddress || stem == "" || strings.EqualFold(stem, "www") {
		return false
	}
	extension = strings.ToLower(strings.TrimRight(extension, ".0123456789"))
	if slices.Contains([]string{"md", "pl", "py", "rs", "sh", "so", "tf"}, extension) {
		return true
	}
	isInPath := strings.HasSuffix(before, "/")
	return isInPath && slices.Contains([]string{"app", "cab", "cc", "mov", "ps", "zip"}, extension)
}
