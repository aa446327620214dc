package tocsin_test

import (
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"github.com/tocsin-sec/tocsin/cdk/tocsin"
	"github.com/tocsin-sec/tocsin/sinks"
	"github.com/tocsin-sec/tocsin/sinks/traits"
)

// home is where the stacks of these tests are deployed.
func home() traits.Home {
	return traits.Home{Partition: "aws", Region: "eu-west-1", Account: "111122223333"}
}

// placed returns the template of a stack at home, in which ARNs stand as they are.
func placed(t *testing.T, p *tocsin.Props) object {
	t.Helper()
	stack := stackAtHome(t)
	build(t, stack, p)
	return document(t, templateOf(stack))
}

func stackAtHome(t *testing.T) awscdk.Stack {
	t.Helper()
	app := awscdk.NewApp(&awscdk.AppProps{
		Outdir: jsii.String(t.TempDir()), Context: &map[string]any{"@aws-cdk/core:enablePartitionLiterals": true},
	})
	return awscdk.NewStack(app, jsii.String("Test"), &awscdk.StackProps{
		Env: &awscdk.Environment{Account: jsii.String(home().Account), Region: jsii.String(home().Region)},
	})
}

// only kinds with a placeholder for every setting of an alternative can be built by it: the first. A
// secret is by reference.
func settingsOf(kind sinks.Type) map[string]string {
	settings := map[string]string{}
	if len(kind.Needs) == 0 {
		return settings
	}
	for _, setting := range kind.Needs[0] {
		settings[setting] = kind.Placeholders[setting]
		if slices.Contains(kind.Secrets, setting) {
			settings[setting] = secretArn
		}
	}
	return settings
}

// withOnly makes options with one instance of a type.
func withOnly(kind sinks.Type) *tocsin.Props {
	return props(func(p *tocsin.Props) {
		p.Sinks, p.Env = kind.Name, map[string]string{}
		for setting, value := range settingsOf(kind) {
			p.Env[sinks.Prefix(kind.Name)+setting] = value
		}
	})
}

// roleStatements returns the statements of the one role by their sids.
func roleStatements(t *testing.T, template object) map[string]object {
	t.Helper()
	found := map[string]object{}
	for _, statement := range statements(only(t, template, "AWS::IAM::Role")["Policies"]) {
		found[statement["Sid"].(string)] = statement
	}
	return found
}

// Each type of sink adds to the role what it says that it needs, to exactly what its settings name:
// nothing else, and no more of that.
func TestRightsOfEachSink(t *testing.T) {
	without := roleStatements(t, placed(t, props(func(p *tocsin.Props) { p.Sinks = "console" })))
	for _, kind := range sinks.Table() {
		t.Run(kind.Name, func(t *testing.T) {
			settings := settingsOf(kind)
			want := map[string]object{}
			for _, grant := range kind.Grants {
				arns := []string{settings[grant.Setting]}
				if grant.Resources != nil {
					arns = grant.Resources(func(setting string) string { return settings[setting] }, home())
				}
				if len(arns) == 0 {
					t.Errorf("the placeholder of %s names nothing that there is a right to", grant.Setting)
				}
				want[grant.Name] = object{"Sid": grant.Name, "Effect": "Allow", "Action": oneOrList(grant.Actions), "Resource": oneOrList(arns)}
			}
			if slices.ContainsFunc(kind.Needs, func(all []string) bool {
				return slices.ContainsFunc(all, func(setting string) bool { return settings[setting] == secretArn })
			}) {
				want["ReadSecrets"] = object{"Sid": "ReadSecrets", "Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": secretArn}
			}
			got := roleStatements(t, placed(t, withOnly(kind)))
			maps.DeleteFunc(got, func(sid string, _ object) bool { return without[sid] != nil })
			if !reflect.DeepEqual(got, want) {
				t.Errorf("the role is allowed\n%s, want\n%s", text(got), text(want))
			}
			for sid := range want {
				if strings.Contains(text(want[sid]["Resource"]), "*") {
					t.Errorf("%s is to more than one resource: %v", sid, want[sid]["Resource"])
				}
			}
		})
	}
}

// oneOrList is how a template writes texts.
func oneOrList(texts []string) any {
	if len(texts) == 1 {
		return texts[0]
	}
	return anyList(texts)
}

