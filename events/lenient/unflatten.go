package lenient

import (
	"encoding/json"
	"slices"
	"strings"
)

// The bounds of what is put back, far beyond any finding.
const (
	maxFlattened = 2000
	maxLevels    = 16
)

// flattened is a value and the names on the way to it.
type flattened struct {
	path  []string
	value Document
}

// Unflatten puts members such as service_action_dnsrequestaction_domain, as log pipelines write
// them, back where they belong, where their names begin with one of the given. A value that stands
// in its place already stays.
func (d Document) Unflatten(tops ...string) Document {
	isFlattened := func(m Member) bool { return m.isFlattened(tops) }
	if !slices.ContainsFunc(d.Members(), isFlattened) {
		return d
	}
	var values []flattened
	for _, m := range d.Each() {
		path := strings.SplitN(m.Name, "_", maxLevels+1)
		if isFlattened(m) && !m.Value.IsNull() && len(path) <= maxLevels && len(values) < maxFlattened {
			values = append(values, flattened{path, m.Value})
		}
	}
	Document{inside: d.firstObject()}.plant(values)
	return d
}

// isFlattened reports whether a member belongs into one of the named members. One whose name is the
// same as theirs but for separators is that member itself, and must not be put into itself.
func (m Member) isFlattened(tops []string) bool {
	top, rest, found := strings.Cut(m.Name, "_")
	return found && slices.Contains(tops, top) && plainName(rest) != ""
}

// plant puts the values where their paths lead from the object d, unless something else stands in
// the way. It goes through the members that are there only once, however many values there are.
func (d Document) plant(values []flattened) {
	var names []string
	groups := map[string][]flattened{}
	for _, v := range values {
		name := plainName(v.path[0])
		if groups[name] == nil {
			names = append(names, name)
		}
		groups[name] = append(groups[name], v)
	}
	isThere := map[string]bool{}
	for _, m := range d.Each() {
		name := plainName(m.Name)
		if group := groups[name]; len(group) > 0 && !m.Value.IsNull() {
			isThere[name] = true
			m.Value.plantBelow(group)
		}
	}
	for _, name := range names {
		if isThere[name] {
			continue
		}
		first := groups[name][0]
		if len(first.path) > 1 {
			first.value = Document{inside: &inside{raw: json.RawMessage("{}")}}
		}
		first.value.plantBelow(groups[name])
		d.inside.members = append(d.inside.members, Member{first.path[0], first.value})
	}
}

// plantBelow puts the values whose paths lead on from d into it, if it is an object.
func (d Document) plantBelow(values []flattened) {
	var below []flattened
	for _, v := range values {
		if len(v.path) > 1 {
			below = append(below, flattened{v.path[1:], v.value})
		}
	}
	if len(below) > 0 && d.Kind() == '{' {
		d.plant(below)
	}
}

// plainName returns a name as SameName compares it.
func plainName(name string) string {
	plain := make([]byte, 0, len(name))
	for i := range len(name) {
		if c := name[i]; !isSeparator(c) {
			plain = append(plain, lower(c))
		}
	}
	return string(plain)
}
