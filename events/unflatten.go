package events

import "strings"

// unflatten puts members such as service_action_dnsrequestaction_domain, as log pipelines write
// them, back where they belong. A value that stands in its place already stays.
func unflatten(d document) document {
	root := d.fields()
	for _, key := range d.keys() {
		path := strings.Split(key, "_")
		if len(path) > 1 && (path[0] == "resource" || path[0] == "service") {
			plant(root, path, root[key])
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