// Whatever a type of sink keeps secret may be in Secrets Manager only.
func TestSecretsOfEachSink(t *testing.T) {
	const plain = "s3cr3t-in-the-open"
	seen := 0
	for _, kind := range sinks.Table() {
		for _, setting := range kind.Secrets {
			seen++
			variable := sinks.Prefix(kind.Name) + setting
			for name, p := range map[string]*tocsin.Props{"in use": withOnly(kind), "of no sink": props()} {
				if p.Env == nil {
					p.Env = map[string]string{}
				}
				p.Env[variable] = plain
				want := "env." + variable + ": holds the secret itself"
				if kind.Mixed[setting] != nil && name == "in use" {
					p.Env[variable] = "Authorization: " + plain
					want = "env." + variable + ": the header Authorization holds the secret itself"
				}
				_, err := tocsin.NewTocsin(newStack(t), "Tocsin", p)
				if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), plain) {
					t.Errorf("%s, %s: got %v", variable, name, err)
				}
			}
		}
	}
	if seen == 0 {
		t.Error("no type of sink has a secret")
	}
}

// What is no secret may stand in the open, though another type of sink has a secret by a name like it.
func TestNoSecretsOfSinks(t *testing.T) {
	p := props(func(p *tocsin.Props) {
		p.SinkTypes = append(sinks.Table(), sinks.Of("toy", traits.Traits{
			Concurrency: 1, Needs: [][]string{{"TOKEN", "QUEUE_ARN"}}, Placeholders: map[string]string{"TOKEN": "x", "QUEUE_ARN": queueArn},
		}, newToy))
		p.Sinks, p.Env = "sqs,sns", map[string]string{"SQS_QUEUE_URL": queueURL, "PUSH_TOKEN": "x", "RUNBOOK_URL": "https://example.com/{type}"}
	})
	if err := p.Validate(); err != nil {
		t.Error(err)
	}
	p.Env["TOY_TOKEN"] = "s3cr3t"
	checkLines(t, p.Validate(), []string{"env.TOY_TOKEN: holds the secret itself"})
}

const queueURL = "https://sqs.eu-west-1.amazonaws.com/111122223333/alerts"

// Several instances of a type have one statement, with what each of them needs. The region and the
// account are those of what is named, and the partition is the stack's.
func TestRightsOfInstances(t *testing.T) {
	p := props(func(p *tocsin.Props) {
		p.Sinks = "sqs,lake=sqs,eventbridge"
		p.Env = map[string]string{
			"SQS_QUEUE_URL": queueURL, "LAKE_QUEUE_URL": "https://eu-central-1.queue.amazonaws.com/444455556666/lake.fifo",
			"EVENTBRIDGE_BUS_ARN": "arn:aws:events:eu-west-3:444455556666:event-bus/security",
		}
	})
	got := roleStatements(t, placed(t, p))
	for sid, want := range map[string]string{
		"SendToQueues": `["arn:aws:sqs:eu-west-1:111122223333:alerts","arn:aws:sqs:eu-central-1:444455556666:lake.fifo"]`,
		"PutEvents":    `"arn:aws:events:eu-west-3:444455556666:event-bus/security"`,
	} {
		if resources := text(got[sid]["Resource"]); resources != want {
			t.Errorf("%s is to %s, want %s", sid, resources, want)
		}
	}
	anywhere := roleStatements(t, document(t, synth(t, p)))
	if resource := text(anywhere["SendToQueues"]["Resource"]); strings.Contains(resource, "arn:aws") || !strings.Contains(resource, "AWS::Partition") {
		t.Errorf("the partition is not the stack's: %s", resource)
	}
}

// A bus can be one that is known at deployment only. A queue's URL cannot: its ARN is made of its text.
func TestRightsToWhatIsMadeLater(t *testing.T) {
	stack := newStack(t)
	p := props(func(p *tocsin.Props) {
		p.Sinks, p.Env = "eventbridge", map[string]string{"EVENTBRIDGE_BUS_ARN": token(stack, "Bus")}
	})
	build(t, stack, p)
	if got := roleStatements(t, document(t, templateOf(stack)))["PutEvents"]; text(got["Resource"]) != `{"Ref":"Bus"}` {
		t.Errorf("got %v", got)
	}
	for name, value := range map[string]string{
		"Whole": token(stack, "Whole"), "Part": "https://sqs." + token(stack, "Part") + ".amazonaws.com/111122223333/alerts",
	} {
		p := props(func(p *tocsin.Props) { p.Sinks, p.Env = "sqs", map[string]string{"SQS_QUEUE_URL": value} })
		_, err := tocsin.NewTocsin(newStack(t), name, p)
		checkLines(t, err, []string{"env.SQS_QUEUE_URL: is known at deployment only, and the ARN that the function gets the right to is made of it; write it out"})
	}
}

