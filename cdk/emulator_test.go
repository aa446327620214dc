package main_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	cfntypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/tocsin-sec/tocsin/test/moto"
)

// emulator starts moto, and gives the configuration of clients. The test is skipped where moto is not installed.
func emulator(t *testing.T) aws.Config {
	t.Helper()
	url := moto.Start(t)
	return aws.Config{
		Region: "eu-west-1", BaseEndpoint: &url,
		Credentials: aws.CredentialsProviderFunc(credentials),
	}
}

func credentials(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
}

// TestDeploy deploys the plain template, looks for everything in it, and follows a finding from the
// bus to the queue.
func TestDeploy(t *testing.T) {
	config := emulator(t)
	uploadCode(t, config)
	folder := t.TempDir()
	options := append(withButtons(), "-template", folder, "-c", "sinks=slack,hooked=slack,sns", "-c", "emails=a@example.com",
		"-c", "hub=true", "-c", "orgId=o-a1b2c3d4e5", "-c", "namePrefix=sec", "-c", "drill=rate(1 day)")
	if stderr, err := run(t, program(t), nil, options...); err != nil {
		t.Fatalf("%v\n%s", err, stderr)
	}
	outputs := deploy(t, config, filepath.Join(folder, "tocsin.template.json"), map[string]string{
		"CodeBucket": "code", "CodeKey": "tocsin.zip", "ActionsCodeKey": "tocsin.zip",
	})

	t.Run("resources", func(t *testing.T) { checkDeployed(t, config, outputs) })
	t.Run("buttons", func(t *testing.T) { checkButtons(t, config, outputs, filepath.Join(folder, "tocsin.template.json")) })
	pause(t, config, outputs["TocsinPause"]) // or moto would run the function, in Docker
	t.Run("the account's own findings", func(t *testing.T) { checkDelivery(t, config, outputs["TocsinQueueUrl"], "default") })
	t.Run("other accounts' findings", func(t *testing.T) { checkDelivery(t, config, outputs["TocsinQueueUrl"], outputs["TocsinHubBusArn"]) })
	t.Run("drills", func(t *testing.T) {
		checkDrills(t, config, outputs, filepath.Join(folder, "tocsin.template.json"), filepath.Join(folder, "tocsin-member.template.json"))
	})
	t.Run("member", func(t *testing.T) {
		member := config.Copy()
		member.Region = "eu-central-1"
		deploy(t, member, filepath.Join(folder, "tocsin-member.template.json"), map[string]string{"HubBusArn": outputs["TocsinHubBusArn"]})
		targets, err := eventbridge.NewFromConfig(member).ListTargetsByRule(t.Context(), &eventbridge.ListTargetsByRuleInput{
			Rule: aws.String("sec-findings-to-hub"),
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(targets.Targets) != 1 || *targets.Targets[0].Arn != outputs["TocsinHubBusArn"] || targets.Targets[0].DeadLetterConfig == nil {
			t.Errorf("the targets of the member's rule: %+v", targets.Targets)
		}
	})
}

// uploadCode puts a zip with a stand-in for the function where the template's parameters say.
func uploadCode(t *testing.T, config aws.Config) {
	t.Helper()
	var code bytes.Buffer
	archive := zip.NewWriter(&code)
	file, err := archive.Create("bootstrap")
	if err == nil {
		_, err = file.Write([]byte("#!/bin/sh\n"))
	}
	if err == nil {
		err = archive.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	client := s3.NewFromConfig(config, func(o *s3.Options) { o.UsePathStyle = true })
	if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{
		Bucket: aws.String("code"), CreateBucketConfiguration: &s3types.CreateBucketConfiguration{
			LocationConstraint: s3types.BucketLocationConstraint(config.Region),
		},
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: aws.String("code"), Key: aws.String("tocsin.zip"), Body: bytes.NewReader(code.Bytes()),
	}); err != nil {
		t.Fatal(err)
	}
}

// deploy creates a stack from a template and gives its outputs.
func deploy(t *testing.T, config aws.Config, template string, parameters map[string]string) map[string]string {
	t.Helper()
	var given []cfntypes.Parameter
	for name, value := range parameters {
		given = append(given, cfntypes.Parameter{ParameterKey: &name, ParameterValue: &value})
	}
	client := cloudformation.NewFromConfig(config)
	if _, err := client.CreateStack(t.Context(), &cloudformation.CreateStackInput{
		StackName: aws.String("Tocsin"), TemplateBody: aws.String(withoutSchedules(t, template)), Parameters: given,
		Capabilities: []cfntypes.Capability{cfntypes.CapabilityCapabilityNamedIam},
	}); err != nil {
		t.Fatal(err)
	}
	stacks, err := client.DescribeStacks(t.Context(), &cloudformation.DescribeStacksInput{StackName: aws.String("Tocsin")})
	if err != nil {
		t.Fatal(err)
	}
	stack := stacks.Stacks[0]
	if stack.StackStatus != cfntypes.StackStatusCreateComplete {
		t.Fatalf("the stack is %s: %s", stack.StackStatus, aws.ToString(stack.StackStatusReason))
	}
	outputs := map[string]string{}
	for _, output := range stack.Outputs {
		outputs[aws.ToString(output.OutputKey)] = aws.ToString(output.OutputValue)
	}
	return outputs
}

// withoutSchedules returns a template without the schedules and their role, and without a function's URL, none of which
// the emulator can make in a stack.
func withoutSchedules(t *testing.T, path string) string {
	t.Helper()
	template := read(t, path)
	resources := template["Resources"].(map[string]any)
	maps.DeleteFunc(resources, func(id string, resource any) bool {
		kind := resource.(map[string]any)["Type"].(string)
		return strings.HasPrefix(kind, "AWS::Scheduler::") || kind == "AWS::Lambda::Url" || strings.Contains(id, "SchedulerRole")
	})
	if outputs, has := template["Outputs"].(map[string]any); has {
		delete(outputs, "TocsinActionsUrl")
	}
	text, err := json.Marshal(template)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// checkDeployed finds rule, queues, mapping, function, topics and table where they should be.
func checkDeployed(t *testing.T, config aws.Config, outputs map[string]string) {
	ctx := t.Context()
	rule, err := eventbridge.NewFromConfig(config).DescribeRule(ctx, &eventbridge.DescribeRuleInput{Name: aws.String("sec-findings")})
	if err != nil {
		t.Fatal(err)
	}
	if rule.State != eventtypes.RuleStateEnabled || !strings.Contains(aws.ToString(rule.EventPattern), "aws.guardduty") {
		t.Errorf("the rule: %+v", rule)
	}
	queues := sqs.NewFromConfig(config)
	for _, url := range []string{outputs["TocsinQueueUrl"], outputs["TocsinDeadLetterQueueUrl"]} {
		if _, err := queues.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: &url}); err != nil {
			t.Errorf("queue %s: %v", url, err)
		}
	}
	functions := lambda.NewFromConfig(config)
	function, err := functions.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: aws.String(outputs["TocsinFunctionName"])})
	if err != nil {
		t.Fatal(err)
	}
	variables := function.Environment.Variables
	if variables["LEDGER_TABLE"] != outputs["TocsinLedgerTable"] || variables["DEAD_LETTER_QUEUE_URL"] != outputs["TocsinDeadLetterQueueUrl"] ||
		variables["SNS_TOPIC_ARN"] != outputs["TocsinAlertTopicArn"] { // the emulator makes no secrets in a stack
		t.Errorf("the function's variables: %v\noutputs: %v", variables, outputs)
	}
	mappings, err := functions.ListEventSourceMappings(ctx, &lambda.ListEventSourceMappingsInput{})
	if err != nil {
		t.Fatal(err)
	}
	if len(mappings.EventSourceMappings) != 1 || !strings.HasSuffix(*mappings.EventSourceMappings[0].EventSourceArn, ":sec-findings") ||
		*mappings.EventSourceMappings[0].FunctionArn != *function.FunctionArn {
		t.Errorf("the mappings: %+v", mappings.EventSourceMappings)
	}
	if _, err := dynamodb.NewFromConfig(config).DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: aws.String(outputs["TocsinLedgerTable"])}); err != nil {
		t.Error(err)
	}
	for _, topic := range []string{outputs["TocsinAlertTopicArn"], outputs["TocsinOpsTopicArn"]} {
		if _, err := sns.NewFromConfig(config).GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: &topic}); err != nil {
			t.Errorf("topic %s: %v", topic, err)
		}
	}
}

