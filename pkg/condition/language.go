package condition

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/expr-lang/expr"
)

// The functions of Tocsin's own.
const (
	functionCIDR = "cidr"
	functionDate = "date"
)

// builtins are the functions of the expr language that a condition can use. Left out is what has no
// place in a yes or no, what depends on more than the finding (now, timezone), and what grows
// without measure.
func builtins() []string {
	return []string{
		"all", "any", "none", "one", "filter", "map", "find", "sum", "len", "first", "last", "get", "min", "max",
		"abs", "int", "float", "lower", "upper", "trim", "trimPrefix", "trimSuffix", "split", "join", "indexOf",
		"hasPrefix", "hasSuffix", "duration",
	}
}

func language(names any) []expr.Option {
	options := []expr.Option{
		expr.Env(names), expr.AsBool(), expr.WarnOnAny(), expr.MaxNodes(maxNodes),
		expr.DisableAllBuiltins(),
		expr.Function(functionCIDR, cidr, new(func(string, string, ...string) bool)),
		expr.Function(functionDate, date, new(func(string) time.Time)),
	}
	for _, name := range builtins() {
		options = append(options, expr.EnableBuiltin(name))
	}
	return options
}

// cidr reports whether an address is in one of the networks. A text that is no address is in none.
func cidr(arguments ...any) (any, error) {
	address, err := netip.ParseAddr(fmt.Sprint(arguments[0]))
	known := err == nil
	for _, argument := range arguments[1:] {
		network, err := parseNetwork(fmt.Sprint(argument))
		if err != nil {
			return nil, err
		}
		if known && network.Contains(address.Unmap()) {
			return true, nil
		}
	}
	return false, nil
}

func parseNetwork(network string) (netip.Prefix, error) {
	prefix, err := netip.ParsePrefix(network)
	if err != nil {
		return netip.Prefix{}, errors.New("a network is written as 10.0.0.0/8 or 2001:db8::/32")
	}
	return prefix, nil
}

// date reads a day (its beginning in UTC) or a time.
func date(arguments ...any) (any, error) { return parseDate(fmt.Sprint(arguments[0])) }

func parseDate(text string) (time.Time, error) {
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, errors.New("a date is written as 2026-12-31 or 2026-12-31T18:00:00Z")
}
