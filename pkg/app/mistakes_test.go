package app_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/pkg/app"
	"github.com/tocsin-sec/tocsin/pkg/config"
)

// wrong has five mistakes in its keys, and five in its values.
const wrong = `min_severty: high
rate: fast
accounts:
  shop:
    "1111-2222-3333": shop-prod
mutes:
  - when: sample
    untl: 2999-12-01
    reason: tests
    until: 2999-12-01
sinks:
  shop:
    type: slack
    webook_url: https://hooks.slack.com/services/T/B/s3cret
    accounts: shop
    when: levl == "high"
  oncall:
    type: pagerdutty
    repeat: sometimes
  log:
    type: console
    formt: json
    min_severity: hihg
`

// mistakesIn returns what is wrong with a file, at start and where it is only judged.
func mistakesIn(t *testing.T, text string, variables map[string]string) (loaded, judged []string) {
	t.Helper()
	texts := func(err error) (all []string) {
		for _, mistake := range app.Mistakes(err) {
			all = append(all, mistake.Error())
		}
		return all
	}
	settings := map[string]string{"CONFIG": "file:tocsin.yaml"}
	for name, value := range variables {
		settings[name] = value
	}
	o := app.Options{
		Settings: config.Texts(settings), ReadFile: func(string) ([]byte, error) { return []byte(text), nil },
		DryRun: &app.DryRun{}, DefaultSinks: "slack",
	}
	_, atStart := app.Load(t.Context(), o)
	_, atSynthesis := app.Judge(t.Context(), o)
	return texts(atStart), texts(atSynthesis)
}

