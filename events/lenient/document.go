// Package lenient reads JSON as the services of AWS and the tools around them write it: by names of
// any case, in any form that a value is known to come in. Parsers of sources are written with it.
package lenient

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// Document is a JSON value, read leniently: names match whatever their case and separators
// (EventBridge writes accountId, the command line AccountId, other tools account_id), and each
// value is read in any form it is known to come in. What is absent, null or of no use is the zero
// Document, or null, and reading on from that gives zero values.
type Document struct {
	// scalar is a scalar as it stands in the JSON, so that no digit of a number is lost.
	scalar string
	// inside is what an object or a list holds, and nil for a scalar.
	inside *inside
}

// inside is what an object or a list holds, in its order.
type inside struct {
	// raw is the object or list as it came. It shares the memory of the text that was read.
	raw      json.RawMessage
	members  []Member
	elements []Document
}

// Member is one member of an object.
type Member struct {
	Name  string
	Value Document
}

// Decode decodes raw; what is not JSON is the zero Document.
func Decode(raw json.RawMessage) Document {
	d, _ := Read(raw)
	return d
}

// DecodeText decodes the JSON inside a text, which is how some sources carry an object.
func (d Document) DecodeText() Document {
	if d.Kind() == '"' {
		if text := decoded(d.scalar); strings.HasPrefix(strings.TrimSpace(text), "{") {
			return Decode([]byte(text))
		}
	}
	return d
}

// Kind returns the first byte of the value, or 0 when it is absent.
func (d Document) Kind() byte {
	switch {
	case d.inside != nil:
		return d.inside.raw[0]
	case d.scalar != "":
		return d.scalar[0]
	}
	return 0
}

// IsNull reports whether there is no value, or null.
func (d Document) IsNull() bool { return d.inside == nil && (d.scalar == "" || d.scalar == "null") }

// Raw returns the value as it came, and nil when it is absent.
func (d Document) Raw() json.RawMessage {
	switch {
	case d.inside != nil:
		return d.inside.raw
	case d.scalar != "":
		return json.RawMessage(d.scalar)
	}
	return nil
}

// Content returns the text of a JSON string, and any other value as it came.
func (d Document) Content() []byte {
	if d.Kind() == '"' {
		return unquoted(d.scalar)
	}
	return d.Raw()
}

// Object returns d when it is an object, and otherwise the zero Document.
func (d Document) Object() Document {
	if d.Kind() == '{' {
		return d
	}
	return Document{}
}

// Listed returns the elements of d when it is a list.
func (d Document) Listed() (elements []Document, isList bool) {
	if d.Kind() != '[' {
		return nil, false
	}
	return d.inside.elements, true
}

// Get walks down the path. Where a list stands in place of an object, its first element is meant.
func (d Document) Get(path ...string) Document {
	for _, name := range path {
		m := find(d.Members(), name)
		if m == nil {
			return Document{}
		}
		d = m.Value
	}
	return d
}

// find returns the member of the name, or the one whose name differs in case and separators only. A
// member that is null is none. Of several members of one name the last counts, as in encoding/json.
// The first by name goes first, so that the answer does not depend on the order of the members.
func find(members []Member, name string) *Member {
	best := exactly(members, name)
	if best != nil && !best.Value.IsNull() {
		return best
	}
	best = nil
	for i := len(members) - 1; i >= 0; i-- {
		m := &members[i]
		if couldBe(m.Name, name) && SameName(m.Name, name) && m.Name != name && !m.Value.IsNull() && (best == nil || m.Name < best.Name) {
			best = m
		}
	}
	return best
}

// couldBe reports whether two names begin alike, or one of them with a separator. Most members are of
// another name, and here is where that shows soonest.
func couldBe(a, b string) bool {
	return a == "" || b == "" || lower(a[0]) == lower(b[0]) || isSeparator(a[0]) || isSeparator(b[0])
}

