package tocsin_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/jsii-runtime-go"

	"github.com/tocsin-sec/tocsin/cdk/tocsin"
)

func TestMain(m *testing.M) {
	code := m.Run()
	jsii.Close()
	os.Exit(code)
}

// props makes options with a stand-in for the function's zip, and changes them.
func props(change ...func(*tocsin.Props)) *tocsin.Props {
	p := &tocsin.Props{Code: tocsin.Code{Bucket: "code", Key: "tocsin.zip"}}
	for _, f := range change {
		f(p)
	}
	return p
}

// newStack makes an empty stack for any account and region.
func newStack(t *testing.T) awscdk.Stack {
	t.Helper()
	app := awscdk.NewApp(&awscdk.AppProps{
		Outdir: jsii.String(t.TempDir()), AnalyticsReporting: jsii.Bool(false), TreeMetadata: jsii.Bool(false),
	})
	return awscdk.NewStack(app, jsii.String("Test"), nil)
}

// synth returns the template of the options.
func synth(t *testing.T, p *tocsin.Props) assertions.Template {
	t.Helper()
	return templateOf(built(t, p))
}

func templateOf(stack awscdk.Stack) assertions.Template {
	return assertions.Template_FromStack(stack, nil)
}

// built returns the stack of the options: a member's where a hub is named.
func built(t *testing.T, p *tocsin.Props) awscdk.Stack {
	t.Helper()
	stack := newStack(t)
	build(t, stack, p)
	return stack
}