// Mistakes in keys hide none in values: all come at once, by the lines of the file.
func TestKeysAndValuesAtOnce(t *testing.T) {
	want := []string{
		"tocsin.yaml:1: min_severty: there is no such key; did you mean min_severity?",
		"tocsin.yaml:2: RATE: not a number of messages a second: want 0.01 to 1000, or 0 for no limit",
		`tocsin.yaml:5: accounts.shop: an account's id has 12 digits, with its zeros and without dashes: "011122223333": name`,
		"tocsin.yaml:6: MUTES: line 8: there is no such key; did you mean until?",
		"tocsin.yaml:14: sinks.shop.webook_url: there is no such key; did you mean webhook_url?",
		"tocsin.yaml:16: SHOP_WHEN: line 1, column 1: unknown name levl; did you mean level?",
		"tocsin.yaml:17: sinks.oncall: there is no such type of sink; did you mean pagerduty?",
		`tocsin.yaml:19: ONCALL_REPEAT: want changes, always, never, or an interval of 15m or more, such as 24h`,
		"tocsin.yaml:22: sinks.log.formt: there is no such key; did you mean format?",
		"tocsin.yaml:23: LOG_MIN_SEVERITY: not a severity: want a number from 0 to 10, or low, medium, high, critical",
	}
	loaded, judged := mistakesIn(t, wrong, nil)
	for _, got := range [][]string{loaded, judged} {
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	// What stands in no line of the file comes after it.
	if got, _ := mistakesIn(t, wrong, map[string]string{"DIGEST_EVERY": "often"}); len(got) != 11 ||
		got[10] != "DIGEST_EVERY: not a time between digests: want whole seconds from 10s to 15m, such as 60s" {
		t.Errorf("got %q", got)
	}
}

// A mistake in a key is one message: nothing is missing, unknown or without effect because of it.
func TestOneMistakeOneMessage(t *testing.T) {
	const sink = "sinks: {console: }\n"
	for text, want := range map[string][]string{
		"a: b: c": {"tocsin.yaml:1: this is no YAML: a value that holds a colon and a space stands in single quotes"},
		"- a":     {"tocsin.yaml:1: the file: want keys with values below it"},
		sink + "---\nrate: fast\n": {
			"tocsin.yaml:3: a second document begins before this, and would not be read: take out the line ---",
		},
		// Sinks that cannot be read are there.
		"sinks: slack\ndefault_sink: shop\n":                     {"tocsin.yaml:1: sinks: want keys with values below it"},
		"sinks:\ndefault_sink: shop\n":                           {"tocsin.yaml:1: sinks: names none; give each a name, and its settings below that"},
		"sinks:\n  slak:\n    channel: C1\ndefault_sink: slak\n": {"tocsin.yaml:2: sinks.slak: there is no such type of sink; did you mean slack?"},
		"sinks:\n  shop: https\n":                                {"tocsin.yaml:2: sinks.shop: want keys with values below it"},
		"sinks:\n  slack: https\n":                               {"tocsin.yaml:2: sinks.slack: want keys with values below it"},
		"sinks:\n  Shop: {type: console}\ndefault_sink: Shop\n": {
			"tocsin.yaml:2: sinks.Shop: an instance's name is small letters, digits and _, and begins with a letter",
		},
		"sinks:\n  1-shop: {type: console}\ndefault_sink: 1-shop\n": {
			"tocsin.yaml:2: sinks.1-shop: an instance's name is small letters, digits and _, and begins with a letter",
		},
		"sinks:\n  shop: {tpye: console}\n":                          {"tocsin.yaml:2: sinks.shop.tpye: there is no such key; did you mean type?"},
		"sink:\n  console: {rate: fast}\n":                           {"tocsin.yaml:1: sink: there is no such key; did you mean sinks?", "tocsin.yaml:2: CONSOLE_RATE: not a number of messages a second: want 0.01 to 1000, or 0 for no limit"},
		"sinks:\n  slak: \n  console:\ndefault_sink: nobody\n":       {"tocsin.yaml:2: sinks.slak: there is no such type of sink; did you mean slack?", "tocsin.yaml:4: DEFAULT_SINK: is no instance of SINKS; there are: slak, console"},
		"sinks:\n  slack:\n    bot_tokn: xoxb-1\n    channel: C0A\n": {"tocsin.yaml:3: sinks.slack.bot_tokn: there is no such key; did you mean bot_token?", "tocsin.yaml:4: SLACK_CHANNEL: is not a channel's id"},
		"sinks:\n  slack:\n    webhook_url: [{}]\n":                  {"tocsin.yaml:3: sinks.slack.webhook_url: want a text, or a list of texts"},
		// What is lacked beside a mistake in something else is said.
		"sinks:\n  pagerduty:\n    rat: 5\n": {
			"tocsin.yaml:3: sinks.pagerduty.rat: there is no such key; did you mean rate?", "PAGERDUTY_ROUTING_KEY: is not set",
		},
		// Defaults.
		"defaults: {slak: {webhook_url: x}}\nsinks:\n  slack:\n  pagerduty:\n": {
			"tocsin.yaml:1: defaults.slak: there is no such type of sink; did you mean slack?", "PAGERDUTY_ROUTING_KEY: is not set",
		},
		"defaults: {slack: {webook_url: x}}\nsinks:\n  slack:\n  b: {type: slack}\n": {"tocsin.yaml:1: defaults.slack.webook_url: there is no such key; did you mean webhook_url?"},
		"defaults: {slack: {webhook_url: {a: b}}}\nsinks:\n  slack:\n  b: {type: slack}\n": {
			"tocsin.yaml:1: defaults.slack.webhook_url: want a text, and no keys below it; put what begins with { in quotes",
		},
		"default:\n  slack: {webhook_url: https://hooks.slack.com/services/x}\nsinks:\n  slack:\n": {"tocsin.yaml:1: default: there is no such key; did you mean defaults?"},
		"defaults: slack\nsinks:\n  slack:\n":                                                      {"tocsin.yaml:1: defaults: want keys with values below it"},
		// Accounts.
		"accounts: shop\nsinks: {console: {accounts: shop, when: account_name == \"shop-prod\"}}\n": {"tocsin.yaml:1: accounts: want keys with values below it"},
		"accounts:\n  shop: a\nsinks: {console: {accounts: shop}}\n":                                {"tocsin.yaml:2: accounts.shop: want keys with values below it"},
		"acounts:\n  shop: {\"111122223333\": a}\nsinks: {console: {accounts: shop}}\n":             {"tocsin.yaml:1: acounts: there is no such key; did you mean accounts?"},
		"accounts:\n  shop: {\"1\": shop-prod}\nsinks: {console: {accounts: [shop, shop-prod], when: account_name == \"shop-prod\"}}\n": {
			`tocsin.yaml:2: accounts.shop: an account's id has 12 digits, with its zeros and without dashes: "011122223333": name`,
		},
		"accounts:\n  shop: {\"111122223333\": a}\nwhen: account == \"444455556666\"\nsinks:\n  console:\n    accounts: shop\n    when: [sample]\n": {
			"tocsin.yaml:7: sinks.console.when: want a text: put it in quotes, or below | in lines that stand further in",
		},
		"accounts:\n  \"111122223333\": shop-prod\nrat: 1\n" + "sinks: {console: {when: account_name == \"shop-prd\"}}\n": {
			"tocsin.yaml:3: rat: there is no such key; did you mean rate?", "tocsin.yaml:4: CONSOLE_WHEN: line 1, column 17: no account is called so in ACCOUNT_NAMES; did you mean \"shop-prod\"?",
		},
		"accounts: {shop: {\"1\": a, \"2\": b}}\nsinks: {console: {accounts: [b]}}\n": {
			`tocsin.yaml:1: accounts.shop: an account's id has 12 digits, with its zeros and without dashes: "011122223333": name`,
		},
		"accounts:\n  shop: x\n  data: {\"111122223333\": b}\nsinks: {console: {accounts: shop-prod}}\n": {"tocsin.yaml:2: accounts.shop: want keys with values below it"},
		// What is not like any key can be any.
		"groups:\n  shop: {\"111122223333\": shop-prod}\nsinks:\n  console: {accounts: shop, when: account_name == \"shop-prod\"}\n": {
			"tocsin.yaml:1: groups: there is no such key; there are: ",
		},
		"channels:\n  slack: {webhook_url: x}\n":                                 {"tocsin.yaml:1: channels: there is no such key; there are: "},
		"every:\n  slack: {webhook_url: x}\nsinks:\n  slack: {username: Bell}\n": {"tocsin.yaml:1: every: there is no such key; there are: "},
		"every: 5\nsinks:\n  slack:\n": {
			"tocsin.yaml:1: every: there is no such key; there are: ", "SLACK_WEBHOOK_URL: is not set",
		},
		// Settings of all.
		sink + "ledger: [dynamodb]\nledger_table: x\n": nil,
		sink + "ledger: {a: b}\nledger_table: x\n":     {"tocsin.yaml:2: ledger: want a text, and no keys below it; put what begins with { in quotes"},
		sink + "ledgr: dynamodb\nledger_table: x\n":    {"tocsin.yaml:2: ledgr: there is no such key; did you mean ledger?"},
		sink + "ledger: dynamodb\nledger_tabel: x\n":   {"tocsin.yaml:3: ledger_tabel: there is no such key; did you mean ledger_table?"},
	} {
		loaded, judged := mistakesIn(t, text, nil)
		for _, got := range [][]string{loaded, judged} {
			if diff := cmp.Diff(want, begun(got, want)); diff != "" {
				t.Errorf("%s%s", text, diff)
			}
		}
	}
}

// begun returns the texts, each cut to what is wanted of it where it begins so.
func begun(got, want []string) (all []string) {
	for i, text := range got {
		if i < len(want) && len(text) > len(want[i]) && text[:len(want[i])] == want[i] {
			text = want[i]
		}
		all = append(all, text)
	}
	return all
}

// What the environment says in place of a key that cannot be read is judged, and what it says of a sink
// that cannot be is not.
func TestEnvironmentBesideMistakes(t *testing.T) {
	const text = "rat: 1\nsinks:\n  shop: {type: slak}\n  slack: {webook_url: x}\n"
	keys := []string{
		"tocsin.yaml:1: rat: there is no such key; did you mean rate?", "tocsin.yaml:3: sinks.shop: there is no such type of sink; did you mean slack?",
		"tocsin.yaml:4: sinks.slack.webook_url: there is no such key; did you mean webhook_url?",
	}
	got, _ := mistakesIn(t, text, map[string]string{"RATE": "fast", "SHOP_WEBHOOK_URL": "x", "SLACK_WEBHOOK_URL": "nowhere"})
	want := append(slices.Clone(keys), "RATE: not a number of messages a second", "SLACK_WEBHOOK_URL: ")
	if diff := cmp.Diff(want, begun(got, want)); diff != "" {
		t.Error(diff)
	}
	o := app.Options{
		Settings: config.Variables{"CONFIG": {Text: "file:tocsin.yaml"}, "SHOP_WEBHOOK_URL": {Text: "x", IsOurs: true}},
		ReadFile: func(string) ([]byte, error) { return []byte(text), nil },
	}
	_, err := app.Judge(t.Context(), o)
	if got := app.Mistakes(err); len(got) != len(keys) {
		t.Errorf("got %q", got)
	}
	o.Settings = config.Texts(map[string]string{"CONFIG": "file:tocsin.yaml"})
	o.DryRun, o.ReadFile = &app.DryRun{ReadLedger: true}, func(string) ([]byte, error) {
		return []byte("ledgr: dynamodb\nledger_table: x\nsinks: {console: }\n"), nil
	}
	if _, err = app.Load(t.Context(), o); len(app.Mistakes(err)) != 1 {
		t.Errorf("a ledger that is read: got %v", err)
	}
}
