package tocsin_test

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"github.com/tocsin-sec/tocsin/cdk/tocsin"
	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/sinks"
	"github.com/tocsin-sec/tocsin/sinks/traits"
)

// chat is a type of sink whose messages have buttons where an instance has a signing secret.
type chat struct {
	BotToken      secret.Ref `split_words:"true"`
	SigningSecret secret.Ref `split_words:"true"`
	Channel       string
	BaseURL       string `split_words:"true"`
	UserName      string `split_words:"true"`
}

func newChat(_ context.Context, _ string, c chat, _ formatter.Style) (notify.Notifier, error) {
	if !c.BotToken.IsSet() {
		return nil, errors.New("BOT_TOKEN: is not set")
	}
	return nil, nil
}

// arnOfSecret returns the ARN of the secret of a name.
func arnOfSecret(name string) string {
	return "arn:aws:secretsmanager:eu-west-1:111122223333:secret:" + name + "-AbCdEf"
}

// withChat adds the type, and three instances of it: two have buttons.
func withChat(p *tocsin.Props) {
	p.SinkTypes = append(sinks.Table(), sinks.Of("chat", traits.Traits{
		Concurrency: 1, Needs: [][]string{{"BOT_TOKEN", "CHANNEL"}}, Placeholders: map[string]string{"BOT_TOKEN": "x", "CHANNEL": "c"},
		Pressed: "SIGNING_SECRET", Elsewhere: []string{"SIGNING_SECRET"}, Answers: []string{"BOT_TOKEN", "SIGNING_SECRET", "CHANNEL", "BASE_URL"},
	}, newChat))
	p.Sinks = "chat,quiet=chat,oncall=chat,sns"
	p.Env = map[string]string{
		"CHAT_BOT_TOKEN": arnOfSecret("chat"), "CHAT_SIGNING_SECRET": arnOfSecret("sign") + "#chat", "CHAT_CHANNEL": "C1",
		"QUIET_BOT_TOKEN": arnOfSecret("quiet"), "QUIET_CHANNEL": "C2",
		"ONCALL_BOT_TOKEN": arnOfSecret("oncall"), "ONCALL_SIGNING_SECRET": arnOfSecret("sign") + "#oncall", "ONCALL_CHANNEL": "C3",
		"ONCALL_BASE_URL": "https://chat.example.com/api/", "ONCALL_MESSAGE_LANG": "ja", "ONCALL_MIN_SEVERITY": "high", "ONCALL_USER_NAME": "Tocsin",
		"QUIET_MESSAGE_LANG": "en", "TIME_ZONE": "Europe/Berlin", "LOG_LEVEL": "warn",
	}
}

// withButtons is withChat with the function that answers.
func withButtons(p *tocsin.Props) {
	withChat(p)
	p.Actions = tocsin.Actions{Actions: true, CodeBucket: "code", CodeKey: "actions.zip"}
}

// functionsOf returns the function that sends, and the one that answers buttons.
func functionsOf(t *testing.T, template object) (sends, answers object) {
	t.Helper()
	for id, function := range ofType(template, "AWS::Lambda::Function") {
		if strings.HasPrefix(id, "TocsinActions") {
			answers = function["Properties"].(object)
		} else {
			sends = function["Properties"].(object)
		}
	}
	if sends == nil || answers == nil {
		t.Fatalf("the functions are %v", sorted(ofType(template, "AWS::Lambda::Function")))
	}
	return sends, answers
}

// rightsOf returns the statements of the role of a function by their sids.
func rightsOf(t *testing.T, template, function object) map[string]object {
	t.Helper()
	role := function["Role"].(object)["Fn::GetAtt"].(list)[0].(string)
	found := map[string]object{}
	for _, statement := range statements(ofType(template, "AWS::IAM::Role")[role]["Properties"].(object)["Policies"]) {
		found[statement["Sid"].(string)] = statement
	}
	return found
}

