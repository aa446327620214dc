package config_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/pkg/config"
)

func fileOptions() config.Options {
	return config.Options{SinkTypes: map[string][]string{
		"slack": {"WEBHOOK_URL", "BOT_TOKEN", "CHANNEL"}, "pagerduty": {"ROUTING_KEY"}, "console": {"FORMAT"},
	}, Sources: map[string]bool{"health": false, "guardduty": true}}
}

const wholeFile = `
min_severity: high
when: not sample
fields: [resource, actor]
source_severity: {health: medium}
accounts:
  "111122223333": root
  shop:
    "444455556666": shop-prod
    011122223333: shop-dev
defaults:
  slack:
    bot_token: arn:aws:secretsmanager:eu-west-1:111122223333:secret:bot-AbCdEf
    repeat: 24h
sinks:
  console:
  shop:
    type: slack
    channel: C0123ABCD
    accounts: shop
    repeat: changes
    mention: ["<@U012AB3CD>", "@here"]
  oncall:
    type: pagerduty
    routing_key: arn:aws:secretsmanager:eu-west-1:111122223333:secret:pd-AbCdEf#key
    accounts: [root, "777788889999"]
    when: severity >= 9   # at night, too
mutes:
  - when: sample
    until: 2026-12-01
    reason: tests
`

