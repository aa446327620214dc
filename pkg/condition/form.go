package condition

import (
	"fmt"
	"net/netip"
	"strings"
)

// arnStart is what the ARN of a resource begins with.
const arnStart = "arn:"

const (
	digits  = "0123456789"
	letters = "abcdefghijklmnopqrstuvwxyz"
)

// consists reports whether a text has only characters of a set, and has any.
func consists(text, set string) bool { return text != "" && strings.Trim(text, set) == "" }

// formMistake finds a text that has not the form of a variable's values. What is not there is the
// empty text.
func formMistake(s subject, operator, text string) string {
	if text == "" || s.isUpper {
		return "" // what is looked for in capitals is seldom, and judged by its words
	}
	switch s.name {
	case "account", "resource.account":
		return accountMistake(operator, text)
	case "account_name":
		if consists(text, digits) && len(text) >= accountDigits-1 {
			return "account_name is a name; compare account with an id"
		}
	case "region":
		return regionMistake(operator, text)
	case "resource.arn":
		if operator != opEnds && operator != opContains && !strings.HasPrefix(text, arnStart[:min(len(text), len(arnStart))]) {
			return "an ARN begins with arn:; compare resource.id or resource.name with what a resource is called"
		}
	case "cve":
		if operator != opEnds && operator != opContains && !s.isLower && strings.HasPrefix(strings.ToLower(text), "cve-") && !strings.HasPrefix(text, "CVE-") {
			return "a vulnerability is written in capitals, such as CVE-2026-1234"
		}
	}
	if isPart(operator) {
		return ""
	}
	switch s.name {
	case nameKey:
		if strings.Count(text, "/") < strings.Count(formOfKey, "/") {
			return "a key is " + formOfKey + ", as the log names a finding; ask for a part of it with startsWith, endsWith or contains"
		}
	case "actor.ip":
		return addressMistake(text)
	case "actor.country":
		if len(text) == 2 && text == strings.ToUpper(text) {
			return "actor.country is a name such as Japan; compare actor.country_code with a code"
		}
	case "actor.country_code":
		switch {
		case len(text) != 2:
			return "actor.country_code has two letters, such as JP; compare actor.country with a name"
		case !s.isLower && text != strings.ToUpper(text):
			return "actor.country_code is written in capitals, such as JP"
		}
	}
	return ""
}

// nameKey is the variable of a finding's own name, which has the form of formOfKey.
const (
	nameKey   = "key"
	formOfKey = "source/account/region/id"
)

// accountDigits are the digits of an account's id.
const accountDigits = 12

// accountMistake finds what is no account: 12 digits of AWS, or the id of a subscription of Azure.
func accountMistake(operator, text string) string {
	if len(text) == accountDigits && consists(text, digits) || text == "aws" { // who owns AWS's own policies
		return ""
	}
	bare := strings.ReplaceAll(strings.ReplaceAll(text, "-", ""), " ", "")
	isNumber := consists(bare, digits)
	switch {
	case bare != text && isNumber && len(bare) <= accountDigits:
		return "an account id is written without dashes and spaces, as 12 digits"
	case isNumber && bare == text && (len(text) > accountDigits || !isPart(operator) && len(text) < accountDigits):
		return fmt.Sprintf("an account id has 12 digits, with the zeros that it begins with; this has %d", len(text))
	case isNumber && bare == text:
		return ""
	case isPart(operator) && consists(strings.ToLower(text), "0123456789abcdef-"), isUUID(text):
		return ""
	default:
		return "an account id has 12 digits; compare account_name with a name"
	}
}

// isUUID reports whether a text has the form 01234567-89ab-cdef-0123-456789abcdef.
func isUUID(text string) bool {
	parts := strings.Split(strings.ToLower(text), "-")
	if len(parts) != 5 {
		return false
	}
	for i, length := range []int{8, 4, 4, 4, 12} {
		if len(parts[i]) != length || !consists(parts[i], "0123456789abcdef") {
			return false
		}
	}
	return true
}

// addressMistake finds a network where an address is wanted. What has called can have a name
// instead of an address.
func addressMistake(text string) string {
	if _, err := netip.ParsePrefix(text); err == nil {
		return "actor.ip is one address; ask for a network with cidr(actor.ip, \"10.0.0.0/8\")"
	}
	if _, err := netip.ParseAddr(text); err != nil && consists(text, digits+".") {
		return "this is no address; ask for a network with cidr(actor.ip, \"10.0.0.0/8\"), or write startsWith"
	}
	return ""
}
