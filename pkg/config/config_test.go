package config_test

import (
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tocsin-sec/tocsin/pkg/config"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/secret"
)

// load reads a configuration from exactly the given variables, in the environment and as a value:
// both give the same.
func load(t *testing.T, defaultSinks string, variables map[string]string) (config.Config, error) {
	t.Helper()
	options := config.Options{
		SinkTypes: map[string][]string{
			"slack": {"WEBHOOK_URL", "USERNAME"}, "sns": {"TOPIC_ARN"}, "console": {"FORMAT"}, "plain": nil,
		},
		Sources:      map[string]bool{"guardduty": true, "health": false, "access-analyzer": false, "config": false, "generic": false},
		DefaultSinks: defaultSinks,
	}
	setOnly(t, variables)
	fromEnvironment, err := config.Load(config.Environment(), options)
	fromValue, valueErr := config.Load(config.Texts(variables), options)
	if fmt.Sprint(valueErr) != fmt.Sprint(err) {
		t.Errorf("from the environment the error is\n%v\nfrom a value it is\n%v", err, valueErr)
	}
	if diff := cmp.Diff(fromEnvironment, fromValue, cmp.Exporter(func(reflect.Type) bool { return true }), cmp.Comparer(sameSecret), cmpopts.EquateNaNs()); diff != "" {
		t.Error("from the environment and from a value: ", diff)
	}
	return fromEnvironment, err
}

func sameSecret(a, b secret.Ref) bool {
	return a.IsSet() == b.IsSet() && a.IsReference() == b.IsReference()
}

// setOnly makes the given variables the whole environment of this test.
func setOnly(t *testing.T, variables map[string]string) {
	t.Helper()
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		t.Setenv(name, "") // registers the value to be put back
		if err := os.Unsetenv(name); err != nil {
			t.Fatal(err)
		}
	}
	for name, value := range variables {
		t.Setenv(name, value)
	}
}

func sink(name, kind string, threshold finding.Threshold, rate *float64) config.Sink {
	return config.Sink{Name: name, Type: kind, MinSeverity: threshold, Rate: rate}
}

