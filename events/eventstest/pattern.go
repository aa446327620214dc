package eventstest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// The limits of EventBridge on a pattern: its characters, and the ways through its $or.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
const (
	maxPattern = 2048
	maxWays    = 1000
)

// orName is the name in a pattern that stands for alternatives and not for a field.
const orName = "$or"

// Pattern is an event pattern of EventBridge, with the meaning that AWS documents: names and values
// are compared letter by letter, every field that the pattern names has to match, a list in the
// pattern holds alternatives, a list in the event matches by any element, and no two fields may
// match in different elements of one list of objects.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern.html
// https://github.com/aws/event-ruler
type Pattern struct {
	// ways are the alternatives that $or makes of the pattern, each the conditions by the field's
	// name with dots.
	ways []way
}

type way map[string][]condition

// Matches reports whether an event matches a pattern. The error says what EventBridge would refuse
// in the pattern, or that the event is no JSON object.
func Matches(pattern map[string]any, event []byte) (bool, error) {
	p, err := CompilePattern(pattern)
	if err != nil {
		return false, err
	}
	return p.Matches(event)
}

// CompilePattern returns the pattern that a value is in JSON. The error says what EventBridge would
// refuse in it.
func CompilePattern(pattern any) (Pattern, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // ">=" is of two characters
	if err := encoder.Encode(pattern); err != nil {
		return Pattern{}, fmt.Errorf("the pattern has no JSON form: %w", err)
	}
	if size := utf8.RuneCount(bytes.TrimSpace(text.Bytes())); size > maxPattern {
		return Pattern{}, fmt.Errorf("the pattern has %d characters, of %d that EventBridge takes", size, maxPattern)
	}
	object, err := decodeObject(text.Bytes())
	if err != nil {
		return Pattern{}, fmt.Errorf("the pattern is %w", err)
	}
	ways, err := compileObject(object, "", false)
	return Pattern{ways}, err
}

// decodeObject reads a JSON object and keeps its numbers as they are written.
func decodeObject(text []byte) (map[string]any, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, fmt.Errorf("no JSON: %w", err)
	}
	object, isObject := value.(map[string]any)
	if !isObject {
		return nil, errors.New("no JSON object")
	}
	return object, nil
}

// compileObject returns the ways to match an object of the pattern whose name with dots is path.
func compileObject(object map[string]any, path string, inOr bool) ([]way, error) {
	if len(object) == 0 {
		return nil, fmt.Errorf("%s: an empty object is not allowed", path)
	}
	ways := []way{{}}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if inOr && isOperator(name) {
			return nil, fmt.Errorf("%s: %s is an operator, which is no field of an alternative", path, name)
		}
		more, err := compileField(name, object[name], path, inOr)
		if err != nil {
			return nil, err
		}
		if ways, err = combine(ways, more); err != nil {
			return nil, err
		}
	}
	return ways, nil
}

func compileField(name string, value any, path string, inOr bool) ([]way, error) {
	if name == orName {
		return compileOr(value, path)
	}
	path = strings.TrimPrefix(path+"."+name, ".")
	switch value := value.(type) {
	case map[string]any:
		return compileObject(value, path, inOr)
	case []any:
		conditions, err := compileConditions(value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		return []way{{path: conditions}}, nil
	}
	return nil, fmt.Errorf("%s: want an object or an array", path)
}

func compileOr(value any, path string) ([]way, error) {
	alternatives, _ := value.([]any)
	if len(alternatives) < 2 {
		return nil, fmt.Errorf("%s: %s wants an array of two objects or more", path, orName)
	}
	var ways []way
	for _, alternative := range alternatives {
		object, isObject := alternative.(map[string]any)
		if !isObject {
			return nil, fmt.Errorf("%s: %s takes objects only", path, orName)
		}
		more, err := compileObject(object, path, true)
		if err != nil {
			return nil, err
		}
		ways = append(ways, more...)
	}
	return ways, nil
}

// combine returns the ways that go both by one of a and by one of b. It is not documented what a
// field means that stands on both sides, so that is refused.
func combine(a, b []way) ([]way, error) {
	if len(a)*len(b) > maxWays {
		return nil, fmt.Errorf("%s makes more than %d ways", orName, maxWays)
	}
	var both []way
	for _, left := range a {
		for _, right := range b {
			joined := maps.Clone(left)
			for name, conditions := range right {
				if joined[name] != nil {
					return nil, fmt.Errorf("%s: stands both beside %s and in it", name, orName)
				}
				joined[name] = conditions
			}
			both = append(both, joined)
		}
	}
	return both, nil
}

// Matches reports whether an event matches the pattern. The error says that the event is no JSON
// object.
func (p Pattern) Matches(event []byte) (bool, error) {
	object, err := decodeObject(event)
	if err != nil {
		return false, fmt.Errorf("the event is %w", err)
	}
	flat := flattened{fields: map[string][]field{}}
	flat.add("", object, nil)
	return slices.ContainsFunc(p.ways, func(w way) bool {
		return matchFrom(w, slices.Sorted(maps.Keys(w)), flat.fields, nil)
	}), nil
}

// matchFrom reports whether the fields with the names match, where the places in lists that have
// matched so far allow it.
func matchFrom(w way, names []string, event map[string][]field, so places) bool {
	if len(names) == 0 {
		return true
	}
	name, rest := names[0], names[1:]
	isThere := false
	for _, f := range event[name] {
		joined, fit := so.join(f.places)
		if !fit {
			continue
		}
		isThere = true
		holds := func(c condition) bool { return !c.isAbsence && c.holds(f.value) }
		if slices.ContainsFunc(w[name], holds) && matchFrom(w, rest, event, joined) {
			return true
		}
	}
	isAbsence := func(c condition) bool { return c.isAbsence }
	return !isThere && slices.ContainsFunc(w[name], isAbsence) && matchFrom(w, rest, event, so)
}

// field is a value of the event that is neither an object nor a list.
type field struct {
	value  any
	places places
}

// places are the elements that a field stands in, by the number of the list.
type places map[int]int

// join returns both places together; false if they are in different elements of one list.
func (p places) join(other places) (places, bool) {
	for array, index := range other {
		if at, known := p[array]; known && at != index {
			return nil, false
		}
	}
	joined := maps.Clone(other)
	if joined == nil {
		joined = places{}
	}
	maps.Copy(joined, p)
	return joined, true
}

// flattened are the fields of an event by their name with dots. Lists do not show in a name; an
// empty list or object is no field.
type flattened struct {
	fields map[string][]field
	arrays int
}

func (f *flattened) add(name string, value any, at places) {
	switch value := value.(type) {
	case map[string]any:
		for member, v := range value {
			f.add(strings.TrimPrefix(name+"."+member, "."), v, at)
		}
	case []any:
		array := f.arrays
		f.arrays++
		for i, element := range value {
			f.addElement(name, element, at, [2]int{array, i})
		}
	default:
		f.fields[name] = append(f.fields[name], field{value, at})
	}
}

// addElement adds an element of a list. One that has no fields of its own is in no place: the
// values of a list of texts may match each for another name.
func (f *flattened) addElement(name string, element any, at places, place [2]int) {
	switch element.(type) {
	case map[string]any, []any:
		inside := places{place[0]: place[1]}
		maps.Copy(inside, at)
		f.add(name, element, inside)
	default:
		f.add(name, element, at)
	}
}