// pause does what the output's command does.
func pause(t *testing.T, config aws.Config, command string) {
	t.Helper()
	words := strings.Fields(command)
	if _, err := lambda.NewFromConfig(config).UpdateEventSourceMapping(t.Context(), &lambda.UpdateEventSourceMappingInput{
		UUID: aws.String(words[len(words)-1]), Enabled: aws.Bool(false),
	}); err != nil {
		t.Fatalf("%s: %v", command, err)
	}
}

// checkDelivery puts findings on a bus and receives those that the rule takes from the queue.
func checkDelivery(t *testing.T, config aws.Config, queue, bus string) {
	var entries []eventtypes.PutEventsRequestEntry
	for id, severity := range map[string]string{"low": "3.9", "medium": "4.0", "high": "8", "none": ""} {
		detail := map[string]any{"id": id}
		if severity != "" {
			detail["severity"] = json.Number(severity)
		}
		text, err := json.Marshal(detail)
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, eventtypes.PutEventsRequestEntry{
			// AWS refuses the sources of its own services here; the emulator takes them.
			Source: aws.String("aws.guardduty"), DetailType: aws.String("GuardDuty Finding"),
			Detail: aws.String(string(text)), EventBusName: &bus,
		})
	}
	if _, err := eventbridge.NewFromConfig(config).PutEvents(t.Context(), &eventbridge.PutEventsInput{Entries: entries}); err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for _, event := range received(t, config, queue) {
		got[event.Detail.ID] = true
	}
	if len(got) != 3 || !got["medium"] || !got["high"] || !got["none"] {
		t.Errorf("received %v, want medium, high and none", got)
	}
}

