package formatter

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxText bounds what is kept of one text of a finding, maxRead what is read of it, in bytes: more than a
// message shows.
const (
	maxText = 8 << 10
	maxRead = 64 << 10
)

// clean makes a text harmless for every channel. It gives one line of valid UTF-8: runs of white space
// are one space; control characters, invisible ones and those that change the direction of writing are
// gone; addresses are defanged.
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
	text = text[:min(len(text), maxRead)]
	var b strings.Builder
	b.Grow(min(len(text), maxText))
	space := false
	for _, r := range text {
		if b.Len() >= maxText {
			break
		}
		switch {
		case unicode.IsSpace(r), r == '\u2800': // the blank Braille pattern shows as a space
			space = true
			continue
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Co, r), isInvisible(r):
			continue
		}
		if space && b.Len() > 0 {
			b.WriteByte(' ')
		}
		space = false
		b.WriteRune(r) // an invalid byte has become U+FFFD
	}
	return b.String()
}

// isPlain reports whether a text is printable ASCII with single spaces between its words, as most are.
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

// isInvisible reports whether a rune shows nothing, or is no character at all: variation selectors,
// Hangul fillers, and the last two places of each plane.
func isInvisible(r rune) bool {
	switch {
	case r == '\u034f', r == '\u115f', r == '\u1160', r == '\u17b4', r == '\u17b5', r == '\u3164', r == '\uffa0':
		return true
	case r >= 0xfe00 && r <= 0xfe0f, r >= 0xe0000 && r <= 0xe0fff, r >= 0xfdd0 && r <= 0xfdef:
		return true
	}
	return r&0xfffe == 0xfffe
}

// defang makes addresses unfit to be clicked, or to be turned into links by a reader's program:
// "https://evil.example/x" becomes "hxxps://evil[.]example/x". Names of AWS's own services stay, addresses of
// what lies in S3 do not. What is defanged already stays as it is.
func defang(text string) string {
	if strings.IndexByte(text, ':') >= 0 {
		text = defangSchemes(text)
	}
	next := dotsOf(text)
	var b strings.Builder
	done := 0 // what stands in b already
	for at := 0; ; {
		dot := next(text[at:])
		if dot < 0 {
			break
		}
		var start int
		start, at = around(text, at, at+dot)
		word := text[start:at]
		if harmless := defangHost(word, text[at:]); harmless != word {
			b.WriteString(text[done:start])
			b.WriteString(harmless)
			done = at
		}
	}
	if done == 0 {
		return text
	}
	b.WriteString(text[done:])
	return b.String()
}

// dotsOf gives what finds the next dot in a part of a text, or -1.
func dotsOf(text string) func(string) int {
	for _, wide := range wideDots() {
		if strings.Contains(text, wide) {
			return func(part string) int { return strings.IndexFunc(part, isDot) }
		}
	}
	return func(part string) int { return strings.IndexByte(part, '.') }
}

// around gives where the word that a dot stands in begins, not before from, and where it ends.
func around(text string, from, dot int) (start, end int) {
	for start = dot; start > from; {
		r, size := utf8.DecodeLastRuneInString(text[from:start])
		if !isHostRune(r) {
			break
		}
		start -= size
	}
	if end = strings.IndexFunc(text[dot:], isNoHostRune); end < 0 {
		return start, len(text)
	}
	return start, dot + end
}

// defangSchemes breaks "https://" and every other scheme with two slashes, and the few without them
// that readers' programs make links of.
func defangSchemes(text string) string {
	if !strings.Contains(text, "://") {
		return breakSchemes(text)
	}
	var b strings.Builder
	for {
		before, after, found := strings.Cut(text, "://")
		if !found {
			break
		}
		start := len(before)
		for start > 0 && isSchemeByte(before[start-1]) {
			start--
		}
		b.WriteString(before[:start])
		switch scheme := strings.ToLower(before[start:]); scheme {
		case "http", "hxxp":
			b.WriteString("hxxp://")
		case "https", "hxxps":
			b.WriteString("hxxps://")
		default:
			b.WriteString(before[start:] + "[:]//")
		}
		text = after
	}
	b.WriteString(text)
	return breakSchemes(b.String())
}

