package config

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// object is a JSON object, such as a schema.
type object = map[string]any

// Schema returns the JSON Schema of the files that ReadFile reads, with the types of sink of the
// options: what an editor completes, and underlines. It says which keys there are and of which form
// their values; what a value means, Load alone judges.
func Schema(o Options) ([]byte, error) {
	types := slices.Sorted(maps.Keys(o.SinkTypes))
	definitions, instances, typed := object{}, object{}, []any{}
	for _, kind := range types {
		definitions["defaults_"+kind] = keysOf(slices.Concat(sharedSettings(), o.SinkTypes[kind]))
		instance := keysOf(slices.Concat(sharedSettings(), o.SinkTypes[kind]))
		properties := instance["properties"].(object) //nolint:forcetypeassert // made just now
		properties["type"], properties["accounts"] = object{"const": kind}, object{"$ref": "#/$defs/accounts_of_a_sink"}
		instance["type"] = []string{"object", "null"}
		definitions[kind] = instance
		named := object{"allOf": []any{object{"$ref": "#/$defs/" + kind}}, "required": []string{"type"}}
		instances[kind] = object{"anyOf": []any{object{"$ref": "#/$defs/" + kind}, object{"$ref": "#/$defs/sink"}}}
		typed = append(typed, named)
	}
	definitions["setting"] = object{"anyOf": []any{
		scalar(), object{"type": "array", "items": scalar()}, object{"type": "object", "additionalProperties": scalar()},
	}}
	definitions["sink"] = object{"type": "object", "oneOf": typed}
	definitions["accounts_of_a_sink"] = object{
		"description": "only findings of these accounts: groups or names under accounts, or ids",
		"oneOf":       []any{scalar(), object{"type": "array", "items": scalar(), "minItems": 1}},
	}
	whole := keysOf(slices.DeleteFunc(slices.Concat(globalSettings(), sharedSettings()), func(name string) bool { return name == "SINKS" }))
	properties := whole["properties"].(object) //nolint:forcetypeassert // made just now
	properties["sinks"] = object{
		"type": "object", "properties": instances, "additionalProperties": object{"$ref": "#/$defs/sink"},
		"propertyNames": object{"pattern": "^[a-z][a-z0-9_]{0,31}$"}, "description": "where to send: the name of each instance, and its settings",
	}
	properties["accounts"] = accountsSchema()
	properties["mutes"] = object{"description": "what is sent to nobody for a while", "anyOf": []any{scalar(), object{"type": "array", "items": object{"type": "object"}}}}
	defaults := object{}
	for _, kind := range types {
		defaults[kind] = object{"$ref": "#/$defs/defaults_" + kind}
	}
	properties["defaults"] = object{"type": "object", "properties": defaults, "additionalProperties": false, "description": "what all sinks of a type have"}
	whole["$schema"], whole["title"], whole["$defs"] = "https://json-schema.org/draft/2020-12/schema", "The configuration of Tocsin", definitions
	text, err := json.MarshalIndent(whole, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("the schema: %w", err)
	}
	return append(text, '\n'), nil
}

// keysOf returns the schema of an object that has settings of these names.
func keysOf(names []string) object {
	properties := object{}
	for _, name := range names {
		properties[strings.ToLower(name)] = object{"$ref": "#/$defs/setting"}
	}
	return object{"type": "object", "properties": properties, "additionalProperties": false}
}

// scalar returns the schema of a text, in any of the forms that YAML has for one.
func scalar() object { return object{"type": []string{"string", "number", "boolean", "null"}} }

func accountsSchema() object {
	names := object{
		"type": "object", "propertyNames": object{"pattern": "^[0-9]{12}$"}, "additionalProperties": object{"type": []string{"string", "number"}},
	}
	return object{
		"type": "object", "description": "names of accounts by id, or groups of them",
		"patternProperties": object{"^[0-9]{12}$": object{"type": []string{"string", "number"}}}, "additionalProperties": names,
	}
}
