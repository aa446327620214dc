package config_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/pkg/config"
)

// pressed are settings by which the messages of chat have buttons, with others over them; "-" takes one away.
func pressed(with map[string]string) config.Variables {
	texts := map[string]string{"SINKS": "chat,pager", "CHAT_SIGNED": "a-reference", "LEDGER": "dynamodb", "LEDGER_TABLE": "t"}
	maps.Copy(texts, with)
	maps.DeleteFunc(texts, func(_, text string) bool { return text == "-" })
	return config.Texts(texts)
}

func TestActions(t *testing.T) {
	for name, test := range map[string]struct {
		with map[string]string
		want config.Actions
	}{
		"no buttons":           {map[string]string{"CHAT_SIGNED": "-"}, config.Actions{}},
		"buttons":              {nil, config.Actions{AreOn: true}},
		"who may, and what":    {map[string]string{"ACTIONS_ALLOW": "U1,S2", "ACTIONS_ARCHIVE": "True"}, config.Actions{AreOn: true, Allow: "U1,S2", Archive: true}},
		"said in full":         {map[string]string{"ACTIONS_ARCHIVE": "false"}, config.Actions{AreOn: true}},
		"off without buttons":  {map[string]string{"CHAT_SIGNED": "-", "ACTIONS_ARCHIVE": "false"}, config.Actions{}},
		"an instance actions":  {map[string]string{"SINKS": "actions=chat,chat", "ACTIONS_ALLOW": "U1"}, config.Actions{AreOn: true, Allow: "U1"}},
		"the second of a type": {map[string]string{"SINKS": "chat,b=chat", "CHAT_SIGNED": "-", "B_SIGNED": "r"}, config.Actions{AreOn: true}},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := config.Load(pressed(test.with), escalates())
			if diff := cmp.Diff(test.want, c.Actions); diff != "" || err != nil {
				t.Errorf("%v %s", err, diff)
			}
		})
	}
	laptop := escalates()
	laptop.DefaultSinks = "console"
	if _, err := config.Load(pressed(map[string]string{"LEDGER": "-", "LEDGER_TABLE": "-"}), laptop); err != nil {
		t.Errorf("a laptop that reads settings of Lambda: %v", err)
	}
}

func TestMistakesInActions(t *testing.T) {
	for name, test := range map[string]struct {
		with map[string]string
		want []string
	}{
		"no table":       {map[string]string{"LEDGER": "memory", "LEDGER_TABLE": "-"}, []string{"CHAT_SIGNED: needs a table", "set LEDGER=dynamodb and LEDGER_TABLE"}},
		"no ledger":      {map[string]string{"LEDGER": "off", "LEDGER_TABLE": "-"}, []string{"CHAT_SIGNED: needs a table"}},
		"no buttons":     {map[string]string{"CHAT_SIGNED": "-", "ACTIONS_ALLOW": "U0SECRET1", "ACTIONS_ARCHIVE": "true"}, []string{"ACTIONS_ALLOW: needs buttons; set CHAT_SIGNED, or unset this", "ACTIONS_ARCHIVE: needs buttons; set CHAT_SIGNED, or unset this"}},
		"one of two":     {map[string]string{"SINKS": "chat,b=chat,pager", "CHAT_SIGNED": "-", "ACTIONS_ALLOW": "U1"}, []string{"ACTIONS_ALLOW: needs buttons; set CHAT_SIGNED or B_SIGNED, or unset this"}},
		"none that can":  {map[string]string{"SINKS": "pager", "CHAT_SIGNED": "-", "ACTIONS_ALLOW": "U1"}, []string{"ACTIONS_ALLOW: needs buttons, which only these types of sink have: chat with SIGNED; unset this"}},
		"neither of two": {map[string]string{"ACTIONS_ARCHIVE": "U0SECRET1"}, []string{"ACTIONS_ARCHIVE: says whether findings can be archived at their source by a button: want true or false"}},
		"a slip":         {map[string]string{"ACTIONS_ALOW": "U0SECRET1"}, []string{"ACTIONS_ALOW: no such setting; did you mean ACTIONS_ALLOW?"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := config.Load(pressed(test.with), escalates())
			for _, want := range test.want {
				if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "U0SECRET1") {
					t.Errorf("got %v, want %s", err, want)
				}
			}
		})
	}
}
