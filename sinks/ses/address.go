package ses

import (
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"
)

// address is somebody who sends or gets mail.
type address struct{ name, mailbox string }

const (
	// maxRecipients is how many a mail may have: https://docs.aws.amazon.com/ses/latest/dg/quotas.html
	maxRecipients = 50
	// maxName bounds a name before an address, in characters.
	maxName = 64
	// maxMailbox, maxLocal, maxDomain and maxLabel are the longest that an address and its parts may
	// be: https://www.rfc-editor.org/rfc/rfc5321#section-4.5.3.1
	maxMailbox, maxLocal, maxDomain, maxLabel = 254, 64, 253, 63
)

const (
	lower  = "abcdefghijklmnopqrstuvwxyz"
	upper  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digits = "0123456789"
)

// errNoAddresses shows nothing of the text that it is about.
var errNoAddresses = errors.New(`is no list of addresses, separated by commas (alerts@example.com, "SOC, Tokyo" <soc@example.com>)`)

// errNoSender is the same for the sender, who is one.
var errNoSender = errors.New("is not an address (alerts@example.com, or Tocsin <alerts@example.com>)")

// parseAddresses reads addresses that are separated by commas, and gives every mistake in them. None
// shows an address.
func parseAddresses(text string) ([]address, []error) {
	list, err := mail.ParseAddressList(text)
	if err != nil {
		return nil, []error{errNoAddresses}
	}
	var all []address
	var mistakes []error
	known := map[string]bool{}
	for i, one := range list {
		reason := fault(one)
		if same := strings.ToLower(one.Address); reason == "" && known[same] {
			reason = "stands there twice"
		} else {
			known[same] = true
		}
		if reason != "" {
			mistakes = append(mistakes, fmt.Errorf("address %d of %d %s", i+1, len(list), reason))
		}
		all = append(all, address{one.Name, one.Address})
	}
	if len(list) > maxRecipients {
		mistakes = append(mistakes, fmt.Errorf("has %d addresses, and SES takes %d; use a mailing list", len(list), maxRecipients))
	}
	return all, mistakes
}

// fault says what is wrong with an address as SES takes it; "" for nothing.
// https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_Destination.html
func fault(a *mail.Address) string {
	isOdd := func(r rune) bool { return !unicode.IsGraphic(r) }
	local, domain := atLast(a.Address)
	switch {
	case !utf8.ValidString(a.Name) || strings.ContainsFunc(a.Name, isOdd) || utf8.RuneCountInString(a.Name) > maxName:
		return fmt.Sprintf("has a name of more than %d characters, or with some that cannot be seen", maxName)
	case !isDotted(local, maxLocal, isLocalPart):
		return "has before the @ what SES does not take; give ASCII letters and digits, without quotes"
	case !isASCII(domain):
		return "has a domain that is not ASCII; write it as Punycode (xn--...)"
	case !isDotted(domain, maxDomain, isLabel) || !strings.Contains(domain, ".") || len(a.Address) > maxMailbox:
		return "has no domain behind the @ that mail could go to"
	}
	return ""
}

// atLast returns what stands before and behind the last @.
func atLast(mailbox string) (local, domain string) {
	at := strings.LastIndex(mailbox, "@")
	return mailbox[:max(at, 0)], mailbox[at+1:]
}

// isDotted reports whether a text is made of parts with dots between them.
func isDotted(text string, limit int, isPart func(string) bool) bool {
	for part := range strings.SplitSeq(text, ".") {
		if !isPart(part) {
			return false
		}
	}
	return len(text) <= limit
}

// isLocalPart reports whether a part before the @ needs no quotes:
// https://www.rfc-editor.org/rfc/rfc5322#section-3.2.3
func isLocalPart(part string) bool {
	return part != "" && strings.Trim(part, lower+upper+digits+"!#$%&'*+/=?^_`{|}~-") == ""
}

// isLabel reports whether a part of a domain is one of a host's name:
// https://www.rfc-editor.org/rfc/rfc1123#section-2.1
func isLabel(label string) bool {
	return label != "" && len(label) <= maxLabel && strings.Trim(label, lower+upper+digits+"-") == "" && strings.Trim(label, "-") == label
}

// domain returns the part of an address behind the @.
func (a address) domain() string {
	_, domain := atLast(a.mailbox)
	return strings.ToLower(domain)
}

// words returns the address as it stands in a header, in parts between which a line may end.
func (a address) words() []string {
	switch {
	case a.name == "":
		return []string{a.mailbox}
	case isPlain(a.name):
		return []string{`"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(a.name) + `"`, "<" + a.mailbox + ">"}
	default:
		return append(encodedWords(a.name), "<"+a.mailbox+">")
	}
}