// breakSchemes puts brackets around the colon of a scheme that readers' programs know without slashes,
// whatever its case. In "Slack: a chat" the colon ends a word and stays.
func breakSchemes(text string) string {
	var b strings.Builder
	done := 0 // what stands in b already
	for at := 0; ; {
		colon := strings.IndexByte(text[at:], ':')
		if colon < 0 {
			break
		}
		colon += at
		if after := text[colon+1:]; after != "" && after[0] != ' ' && endsWithScheme(text[at:colon]) {
			b.WriteString(text[done:colon])
			b.WriteString("[:]")
			done = colon + 1
		}
		at = colon + 1
	}
	if done == 0 {
		return text
	}
	b.WriteString(text[done:])
	return b.String()
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

func isSchemeByte(c byte) bool {
	return isAlphanumeric(c) || c == '+' || c == '-'
}

// isAlphanumeric reports whether c is a letter or a digit of ASCII.
func isAlphanumeric[C byte | rune](c C) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// isHostRune reports whether a rune can stand in a domain name. Letters of every script can.
func isHostRune(r rune) bool {
	if r < utf8.RuneSelf {
		return isAlphanumeric(r) || r == '.' || r == '-' || r == '_'
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || isWideDot(r)
}

func isNoHostRune(r rune) bool { return !isHostRune(r) }

// wideDots are what readers' programs take for a dot beside the dot itself.
func wideDots() [3]string { return [...]string{"。", "．", "｡"} }

func isWideDot(r rune) bool { return r == '。' || r == '．' || r == '｡' }

func isDot(r rune) bool { return r == '.' || isWideDot(r) }

// defangHost puts brackets around the dots of what reads as a domain name: two labels or more, one of which
// after the first reads as a top-level domain, since a reader's program may stop there. Numbers ("10.0.0.1",
// "3.95") and single letters ("Activity.B") are none. The names of AWS's own services stay, unless what comes
// behind the word makes an address of one under which everybody can put something.
func defangHost(word, after string) string {
	for _, wide := range wideDots() {
		word = strings.ReplaceAll(word, wide, ".")
	}
	name := strings.Trim(word, ".")
	at := strings.Index(word, name)
	_, behind, _ := strings.Cut(name, ".")
	if !hasTopLevel(behind) || isOurs(name) && (!isS3(name) || !isAddress(after)) {
		return word
	}
	return word[:at] + strings.ReplaceAll(name, ".", "[.]") + word[at+len(name):]
}

// hasTopLevel reports whether one of the labels of a name can be that of a top-level domain.
func hasTopLevel(name string) bool {
	for name != "" {
		var label string
		if label, name, _ = strings.Cut(name, "."); isTopLevel(label) {
			return true
		}
	}
	return false
}

// isTopLevel reports whether a label can be that of a top-level domain: two letters or more.
func isTopLevel(label string) bool {
	if len(label) > 4 && strings.EqualFold(label[:4], "xn--") {
		return true
	}
	first, _ := utf8.DecodeRuneInString(label)
	return utf8.RuneCountInString(label) > 1 && unicode.IsLetter(first)
}

// isOurs reports whether a name belongs to AWS itself, as the names of its services do.
func isOurs(host string) bool {
	host = strings.ToLower(host)
	for _, suffix := range []string{"amazonaws.com", "amazonaws.com.cn"} {
		if host == suffix || isServiceName(strings.TrimSuffix(host, "."+suffix), host) {
			return true
		}
	}
	return false
}

// isServiceName reports whether the name before AWS's suffix is that of a service, such as "s3" or
// "bedrock-runtime": one label. Longer names, such as those of buckets and instances, are customers'.
func isServiceName(name, host string) bool {
	return name != host && name != "" && !strings.Contains(name, ".")
}

// isS3 reports whether the name of a service is that of S3, also with a region in its one label: s3-eu-west-1.
func isS3(host string) bool {
	service, _, _ := strings.Cut(strings.ToLower(host), ".")
	return service == "s3" || strings.HasPrefix(service, "s3-")
}

// isAddress reports whether what stands behind a host's name makes an address of it: a path, which a browser also
// begins at a backslash, a query or a port. In "s3.amazonaws.com: denied" the colon ends the name.
func isAddress(after string) bool {
	if after == "" {
		return false
	}
	if after[0] == ':' {
		return len(after) > 1 && '0' <= after[1] && after[1] <= '9'
	}
	return strings.IndexByte(`/\?#`, after[0]) >= 0
}
