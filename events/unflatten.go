package events

import (
	"encoding/json"
	"strings"
)

// The bounds of what is put back, far beyond any finding: each step looks through the members that are
// there already.
const (
	maxFlattened = 2000
	maxLevels    = 16
)

// unflatten puts members such as service_action_dnsrequestaction_domain, as log pipelines write
// them, back where they belong. A value that stands in its place already stays.
func unflatten(d document) document {
	root := d.firstObject()
	planted := 0
	for _, key := range d.keys() {
		if !strings.HasPrefix(key, "resource_") && !strings.HasPrefix(key, "service_") {
			continue
		}
		if path := strings.SplitN(key, "_", maxLevels+1); len(path) <= maxLevels && planted < maxFlattened {
			plant(root, path, exactly(root.members, key).value)
			planted++
		}
	}
	return d
}

// plant puts value at the end of path, unless something else stands in the way.
func plant(tree *inside, path []string, value document) {
	place := find(tree.members, path[0])
	if len(path) == 1 {
		if place == nil {
			tree.members = append(tree.members, member{path[0], value})
		}
		return
	}
	if place == nil {
		tree.members = append(tree.members, member{path[0], document{inside: &inside{raw: json.RawMessage("{}")}}})
		place = &tree.members[len(tree.members)-1]
	}
	if place.value.kind() == '{' {
		plant(place.value.inside, path[1:], value)
	}
}
