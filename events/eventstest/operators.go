package eventstest

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strings"
)

// condition is one alternative for a field: that it is absent, or that a value holds.
type condition struct {
	isAbsence bool
	holds     func(value any) bool
}

// compileConditions reads the list of alternatives for a field.
func compileConditions(list []any) ([]condition, error) {
	if len(list) == 0 {
		return nil, errors.New("an empty array is not allowed")
	}
	conditions := make([]condition, len(list))
	for i, entry := range list {
		switch entry := entry.(type) {
		case map[string]any:
			c, err := compileOperator(entry)
			if err != nil {
				return nil, err
			}
			conditions[i] = c
		case []any:
			return nil, errors.New("an array in an array is not allowed")
		default:
			// Numbers, too, are compared as they are written: 300 is not 300.0.
			conditions[i].holds = func(value any) bool { return value == entry }
		}
	}
	return conditions, nil
}

// isOperator reports whether a name is an operator's.
func isOperator(name string) bool {
	return slices.Contains([]string{
		"exists", "numeric", "anything-but", "prefix", "suffix", "equals-ignore-case", "wildcard", "cidr", "exactly",
	}, name)
}

// compileOperator reads an alternative such as {"prefix": "a"}.
func compileOperator(entry map[string]any) (condition, error) {
	name, operand, err := single(entry)
	if err != nil {
		return condition{}, err
	}
	var holds func(any) bool
	switch name {
	case "exists":
		exists, isBool := operand.(bool)
		if !isBool {
			return condition{}, errors.New("exists: want true or false")
		}
		return condition{isAbsence: !exists, holds: func(any) bool { return true }}, nil
	case "numeric":
		holds, err = numeric(operand)
	case "anything-but":
		holds, err = anythingBut(operand)
	case "cidr":
		holds, err = cidr(operand)
	default:
		holds, err = textOperator(name, operand)
	}
	if err != nil {
		return condition{}, fmt.Errorf("%s: %w", name, err)
	}
	return condition{holds: holds}, nil
}

func single(entry map[string]any) (name string, operand any, err error) {
	if len(entry) != 1 {
		return "", nil, fmt.Errorf("an operator has one name, and not %d", len(entry))
	}
	for name, operand = range entry { // there is one
	}
	return name, operand, nil
}

// textOperator reads an operator that holds for texts alone.
func textOperator(name string, operand any) (func(any) bool, error) {
	fold := func(text string) string { return text }
	if inner, isObject := operand.(map[string]any); isObject && (name == "prefix" || name == "suffix") {
		operand = inner["equals-ignore-case"]
		if len(inner) != 1 || operand == nil {
			return nil, errors.New("takes a text, or equals-ignore-case alone")
		}
		fold = strings.ToLower
	}
	want, isText := operand.(string)
	if !isText {
		return nil, errors.New("want a text")
	}
	want = fold(want)
	var holds func(text string) bool
	switch name {
	case "prefix":
		holds = func(text string) bool { return strings.HasPrefix(fold(text), want) }
	case "suffix":
		holds = func(text string) bool { return strings.HasSuffix(fold(text), want) }
	case "equals-ignore-case":
		holds = func(text string) bool { return strings.EqualFold(text, want) }
	case "wildcard":
		parts, err := wildcardParts(want)
		if err != nil {
			return nil, err
		}
		holds = func(text string) bool { return matchParts(text, parts) }
	default:
		return nil, errors.New("there is no such operator")
	}
	return func(value any) bool {
		text, isText := value.(string)
		return isText && holds(text)
	}, nil
}

// anythingBut holds for every value but those of the operand: a text, a number, a list of either,
// or an operator for texts with one text or several.
func anythingBut(operand any) (func(any) bool, error) {
	var excluded []func(any) bool
	var err error
	if object, isObject := operand.(map[string]any); isObject {
		excluded, err = excludedByOperator(object)
	} else {
		excluded, err = excludedValues(operand)
	}
	if err != nil {
		return nil, err
	}
	return func(value any) bool {
		return !slices.ContainsFunc(excluded, func(holds func(any) bool) bool { return holds(value) })
	}, nil
}