// delivered is an event that a rule has put into the queue.
type delivered struct {
	Source     string
	DetailType string `json:"detail-type"`
	Detail     struct{ ID, Rule string }
}

// received takes all that waits out of the queue.
func received(t *testing.T, config aws.Config, queue string) []delivered {
	t.Helper()
	var events []delivered
	client := sqs.NewFromConfig(config)
	for range 20 {
		received, err := client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{
			QueueUrl: &queue, MaxNumberOfMessages: 10, WaitTimeSeconds: 1,
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(received.Messages) == 0 {
			break
		}
		for _, message := range received.Messages {
			var event delivered
			if err := json.Unmarshal([]byte(*message.Body), &event); err != nil {
				t.Fatal(err)
			}
			events = append(events, event)
			if _, err := client.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: &queue, ReceiptHandle: message.ReceiptHandle}); err != nil {
				t.Fatal(err)
			}
		}
	}
	return events
}

// checkDrills puts what the schedules of the templates would on both buses.
func checkDrills(t *testing.T, config aws.Config, outputs map[string]string, templates ...string) {
	received(t, config, outputs["TocsinQueueUrl"])
	sent := 0
	for _, template := range templates {
		for _, resource := range read(t, template)["Resources"].(map[string]any) {
			if resource.(map[string]any)["Type"] != "AWS::Scheduler::Schedule" {
				continue
			}
			target := resource.(map[string]any)["Properties"].(map[string]any)["Target"].(map[string]any)
			parameters, isEvent := target["EventBridgeParameters"].(map[string]any)
			if !isEvent {
				continue
			}
			for _, bus := range []string{"default", outputs["TocsinHubBusArn"]} {
				if _, err := eventbridge.NewFromConfig(config).PutEvents(t.Context(), &eventbridge.PutEventsInput{Entries: []eventtypes.PutEventsRequestEntry{{
					Source: aws.String(parameters["Source"].(string)), DetailType: aws.String(parameters["DetailType"].(string)),
					Detail: aws.String(target["Input"].(string)), EventBusName: &bus,
				}}}); err != nil {
					t.Fatal(err)
				}
				sent++
			}
		}
	}
	var rules []string
	for _, event := range received(t, config, outputs["TocsinQueueUrl"]) {
		if event.Source != "tocsin" || event.DetailType != "Tocsin Drill" {
			t.Errorf("%+v", event)
		}
		rules = append(rules, event.Detail.Rule)
	}
	slices.Sort(rules)
	if want := []string{"sec-findings", "sec-findings-to-hub", "sec-hub-findings"}; sent != 6 || !slices.Equal(rules, want) {
		t.Errorf("%d drills were put on the buses, each on both; in the queue are those of %v, want %v", sent, rules, want)
	}
}

// checkButtons finds the function that answers buttons, with the queue and the table of the other one, and gives it its
// URL by a call of its own.
func checkButtons(t *testing.T, config aws.Config, outputs map[string]string, template string) {
	functions, name := lambda.NewFromConfig(config), aws.String(outputs["TocsinActionsFunctionName"])
	function, err := functions.GetFunctionConfiguration(t.Context(), &lambda.GetFunctionConfigurationInput{FunctionName: name})
	if err != nil {
		t.Fatal(err)
	}
	variables := function.Environment.Variables
	if variables["SINKS"] != "slack" || variables["QUEUE_URL"] != outputs["TocsinQueueUrl"] || variables["LEDGER_TABLE"] != outputs["TocsinLedgerTable"] ||
		outputs["TocsinQueueUrl"] == "" || variables["SLACK_SIGNING_SECRET"] == "" {
		t.Errorf("the function's variables: %v\noutputs: %v", variables, outputs)
	}
	policy, err := functions.GetPolicy(t.Context(), &lambda.GetPolicyInput{FunctionName: name})
	if err != nil {
		t.Fatal(err)
	}
	for _, action := range []string{`"lambda:InvokeFunction"`, `"lambda:InvokeFunctionUrl"`} {
		if !strings.Contains(aws.ToString(policy.Policy), action) {
			t.Errorf("the function's policy has no %s: %s", action, aws.ToString(policy.Policy))
		}
	}
	url := find(t, read(t, template), "AWS::Lambda::Url")
	made, err := functions.CreateFunctionUrlConfig(t.Context(), &lambda.CreateFunctionUrlConfigInput{
		FunctionName: name, AuthType: lambdatypes.FunctionUrlAuthType(url["AuthType"].(string)), InvokeMode: lambdatypes.InvokeMode(url["InvokeMode"].(string)),
	})
	if err != nil || !strings.HasPrefix(aws.ToString(made.FunctionUrl), "https://") {
		t.Errorf("%v: %+v", err, made)
	}
}