// The function that answers buttons is one of its own: its code, log group, role and size.
func TestActionsFunction(t *testing.T) {
	template := document(t, synth(t, props(withButtons, func(p *tocsin.Props) {
		p.Platform.Vpc, p.Platform.Architecture, p.Actions.Concurrency, p.Platform.NamePrefix = vpc(), "amd64", 5, "sec"
	})))
	sends, answers := functionsOf(t, template)
	for name, want := range map[string]any{
		"Runtime": "provided.al2023", "Handler": "bootstrap", "Architectures": list{"x86_64"}, "FunctionName": "sec-actions",
		"Code": object{"S3Bucket": "code", "S3Key": "actions.zip"}, "ReservedConcurrentExecutions": 5.0,
		"VpcConfig": nil, // it is called from outside
	} {
		if !reflect.DeepEqual(answers[name], want) {
			t.Errorf("%s is %v, want %v", name, answers[name], want)
		}
	}
	if memory, timeout := answers["MemorySize"].(float64), answers["Timeout"].(float64); memory < sends["MemorySize"].(float64) || timeout < 3 || timeout > 10 {
		t.Errorf("%v MB, %v s: Slack waits for three seconds, also for a function that starts", memory, timeout)
	}
	if sends["VpcConfig"] == nil || sends["ReservedConcurrentExecutions"] != nil || text(sends["Code"]) == text(answers["Code"]) {
		t.Errorf("the function that sends is %s", text(sends))
	}
	if group := answers["LoggingConfig"].(object)["LogGroup"].(object)["Ref"]; group == sends["LoggingConfig"].(object)["LogGroup"].(object)["Ref"] ||
		ofType(template, "AWS::Logs::LogGroup")[group.(string)]["Properties"].(object)["LogGroupName"] != "/aws/lambda/sec-actions" {
		t.Errorf("its log group is %v", group)
	}
}

// A new URL needs two rights, of which none lets anybody call the function without it:
// https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
func TestActionsURL(t *testing.T) {
	template := document(t, synth(t, props(withButtons)))
	of := list{nil, "Arn"}
	for id := range ofType(template, "AWS::Lambda::Function") {
		if strings.HasPrefix(id, "TocsinActions") {
			of[0] = id
		}
	}
	function := object{"Fn::GetAtt": of}
	want := object{"TargetFunctionArn": function, "AuthType": "NONE", "InvokeMode": "BUFFERED"} // no CORS: no page calls it
	if got := only(t, template, "AWS::Lambda::Url"); !reflect.DeepEqual(got, want) {
		t.Errorf("the URL is %s, want %s", text(got), text(want))
	}
	var permissions []string
	for _, permission := range ofType(template, "AWS::Lambda::Permission") {
		permissions = append(permissions, text(permission["Properties"]))
	}
	slices.Sort(permissions)
	wanted := []string{
		text(object{"Action": "lambda:InvokeFunction", "FunctionName": function, "InvokedViaFunctionUrl": true, "Principal": "*"}),
		text(object{"Action": "lambda:InvokeFunctionUrl", "FunctionName": function, "FunctionUrlAuthType": "NONE", "Principal": "*"}),
	}
	if !slices.Equal(permissions, wanted) {
		t.Errorf("the permissions are\n%s, want\n%s", strings.Join(permissions, "\n"), strings.Join(wanted, "\n"))
	}
	output := template["Outputs"].(object)["TocsinActionsUrl"].(object)
	if value := text(output["Value"]); !strings.Contains(value, "FunctionUrl") || !strings.Contains(output["Description"].(string), "Request URL") {
		t.Errorf("the output is %s", text(output))
	}
}

// It has what it needs of the sinks with buttons, and nothing of the others.
func TestActionsVariables(t *testing.T) {
	sends, answers := functionsOf(t, document(t, synth(t, props(withButtons, func(p *tocsin.Props) { p.Env["ACTIONS_ALLOW"] = "U012AB3CD" }))))
	variables := func(function object) object { return function["Environment"].(object)["Variables"].(object) }
	got := variables(answers)
	want := object{
		"SINKS": "chat,oncall=chat", "LEDGER": "dynamodb", "ACTIONS_ALLOW": "U012AB3CD", "TIME_ZONE": "Europe/Berlin", "LOG_LEVEL": "warn",
		"LEDGER_TABLE": variables(sends)["LEDGER_TABLE"], "QUEUE_URL": variables(sends)["QUEUE_URL"],
		"CHAT_BOT_TOKEN": arnOfSecret("chat"), "CHAT_SIGNING_SECRET": arnOfSecret("sign") + "#chat", "CHAT_CHANNEL": "C1",
		"ONCALL_BOT_TOKEN": arnOfSecret("oncall"), "ONCALL_SIGNING_SECRET": arnOfSecret("sign") + "#oncall", "ONCALL_CHANNEL": "C3",
		"ONCALL_BASE_URL": "https://chat.example.com/api/", "ONCALL_MESSAGE_LANG": "ja",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the variables are\n%s, want\n%s", text(got), text(want))
	}
	if queue := text(got["QUEUE_URL"]); !strings.HasPrefix(queue, `{"Ref":"TocsinQueue`) {
		t.Errorf("the queue is %s", queue)
	}
	if without := variables(only(t, document(t, synth(t, props())), "AWS::Lambda::Function")); without["QUEUE_URL"] != nil {
		t.Errorf("who does not act on findings has no use for the queue's URL: %s", text(without))
	}
	if variables(sends)["CHAT_SIGNING_SECRET"] != arnOfSecret("sign")+"#chat" {
		t.Error("the function that sends cannot know which sinks have buttons")
	}
}

