package summary

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tocsin-sec/tocsin/pkg/table"
)

// keptFor is how long the numbers of a day are kept.
const keptFor = table.Retention

// dayForm is how a day is named. Days are those of UTC, so that all functions have the same.
const dayForm = time.DateOnly

// dayKey is the key of the numbers of a day.
func dayKey(day string) table.Key { return table.Key{Partition: "/day", Sort: day} }

// The names of numbers. Each is short, since the whole item counts for what a write costs.
const (
	came       = "in" // findings for which nothing is left to be done
	nobody     = "nobody"
	unreadable = "unreadable"
)

// Of a sink the numbers are named by one of these, and its name.
const (
	sent     = "s "
	muted    = "m "
	repeated = "p "
	digested = "d "
	dead     = "x "
)

// level begins the name of the number of findings of a level; what is over has a name of its own.
const (
	level = "l "
	over  = "over"
)

// traits are by what findings are counted whose values nobody knows before. A number is named by the trait
// and the value; that of all other values by the trait alone.
func traits() []string { return []string{"a", "t", "r"} }

// Of a trait, mostValues are counted by name on a day, and perPayload become so with one payload: what other
// processes add at that moment is not known. So an item is of about 2 KB, which is what a write of it costs.
const (
	mostValues = 16
	perPayload = 4
	maxValue   = 64 // bytes of a value
	// maxSeen is how many values of a trait a process remembers that are not counted by name.
	maxSeen = 1_000
)

// needed is how often a process must have seen a value before it is counted by name, when so many are: a few
// names are left for what is frequent and came later.
func needed(used int) int64 {
	switch {
	case used < mostValues/2:
		return 1
	case used < mostValues*3/4:
		return 3
	default:
		return 8
	}
}

// shortened returns a value as it can be a part of a name: of a long one, such as an ARN, its end.
func shortened(value string) string {
	value = strings.ToValidUTF8(strings.TrimSpace(value), "")
	if len(value) <= maxValue {
		return value
	}
	value = value[len(value)-(maxValue-len("…")):]
	for !utf8.RuneStart(value[0]) {
		value = value[1:]
	}
	return "…" + value
}
