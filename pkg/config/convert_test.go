package config_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/pkg/config"
)

// What is converted and read again is the same, whatever YAML would make of a text.
func TestConvert(t *testing.T) {
	settings := map[string]string{
		"SINKS": "shop=slack,console", "MIN_SEVERITY": "7", "WHEN": "not sample and\n  type startsWith \"a: b # c\"", "ACCOUNT_NAMES": "011122223333=yes,444455556666=1.0",
		"SHOP_CHANNEL": "C0123", "SHOP_BOT_TOKEN": "xoxb-1", "SHOP_TITLE_TEMPLATE": "{{.title}}: 'x'", "MUTES": "- when: sample\n  until: 2999-01-01\n  reason: x\n",
		"DIGEST_AFTER": "0", "REPEAT": "never", "CONSOLE_FORMAT": "json", "SOURCE_SEVERITY": "health=low", "RUNBOOK_URL": "https://wiki.example.com/{type}",
	}
	file, err := config.Convert(config.Texts(settings), fileOptions())
	if err != nil {
		t.Fatal(err)
	}
	got, mistakes := config.ReadFile("f", file, fileOptions())
	if len(mistakes) > 0 {
		t.Fatalf("%v\n%s", mistakes, file)
	}
	before, err := config.Load(config.Texts(settings), fileOptions())
	if err != nil {
		t.Fatal(err)
	}
	after, err := config.Load(got, fileOptions())
	if err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(before.AccountNames, after.AccountNames) || len(before.Sinks) != len(after.Sinks) {
		t.Errorf("got %+v", after)
	}
	texts := map[string]string{}
	for name := range settings {
		value, _ := got.Lookup(name)
		texts[name] = value.Text
	}
	for _, read := range []string{"ACCOUNT_NAMES", "MUTES"} { // in another form
		delete(texts, read)
		delete(settings, read)
	}
	settings["SINKS"] = "shop=slack,console=console"
	if diff := cmp.Diff(settings, texts); diff != "" {
		t.Errorf("%s\n%s", diff, file)
	}
	if names := got.Names(); slices.Contains(names, "AWS_REGION") {
		t.Error("what is others' is there")
	}
	if _, err := config.Convert(config.Texts(map[string]string{"SINKS": "slak"}), fileOptions()); err == nil {
		t.Error("a mistake is converted")
	}
}
