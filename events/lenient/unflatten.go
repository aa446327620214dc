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

// Unflatten puts members such as service_action_dnsrequestaction_domain, as log pipelines write
// them, back where they belong, where their names begin with one of the given. A value that stands in
// its place already stays.
func (d Document) Unflatten(tops ...string) Document {
	root, planted, indexes := d.firstObject(), 0, planter{}
	isFlattened := func(m Member) bool { return m.isFlattened(tops) }
	if !slices.ContainsFunc(d.Members(), isFlattened) {
		return d
	}
	for _, m := range d.Each() {
		if !isFlattened(m) {
			continue
		}
		if path := strings.SplitN(m.Name, "_", maxLevels+1); len(path) <= maxLevels && planted < maxFlattened {
			indexes.plant(root, path, m.Value)
			planted++
		}
	}
	return d
}

// isFlattened reports whether a member belongs into one of the named members. One whose name is the same
// as theirs but for separators is that member itself, and must not be put into itself.
func (m Member) isFlattened(tops []string) bool {
	top, rest, found := strings.Cut(m.Name, "_")
	return found && slices.Contains(tops, top) && plainName(rest) != ""
}

// planter finds members as find does, but goes through each object only once.
type planter map[*inside]*memberIndex

// memberIndex gives the places of members.
type memberIndex struct {
	// exact is by name. Plain is by the name without case and separators, without the members that are null.
	exact, plain map[string]int
}

// plant puts value at the end of path, unless something else stands in the way.
func (p planter) plant(tree *inside, path []string, value Document) {
	at, ok := p.find(tree, path[0])
	if len(path) == 1 {
		if !ok {
			p.add(tree, Member{path[0], value})
		}
		return
	}
	if !ok {
		at = p.add(tree, Member{path[0], Document{inside: &inside{raw: json.RawMessage("{}")}}})
	}
	if next := tree.members[at].Value.Object(); !next.IsNull() {
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
	if at, ok := index.exact[name]; ok && !tree.members[at].Value.IsNull() {
		return at, true
	}
	at, ok := index.plain[plainName(name)]
	return at, ok && tree.members[at].Name != name // a null that comes after it has taken it back
}

func (p planter) add(tree *inside, m Member) int {
	tree.members = append(tree.members, m)
	p[tree].note(tree, len(tree.members)-1)
	return len(tree.members) - 1
}

// note takes in a member. Of one name the last counts, of several that differ in case and separators only the first by
// name.
func (x *memberIndex) note(tree *inside, at int) {
	m := tree.members[at]
	x.exact[m.Name] = at
	if m.Value.IsNull() {
		return
	}
	plain := plainName(m.Name)
	if before, ok := x.plain[plain]; !ok || m.Name <= tree.members[before].Name {
		x.plain[plain] = at
	}
}

// plainName gives a name as SameName compares it.
func plainName(name string) string {
	plain := make([]byte, 0, len(name))
	for i := range len(name) {
		if c := name[i]; !isSeparator(c) {
			plain = append(plain, lower(c))
		}
	}
	return string(plain)
}