func TestLoad(t *testing.T) {
	for name, test := range map[string]struct {
		variables map[string]string
		want      config.Config
	}{
		"defaults on a laptop": {
			want: config.Config{Sinks: []config.Sink{sink("console", "console", 4, nil)}, Ledger: "memory"},
		},
		"empty counts as not set": {
			variables: map[string]string{"SINKS": " ", "MIN_SEVERITY": "", "LEDGER": "", "ACCOUNT_NAMES": ""},
			want:      config.Config{Sinks: []config.Sink{sink("console", "console", 4, nil)}, Ledger: "memory"},
		},
		"several instances of a type": {
			variables: map[string]string{
				"SINKS": "slack, oncall=slack ,sns,", "MIN_SEVERITY": "low", "ONCALL_MIN_SEVERITY": "critical",
				"SNS_MIN_SEVERITY": "6.5", "LEDGER": "Off",
			},
			want: config.Config{
				Sinks:  []config.Sink{sink("slack", "slack", 1, nil), sink("oncall", "slack", 9, nil), sink("sns", "sns", 6.5, nil)},
				Ledger: "off",
			},
		},
		"a type without settings": {
			variables: map[string]string{"SINKS": "plain"},
			want:      config.Config{Sinks: []config.Sink{sink("plain", "plain", 4, nil)}, Ledger: "memory"},
		},
		"account names": {
			variables: map[string]string{"ACCOUNT_NAMES": "000022223333=prod eu, 111122223333 = dev old,"},
			want: config.Config{
				Sinks: []config.Sink{sink("console", "console", 4, nil)}, Ledger: "memory",
				AccountNames: map[string]string{"000022223333": "prod eu", "111122223333": "dev old"},
			},
		},
		"as deployed": {
			variables: map[string]string{
				"SINKS": "plain", "LEDGER": "dynamodb", "LEDGER_TABLE": "t", "DEAD_LETTER_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/111122223333/d",
			},
			want: config.Config{
				Sinks: []config.Sink{sink("plain", "plain", 4, nil)}, Ledger: "dynamodb", LedgerTable: "t",
				DeadLetterQueueURL: "https://sqs.eu-west-1.amazonaws.com/111122223333/d",
			},
		},
		"rates": {
			variables: map[string]string{"SINKS": "slack,oncall=slack,sns", "RATE": "2.5", "ONCALL_RATE": "0", "SNS_RATE": " 1000 "},
			want: config.Config{
				Sinks:  []config.Sink{sink("slack", "slack", 4, new(2.5)), sink("oncall", "slack", 4, new(0.0)), sink("sns", "sns", 4, new(1000.0))},
				Ledger: "memory",
			},
		},
		"account names as JSON": {
			variables: map[string]string{"ACCOUNT_NAMES": `{"000022223333":"prod, eu"}`},
			want: config.Config{
				Sinks: []config.Sink{sink("console", "console", 4, nil)}, Ledger: "memory",
				AccountNames: map[string]string{"000022223333": "prod, eu"},
			},
		},
		"a prefix within a prefix": {
			variables: map[string]string{
				"SINKS": "slack,slack_prod=slack", "SLACK_PROD_WEBHOOK_URL": "x", "SLACK_PROD_MIN_SEVERITY": "9", "SLACK_USERNAME": "y",
			},
			want: config.Config{Sinks: []config.Sink{sink("slack", "slack", 4, nil), sink("slack_prod", "slack", 9, nil)}, Ledger: "memory"},
		},
		"variables of sinks that are not used": {
			variables: map[string]string{"SLACK_TOKEN": "x", "SNS_WHATEVER": "y", "HOME": "/root"},
			want:      config.Config{Sinks: []config.Sink{sink("console", "console", 4, nil)}, Ledger: "memory"},
		},
		"severities of sources": {
			variables: map[string]string{"SOURCE_SEVERITY": " health=medium, Access-Analyzer = HIGH,generic=3.5,config=informational,"},
			want: config.Config{
				Sinks: []config.Sink{sink("console", "console", 4, nil)}, Ledger: "memory",
				SourceSeverity: map[string]finding.Severity{"health": 5, "access-analyzer": 8, "generic": 3.5, "config": 1},
			},
		},
		"mutes": {
			variables: map[string]string{"MUTES": " file:mutes.yaml "},
			want: config.Config{
				Sinks: []config.Sink{sink("console", "console", 4, nil)}, Ledger: "memory", Mutes: config.Mutes{File: "mutes.yaml"},
			},
		},
		"digests": {
			variables: map[string]string{"SINKS": "slack,oncall=slack", "DIGEST_AFTER": "3", "ONCALL_DIGEST_AFTER": "0", "DIGEST_EVERY": "90s"},
			want: config.Config{
				Sinks: []config.Sink{
					{Name: "slack", Type: "slack", MinSeverity: 4, DigestAfter: new(3)}, {Name: "oncall", Type: "slack", MinSeverity: 4, DigestAfter: new(0)},
				},
				Ledger: "memory", DigestEvery: 90 * time.Second,
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := load(t, "console", test.variables)
			if err != nil {
				t.Fatal(err)
			}
			if test.want.DigestEvery == 0 {
				test.want.DigestEvery = time.Minute
			}
			if test.want.AccountNames == nil {
				test.want.AccountNames = map[string]string{}
			}
			if diff := cmp.Diff(test.want, got, cmpopts.IgnoreUnexported(config.Config{}, config.Sink{}), cmp.Comparer(func(a, b secret.Ref) bool { return a.IsSet() == b.IsSet() })); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestMistakes(t *testing.T) {
	const value = "s3cr3t-value"
	for name, test := range map[string]struct {
		variables map[string]string
		want      []string
	}{
		"no sinks":          {nil, []string{"SINKS: is not set"}},
		"unknown type":      {map[string]string{"SINKS": "slak"}, []string{"SINKS: entry 1: there is no such type of sink; did you mean slack?"}},
		"far from any type": {map[string]string{"SINKS": "x=" + value}, []string{"SINKS: entry 1: there is no such type of sink; there are: console, plain, slack, sns"}},
		"not a name":        {map[string]string{"SINKS": "Slack"}, []string{"SINKS: entry 1: an instance's name is"}},
		"reserved name":     {map[string]string{"SINKS": "aws=slack"}, []string{`SINKS: the name "aws" is taken`}},
		"named twice":       {map[string]string{"SINKS": "slack,slack"}, []string{`SINKS: the instance "slack" is named twice`}},
		"threshold":         {map[string]string{"SINKS": "slack,sns", "MIN_SEVERITY": value}, []string{"MIN_SEVERITY: not a severity"}},
		"places of entries": {map[string]string{"SINKS": "slack,,nope,zzz"}, []string{"SINKS: entry 2:", "SINKS: entry 3:"}},
		"no entry":          {map[string]string{"SINKS": " , "}, []string{"SINKS: is not set"}},
		"a default that nobody uses": {
			map[string]string{"SINKS": "slack", "MIN_SEVERITY": value, "RATE": value, "SLACK_MIN_SEVERITY": "high", "SLACK_RATE": "1"},
			[]string{"MIN_SEVERITY: not a severity", "RATE: not a number"},
		},
		"instance threshold": {map[string]string{"SINKS": "slack", "SLACK_MIN_SEVERITY": value}, []string{"SLACK_MIN_SEVERITY: not a severity"}},
		"rate":               {map[string]string{"SINKS": "slack,sns", "RATE": value}, []string{"RATE: not a number of messages a second"}},
		"rate below zero":    {map[string]string{"SINKS": "slack", "SLACK_RATE": "-1"}, []string{"SLACK_RATE: not a number of messages a second"}},
		"rate without end":   {map[string]string{"SINKS": "slack", "SLACK_RATE": "NaN"}, []string{"SLACK_RATE: not a number of messages a second"}},
		"slip in a ledger":   {map[string]string{"SINKS": "slack", "LEDGER": "dynamo"}, []string{"LEDGER: not a kind of ledger; did you mean dynamodb?"}},
		"ledger":             {map[string]string{"SINKS": "slack", "LEDGER": value}, []string{"LEDGER: not a kind of ledger"}},
		"no table":           {map[string]string{"SINKS": "slack", "LEDGER": "dynamodb"}, []string{"LEDGER_TABLE: is not set"}},
		"table of no use":    {map[string]string{"SINKS": "slack", "LEDGER_TABLE": value}, []string{"LEDGER_TABLE: is without effect"}},
		"dead letters":       {map[string]string{"SINKS": "slack", "DEAD_LETTER_QUEUE_URL": value}, []string{"DEAD_LETTER_QUEUE_URL: is not the URL"}},
		"slip in a name": {
			map[string]string{"SINKS": "slack", "SLACK_WEBHOKO_URL": value},
			[]string{"SLACK_WEBHOKO_URL: no such setting; did you mean SLACK_WEBHOOK_URL?"},
		},
		"unknown name": {
			map[string]string{"SINKS": "slack", "SLACK_SOMETHING_ELSE": value},
			[]string{"SLACK_SOMETHING_ELSE: no such setting; the settings of this sink are SLACK_USERNAME, SLACK_WEBHOOK_URL, and those of every sink"},
		},
		"short name": { // its prefix is right, which makes it like no other name
			map[string]string{"SINKS": "slack,slack_two=sns", "SLACK_URL": value, "SLACK_TWO_ARN": value, "SLACK_WHON": value},
			[]string{
				"SLACK_TWO_ARN: no such setting; the settings of this sink are SLACK_TWO_TOPIC_ARN, and",
				"SLACK_URL: no such setting; the settings of this sink are SLACK_USERNAME, SLACK_WEBHOOK_URL, and",
				"SLACK_WHON: no such setting; did you mean SLACK_WHEN?",
			},
		},
		"sink without settings": {
			map[string]string{"SINKS": "plain", "PLAIN_TOKEN": value},
			[]string{"PLAIN_TOKEN: no such setting; the settings that every sink has are in"},
		},
		"digests": {
			map[string]string{"SINKS": "slack", "DIGEST_AFTER": value, "SLACK_DIGEST_AFTER": "-1", "DIGEST_EVERY": "1h"},
			[]string{"SLACK_DIGEST_AFTER: not a number of messages a minute: want 1 to 10000, or 0", "DIGEST_EVERY: not a time between digests: want whole seconds from 10s to 15m"},
		},
		"mutes": {map[string]string{"SINKS": "slack", "MUTES": value}, []string{"MUTES: want a list of mutes in YAML"}},
		"account names": {
			map[string]string{"SINKS": "slack", "ACCOUNT_NAMES": "12=a,111122223333=,000022223333=a,000022223333=b,333344445555=c 444455556666=d"},
			[]string{
				"ACCOUNT_NAMES: entry 1: want 12 digits", "ACCOUNT_NAMES: entry 2: the name is missing", "ACCOUNT_NAMES: entry 4: the account was named before",
				"ACCOUNT_NAMES: entry 5: the name holds =; a comma stands between two accounts",
			},
		},
		"severities of sources": {
			map[string]string{
				"SINKS": "slack", "SOURCE_SEVERITY": "helth=low,guardduty=low,health=" + value + ",health=low,health=high,zzzzzz=low,health,config=0,generic=unstated,=low",
			},
			[]string{
				"SOURCE_SEVERITY: entry 1: there is no such source; did you mean health?",
				"SOURCE_SEVERITY: entry 2: the findings of this source state a severity of their own; take it out",
				"SOURCE_SEVERITY: entry 3: want a source, = and low, medium, high, critical or a number from 1 to 10",
				"SOURCE_SEVERITY: entry 5: the source was named before",
				"SOURCE_SEVERITY: entry 6: there is no such source; there are: access-analyzer, config, generic, health",
				"SOURCE_SEVERITY: entry 7: want a source",
				"SOURCE_SEVERITY: entry 8: want a source",
				"SOURCE_SEVERITY: entry 9: want a source",
				"SOURCE_SEVERITY: entry 10: there is no such source; there are:",
			},
		},
		"a source and a severity that are none": {
			map[string]string{"SINKS": "slack", "SOURCE_SEVERITY": "hleath=" + value},
			[]string{"SOURCE_SEVERITY: entry 1: there is no such source; did you mean health?", "SOURCE_SEVERITY: entry 1: want a source"},
		},
		"unknown names, as env and sort have them": {
			map[string]string{"SINKS": "slack", "SLACK_XYZ": value, "SLACK_XYZ1": value, "SLACK_XYZ_1": value},
			[]string{"SLACK_XYZ1: no such", "SLACK_XYZ: no such", "SLACK_XYZ_1: no such"},
		},
		"all at once": {
			map[string]string{"SINKS": "slack,nope", "MIN_SEVERITY": value, "LEDGER": value, "ACCOUNT_NAMES": value, "SLACK_WEBHOKO_URL": value},
			[]string{"MIN_SEVERITY:", "SINKS: entry 2", "ACCOUNT_NAMES: entry 1", "LEDGER:", "SLACK_WEBHOKO_URL:"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := load(t, "", test.variables)
			if err == nil {
				t.Fatal("want an error")
			}
			lines := strings.Split(err.Error(), "\n")
			if len(lines) != len(test.want) {
				t.Fatalf("got %d mistakes, want %d:\n%v", len(lines), len(test.want), err)
			}
			for i, want := range test.want {
				if !strings.HasPrefix(lines[i], want) {
					t.Errorf("got %q, want it to begin with %q", lines[i], want)
				}
			}
			if strings.Contains(err.Error(), value) {
				t.Error("a value shows in the error")
			}
		})
	}
}

func TestAccountNamesInASecret(t *testing.T) {
	c, err := load(t, "console", map[string]string{
		"ACCOUNT_NAMES": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:names-AbCdEf",
	})
	if err != nil || !c.AccountNamesSecret.IsReference() || len(c.AccountNames) != 0 {
		t.Errorf("got %v, error %v", c, err)
	}
}

func TestMutes(t *testing.T) {
	const arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:mutes-AbCdEf"
	for text, want := range map[string]config.Mutes{
		"":                 {},
		"- when: sample":   {Text: "- when: sample"},
		"[{when: x}]":      {Text: "[{when: x}]"},
		"# why\n- when: x": {Text: "# why\n- when: x"},
		"file:a b.txt":     {File: "a b.txt"},
		"/opt/mutes.yml":   {File: "/opt/mutes.yml"},
		"mutes.yaml":       {File: "mutes.yaml"},
		arn + "#mutes":     {Secret: secret.New(arn)},
	} {
		c, err := load(t, "console", map[string]string{"MUTES": text})
		got := c.Mutes
		if err != nil || got.Text != want.Text || got.File != want.File || got.Secret.IsReference() != want.Secret.IsSet() {
			t.Errorf("%q: got %+v, %v", text, got, err)
		}
	}
}

func TestLook(t *testing.T) {
	c, err := load(t, "", map[string]string{
		"SINKS": "slack,oncall=slack", "FIELDS": "resource, count", "ONCALL_FIELDS": "actor", "ONCALL_MENTION": " <!here> ",
		"MENTION_MIN_SEVERITY": "high", "MESSAGE_LANG": "ja", "RUNBOOK_URL": "https://wiki.example.com/{type}", "SHOW_TAGS": "Owner",
		"TITLE_TEMPLATE": "{{.title}}", "SLACK_BODY_TEMPLATE": "{{.description}}",
		"WHEN": "not sample", "ONCALL_WHEN": `level == "critical"`,
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []struct {
		instance                int
		setting, variable, text string
	}{
		{0, "FIELDS", "FIELDS", "resource, count"},
		{1, "FIELDS", "ONCALL_FIELDS", "actor"},
		{0, "MENTION", "MENTION", ""},
		{1, "MENTION", "ONCALL_MENTION", "<!here>"},
		{1, "MENTION_MIN_SEVERITY", "MENTION_MIN_SEVERITY", "high"},
		{0, "MESSAGE_LANG", "MESSAGE_LANG", "ja"},
		{0, "RUNBOOK_URL", "RUNBOOK_URL", "https://wiki.example.com/{type}"},
		{1, "SHOW_TAGS", "SHOW_TAGS", "Owner"},
		{1, "TITLE_TEMPLATE", "TITLE_TEMPLATE", "{{.title}}"},
		{0, "BODY_TEMPLATE", "SLACK_BODY_TEMPLATE", "{{.description}}"},
		{1, "BODY_TEMPLATE", "BODY_TEMPLATE", ""},
		{0, "WHEN", "WHEN", "not sample"},
		{1, "WHEN", "ONCALL_WHEN", `level == "critical"`},
	} {
		variable, text := c.Sinks[want.instance].Setting(want.setting)
		if variable != want.variable || text != want.text {
			t.Errorf("%s of %s: got %q from %s, want %q from %s", want.setting, c.Sinks[want.instance].Name, text, variable, want.text, want.variable)
		}
	}
}

// A variable that nobody reads is a mistake: all in a file of ours, near misses elsewhere.
func TestVariablesThatNobodyReads(t *testing.T) {
	for name, test := range map[string]struct {
		isOurs bool
		want   string
	}{
		"MIN_SEVERTY":   {false, "no such setting; did you mean MIN_SEVERITY?"},
		"SINK":          {false, "no such setting; did you mean SINKS?"},
		"RATA":          {false, "no such setting; did you mean RATE?"},
		"SIKNS":         {false, "no such setting; did you mean SINKS?"},
		"MINIMUM":       {false, ""},
		"AWS_REGION":    {true, ""},
		"HTTPS_PROXY":   {true, ""},
		"REPEATED":      {true, "no such setting; did you mean REPEAT?"},
		"TIMEZONE":      {true, "no such setting; did you mean TIME_ZONE?"},
		"WORKDAYS":      {true, "no such setting; no sink of SINKS has it, and no other part reads it: remove it"},
		"SLACK_CHANNEL": {true, "no such setting; no sink of SINKS has it, and no other part reads it: remove it"},
	} {
		settings := config.Texts(map[string]string{"SINKS": "console"})
		settings[name] = config.Value{Text: "x", IsOurs: test.isOurs}
		_, err := config.Load(settings, fileOptions())
		switch {
		case test.want == "" && err != nil:
			t.Errorf("%s: got %v", name, err)
		case test.want != "" && (err == nil || err.Error() != name+": "+test.want):
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestDefaultSink(t *testing.T) {
	for name, want := range map[string]string{
		"": "", "oncall": "", "onecall": "DEFAULT_SINK: is no instance of SINKS; did you mean oncall?", "teams": "DEFAULT_SINK: is no instance of SINKS; there are: console, oncall",
	} {
		c, err := config.Load(config.Texts(map[string]string{"SINKS": "console,oncall=console", "DEFAULT_SINK": name}), fileOptions())
		if want == "" && (err != nil || c.DefaultSink != name) || want != "" && (err == nil || err.Error() != want) {
			t.Errorf("%s: got %q, %v", name, c.DefaultSink, err)
		}
	}
}

func TestFallbackSink(t *testing.T) {
	for name, test := range map[string]struct {
		variables map[string]string
		want      string
	}{
		"none":            {map[string]string{"SINKS": "console"}, ""},
		"another one":     {map[string]string{"SINKS": "console,oncall=console", "FALLBACK_SINK": "oncall"}, ""},
		"a slip":          {map[string]string{"SINKS": "console,oncall=console", "FALLBACK_SINK": "onecall"}, "FALLBACK_SINK: is no instance of SINKS; did you mean oncall?"},
		"no such":         {map[string]string{"SINKS": "console,oncall=console", "FALLBACK_SINK": "teams"}, "FALLBACK_SINK: is no instance of SINKS; there are: console, oncall"},
		"the only one":    {map[string]string{"SINKS": "console", "FALLBACK_SINK": "console"}, "FALLBACK_SINK: is the only sink, and it says that another one takes nothing; name a second in SINKS, or unset this"},
		"without ledger":  {map[string]string{"SINKS": "console,oncall=console", "FALLBACK_SINK": "oncall", "LEDGER": "Off"}, "FALLBACK_SINK: needs a ledger, which knows what was said before; set LEDGER to dynamodb or memory, or unset this"},
		"a broken ledger": {map[string]string{"SINKS": "console,oncall=console", "FALLBACK_SINK": "oncall", "LEDGER": "memry"}, "LEDGER: not a kind of ledger; did you mean memory?"},
		"a broken sink":   {map[string]string{"SINKS": "console,x=consle", "FALLBACK_SINK": "console"}, "SINKS: entry 2: there is no such type of sink; did you mean console?"},
	} {
		c, err := config.Load(config.Texts(test.variables), fileOptions())
		if test.want == "" && (err != nil || c.FallbackSink != test.variables["FALLBACK_SINK"]) || test.want != "" && (err == nil || err.Error() != test.want) {
			t.Errorf("%s: got %q, %v", name, c.FallbackSink, err)
		}
	}
}