// exactly returns the last member of the name, or nil when there is none.
func exactly(members []Member, name string) *Member {
	for i := len(members) - 1; i >= 0; i-- {
		if members[i].Name == name {
			return &members[i]
		}
	}
	return nil
}

// SameName compares two names without regard to case, underscores, hyphens and spaces.
func SameName(a, b string) bool {
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

// Members returns the members of d, or of the first object in a list. Anything else has none.
func (d Document) Members() []Member {
	if object := d.firstObject(); object != nil {
		return object.members
	}
	return nil
}

// firstObject returns what is inside of d, or of the first object in it where it is a list.
func (d Document) firstObject() *inside {
	elements, isList := d.Listed()
	if !isList {
		return d.Object().inside
	}
	for _, element := range elements {
		if element.Kind() == '{' {
			return element.inside
		}
	}
	return nil
}

// Each returns the members with their values, sorted by name; of several members of one name the
// last. Whoever goes through all members takes the values from here: to look each up by its name
// would go through an object of n members n times.
func (d Document) Each() []Member {
	members := slices.Clone(d.Members())
	slices.Reverse(members)
	slices.SortStableFunc(members, func(a, b Member) int { return strings.Compare(a.Name, b.Name) })
	return slices.CompactFunc(members, func(a, b Member) bool { return a.Name == b.Name })
}

// Absent reports whether there is nothing: no value, null, or an object or list without members.
//
//go:noinline
func (d Document) Absent() bool {
	if d.inside != nil {
		return len(d.inside.members) == 0 && len(d.inside.elements) == 0
	}
	return d.IsNull()
}

// At returns the first of the members that is there; a path has dots.
func (d Document) At(paths ...string) Document {
	for _, path := range paths {
		if member := d.Get(strings.Split(path, ".")...); !member.Absent() {
			return member
		}
	}
	return Document{}
}

// List returns the elements of the named list, in whatever way it was written down: as a list, as
// an object with the keys 0, 1, 2, as members name_0, name_1, or as its only element.
func (d Document) List(name string) []Document {
	if member := d.Get(name); !member.IsNull() {
		return member.Elements()
	}
	var parts []Member
	for _, m := range d.Members() {
		if prefix := withoutNumber(m.Name); prefix != m.Name && !m.Value.IsNull() && SameName(prefix, name) {
			parts = append(parts, m)
		}
	}
	// Of several names with one number the first counts, of one name twice the last.
	slices.SortStableFunc(parts, func(a, b Member) int { return strings.Compare(b.Name, a.Name) })
	for i, m := range parts {
		parts[i].Name = m.Name[len(withoutNumber(m.Name)):]
	}
	return numbered(parts)
}

func withoutNumber(key string) string { return strings.TrimRight(key, "0123456789") }

// Elements returns the elements of d itself; see List.
func (d Document) Elements() []Document {
	var elements []Document
	switch d.Kind() {
	case 0, 'n':
	case '[':
		for _, element := range d.inside.elements {
			if !element.IsNull() {
				elements = append(elements, element)
			}
		}
	case '{':
		elements = numbered(d.inside.members)
		if len(elements) == 0 && len(d.inside.members) > 0 {
			elements = append(elements, d)
		}
	default:
		elements = append(elements, d)
	}
	return elements
}

// numbered returns the values of the members 0, 1, 2 and so on, to the first gap.
func numbered(members []Member) []Document {
	if exactly(members, "0") == nil {
		return nil
	}
	values := make(map[string]Document, len(members))
	for _, m := range members {
		values[m.Name] = m.Value
	}
	var list []Document
	for i := range len(values) {
		value, ok := values[strconv.Itoa(i)]
		if !ok {
			break
		}
		list = append(list, value)
	}
	return list
}

// Texts returns the texts of the elements of d, without the empty ones.
func (d Document) Texts() []string {
	var texts []string
	for _, element := range d.Elements() {
		if text := element.Text(); text != "" {
			texts = append(texts, text)
		}
	}
	return texts
}