// Each function may read what it reads itself, and do what it does itself.
func TestActionsRights(t *testing.T) {
	template := placed(t, props(withButtons))
	sends, answers := functionsOf(t, template)
	reads := func(function object) []string {
		return texts(rightsOf(t, template, function)["ReadSecrets"]["Resource"])
	}
	if got, want := reads(sends), []string{arnOfSecret("chat"), arnOfSecret("oncall"), arnOfSecret("quiet")}; !slices.Equal(got, want) {
		t.Errorf("the function that sends may read %v, want %v", got, want)
	}
	if got, want := reads(answers), []string{arnOfSecret("chat"), arnOfSecret("sign"), arnOfSecret("oncall")}; !slices.Equal(sortedTexts(got), sortedTexts(want)) {
		t.Errorf("the function that answers may read %v, want %v", got, want)
	}
	arn := func(kind, part string) string {
		for id := range ofType(template, kind) {
			if strings.HasPrefix(id, "Tocsin"+part) {
				return text(object{"Fn::GetAtt": list{id, "Arn"}})
			}
		}
		return ""
	}
	got := map[string]string{}
	for sid, statement := range rightsOf(t, template, answers) {
		got[sid] = text(statement["Action"]) + " " + text(statement["Resource"])
	}
	delete(got, "ReadSecrets")
	want := map[string]string{
		"WriteLogs":     `["logs:CreateLogStream","logs:PutLogEvents"] ` + arn("AWS::Logs::LogGroup", "ActionsLogs"),
		"NoteActions":   `["dynamodb:GetItem","dynamodb:PutItem"] ` + arn("AWS::DynamoDB::Table", "Ledger"),
		"AskForActions": `"sqs:SendMessage" ` + arn("AWS::SQS::Queue", "Queue"),
	}
	if !maps.Equal(got, want) {
		t.Errorf("the function that answers may\n%v, want\n%v", got, want)
	}
}

func sortedTexts(texts []string) []string { return slices.Sorted(slices.Values(texts)) }

// Under a key, and traced, it has what that needs.
func TestActionsUnderAKey(t *testing.T) {
	template := document(t, synth(t, props(withButtons, func(p *tocsin.Props) {
		p.Platform.KmsKey, p.Platform.GrantKmsKeys, p.Platform.Tracing = "create", []string{keyArn}, true
		p.Platform.PermissionsBoundary = boundary
	})))
	_, answers := functionsOf(t, template)
	rights := rightsOf(t, template, answers)
	if keys := rights["UseKeys"]; keys == nil || !strings.Contains(text(keys["Resource"]), keyArn) || !strings.Contains(text(keys["Resource"]), "TocsinKey") {
		t.Errorf("the right to keys is %v", keys)
	}
	if rights["Trace"] == nil || answers["TracingConfig"].(object)["Mode"] != "Active" || answers["KmsKeyArn"] == nil {
		t.Errorf("traced: %v, %v", rights["Trace"], answers)
	}
	for id, group := range ofType(template, "AWS::Logs::LogGroup") {
		if group["Properties"].(object)["KmsKeyId"] == nil {
			t.Errorf("%s is under no key", id)
		}
	}
	for id, role := range ofType(template, "AWS::IAM::Role") {
		if role["Properties"].(object)["PermissionsBoundary"] != boundary {
			t.Errorf("%s is not bounded", id)
		}
	}
}

