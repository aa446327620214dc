package tocsin_test

import (
	"archive/zip"
	"encoding/json"
	"io"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"github.com/tocsin-sec/tocsin/cdk/tocsin"
	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/events/source"
)

// configured makes options whose configuration is a file with this text.
func configured(t *testing.T, text string, change ...func(*tocsin.Props)) *tocsin.Props {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tocsin.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return props(append(change, func(p *tocsin.Props) { p.Config = path })...)
}

const teams = `
min_severity: high
source_severity: {health: critical}
accounts:
  shop: {"111122223333": shop-prod}
defaults:
  slack: {bot_token: "arn:aws:secretsmanager:eu-west-1:111122223333:secret:bot-AbCdEf"}
sinks:
  shop: {type: slack, channel: C0123ABCD, accounts: shop}
  sns: {min_severity: critical}
  lake: {type: sqs, queue_url: "https://sqs.eu-west-1.amazonaws.com/111122223333/lake", min_severity: "2"}
  own:
    type: webhook
    url: arn:aws:secretsmanager:eu-west-1:111122223333:secret:hook-AbCdEf
    headers: "Authorization: Bearer arn:aws:secretsmanager:eu-west-1:111122223333:secret:bearer-AbCdEf"
mutes: arn:aws:secretsmanager:eu-west-1:111122223333:secret:mutes-AbCdEf
`

// functionVariables returns the variables of the template's function.
func functionVariables(t *testing.T, p *tocsin.Props) object {
	t.Helper()
	return only(t, document(t, synth(t, p)), "AWS::Lambda::Function")["Environment"].(object)["Variables"].(object)
}

