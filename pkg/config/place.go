package config

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/setting"
)

// lineError is a mistake that stands in a line of the file.
type lineError struct {
	error
	line int
}

// Unwrap returns the mistake.
func (e lineError) Unwrap() error { return e.error }

// At puts before a mistake where it stands, such as "tocsin.yaml:3".
func At(origin string, mistake error) error {
	line, err := strconv.Atoi(origin[strings.LastIndex(origin, ":")+1:])
	mistake = fmt.Errorf("%s: %w", origin, mistake)
	if err != nil {
		return mistake
	}
	return lineError{mistake, line}
}

// Located puts where a variable stands before a mistake that begins with its name, as in
// "tocsin.yaml:3: RATE: not a number". A mistake in a variable without an origin stays as it is.
func Located(s Source, mistake error) error {
	name, rest, _ := strings.Cut(mistake.Error(), ": ")
	value, _ := s.Lookup(name)
	if value.Origin == "" {
		return mistake
	}
	placed := At(value.Origin, mistake)
	if number, isInside := strings.CutPrefix(rest, "line "); isInside && value.keepsLines {
		number, _, _ = strings.Cut(number, ":")
		if line, err := strconv.Atoi(number); err == nil {
			return lineError{placed, line}
		}
	}
	return placed
}

// Placed returns mistakes with where they stand, each once: instances can share a setting. They have
// the order of ByLine. Left out is what is missing because it cannot be read, which is said already.
func Placed(s Source, mistakes []error) []error {
	var all []error
	seen := map[string]bool{}
	for _, mistake := range mistakes {
		name, _, _ := strings.Cut(mistake.Error(), ":")
		if value, _ := s.Lookup(name); seen[mistake.Error()] || value.IsUnread && strings.TrimSpace(value.Text) == "" {
			continue
		}
		seen[mistake.Error()] = true
		if !errors.As(mistake, new(lineError)) {
			mistake = Located(s, mistake)
		}
		all = append(all, mistake)
	}
	ByLine(all)
	return all
}

// ByLine sorts mistakes by their lines in the file. Those that are in none come last, in the order
// that they have.
func ByLine(mistakes []error) {
	slices.SortStableFunc(mistakes, func(a, b error) int { return cmp.Compare(lineOf(a), lineOf(b)) })
}

func lineOf(mistake error) int {
	if in := (lineError{}); errors.As(mistake, &in) {
		return in.line
	}
	return math.MaxInt
}

// typeOfSink is the key type of an instance as if it were a variable. No setting has the name.
const typeOfSink = "TYPE"

// IsSinkUnread reports whether something of an instance stands in the file and cannot be read: it can
// be what the instance seems to lack.
func IsSinkUnread(s Source, instance string) bool {
	value, _ := s.Lookup(setting.Variable(instance, typeOfSink))
	return value.IsUnread
}