// Findings are archived where they come from by the function that sends, where that is asked for and the source is
// one that can.
func TestActionsArchive(t *testing.T) {
	withArchive := func(p *tocsin.Props) { p.Env["ACTIONS_ARCHIVE"] = "true" }
	for name, test := range map[string]struct {
		change  func(*tocsin.Props)
		isGiven bool
	}{
		"off":            {func(p *tocsin.Props) { p.Env["ACTIONS_ARCHIVE"] = "false" }, false},
		"on":             {withArchive, true},
		"another source": {func(p *tocsin.Props) { withArchive(p); p.Sources = []string{"macie"} }, false},
		"passed on":      {func(p *tocsin.Props) { withArchive(p); p.Sources = []string{"securityhub"} }, true},
	} {
		template := document(t, synth(t, props(withButtons, test.change)))
		sends, answers := functionsOf(t, template)
		got := rightsOf(t, template, sends)["ArchiveFindings"]
		var want object
		if test.isGiven {
			want = object{
				"Sid": "ArchiveFindings", "Effect": "Allow", "Resource": "*",
				"Action": list{"guardduty:ListDetectors", "guardduty:ArchiveFindings", "guardduty:UnarchiveFindings"},
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: the right is %v, want %v", name, got, want)
		}
		if rightsOf(t, template, answers)["ArchiveFindings"] != nil {
			t.Errorf("%s: what is called from outside may archive findings", name)
		}
	}
}

// Whatever else is asked for, the other resources are the same: no id changes, and no more may be done.
func TestActionsLeaveTheRest(t *testing.T) {
	without := document(t, synth(t, props(withChat, func(p *tocsin.Props) {
		delete(p.Env, "CHAT_SIGNING_SECRET")
		delete(p.Env, "ONCALL_SIGNING_SECRET")
	})))["Resources"].(object)
	with := document(t, synth(t, props(withButtons)))["Resources"].(object)
	for id, resource := range without {
		if kind := resource.(object)["Type"]; kind == "AWS::Lambda::Function" || kind == "AWS::CloudWatch::Dashboard" {
			continue // which knows the signing secrets; which has a row more
		}
		if !reflect.DeepEqual(with[id], resource) {
			t.Errorf("%s is another one", id)
		}
	}
	hub := props(withButtons)
	member, plain := hub.ForMember(hubBusArn), props(withChat).ForMember(hubBusArn)
	if got, want := text(document(t, synth(t, member))), text(document(t, synth(t, plain))); got != want {
		t.Errorf("a member is another one:\n%s\n%s", got, want)
	}
}

func TestActionsMistakes(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*tocsin.Props)
		want   []string
	}{
		"buttons that nobody answers": {func(p *tocsin.Props) { p.Actions = tocsin.Actions{} }, []string{
			"env.CHAT_SIGNING_SECRET: makes buttons that nothing would answer; set the option actions=true",
			"env.ONCALL_SIGNING_SECRET: makes buttons that nothing would answer",
		}},
		"no buttons": {func(p *tocsin.Props) {
			delete(p.Env, "CHAT_SIGNING_SECRET")
			delete(p.Env, "ONCALL_SIGNING_SECRET")
		}, []string{"actions: no sink has buttons; set env.CHAT_SIGNING_SECRET to the ARN of the secret that holds it, or leave this out"}},
		"no sink that can": {func(p *tocsin.Props) { p.Sinks, p.Env = "sns", nil }, []string{"actions: no sink has buttons; have a sink of a type that can: "}},
		"in a secret": {func(p *tocsin.Props) { p.Sinks, p.Env, p.Config = "", nil, secretArn }, []string{
			"actions: cannot be with a configuration in a secret",
		}},
		"the secret itself": {func(p *tocsin.Props) { p.Env["CHAT_SIGNING_SECRET"] = "0123456789abcdef0123456789abcdef" }, []string{
			"env.CHAT_SIGNING_SECRET: holds the secret itself",
		}},
		"no code": {func(p *tocsin.Props) { p.Actions.CodeBucket, p.Actions.CodeKey = "", "" }, []string{
			"actionsCodePath: is not set; build the zip (make build) and give its path, or actionsCodeBucket and actionsCodeKey",
		}},
		"half a place": {func(p *tocsin.Props) { p.Actions.CodeKey = "" }, []string{"actionsCodeBucket: and actionsCodeKey belong together"}},
		"no program": {func(p *tocsin.Props) {
			p.Actions.CodeBucket, p.Actions.CodeKey, p.Actions.CodePath = "", "", "testdata"
		}, []string{
			"actionsCodePath: the folder has no file named bootstrap in it",
		}},
		"options without": {func(p *tocsin.Props) {
			withChat(p)
			p.Sinks, p.Env, p.Actions = "sns", nil, tocsin.Actions{CodePath: "x", Concurrency: 3}
		}, []string{"actionsCodePath: needs actions=true", "actionsConcurrency: needs actions=true"}},
		"concurrency": {func(p *tocsin.Props) { p.Actions.Concurrency = -1 }, []string{"actionsConcurrency: want how many requests"}},
		"the queue":   {func(p *tocsin.Props) { p.Env["QUEUE_URL"] = "https://sqs.eu-west-1.amazonaws.com/111122223333/x" }, []string{"env.QUEUE_URL: is set by the stack; leave it out"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := tocsin.NewTocsin(newStack(t), "Tocsin", props(withButtons, test.change))
			checkLines(t, err, test.want)
		})
	}
	_, err := tocsin.NewTocsinMember(newStack(t), "Tocsin", &tocsin.Props{
		Accounts: tocsin.Accounts{HubBusArn: hubBusArn}, Actions: tocsin.Actions{Actions: true, CodePath: "x"},
	})
	checkLines(t, err, []string{"actions: is an option of the hub's stack", "actionsCodePath: is an option of the hub's stack"})
}

