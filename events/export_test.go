package events

import "encoding/json"

// Read decodes valid JSON as the parsers see it.
func Read(raw json.RawMessage) any { return read(raw).value }

// Members and Elements take valid JSON apart without decoding what is inside.
func Members(raw json.RawMessage) map[string]json.RawMessage { return readObject(raw) }

// Elements gives the elements of a list, and whether raw is one.
func Elements(raw json.RawMessage) ([]json.RawMessage, bool) { return readList(raw) }
