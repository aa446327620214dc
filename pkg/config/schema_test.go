package config_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"github.com/tocsin-sec/tocsin/pkg/config"
)

// The schema takes the files that are read, and refuses keys that there are none of.
func TestSchema(t *testing.T) {
	text, err := config.Schema(fileOptions())
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("tocsin.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("tocsin.json")
	if err != nil {
		t.Fatal(err)
	}
	whole := strings.Replace(wholeFile, "011122223333: ", `"011122223333": `, 1)
	for file, isGood := range map[string]bool{
		whole: true,
		"sinks: {slack: {channel: C1}, shop: {type: slack, accounts: shop}}": true,
		"sinks: {slack: {type: console, format: json}}":                      true,
		"sinks: {shop: {channel: C1}}":                                       false,
		"sinks: {shop: {type: slack, chanel: C1}}":                           false,
		"sinks: {slack: {chanel: C1}}":                                       false,
		"sinks: {Shop: {type: slack}}":                                       false,
		"min_severty: high":                                                  false,
		"defaults: {teams: {}}":                                              false,
		`accounts: {"11112222333": x}`:                                       false,
	} {
		var value any
		if err := yaml.Unmarshal([]byte(file), &value); err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(value); (err == nil) != isGood {
			t.Errorf("%s: got %v", file, err)
		}
		if _, mistakes := config.ReadFile("f", []byte(file), fileOptions()); (len(mistakes) == 0) != isGood && !strings.Contains(file, "accounts: shop") {
			t.Errorf("%s: got %v", file, mistakes)
		}
	}
}
