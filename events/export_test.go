package events

import (
	"bytes"
	"encoding/json"
)

// Read decodes valid JSON as the parsers see it.
func Read(raw json.RawMessage) any { return plain(read(raw).value) }

// plain gives a decoded value as encoding/json does.
func plain(value any) any {
	switch value := value.(type) {
	case *fields:
		all := map[string]any{}
		for _, m := range value.members {
			all[m.name] = plain(m.value)
		}
		return all
	case []any:
		all := make([]any, len(value))
		for i := range value {
			all[i] = plain(value[i])
		}
		return all
	case *string:
		return *value
	case *json.Number:
		return *value
	}
	return value
}

// Members and Elements take valid JSON apart without decoding what is inside.
func Members(raw json.RawMessage) map[string]json.RawMessage {
	object := readObject(raw)
	if object == nil {
		return nil
	}
	all := map[string]json.RawMessage{}
	for _, m := range object {
		all[string(unquote(m.name))] = m.value
	}
	return all
}

// Elements gives the elements of a list, and whether raw is one.
func Elements(raw json.RawMessage) ([]json.RawMessage, bool) { return readList(raw) }

// Outline takes a text apart as the opening of a payload does: the members of an object, the elements of a list, and those
// of each list that is a member, by its name. It reports whether the text is valid.
func Outline(text []byte) (members map[string]json.RawMessage, elements []json.RawMessage, lists map[string][]json.RawMessage, ok bool) {
	parts, ok := outlined(text)
	if parts.members != nil {
		members, lists = map[string]json.RawMessage{}, map[string][]json.RawMessage{}
	}
	for _, m := range parts.members {
		name := string(unquote(m.name))
		members[name] = m.value
		delete(lists, name)
		if list, isList := parts.listAt(m.value); isList {
			lists[name] = list
		}
	}
	elements, _ = parts.listAt(bytes.TrimSpace(text))
	return members, elements, lists, ok
}

// Valid reports whether a text is one JSON value.
func Valid(text []byte) bool { return valid(text) }