// What Tocsin takes findings from is no place to send them to.
func TestLoops(t *testing.T) {
	for url, isLoop := range map[string]bool{
		"https://sqs.eu-west-1.amazonaws.com/111122223333/sec-findings":     true,
		"https://sqs.eu-west-1.amazonaws.com/111122223333/sec-dead-letters": true,
		"https://sqs.eu-west-1.amazonaws.com/111122223333/sec-alerts":       false,
		"https://sqs.eu-west-2.amazonaws.com/111122223333/sec-findings":     false,
		"https://sqs.eu-west-1.amazonaws.com/444455556666/sec-findings":     false,
	} {
		p := props(func(p *tocsin.Props) {
			p.Platform.NamePrefix, p.Sinks, p.Env = "sec", "sqs", map[string]string{"SQS_QUEUE_URL": url}
		})
		_, err := tocsin.NewTocsin(stackAtHome(t), "Tocsin", p)
		if isLoop {
			checkLines(t, err, []string{"env.SQS_QUEUE_URL: is a queue that Tocsin itself takes findings from"})
		} else if err != nil {
			t.Errorf("%s: %v", url, err)
		}
		if _, err := tocsin.NewTocsin(newStack(t), "Tocsin", p); (err != nil) != strings.HasSuffix(url, "/sec-findings") && !isLoop {
			t.Errorf("%s, in a stack for any account: %v", url, err)
		}
		p.Platform.NamePrefix = ""
		if err := p.Validate(); err != nil {
			t.Errorf("%s, without a prefix: %v", url, err)
		}
	}
}

// calledBy returns the rights that the calls in the code of a folder need.
func calledBy(t *testing.T, folder string) map[string]bool {
	t.Helper()
	// A call of the SDK; service is the package of its client.
	client := regexp.MustCompile(`"github\.com/aws/aws-sdk-go-v2/service/(\w+)"`)
	call := regexp.MustCompile(`(?:\bclient|\.NewFromConfig\(settings\))\.([A-Z]\w+)|\.New([A-Z]\w+)Paginator\(`)
	// A call that is signed without the SDK's client is named by its right, in a constant, by a path or
	// by an action.
	signed := regexp.MustCompile(`\w+ += "([a-z]+:[A-Z]\w+)"`)
	paths := map[string][]string{
		// SES asks for both where a mail is sent whole.
		`"/v2/email/outbound-emails"`: {"ses:SendEmail", "ses:SendRawEmail"},
		`newForm("Publish"`:           {"sns:Publish"},
	}
	files, err := filepath.Glob(filepath.Join("../..", folder, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %d files, %v", folder, len(files), err)
	}
	service, whole := "", ""
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(string(source), "//go:build !lambda.norpc\n") { // the function's build leaves it out
			continue
		}
		if found := client.FindStringSubmatch(string(source)); found != nil {
			service = found[1]
		}
		whole += string(source)
	}
	rights := map[string]bool{}
	if service != "" {
		for _, found := range call.FindAllStringSubmatch(whole, -1) {
			// A batch or the pages of an answer need the right of the single call.
			rights[service+":"+strings.TrimSuffix(found[1]+found[2], "Batch")] = true
		}
	}
	if strings.Contains(whole, `/awssend"`) {
		for _, found := range signed.FindAllStringSubmatch(whole, -1) {
			rights[found[1]] = true
		}
		for path, actions := range paths {
			for _, action := range actions {
				if strings.Contains(whole, path) {
					rights[action] = true
				}
			}
		}
	}
	return rights
}

// The function may do what its code calls, and what Lambda does for it; nothing else.
func TestRightsAreUsed(t *testing.T) {
	base := map[string]bool{
		// By Lambda, which polls the queue and writes the log with the function's role.
		"sqs:ReceiveMessage": true, "sqs:DeleteMessage": true, "sqs:GetQueueAttributes": true,
		"logs:CreateLogStream": true, "logs:PutLogEvents": true,
	}
	for _, folder := range []string{"pkg/table", "pkg/queue"} {
		maps.Copy(base, calledBy(t, folder))
	}
	secrets, withRights := calledBy(t, "pkg/secret"), 0
	for _, kind := range sinks.Table() {
		want, used := maps.Clone(base), calledBy(t, "sinks/"+kind.Name)
		maps.Copy(want, used)
		p := withOnly(kind)
		if slices.Contains(slices.Collect(maps.Values(p.Env)), secretArn) {
			maps.Copy(want, secrets)
		}
		got := map[string]bool{}
		for _, statement := range roleStatements(t, document(t, synth(t, p))) {
			for _, action := range texts(statement["Action"]) {
				got[action] = true
			}
		}
		if !maps.Equal(got, want) {
			t.Errorf("%s: the role allows\n%v, want\n%v", kind.Name, sorted(got), sorted(want))
		}
		if len(kind.Grants) > 0 {
			withRights++
		}
		if (len(kind.Grants) > 0) != (len(used) > 0) {
			t.Errorf("%s: its code is seen to call %v, and it says that it needs %v", kind.Name, sorted(used), kind.Grants)
		}
	}
	if withRights < 3 {
		t.Errorf("only %d types of sink need rights", withRights)
	}
}
