package formatter

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxText bounds what is kept of one text of a finding, maxRead what is read of it, in bytes.
const (
	maxText = 8 << 10
	maxRead = 64 << 10
)

// clean makes a text harmless for every channel. It returns one line of valid UTF-8: runs of white
// space are one space; control characters, invisible ones and those that change the direction of
// writing are gone; addresses are defanged.
func clean(text string) string {
	if text == "" { // as most of what a finding could state is
		return ""
	}
	return defang(plain(text))
}

// plain is clean without the defanging, for texts that hold no address of the attacker's choosing.
func plain(text string) string {
	if isPlain(text) {
		return text[:min(len(text), maxText)]
	}
	text = strings.Map(visible, text[:min(len(text), maxRead)]) // an invalid byte becomes U+FFFD
	text = strings.Join(strings.Fields(text), " ")
	return strings.ToValidUTF8(text[:min(len(text), maxText)], "")
}

// isPlain reports whether a text is printable ASCII with single spaces between words, as most are.
func isPlain(text string) bool {
	space := true
	for i := range min(len(text), maxText) {
		c := text[i]
		if c < ' ' || c > '~' || c == ' ' && space {
			return false
		}
		space = c == ' '
	}
	return !space || text == ""
}

// visible returns a rune that shows something, a space for one that shows as a space, and -1 for
// any other: control characters, format characters, variation selectors, fillers, noncharacters.
func visible(r rune) rune {
	switch {
	case r >= ' ' && r <= '~': // needs no table
		return r
	case unicode.IsSpace(r), r == '\u2800': // the blank Braille pattern shows as a space
		return ' '
	case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Variation_Selector,
		unicode.Other_Default_Ignorable_Code_Point, unicode.Noncharacter_Code_Point):
		return -1
	}
	return r
}

// defang makes addresses unfit to be clicked, or to be turned into links by a reader's program:
// "https://evil.example/x" becomes "hxxps://evil[.]example/x". Names of AWS's own services stay,
// addresses of what lies in S3 do not. What is defanged already stays as it is.
func defang(text string) string {
	if strings.IndexByte(text, ':') >= 0 {
		text = defangSchemes(text)
	}
	if strings.IndexByte(text, '.') < 0 && !holdsWideDot(text) {
		return text
	}
	var b strings.Builder
	start, done, isDotted := 0, 0, false // where the word begins, and what stands in b already
	for at := 0; at <= len(text); {
		r, size := utf8.DecodeRuneInString(text[at:])
		if size == 0 { // behind the text, which ends the last word
			r, size = ' ', 1
		}
		at += size
		if isHostRune(r) {
			isDotted = isDotted || r == '.' || r >= utf8.RuneSelf
			continue
		}
		end := at - size
		if word := text[start:end]; isDotted {
			if harmless := defangHost(word, text[:start], text[end:]); harmless != word {
				b.WriteString(text[done:start])
				b.WriteString(harmless)
				done = end
			}
		}
		start, isDotted = at, false
	}
	return b.String() + text[done:]
}

// defangSchemes breaks "https://" and every other scheme with two slashes, and the few without them
// that readers' programs make links of. In "Slack: a chat" the colon ends a word and stays.
func defangSchemes(text string) string {
	var b strings.Builder
	done := 0 // what stands in b already
	for at := 0; ; {
		before, after, found := strings.Cut(text[at:], ":")
		if !found {
			return b.String() + text[done:]
		}
		colon := at + len(before)
		switch {
		case strings.HasPrefix(after, "//"):
			word := strings.TrimRightFunc(before, isSchemeRune)
			b.WriteString(text[done : at+len(word)])
			b.WriteString(harmlessScheme(before[len(word):]))
			done = colon + 1
		case after != "" && after[0] != ' ' && endsWithScheme(before):
			b.WriteString(text[done:colon] + "[:]")
			done = colon + 1
		}
		at = colon + 1
	}
}

// harmlessScheme returns what stands in place of a scheme and its colon.
func harmlessScheme(scheme string) string {
	switch strings.ToLower(scheme) {
	case "http", "hxxp":
		return "hxxp:"
	case "https", "hxxps":
		return "hxxps:"
	default:
		return scheme + "[:]"
	}
}

// endsWithScheme reports whether a text ends with a scheme that needs no slashes.
func endsWithScheme(text string) bool {
	for _, scheme := range [...]string{"http", "https", "ftp", "mailto", "tel", "sms", "javascript", "vbscript", "slack"} {
		if start := len(text) - len(scheme); start >= 0 && strings.EqualFold(text[start:], scheme) {
			return true
		}
	}
	return false
}

func isSchemeRune(r rune) bool { return isAlphanumeric(r) || r == '+' || r == '-' }

// isAlphanumeric reports whether r is a letter or a digit of ASCII.
func isAlphanumeric(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
}

// isHostRune reports whether a rune can stand in a domain name. Letters of every script can.
func isHostRune(r rune) bool {
	if r < utf8.RuneSelf {
		return isAlphanumeric(r) || r == '.' || r == '-' || r == '_'
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || strings.ContainsRune(wideDots, r)
}

// holdsWideDot reports whether a text holds one of wideDots.
func holdsWideDot(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf { // which few texts have at all
			return strings.ContainsAny(text[i:], wideDots)
		}
	}
	return false
}

// wideDots are what readers' programs take for a dot beside the dot itself.
const wideDots = "。．｡"

// isOurs reports whether a name belongs to AWS itself, as the names of its services do: one label
// before AWS's suffix, such as "s3" or "bedrock-runtime". Longer names, such as those of buckets
// and instances, are customers'.
func isOurs(host string) bool {
	host = strings.ToLower(host)
	for _, suffix := range []string{"amazonaws.com", "amazonaws.com.cn"} {
		service, found := strings.CutSuffix(host, "."+suffix)
		if host == suffix || found && service != "" && !strings.Contains(service, ".") {
			return true
		}
	}
	return false
}

// isS3 reports whether the name of a service is that of S3, also with a region: s3-eu-west-1.
func isS3(host string) bool {
	service, _, _ := strings.Cut(strings.ToLower(host), ".")
	return service == "s3" || strings.HasPrefix(service, "s3-")
}

// isAddress reports whether what stands behind a host's name makes an address of it: a path, also
// behind a backslash, a query or a port. In "s3.amazonaws.com: denied" the colon ends the name.
func isAddress(after string) bool {
	if after == "" {
		return false
	}
	if after[0] == ':' {
		return len(after) > 1 && '0' <= after[1] && after[1] <= '9'
	}
	return strings.IndexByte(`/\?#`, after[0]) >= 0
}
