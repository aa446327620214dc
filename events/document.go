package events

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// document is a JSON value, decoded once and read leniently: names match whatever their case and
// separators (EventBridge writes accountId, the command line AccountId, other tools account_id), and
// each value is read in any form it is known to come in. What is absent, null or of no use is the
// zero document, and reading on from that gives zero values. Objects are *fields, texts *string, numbers *json.Number.
type document struct{ value any }

// read decodes raw, which is valid JSON or nothing at all.
func read(raw json.RawMessage) document {
	in := scanner{text: raw, copied: string(raw)}
	return document{in.value()}
}

// decode decodes raw; what is not JSON is the zero document.
func decode(raw json.RawMessage) document {
	if !valid(raw) {
		return document{}
	}
	return read(raw)
}

// decodeText decodes the JSON inside a text, which is how some sources carry an object.
func (d document) decodeText() document {
	if text, ok := d.value.(*string); ok && strings.HasPrefix(strings.TrimSpace(*text), "{") {
		return decode([]byte(*text))
	}
	return d
}

// get walks down the path. Where a list stands in place of an object, its first element is meant.
func (d document) get(path ...string) document {
	for _, name := range path {
		m := d.fields().find(name)
		if m == nil {
			return document{}
		}
		d = document{m.value}
	}
	return d
}

// sameName compares two names without regard to case, underscores, hyphens and spaces.
func sameName[T string | []byte](a T, b string) bool {
	i, j := 0, 0
	for {
		for i < len(a) && isSeparator(a[i]) {
			i++
		}
		for j < len(b) && isSeparator(b[j]) {
			j++
		}
		if i == len(a) || j == len(b) {
			return i == len(a) && j == len(b)
		}
		if lower(a[i]) != lower(b[j]) {
			return false
		}
		i++
		j++
	}
}

func isSeparator(c byte) bool { return c == '_' || c == '-' || c == ' ' }

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// fields gives the members of d, or of the first object in it where it is a list; nil of anything else.
func (d document) fields() *fields {
	switch value := d.value.(type) {
	case *fields:
		return value
	case []any:
		for _, element := range value {
			if members, ok := element.(*fields); ok {
				return members
			}
		}
	}
	return nil
}

// each gives the members with their values, sorted by name; of several members of one name the last.
// Whoever goes through all members takes the values from here: to look each up by its name would go
// through an object of n members n times.
func (d document) each() []member {
	members := slices.Clone(d.fields().all())
	slices.Reverse(members)
	slices.SortStableFunc(members, func(a, b member) int { return strings.Compare(a.name, b.name) })
	return slices.CompactFunc(members, func(a, b member) bool { return a.name == b.name })
}

// absent reports whether there is nothing: no value, null, or an object or list without members.
func (d document) absent() bool {
	switch value := d.value.(type) {
	case nil:
		return true
	case *fields:
		return len(value.members) == 0
	case []any:
		return len(value) == 0
	}
	return false
}

// either gives the first of the named members that is there.
func (d document) either(names ...string) document {
	for _, name := range names {
		if member := d.get(name); !member.absent() {
			return member
		}
	}
	return document{}
}

// list gives the elements of the named list, in whatever way it was written down: as a list, as an
// object with the keys 0, 1, 2, as members name_0, name_1, or as its only element.
func (d document) list(name string) []document {
	if member := d.get(name); member.value != nil {
		return member.elements()
	}
	var numbered []member
	for _, m := range d.fields().all() {
		if prefix := withoutNumber(m.name); prefix != m.name && sameName(prefix, name) {
			numbered = append(numbered, m)
		}
	}
	if len(numbered) == 0 {
		return nil
	}
	// Of several names with one number the first goes first, of one name twice the last.
	slices.SortStableFunc(numbered, func(a, b member) int { return strings.Compare(a.name, b.name) })
	values, names := map[string]any{}, map[string]string{}
	for _, m := range numbered {
		number := m.name[len(withoutNumber(m.name)):]
		if values[number] == nil || names[number] == m.name {
			values[number], names[number] = m.value, m.name
		}
	}
	var elements []document
	for i := 0; values[strconv.Itoa(i)] != nil; i++ {
		elements = append(elements, document{values[strconv.Itoa(i)]})
	}
	return elements
}

func withoutNumber(key string) string { return strings.TrimRight(key, "0123456789") }

// elements gives the elements of d itself; see list.
func (d document) elements() []document {
	var elements []document
	switch value := d.value.(type) {
	case nil:
	case []any:
		for _, element := range value {
			if element != nil {
				elements = append(elements, document{element})
			}
		}
	case *fields:
		for _, element := range value.numbered() {
			elements = append(elements, document{element})
		}
		if len(elements) == 0 && len(value.members) > 0 {
			elements = append(elements, d)
		}
	default:
		elements = append(elements, d)
	}
	return elements
}

// texts gives the texts of the elements of d, without the empty ones.
func (d document) texts() []string {
	var texts []string
	for _, element := range d.elements() {
		if text := element.text(); text != "" {
			texts = append(texts, text)
		}
	}
	return texts
}
