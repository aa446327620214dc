package events

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// document is a JSON value, read leniently: names match whatever their case and
// separators (EventBridge writes accountId, the command line AccountId, other tools account_id), and
// each value is read in any form it is known to come in. What is absent, null or of no use is the
// zero document, or null, and reading on from that gives zero values.
type document struct {
	// scalar is a scalar as it stands in the JSON, so that no digit of a number is lost.
	scalar string
	// inside is what an object or a list holds, and nil for a scalar.
	inside *inside
}

// inside is what an object or a list holds, in its order.
type inside struct {
	// raw is the object or list as it came. It shares the memory of the text that was read.
	raw      json.RawMessage
	members  []member
	elements []document
}

// member is one member of an object.
type member struct {
	name  string
	value document
}

// decode decodes raw; what is not JSON is the zero document.
func decode(raw json.RawMessage) document {
	d, _ := read(raw)
	return d
}

// decodeText decodes the JSON inside a text, which is how some sources carry an object.
func (d document) decodeText() document {
	if d.kind() == '"' {
		if text := decoded(d.scalar); strings.HasPrefix(strings.TrimSpace(text), "{") {
			return decode([]byte(text))
		}
	}
	return d
}

// kind returns the first byte of the value, or 0 when it is absent.
func (d document) kind() byte {
	switch {
	case d.inside != nil:
		return d.inside.raw[0]
	case d.scalar != "":
		return d.scalar[0]
	}
	return 0
}

// isNull reports whether there is no value, or null.
func (d document) isNull() bool { return d.inside == nil && (d.scalar == "" || d.scalar == "null") }

func (d document) isBool() bool { return d.kind() == 't' || d.kind() == 'f' }

func (d document) isNumber() bool { return d.kind() == '-' || '0' <= d.kind() && d.kind() <= '9' }

// raw returns the value as it came, and nil when it is absent.
func (d document) raw() json.RawMessage {
	switch {
	case d.inside != nil:
		return d.inside.raw
	case d.scalar != "":
		return json.RawMessage(d.scalar)
	}
	return nil
}

// content returns the text of a JSON string, and any other value as it came.
func (d document) content() []byte {
	if d.kind() == '"' {
		return unquoted(d.scalar)
	}
	return d.raw()
}

// object returns d when it is an object, and otherwise the zero document.
func (d document) object() document {
	if d.kind() == '{' {
		return d
	}
	return document{}
}

// listed returns the elements of d when it is a list.
func (d document) listed() (elements []document, isList bool) {
	if d.kind() != '[' {
		return nil, false
	}
	return d.inside.elements, true
}

// get walks down the path. Where a list stands in place of an object, its first element is meant.
func (d document) get(path ...string) document {
	for _, name := range path {
		m := find(d.members(), name)
		if m == nil {
			return document{}
		}
		d = m.value
	}
	return d
}

// find returns the member of the name, or the one whose name differs in case and separators only. A member
// that is null is none. Of several members of one name the last counts, as in encoding/json. The first by
// name goes first, so that the answer does not depend on the order of the members.
func find(members []member, name string) *member {
	best := exactly(members, name)
	if best != nil && !best.value.isNull() {
		return best
	}
	best = nil
	for i := len(members) - 1; i >= 0; i-- {
		m := &members[i]
		if m.name != name && !m.value.isNull() && (best == nil || m.name < best.name) && sameName(m.name, name) {
			best = m
		}
	}
	return best
}

// exactly returns the last member of the name, or nil when there is none.
func exactly(members []member, name string) *member {
	for i := len(members) - 1; i >= 0; i-- {
		if members[i].name == name {
			return &members[i]
		}
	}
	return nil
}

// sameName compares two names without regard to case, underscores, hyphens and spaces.
func sameName(a, b string) bool {
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

// members returns the members of d, or of the first object in it where it is a list. Anything else has none.
func (d document) members() []member {
	if object := d.firstObject(); object != nil {
		return object.members
	}
	return nil
}

// firstObject returns what is inside of d, or of the first object in it where it is a list.
func (d document) firstObject() *inside {
	elements, isList := d.listed()
	if !isList {
		return d.object().inside
	}
	for _, element := range elements {
		if element.kind() == '{' {
			return element.inside
		}
	}
	return nil
}

// each returns the members with their values, sorted by name; of several members of one name the last.
// Whoever goes through all members takes the values from here: to look each up by its name would go
// through an object of n members n times.
func (d document) each() []member {
	members := slices.Clone(d.members())
	slices.Reverse(members)
	slices.SortStableFunc(members, func(a, b member) int { return strings.Compare(a.name, b.name) })
	return slices.CompactFunc(members, func(a, b member) bool { return a.name == b.name })
}

// absent reports whether there is nothing: no value, null, or an object or list without members.
func (d document) absent() bool {
	if d.inside != nil {
		return len(d.inside.members) == 0 && len(d.inside.elements) == 0
	}
	return d.isNull()
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
	if member := d.get(name); !member.isNull() {
		return member.elements()
	}
	var numbered []member
	for _, m := range d.members() {
		if prefix := withoutNumber(m.name); prefix != m.name && sameName(prefix, name) {
			numbered = append(numbered, m)
		}
	}
	if len(numbered) == 0 {
		return nil
	}
	// Of several names with one number the first goes first, of one name twice the last.
	slices.SortStableFunc(numbered, func(a, b member) int { return strings.Compare(a.name, b.name) })
	values, names := map[string]document{}, map[string]string{}
	for _, m := range numbered {
		number := m.name[len(withoutNumber(m.name)):]
		if values[number].isNull() || names[number] == m.name {
			values[number], names[number] = m.value, m.name
		}
	}
	var elements []document
	for i := 0; !values[strconv.Itoa(i)].isNull(); i++ {
		elements = append(elements, values[strconv.Itoa(i)])
	}
	return elements
}

func withoutNumber(key string) string { return strings.TrimRight(key, "0123456789") }

// elements returns the elements of d itself; see list.
func (d document) elements() []document {
	var elements []document
	switch d.kind() {
	case 0, 'n':
	case '[':
		for _, element := range d.inside.elements {
			if !element.isNull() {
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

// numbered returns the values of the members 0, 1, 2 and so on, to the first number that is missing.
func numbered(members []member) []document {
	if exactly(members, "0") == nil {
		return nil
	}
	values := make(map[string]document, len(members))
	for _, m := range members {
		values[m.name] = m.value
	}
	var list []document
	for i := range len(values) {
		value, ok := values[strconv.Itoa(i)]
		if !ok {
			break
		}
		list = append(list, value)
	}
	return list
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