// A file stands for variables in all that the stack makes of them, and none of it is among the
// function's variables.
func TestConfigFile(t *testing.T) {
	template := synth(t, configured(t, teams, func(p *tocsin.Props) { p.Sources = []string{"guardduty", "health"} }))
	const arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:"
	expectation{
		has: []resource{
			{"AWS::Events::Rule", severityFrom(2)},
			rights(object{"Action": "secretsmanager:GetSecretValue", "Resource": list{
				arn + "mutes-AbCdEf", arn + "bearer-AbCdEf", arn + "hook-AbCdEf", arn + "bot-AbCdEf",
			}}),
			rights(object{"Action": "sqs:SendMessage", "Resource": object{"Fn::Join": list{"", list{"arn:", object{"Ref": "AWS::Partition"}, ":sqs:eu-west-1:111122223333:lake"}}}}),
			rights(object{"Action": "sns:Publish", "Resource": object{"Ref": like("Alerts")}}),
		},
		count: map[string]int{"AWS::SecretsManager::Secret": 0},
	}.check(t, template)
	whole := document(t, template)
	health := events.Table()[slices.IndexFunc(events.Table(), func(s source.Source) bool { return s.ID == "health" })]
	if !slices.Contains(patterns(whole), text(health.Pattern(0))) {
		t.Error("the rule of a source that the file grades holds findings back")
	}
	got := only(t, whole, "AWS::Lambda::Function")["Environment"].(object)["Variables"].(object)
	want := []string{"CONFIG", "DEAD_LETTER_QUEUE_URL", "LEDGER", "LEDGER_TABLE", "SNS_TOPIC_ARN"}
	if names := sorted(got); !slices.Equal(names, want) || got["CONFIG"] != "file:tocsin.yaml" {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := functionVariables(t, configured(t, "min_severity: high")); got["SINKS"] != "sns" {
		t.Errorf("without sinks in the file: got %v", got)
	}
	if got := functionVariables(t, configured(t, "sinks: {oncall: {type: slack}}")); got["ONCALL_WEBHOOK_URL"] == nil {
		t.Errorf("a webhook that the stack makes room for: got %v", got)
	}
}

// Variables go before the file, and the synthesis says so.
func TestVariablesGoBeforeTheFile(t *testing.T) {
	p := configured(t, teams, func(p *tocsin.Props) { p.Env = map[string]string{"LAKE_MIN_SEVERITY": "6", "SHOP_RATE": "3"} })
	expectation{has: []resource{{"AWS::Events::Rule", severityFrom(6)}, variables(object{"LAKE_MIN_SEVERITY": "6", "SHOP_RATE": "3"})}}.check(t, synth(t, p))
	var notes []string
	for _, note := range p.Notes() {
		notes = append(notes, note.ID+" "+note.Text)
	}
	want := []string{
		"tocsin:configInZip config: the zip in the bucket has to hold tocsin.yaml beside the program",
		" config: variables go before the file: env.LAKE_MIN_SEVERITY (tocsin.yaml:11).",
	}
	if !slices.EqualFunc(notes, want, strings.HasPrefix) {
		t.Errorf("got %q", notes)
	}
}

// The synthesis warns of mutes that somebody might not have meant, in the words of check: of those of
// the file, of a variable over it, and of a file beside the function's program.
func TestMutesAreWarnedOf(t *testing.T) {
	const all = "[{name: all, when: 'true', until: 9999-12-31, reason: x}]"
	const file = "sinks: {sns: }\nmutes:\n  - {name: long, when: sample, until: 9999-12-31, reason: x}\n"
	words := func(name, rest string) string { return "tocsin:mutes the mute \"" + name + "\" " + rest }
	const forLong = "lasts for more than 90 days; what is never to be sent is better left out by WHEN."
	const everything = "mutes everything that is not critical: it holds for each of the findings that it was tried on."
	for text, want := range map[string][]string{
		"":  {words("long", forLong)},
		all: {words("all", everything), words("all", forLong)},
		"[{when: sample, until: 2026-01-01, reason: x}]":             nil,
		"arn:aws:secretsmanager:eu-west-1:111122223333:secret:mutes": nil,
	} {
		p := configured(t, file, func(p *tocsin.Props) { p.Env = map[string]string{"MUTES": text} })
		if text == "" {
			p.Env = nil
		}
		var got []string
		for _, note := range p.Notes() {
			if note.ID == "tocsin:mutes" {
				got = append(got, note.ID+" "+note.Text)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
		if got := warnings(built(t, p)); got < len(want) {
			t.Errorf("%s: %d warnings stand in the stack", text, got)
		}
	}
}

// keysAndValues has five mistakes in its keys, and five in its values.
const keysAndValues = `min_severty: high
rate: fast
ledger: memory
defaults:
  slack: {bot_tokn: "arn:aws:secretsmanager:eu-west-1:111122223333:secret:bot-AbCdEf"}
sinks:
  shop: {type: slack,
    chanel: C0123ABCD,
    repeat: sometimes,
  }
  pagerdutty:
    min_severity: hihg
  sns:
    topik: x
    when: levl == "high"
`

// Mistakes in the file have its lines, and those in options beside it their names.
func TestConfigMistakes(t *testing.T) {
	const sink = "sinks:\n  sns:\n"
	set := func(change func(*tocsin.Props)) func(*tocsin.Props) { return change }
	none := set(func(*tocsin.Props) {})
	for name, test := range map[string]struct {
		text   string
		change func(*tocsin.Props)
		want   []string
	}{
		"keys":        {"min_severty: high\nsinks:\n  sns:\n    topik_arn: x", none, []string{"tocsin.yaml:1: min_severty: there is no such key; did you mean min_severity?", "tocsin.yaml:4: sinks.sns.topik_arn: there is no such key; did you mean topic_arn?"}},
		"no YAML":     {"a: b: c", none, []string{"tocsin.yaml:1: this is no YAML"}},
		"values":      {sink + "    when: levl\n    rate: fast\nmutes:\n  - when: sample", none, []string{"tocsin.yaml:3: SNS_WHEN: line 1, column 1: unknown name levl", "tocsin.yaml:4: SNS_RATE: not a number", "tocsin.yaml:5: MUTES: line 6: until is missing", "tocsin.yaml:5: MUTES: line 6: reason is missing"}},
		"and options": {"x: y", func(p *tocsin.Props) { p.Accounts.Hub, p.Emails = true, []string{"a@example.com"} }, []string{"tocsin.yaml:1: x: there is no such key", "hub: admits nobody"}},
		"keys and values": {keysAndValues, func(p *tocsin.Props) { p.Accounts.Hub, p.Emails = true, []string{"a@example.com"} }, []string{
			"tocsin.yaml:1: min_severty: there is no such key; did you mean min_severity?", "tocsin.yaml:2: RATE: not a number of messages a second",
			"tocsin.yaml:3: ledger: is set by the stack", "tocsin.yaml:5: defaults.slack.bot_tokn: there is no such key; did you mean bot_token?",
			"tocsin.yaml:8: sinks.shop.chanel: there is no such key; did you mean channel?", "tocsin.yaml:9: SHOP_REPEAT: want changes, always",
			"tocsin.yaml:11: sinks.pagerdutty: there is no such type of sink; did you mean pagerduty?", "tocsin.yaml:12: PAGERDUTTY_MIN_SEVERITY: not a severity",
			"tocsin.yaml:14: sinks.sns.topik: there is no such key", "tocsin.yaml:15: SNS_WHEN: line 1, column 1: unknown name levl", "hub: admits nobody",
		}},
		"unread sinks": {"sinks: sns\ndefault_sink: sns\n", none, []string{"tocsin.yaml:1: sinks: want keys with values below it"}},
		"a bot's slip": {"sinks:\n  slack:\n    bot_tokn: " + secretArn + "\n    channel: C0123ABCD\n", none, []string{"tocsin.yaml:3: sinks.slack.bot_tokn: there is no such key"}},
		"no file":      {"", func(p *tocsin.Props) { p.Config = "nothing.yaml" }, []string{"config: the file cannot be read (no such file or directory)"}},
		"said twice": {"min_severity: low\naccounts: {\"111122223333\": a}\n" + sink, func(p *tocsin.Props) { p.Sinks, p.MinSeverity, p.AccountNames = "sns", "high", "111122223333=b" }, []string{
			"sinks: tocsin.yaml:3 says it too, and would be without effect; take this option out", "minSeverity: tocsin.yaml:1 says", "accountNames: tocsin.yaml:2 says",
		}},
		"the stack's own": {"ledger: memory\ndead_letter_queue_url: https://sqs.eu-west-1.amazonaws.com/111122223333/x\n" + sink, none, []string{"tocsin.yaml:1: ledger: is set by the stack", "tocsin.yaml:2: dead_letter_queue_url: is set by the stack"}},
		"CONFIG itself":   {sink, func(p *tocsin.Props) { p.Env = map[string]string{"CONFIG": "file:tocsin.yaml"} }, []string{"env.CONFIG: set the option config instead"}},
		"an own queue": {"sinks: {sqs: {queue_url: 'https://sqs.eu-west-1.amazonaws.com/111122223333/sec-findings'}}", func(p *tocsin.Props) { p.Platform.NamePrefix = "sec" }, []string{
			"tocsin.yaml:1: SQS_QUEUE_URL: is a queue that Tocsin itself takes findings from",
		}},
		"a topic for alarms": {"sinks: {sns: {topic_arn: '" + topicArn + "'}}", func(p *tocsin.Props) { p.Ops.TopicArn = topicArn }, []string{"opsTopicArn: is the topic of the sink sns"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := configured(t, test.text)
			test.change(p)
			_, err := tocsin.NewTocsin(newStack(t), "Tocsin", p)
			checkLines(t, err, test.want)
		})
	}
	for arn, want := range map[string]string{topicArn: "config: is not the ARN of a secret", filepath.Join("testdata", "nothing", "bootstrap"): "config: the file cannot be read"} {
		_, err := tocsin.NewTocsin(newStack(t), "Tocsin", props(func(p *tocsin.Props) { p.Config = arn }))
		checkLines(t, err, []string{want})
	}
}

// A file that is bundled holds references to secrets alone, in its comments and defaults too; what
// the mistake says shows no secret.
func TestSecretsInAFile(t *testing.T) {
	const ref = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:x-AbCdEf"
	for text, want := range map[string][]string{
		"sinks:\n  slack:\n    webhook_url: " + plainToken:                                                                             {"tocsin.yaml:3: SLACK_WEBHOOK_URL: holds the secret itself, which would lie in the function's zip"},
		"sinks:\n  pagerduty:\n    routing_key: " + strings.Repeat("a", 32):                                                            {"tocsin.yaml:3: PAGERDUTY_ROUTING_KEY: holds the secret itself"},
		"sinks:\n  sns:\n  # webhook_url: " + plainToken:                                                                               {"tocsin.yaml:3: holds a secret itself"},
		"defaults:\n  pagerduty:\n    routing_key: " + strings.Repeat("a", 32) + "\nsinks:\n  pagerduty: {routing_key: '" + ref + "'}": {"tocsin.yaml:3: defaults.pagerduty.routing_key: holds the secret itself"},
		"sinks:\n  webhook:\n    url: " + ref + "\n    headers: 'Authorization: Bearer abcdefgh'":                                      {"tocsin.yaml:4: WEBHOOK_HEADERS: "},
		"defaults:\n  webhook:\n    headers:\n      - 'Authorization: Bearer abcdefgh'\nsinks: {sns: }":                                {"tocsin.yaml:4: defaults.webhook.headers: "},
	} {
		_, err := tocsin.NewTocsin(newStack(t), "Tocsin", configured(t, text))
		checkLines(t, err, want)
		if !strings.Contains(err.Error(), "store it in Secrets Manager and give the secret's ARN") {
			t.Errorf("no remedy in %v", err)
		}
	}
	for _, forgotten := range []string{
		"https://discord.com/api/webhooks/1234567890/" + strings.Repeat("a", 60), "12345678:AA" + strings.Repeat("b", 33),
		"https://chat.googleapis.com/v1/spaces/AAAA/messages?key=x&token=" + strings.Repeat("c", 43), "https://x.api.powerplatform.com/y?sp=z&sig=" + strings.Repeat("d", 43),
	} {
		_, err := tocsin.NewTocsin(newStack(t), "Tocsin", configured(t, "sinks:\n  sns: {}\n  # was: "+forgotten))
		checkLines(t, err, []string{"tocsin.yaml:3: holds a secret itself"})
	}
	good := "# arn:aws:sns:eu-west-1:111122223333:AA" + strings.Repeat("b", 40) + "\ndefaults:\n  pagerduty: &p {routing_key: &k '" + ref + "'}\n  jsm: {api_key: *k}\nsinks: {pagerduty: *p}"
	if err := configured(t, good).Validate(); err != nil {
		t.Error(err)
	}
	hidden := configured(t, "sinks:\n  slack:\n    webhook_url: https://example.com/hook", func(p *tocsin.Props) { p.Env = map[string]string{"SLACK_WEBHOOK_URL": ref} })
	_, err := tocsin.NewTocsin(newStack(t), "Tocsin", hidden)
	checkLines(t, err, []string{"tocsin.yaml:3: SLACK_WEBHOOK_URL: holds the secret itself"})
}

// A configuration in a secret is granted and not judged: the rules hold nothing back, whatever the
// options say, and a note says so.
func TestConfigInASecret(t *testing.T) {
	p := props(func(p *tocsin.Props) { p.Config, p.MinSeverity = secretArn, "high" })
	template := synth(t, p)
	expectation{has: []resource{
		rights(object{"Action": "secretsmanager:GetSecretValue", "Resource": secretArn}),
		variables(object{"CONFIG": secretArn, "SINKS": absent(), "MIN_SEVERITY": "high"}),
	}}.check(t, template)
	guardduty := events.Table()[slices.IndexFunc(events.Table(), func(s source.Source) bool { return s.ID == "guardduty" })]
	want := []string{text(guardduty.Pattern(0))}
	if got := patterns(document(t, template)); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := patterns(document(t, synth(t, p.ForMember(hubBusArn)))); !slices.Equal(got, want) {
		t.Errorf("a member: got %v, want %v", got, want)
	}
	if notes := p.Notes(); len(notes) != 1 || !strings.HasPrefix(notes[0].Text, "config: a secret is not read here") {
		t.Errorf("got %v", notes)
	}
	_, err := tocsin.NewTocsin(newStack(t), "Tocsin", props(func(p *tocsin.Props) { p.Config, p.MinSeverity, p.Sinks = secretArn, "hihg", "slak" }))
	checkLines(t, err, []string{"minSeverity: not a severity", "sinks: entry 1: there is no such type of sink; did you mean slack?"})
	stack := newStack(t)
	build(t, stack, props(func(p *tocsin.Props) { p.Config = token(stack, "Configuration") }))
	expectation{has: []resource{
		rights(object{"Action": "secretsmanager:GetSecretValue", "Resource": object{"Ref": "Configuration"}}), variables(object{"CONFIG": object{"Ref": "Configuration"}}),
	}}.check(t, templateOf(stack))
}

// A member has the thresholds of the hub's file, whatever else stands in that.
func TestConfigOfAMember(t *testing.T) {
	hub := configured(t, teams, func(p *tocsin.Props) {
		p.Sources, p.Env = []string{"guardduty", "health"}, map[string]string{"SHOP_USERNAME": "Bell"}
	})
	ofHub, ofMember := patterns(document(t, synth(t, hub))), patterns(document(t, synth(t, hub.ForMember(hubBusArn))))
	if len(ofHub) != 2 || !reflect.DeepEqual(ofHub, ofMember) {
		t.Errorf("the hub's rules have\n%v\nand the member's\n%v", ofHub, ofMember)
	}
	bad := configured(t, "min_severity: hihg\nsinks: {sns: }")
	_, err := tocsin.NewTocsinMember(newStack(t), "Tocsin", bad.ForMember(hubBusArn))
	checkLines(t, err, []string{"tocsin.yaml:1: MIN_SEVERITY: not a severity"})
	for text, want := range map[string][]string{
		"rat: 1\nmin_severity: hihg\nsinks:\n  sns:\n    topik_arn: x\n    min_severity: loud\n": {
			"tocsin.yaml:1: rat: there is no such key", "tocsin.yaml:2: MIN_SEVERITY: not a severity", "tocsin.yaml:5: sinks.sns.topik_arn: there is no such key",
			"tocsin.yaml:6: SNS_MIN_SEVERITY: not a severity",
		},
		"sinks: sns\n": {"tocsin.yaml:1: sinks: want keys with values below it"}, "a: b: c": {"tocsin.yaml:1: this is no YAML"},
	} {
		_, err := tocsin.NewTocsinMember(newStack(t), "Tocsin", configured(t, text).ForMember(hubBusArn))
		checkLines(t, err, want)
	}
}

// The file lies beside the program in the zip that is uploaded, in place of an older one.
func TestConfigIsBundled(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	folder, packed := t.TempDir(), filepath.Join(t.TempDir(), "code.zip")
	out, err := os.Create(packed)
	if err != nil {
		t.Fatal(err)
	}
	archive := zip.NewWriter(out)
	for name, text := range map[string]string{"bootstrap": "program", "tocsin.yaml": "old", "mutes.yaml": "[]"} {
		header := &zip.FileHeader{Name: name, Method: zip.Deflate}
		header.SetMode(0o755)
		entry, err := archive.CreateHeader(header)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := entry.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	const text = "min_severity: high # new\n"
	want := map[string]string{"bootstrap": "program", "tocsin.yaml": text, "mutes.yaml": "[]"}
	for _, path := range []string{folder, packed} {
		first, second := uploaded(t, path, text), uploaded(t, path, text)
		if got := unzip(t, first); !maps.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", path, got, want)
		}
		if filepath.Base(first) != filepath.Base(second) {
			t.Errorf("%s: the same content is deployed twice: %s and %s", path, first, second)
		}
	}
	if left, err := filepath.Glob(filepath.Join(os.TempDir(), "tocsin-code-*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// uploaded returns the zip that a deployment uploads, of code at a path with a configuration's file.
func uploaded(t *testing.T, path, text string) string {
	t.Helper()
	outdir := t.TempDir()
	app := awscdk.NewApp(&awscdk.AppProps{Outdir: jsii.String(outdir), AnalyticsReporting: jsii.Bool(false)})
	build(t, awscdk.NewStack(app, jsii.String("Test"), nil), configured(t, text, func(p *tocsin.Props) { p.Code = tocsin.Code{Path: path} }))
	app.Synth(nil)
	assets, err := filepath.Glob(filepath.Join(outdir, "asset.*.zip"))
	if err != nil || len(assets) != 1 {
		t.Fatalf("got %v, %v", assets, err)
	}
	return assets[0]
}

// unzip returns the files of a zip, and sees that its program can be started.
func unzip(t *testing.T, path string) map[string]string {
	t.Helper()
	archive, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = archive.Close() }()
	files := map[string]string{}
	for _, file := range archive.File {
		from, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(from)
		if err != nil {
			t.Fatal(err)
		}
		files[file.Name] = string(text)
		if file.Name == "bootstrap" && file.Mode()&0o111 == 0 {
			t.Errorf("%s: the program cannot be started", path)
		}
	}
	return files
}

// The example of 60 accounts and 8 sinks leaves nearly all of Lambda's 4,096 bytes free.
func TestExampleFitsTheVariables(t *testing.T) {
	p := props(func(p *tocsin.Props) { p.Config = filepath.Join("..", "..", "docs", "examples", "tocsin.yaml") })
	variables := functionVariables(t, p)
	for name, value := range variables {
		if _, isText := value.(string); !isText {
			variables[name] = strings.Repeat("x", 140) // longer than the URL of a queue, and the ARN of a topic
		}
	}
	size, err := json.Marshal(variables)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes of %d: %v", len(size), 4096, sorted(variables))
	if len(size) > 400 {
		t.Errorf("the variables take %d bytes: %s", len(size), size)
	}
}
