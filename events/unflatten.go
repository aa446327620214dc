package events

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

// unflatten puts members such as service_action_dnsrequestaction_domain, as log pipelines write
// them, back where they belong. A value that stands in its place already stays.
func unflatten(d document) document {
	root, planted, indexes := d.firstObject(), 0, planter{}
	if !slices.ContainsFunc(d.members(), member.isFlattened) {
		return d
	}
	for _, m := range d.each() {
		if !m.isFlattened() {
			continue
		}
		if path := strings.SplitN(m.name, "_", maxLevels+1); len(path) <= maxLevels && planted < maxFlattened {
			indexes.plant(root, path, m.value)
			planted++
		}
	}
	return d
}

// isFlattened reports whether a member belongs elsewhere. One whose name is the same as "resource" but for separators is
// the resource itself, and must not be put into itself.
func (m member) isFlattened() bool {
	top, rest, found := strings.Cut(m.name, "_")
	return found && (top == "resource" || top == "service") && plainName(rest) != ""
}

// planter finds members as find does, but goes through each object only once.
type planter map[*inside]*memberIndex

// memberIndex gives the places of members.
type memberIndex struct {
	// exact is by name. Plain is by the name without case and separators, without the members that are null.
	exact, plain map[string]int
}

// plant puts value at the end of path, unless something else stands in the way.
func (p planter) plant(tree *inside, path []string, value document) {
	at, ok := p.find(tree, path[0])
	if len(path) == 1 {
		if !ok {
			p.add(tree, member{path[0], value})
		}
		return
	}
	if !ok {
		at = p.add(tree, member{path[0], document{inside: &inside{raw: json.RawMessage("{}")}}})
	}
	if next := tree.members[at].value.object(); !next.isNull() {
		p.plant(next.inside, path[1:], value)
	}
}

func (p planter) find(tree *inside, name string) (int, bool) {
	index := p[tree]
	if index == nil {
		index = &memberIndex{exact: map[string]int{}, plain: map[string]int{}}
		p[tree] = index
		for at := range tree.members {
			index.note(tree, at)
		}
	}
	if at, ok := index.exact[name]; ok && !tree.members[at].value.isNull() {
		return at, true
	}
	at, ok := index.plain[plainName(name)]
	return at, ok && tree.members[at].name != name // a null that comes after it has taken it back
}

func (p planter) add(tree *inside, m member) int {
	tree.members = append(tree.members, m)
	p[tree].note(tree, len(tree.members)-1)
	return len(tree.members) - 1
}

// note takes in a member. Of one name the last counts, of several that differ in case and separators only the first by
// name.
func (x *memberIndex) note(tree *inside, at int) {
	m := tree.members[at]
	x.exact[m.name] = at
	if m.value.isNull() {
		return
	}
	plain := plainName(m.name)
	if before, ok := x.plain[plain]; !ok || m.name <= tree.members[before].name {
		x.plain[plain] = at
	}
}

// plainName gives a name as sameName compares it.
func plainName(name string) string {
	plain := make([]byte, 0, len(name))
	for i := range len(name) {
		if c := name[i]; !isSeparator(c) {
			plain = append(plain, lower(c))
		}
	}
	return string(plain)
}