func excludedByOperator(object map[string]any) ([]func(any) bool, error) {
	name, operand, err := single(object)
	if err != nil {
		return nil, err
	}
	var excluded []func(any) bool
	for _, text := range listed(operand) {
		if text == "" {
			return nil, errors.New("an empty text is not allowed")
		}
		holds, err := textOperator(name, text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		excluded = append(excluded, holds)
	}
	if len(excluded) == 0 {
		return nil, errors.New("an empty array is not allowed")
	}
	return excluded, nil
}

func excludedValues(operand any) ([]func(any) bool, error) {
	var excluded []func(any) bool
	texts := 0
	for _, value := range listed(operand) {
		switch value := value.(type) {
		case string:
			texts++
			excluded = append(excluded, func(other any) bool { return other == value })
		case json.Number:
			want, isInRange := sixDecimals(value)
			if !isInRange {
				return nil, errors.New("a number is out of range")
			}
			excluded = append(excluded, func(other any) bool {
				got, isNumber := sixDecimals(other)
				return isNumber && got == want
			})
		default:
			return nil, errors.New("takes texts and numbers only")
		}
	}
	if len(excluded) == 0 || texts != 0 && texts != len(excluded) {
		return nil, errors.New("wants texts only, or numbers only, and one at least")
	}
	return excluded, nil
}

func listed(operand any) []any {
	if list, isList := operand.([]any); isList {
		return list
	}
	return []any{operand}
}

// sixDecimals returns a number of the event or pattern with the six decimals that count; false for
// what is no number, or none between -5e9 and 5e9.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
func sixDecimals(value any) (float64, bool) {
	const most, decimals = 5e9, 1e6
	number, isNumber := value.(json.Number)
	if !isNumber {
		return 0, false
	}
	float, err := number.Float64()
	return math.Round(float * decimals), err == nil && math.Abs(float) <= most
}

// numeric holds for numbers, never for texts: [">=", 4], or a range such as [">", 0, "<=", 5].
func numeric(operand any) (func(any) bool, error) {
	list, _ := operand.([]any)
	if len(list) != 2 && len(list) != 4 {
		return nil, errors.New("want an operator and a number, or a lower and an upper bound")
	}
	var bounds []func(number float64) bool
	for pair := range slices.Chunk(list, 2) {
		name, _ := pair[0].(string)
		limit, isNumber := sixDecimals(pair[1])
		if !isNumber {
			return nil, errors.New("want a number between -5e9 and 5e9")
		}
		bound := compared(name, limit)
		if bound == nil {
			return nil, fmt.Errorf("there is no comparison %q", name)
		}
		bounds = append(bounds, bound)
	}
	if len(list) == 4 && (!strings.HasPrefix(fmt.Sprint(list[0]), ">") || !strings.HasPrefix(fmt.Sprint(list[2]), "<")) {
		return nil, errors.New("a range has its lower bound first, then its upper one")
	}
	return func(value any) bool {
		number, isNumber := sixDecimals(value)
		misses := func(bound func(float64) bool) bool { return !bound(number) }
		return isNumber && !slices.ContainsFunc(bounds, misses)
	}, nil
}

func compared(name string, limit float64) func(float64) bool {
	switch name {
	case "=":
		return func(number float64) bool { return number == limit }
	case ">":
		return func(number float64) bool { return number > limit }
	case ">=":
		return func(number float64) bool { return number >= limit }
	case "<":
		return func(number float64) bool { return number < limit }
	case "<=":
		return func(number float64) bool { return number <= limit }
	}
	return nil
}

// cidr holds for texts that are addresses of a network.
func cidr(operand any) (func(any) bool, error) {
	text, _ := operand.(string)
	network, err := netip.ParsePrefix(text)
	if err != nil {
		return nil, errors.New("want a network such as 10.0.0.0/24")
	}
	return func(value any) bool {
		text, _ := value.(string)
		address, err := netip.ParseAddr(text)
		return err == nil && network.Masked().Contains(address)
	}, nil
}

// wildcardParts returns the texts between the asterisks. \* and \\ stand for the character itself.
func wildcardParts(pattern string) ([]string, error) {
	parts := []string{""}
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; c {
		case '*':
			if i > 0 && parts[len(parts)-1] == "" && len(parts) > 1 {
				return nil, errors.New("asterisks in a row are not allowed")
			}
			parts = append(parts, "")
		case '\\':
			i++
			if i == len(pattern) || pattern[i] != '*' && pattern[i] != '\\' {
				return nil, errors.New(`a backslash stands before * or \ only`)
			}
			parts[len(parts)-1] += string(pattern[i])
		default:
			parts[len(parts)-1] += string([]byte{c})
		}
	}
	return parts, nil
}

// matchParts reports whether a text is the parts with anything between them.
func matchParts(text string, parts []string) bool {
	first, last := parts[0], parts[len(parts)-1]
	if len(parts) == 1 {
		return text == first
	}
	if len(text) < len(first)+len(last) || !strings.HasPrefix(text, first) || !strings.HasSuffix(text, last) {
		return false
	}
	text = text[len(first) : len(text)-len(last)]
	for _, part := range parts[1 : len(parts)-1] {
		_, after, found := strings.Cut(text, part)
		if !found {
			return false
		}
		text = after
	}
	return true
}
