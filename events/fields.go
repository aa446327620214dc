package events

import (
	"slices"
	"strconv"
)

// fields are the members of a decoded object, in its order. Objects are small: looking through them is quicker than
// to make a map of them. The nil fields have no members.
type fields struct{ members []member }

// member is one member of an object.
type member struct {
	name  string
	value any
}

// all gives the members.
func (f *fields) all() []member {
	if f == nil {
		return nil
	}
	return f.members
}

// exactly gives the member of the name; of several the last, as encoding/json does. It is nil when there is none.
func (f *fields) exactly(name string) *member {
	all := f.all()
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].name == name {
			return &all[i]
		}
	}
	return nil
}

// find gives the member of the name, else the one whose name differs in case and separators only. A member that is
// null is none. The first by name goes first, so that the answer does not depend on the order of the members.
func (f *fields) find(name string) *member {
	best := f.exactly(name)
	if best != nil && best.value != nil {
		return best
	}
	best = nil
	all := f.all()
	for i := len(all) - 1; i >= 0; i-- {
		m := &all[i]
		if m.name != name && m.value != nil && (best == nil || m.name < best.name) && sameName(m.name, name) {
			best = m
		}
	}
	return best
}

// numbered gives the values of the members 0, 1, 2 and so on, to the first number that is missing.
func (f *fields) numbered() []any {
	if f.exactly("0") == nil {
		return nil
	}
	values := make(map[string]any, len(f.members))
	for _, m := range f.members {
		values[m.name] = m.value
	}
	list := []any{}
	for i := range len(values) {
		value, ok := values[strconv.Itoa(i)]
		if !ok {
			break
		}
		list = append(list, value)
	}
	return slices.Clip(list)
}