// A file stands for variables, each of which says where it is.
func TestReadFile(t *testing.T) {
	got, mistakes := config.ReadFile("tocsin.yaml", []byte(wholeFile), fileOptions())
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	want := map[string]string{
		"MIN_SEVERITY":       "2 high",
		"WHEN":               "3 not sample",
		"FIELDS":             "4 resource,actor",
		"SOURCE_SEVERITY":    "5 health=medium",
		"ACCOUNT_NAMES":      `6 {"011122223333":"shop-dev","111122223333":"root","444455556666":"shop-prod"}`,
		"SINKS":              "15 console=console,shop=slack,oncall=pagerduty",
		"SHOP_CHANNEL":       "19 C0123ABCD",
		"SHOP_BOT_TOKEN":     "13 arn:aws:secretsmanager:eu-west-1:111122223333:secret:bot-AbCdEf",
		"SHOP_REPEAT":        "21 changes",
		"SHOP_MENTION":       "22 <@U012AB3CD> @here",
		"SHOP_WHEN":          `20 (not sample) and account in ["011122223333", "444455556666"]`,
		"ONCALL_ROUTING_KEY": "25 arn:aws:secretsmanager:eu-west-1:111122223333:secret:pd-AbCdEf#key",
		"ONCALL_WHEN":        `27 (severity >= 9) and account in ["111122223333", "777788889999"]`,
		"MUTES":              "28 " + strings.Repeat("#\n", 27) + "\n" + "  - when: sample\n    until: 2026-12-01\n    reason: tests\n",
	}
	lines := map[string]string{}
	for name, value := range got {
		line, _ := strings.CutPrefix(value.Origin, "tocsin.yaml:")
		lines[name] = line + " " + value.Text
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
	c, err := config.Load(got, fileOptions())
	if err != nil || len(c.Sinks) != 3 || c.AccountNames["011122223333"] != "shop-dev" {
		t.Errorf("got %+v, %v", c, err)
	}
}

// Every mistake is found, with its line, its key and the remedy.
func TestMistakesInAFile(t *testing.T) {
	for text, want := range map[string][]string{
		"- a":                           {"f:1: the file: want keys with values below it"},
		"a: b: c":                       {"f:1: this is no YAML"},
		"min_severty: high":             {"f:1: min_severty: there is no such key; did you mean min_severity?"},
		"SINKS: slack":                  {"f:1: SINKS: there is no such key; did you mean sinks?"},
		"sinks: slack":                  {"f:1: sinks: want keys with values below it"},
		"sinks:\n  slak: {}":            {"f:2: sinks.slak: there is no such type of sink; did you mean slack?"},
		"sinks:\n  Shop: {type: slack}": {"f:2: sinks.Shop: an instance's name is small letters"},
		"sinks:\n  slack:\n    chanel: x\n    webhook_url: y": {"f:3: sinks.slack.chanel: there is no such key; did you mean channel?"},
		"sinks:\n  slack:\n    channel: x\n    channel: y":    {"f:4: sinks.slack.channel: is given twice"},
		"sinks:\n  slack:\n    channel: {a: [b]}":             {"f:3: sinks.slack.channel: want a text, and no keys below it"},
		"defaults:\n  slack:\n    routing_key: x":             {"f:3: defaults.slack.routing_key: there is no such key"},
		"defaults:\n  teams: {}":                              {"f:2: defaults.teams: there is no such type of sink; there are: console, pagerduty, slack"},
		"accounts:\n  \"11112222333\": x\n  \"1111-2222-3333\": y": {
			"f:2: accounts: an account's id has 12 digits", "f:3: accounts: an account's id has 12 digits",
		},
		"accounts:\n  shop: {\"111122223333\": a}\n  pay: {\"111122223333\": b}": {"f:3: accounts.pay: the account was named before"},
		"accounts: {}\naccount_names: a":                                         {"f:2: account_names: stands beside accounts"},
		"accounts:\n  shop: {\"111122223333\": shop-prod}\nsinks:\n  slack:\n    accounts: [shop-prd, nobody]": {
			"f:5: sinks.slack.accounts: entry 1: there is no such account and no such group; did you mean shop-prod?",
			"f:5: sinks.slack.accounts: entry 2: there is no such account and no such group; want a group",
		},
		"accounts:\n  \"111122223333\":\n": {"f:2: accounts: the account has no name"},
		strings.Repeat("# x\n", 300_000):   {"f: has more than 1048576 bytes"},
	} {
		got, mistakes := config.ReadFile("f", []byte(text), fileOptions())
		isNothing := text == "- a" || text == "a: b: c" || len(text) > 1<<20
		if len(mistakes) != len(want) || isNothing != (got == nil) {
			t.Errorf("%.60q: got %v, %v", text, got, mistakes)
			continue
		}
		for i := range want {
			if !strings.HasPrefix(mistakes[i].Error(), want[i]) {
				t.Errorf("%.60q: got %v, want %s", text, mistakes[i], want[i])
			}
		}
	}
	if got, mistakes := config.ReadFile("f", nil, fileOptions()); len(got) != 0 || len(mistakes) > 0 {
		t.Errorf("nothing: got %v, %v", got, mistakes)
	}
}

// Beside mistakes stands what could be read, and what could not is not taken for missing.
func TestReadBesideMistakes(t *testing.T) {
	for text, want := range map[string]map[string]string{
		"a: b: c": nil, "- a": nil, "sinks: {console: }\n---\nrate: 1\n": nil, strings.Repeat("x: {}\n", 150): nil,
		"min_severty: high\nrate: 1\n": {"MIN_SEVERITY": "1 unread", "RATE": "2 1"},
		"rate: 1\nrat: 2\n":            {"RATE": "1 1"},
		"accounts: {shop: {\"1\": a}, data: {\"111122223333\": b}}\n": {
			"ACCOUNT_NAMES": `1 unread {"111122223333":"b"}`,
		},
		"sinks:\n  shop:\n    type: slak\n    channel: C1\n    rate: 1\n  My-Log: {type: console, format: json}\n  1a: {type: console}\n": {
			"SINKS": "1 unread shop=,my_log=console", "SHOP_RATE": "5 1", "MY_LOG_FORMAT": "6 json",
		},
		"sink:\n  slack: {chanel: C1, when: [a]}\n": {"SINKS": "1 slack=slack", "SLACK_TYPE": "2 unread", "SLACK_WHEN": "2 unread"},
	} {
		variables, mistakes := config.ReadFile("f", []byte(text), fileOptions())
		if len(mistakes) == 0 {
			t.Errorf("%s: no mistake", text)
		}
		var got map[string]string
		for name, value := range variables {
			if got == nil {
				got = map[string]string{}
			}
			got[name] = strings.TrimPrefix(value.Origin, "f:")
			if value.IsUnread {
				got[name] += " unread"
			}
			got[name] = strings.TrimSpace(got[name] + " " + value.Text)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%.80s: %s", text, diff)
		}
	}
}

// Mistakes have the order of their lines, which the parts of a file are not read in.
func TestMistakesByLine(t *testing.T) {
	const text = "rat: 1\nsinks: {slak: }\ndefaults: {slack: {chanel: C1}}\naccounts: {shop: {\"1\": a}}\n"
	_, mistakes := config.ReadFile("f", []byte(text), fileOptions())
	mistakes = append([]error{errors.New("RATE: elsewhere"), errors.New("f:1: no line is known")}, mistakes...)
	config.ByLine(mistakes)
	var got []string
	for _, mistake := range mistakes {
		line, _, _ := strings.Cut(mistake.Error(), ": ")
		got = append(got, line)
	}
	if diff := cmp.Diff([]string{"f:1", "f:2", "f:3", "f:4", "RATE", "f:1"}, got); diff != "" {
		t.Error(diff)
	}
}

// The groups of accounts can be had beside the variables, with the same mistakes.
func TestReadGroups(t *testing.T) {
	const text = "accounts:\n  shop: {\"111122223333\": a, \"011122223333\": b}\n  data: {\"444455556666\": c}\n  \"777788889999\": d\nsinks:\n  slack:\n"
	o := config.Options{SinkTypes: map[string][]string{"slack": nil}}
	groups, mistakes := config.ReadGroups("tocsin.yaml", []byte(text), o)
	if got := fmt.Sprint(groups, mistakes); got != "map[data:[444455556666] shop:[111122223333 011122223333]] []" {
		t.Error(got)
	}
	if _, mistakes = config.ReadGroups("tocsin.yaml", []byte("accounts:\n  shop: {\"1\": a}\n"), o); len(mistakes) != 1 ||
		!strings.HasPrefix(mistakes[0].Error(), "tocsin.yaml:2: accounts.shop: an account's id has 12 digits") {
		t.Errorf("got %v", mistakes)
	}
}