// What the file says of the sinks is what both functions get.
func TestActionsOfAFile(t *testing.T) {
	const file = `
time_zone: Asia/Tokyo
sinks:
  chat:
    type: chat
    bot_token: arn:aws:secretsmanager:eu-west-1:111122223333:secret:bot-AbCdEf
    signing_secret: arn:aws:secretsmanager:eu-west-1:111122223333:secret:sign-AbCdEf
    channel: C1
  sns:
    type: sns
`
	path := filepath.Join(t.TempDir(), "tocsin.yaml")
	if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	fromFile := func(p *tocsin.Props) { p.Sinks, p.Env, p.Config = "", nil, path }
	template := placed(t, props(withButtons, fromFile))
	sends, answers := functionsOf(t, template)
	variables := answers["Environment"].(object)["Variables"].(object)
	for name, want := range map[string]any{
		"SINKS": "chat", "CHAT_BOT_TOKEN": arnOfSecret("bot"), "CHAT_SIGNING_SECRET": arnOfSecret("sign"), "CHAT_CHANNEL": "C1", "TIME_ZONE": "Asia/Tokyo", "CONFIG": nil,
	} {
		if variables[name] != want {
			t.Errorf("%s is %v, want %v", name, variables[name], want)
		}
	}
	if got := text(rightsOf(t, template, sends)["ReadSecrets"]["Resource"]); got != text(arnOfSecret("bot")) {
		t.Errorf("the function that sends may read %s", got)
	}
	_, err := tocsin.NewTocsin(newStack(t), "Tocsin", props(withButtons, fromFile, func(p *tocsin.Props) { p.Actions = tocsin.Actions{} }))
	checkLines(t, err, []string{"tocsin.yaml:7: CHAT_SIGNING_SECRET: makes buttons that nothing would answer"})
}

// A secret of the CDK app's own, which has no name before the deployment.
func TestActionsWithSecretsMadeLater(t *testing.T) {
	stack := newStack(t)
	build(t, stack, props(withButtons, func(p *tocsin.Props) {
		p.Env["CHAT_BOT_TOKEN"], p.Env["CHAT_SIGNING_SECRET"] = token(stack, "Bot"), token(stack, "Sign")
	}))
	template := document(t, templateOf(stack))
	sends, answers := functionsOf(t, template)
	if got := text(rightsOf(t, template, answers)["ReadSecrets"]["Resource"]); !strings.Contains(got, `{"Ref":"Bot"}`) || !strings.Contains(got, `{"Ref":"Sign"}`) {
		t.Errorf("the function that answers may read %s", got)
	}
	if got := text(rightsOf(t, template, sends)["ReadSecrets"]["Resource"]); strings.Contains(got, "Sign") {
		t.Errorf("the function that sends may read %s", got)
	}
}

// The packs that ask whether anybody may call a function have their answer in writing.
func TestActionsArePublicForAReason(t *testing.T) {
	stack := built(t, props(withButtons))
	awscdk.Aspects_Of(stack).Add(cdknag.NewNIST80053R5Checks(nil), nil)
	awscdk.Aspects_Of(stack).Add(cdknag.NewHIPAASecurityChecks(nil), nil)
	found := assertions.Annotations_FromStack(stack)
	expect(t, func() {
		found.HasNoError(jsii.String("*"), assertions.Match_StringLikeRegexp(jsii.String(".*LambdaFunctionPublicAccessProhibited.*")))
	})
	if all := *found.FindError(jsii.String("*"), assertions.Match_StringLikeRegexp(jsii.String(".*LambdaInsideVPC.*"))); len(all) == 0 {
		t.Error("the packs find nothing at all; does this test still see anything?")
	}
}
