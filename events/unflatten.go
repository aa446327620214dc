package events

import "strings"

// The bounds of what is put back, far beyond any finding: each step looks through the members that are
// there already.
const (
	maxFlattened = 2000
	maxLevels    = 16
)

// unflatten puts members such as service_action_dnsrequestaction_domain, as log pipelines write
// them, back where they belong. A value that stands in its place already stays.
func unflatten(d document) document {
	root := d.fields()
	planted := 0
	for _, key := range d.keys() {
		path := strings.SplitN(key, "_", maxLevels+1)
		isFlattened := len(path) > 1 && len(path) <= maxLevels && (path[0] == "resource" || path[0] == "service")
		if isFlattened && planted < maxFlattened {
			plant(root, path, root[key])
			planted++
		}
	}
	return d
}

// plant puts value at the end of path, unless something else stands in the way.
func plant(tree map[string]any, path []string, value any) {
	name, found := memberName(tree, path[0])
	if !found {
		name = path[0]
	}
	if len(path) == 1 {
		if !found {
			tree[name] = value
		}
		return
	}
	next, isObject := tree[name].(map[string]any)
	if !isObject {
		if found {
			return
		}
		next = make(map[string]any)
		tree[name] = next
	}
	plant(next, path[1:], value)
}
