package events

import "encoding/json"

// Read decodes a text as the parsers see it, and reports whether it is valid JSON.
func Read(text []byte) (any, bool) {
	d, ok := read(text)
	return plain(d), ok
}

// plain gives a decoded value as encoding/json does.
func plain(d document) any {
	switch d.kind() {
	case '{':
		all := map[string]any{}
		for _, m := range d.members() {
			all[m.name] = plain(m.value)
		}
		return all
	case '[':
		list, _ := d.listed()
		all := make([]any, len(list))
		for i := range list {
			all[i] = plain(list[i])
		}
		return all
	case '"':
		return string(d.content())
	case 0, 'n':
		return nil
	case 't', 'f':
		return d.kind() == 't'
	}
	return json.Number(d.scalar)
}

// Raw gives the members of an object or the elements of a list, as they came.
func Raw(text []byte) (members map[string]json.RawMessage, elements []json.RawMessage) {
	d := decode(text)
	if d.kind() == '{' {
		members = map[string]json.RawMessage{}
		for _, m := range d.members() {
			members[m.name] = m.value.raw()
		}
	}
	if list, isList := d.listed(); isList {
		elements = []json.RawMessage{}
		for _, element := range list {
			elements = append(elements, element.raw())
		}
	}
	return members, elements
}