func build(t *testing.T, stack awscdk.Stack, p *tocsin.Props) {
	t.Helper()
	var err error
	if p.Accounts.HubBusArn != "" {
		_, err = tocsin.NewTocsinMember(stack, "Tocsin", p)
	} else {
		_, err = tocsin.NewTocsin(stack, "Tocsin", p)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// object and list are JSON.
type (
	object = map[string]any
	list   = []any
)

// document returns the template as JSON.
func document(t *testing.T, template assertions.Template) object {
	t.Helper()
	text, err := json.Marshal(template.ToJSON())
	if err != nil {
		t.Fatal(err)
	}
	var whole object
	if err := json.Unmarshal(text, &whole); err != nil {
		t.Fatal(err)
	}
	return whole
}

// ofType returns the resources of a type by logical id.
func ofType(template object, kind string) map[string]object {
	found := map[string]object{}
	for id, resource := range template["Resources"].(object) {
		if r := resource.(object); r["Type"] == kind {
			found[id] = r
		}
	}
	return found
}

// only returns the properties of the one resource of a type.
func only(t *testing.T, template object, kind string) object {
	t.Helper()
	all := ofType(template, kind)
	if len(all) != 1 {
		t.Fatalf("%d resources of type %s, want 1", len(all), kind)
	}
	for _, resource := range all {
		return resource["Properties"].(object)
	}
	return nil
}

// expect runs an assertion of the CDK, which panics where it does not hold.
func expect(t *testing.T, assertion func()) {
	t.Helper()
	defer func() {
		if reason := recover(); reason != nil {
			t.Helper()
			t.Error(reason)
		}
	}()
	assertion()
}

// readFile returns a file of testdata.
func readFile(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// token returns a text that is known at deployment only.
func token(stack awscdk.Stack, name string) string {
	return *awscdk.NewCfnParameter(stack, jsii.String(name), nil).ValueAsString()
}

const (
	topicArn   = "arn:aws:sns:eu-west-1:111122223333:security"
	secretArn  = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:webhook-AbCdEf"
	hubBusArn  = "arn:aws:events:eu-west-1:111122223333:event-bus/sec-hub"
	keyArn     = "arn:aws:kms:eu-west-1:111122223333:key/0f1e2d3c-0000-4000-8000-000000000000"
	boundary   = "arn:aws:iam::111122223333:policy/boundary"
	plainToken = "https://hooks.slack.com/services/T0/B0/XyZ"
)

// every returns each option by itself, and all together, as the checks over whole stacks use them.
func every() map[string]*tocsin.Props {
	all := map[string]*tocsin.Props{
		"defaults":   props(),
		"everything": everything(),
		"slack":      props(func(p *tocsin.Props) { p.Sinks = "slack" }),
		"two slacks": props(func(p *tocsin.Props) { p.Sinks = "slack,oncall=slack,sns" }),
		"bot": props(func(p *tocsin.Props) {
			p.Sinks, p.Env = "slack", map[string]string{"SLACK_BOT_TOKEN": secretArn, "SLACK_CHANNEL": "C0123ABCD"}
		}),
		"secret by name": props(func(p *tocsin.Props) { p.Sinks, p.SlackWebhookSecret = "slack", "sec/webhook" }),
		"secret by ARN":  props(func(p *tocsin.Props) { p.Sinks, p.SlackWebhookSecret = "slack", secretArn+"#prod" }),
		"emails":         props(func(p *tocsin.Props) { p.Emails = []string{"a@example.com", "b@example.com"} }),
		"topic":          props(func(p *tocsin.Props) { p.SnsTopicArn, p.Emails = topicArn, []string{"a@example.com"} }),
		"FIFO topic":     props(func(p *tocsin.Props) { p.SnsTopicArn = topicArn + ".fifo" }),
		"ops emails":     props(func(p *tocsin.Props) { p.Ops.Emails = []string{"ops@example.com"} }),
		"ops topic":      props(func(p *tocsin.Props) { p.Ops.TopicArn = topicArn }),
		"detector":       props(func(p *tocsin.Props) { p.Accounts.EnableGuardDuty = true }),
		"hub": props(func(p *tocsin.Props) {
			p.Accounts.Hub, p.Accounts.OrgID = true, "o-a1b2c3d4e5"
		}),
		"hub for accounts": props(func(p *tocsin.Props) {
			p.Accounts.Hub, p.Accounts.MemberAccounts = true, []string{"444455556666", "000011112222"}
		}),
		"key":          props(func(p *tocsin.Props) { p.Sinks, p.Platform.KmsKey = "slack,sns", "create" }),
		"existing key": props(func(p *tocsin.Props) { p.Sinks, p.Platform.KmsKey = "slack,sns", keyArn }),
		"other keys":   props(func(p *tocsin.Props) { p.Platform.GrantKmsKeys = []string{keyArn} }),
		"tracing":      props(func(p *tocsin.Props) { p.Platform.Tracing = true }),
		"network":      props(func(p *tocsin.Props) { p.Platform.Vpc = vpc() }),
		"amd64":        props(func(p *tocsin.Props) { p.Platform.Architecture = "amd64" }),
		"prefix":       props(func(p *tocsin.Props) { p.Platform.NamePrefix = "sec" }),
		"boundary":     props(func(p *tocsin.Props) { p.Platform.PermissionsBoundary = boundary }),
		"tags":         props(func(p *tocsin.Props) { p.Platform.Tags = map[string]string{"team": "sec", "stage": "prod"} }),
		"member":       {Accounts: tocsin.Accounts{HubBusArn: hubBusArn}},
		"drill":        props(withDrill),
		"summary":      props(func(p *tocsin.Props) { p.Env = map[string]string{"SUMMARY": "weekly"} }),
		"secret":       props(inSecret),
		"actions":      props(withButtons),
		"sources":      props(withToySources, func(p *tocsin.Props) { p.Accounts.Hub, p.Accounts.OrgID = true, "o-a1b2c3d4e5" }),
	}
	member := everything().ForMember(hubBusArn)
	all["member with everything"] = member
	scheduled := everything()
	scheduled.Ops.Drill, scheduled.Env["SUMMARY"] = "cron(0 9 ? * MON-FRI *)", "weekly"
	all["actions with a key"] = props(withButtons, func(p *tocsin.Props) {
		p.Platform.KmsKey, p.Platform.Tracing, p.Platform.NamePrefix, p.Platform.Vpc = "create", true, "sec", vpc()
		p.Platform.PermissionsBoundary, p.Env["ACTIONS_ARCHIVE"] = boundary, "true"
	})
	all["everything with a drill"], all["member with a drill"] = scheduled, scheduled.ForMember(hubBusArn)
	return all
}

func vpc() tocsin.Vpc {
	return tocsin.Vpc{VpcID: "vpc-0123456789abcdef0", SubnetIDs: []string{"subnet-0123456789abcdef0", "subnet-1123456789abcdef0"}}
}

// everything sets all options that go together.
func everything() *tocsin.Props {
	return &tocsin.Props{
		Code:         tocsin.Code{Bucket: "code", Key: "tocsin.zip"},
		Sinks:        "slack,oncall=slack,sns,audit=sns",
		MinSeverity:  "high",
		Emails:       []string{"a@example.com"},
		AccountNames: "111122223333=prod",
		Env: map[string]string{
			"ONCALL_MIN_SEVERITY": "critical", "AUDIT_MIN_SEVERITY": "low", "AUDIT_TOPIC_ARN": topicArn,
			"ONCALL_WEBHOOK_URL": secretArn + "#oncall", "HTTPS_PROXY": "http://proxy.example.com:3128",
		},
		Ops: tocsin.Ops{Emails: []string{"ops@example.com"}},
		Accounts: tocsin.Accounts{
			EnableGuardDuty: true, PublishingFrequency: "ONE_HOUR", Hub: true, OrgID: "o-a1b2c3d4e5",
			MemberAccounts: []string{"444455556666"},
		},
		Platform: tocsin.Platform{
			Architecture: "amd64", LogRetentionDays: 365, Tracing: true, KmsKey: "create", GrantKmsKeys: []string{keyArn},
			NamePrefix: "sec", PermissionsBoundary: boundary, Tags: map[string]string{"team": "sec"}, Vpc: vpc(),
		},
	}
}

// eachOption runs a test over every set of options, in a fixed order.
func eachOption(t *testing.T, test func(t *testing.T, p *tocsin.Props)) {
	t.Helper()
	all := every()
	for _, name := range sorted(all) {
		t.Run(name, func(t *testing.T) { test(t, all[name]) })
	}
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// text writes JSON on one line.
func text(value any) string {
	out, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(out)
}

// anyList returns texts as a list of JSON.
func anyList(texts []string) list {
	values := make(list, len(texts))
	for i, text := range texts {
		values[i] = text
	}
	return values
}
