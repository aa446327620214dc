package tocsin

import (
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/tocsin-sec/tocsin/sinks/traits"
)

// output adds one output to the stack. Its name is the plain one where the construct stands in the
// stack itself, so that scripts can rely on it.
func output(scope constructs.Construct, name, description, value string) {
	o := awscdk.NewCfnOutput(scope, jsii.String(name+"Output"), &awscdk.CfnOutputProps{
		Description: jsii.String(description), Value: jsii.String(value),
	})
	if awscdk.Stack_IsStack(scope.Node().Scope()) != nil && *awscdk.Stack_IsStack(scope.Node().Scope()) {
		o.OverrideLogicalId(jsii.String(*scope.Node().Id() + name))
	}
}

// outputs returns the names of things and the commands to go on with.
func (t *Tocsin) outputs(c checked, mapping awslambda.CfnEventSourceMapping, rules []madeRule) {
	out := func(name, description, value string) { output(t.Construct, name, description, value) }
	out("QueueUrl", "Findings that wait", *t.Queue.QueueUrl())
	out("DeadLetterQueueUrl", "Findings that were sent to nobody", *t.DeadLetters.QueueUrl())
	out("LedgerTable", "What was sent to whom", *t.Ledger.TableName())
	out("FunctionName", "The function", *t.Function.Ref())
	out("OpsTopicArn", "Where alarms go", *t.OpsTopic.TopicArn())
	if t.AlertTopic != nil {
		out("AlertTopicArn", "Where the SNS sinks publish", *t.AlertTopic.TopicArn())
	}
	if t.HubBus != nil {
		out("HubBusArn", "The hubBusArn of each member", *t.HubBus.AttrArn())
	}
	if t.WebhookSecret != nil {
		out("FillSlackWebhook", "Paste the webhook when it waits; nothing is shown and nothing stays in the shell's history",
			fillCommand(*t.WebhookSecret.Ref(), c.lacking(traits.WebhookSecret)))
	}
	if c.Ops.Drill != "" {
		out("DrilledRules", "The rules by the names by which they are drilled, and how the log names them; a drill by hand: tocsin drill --rule NAME",
			strings.Join(drilledNames(rules), ","))
	}
	if t.ActionsURL != nil {
		out("ActionsFunctionName", "The function that answers buttons", *t.ActionsFunction.Ref())
		out("ActionsUrl", "Put it into the Slack app: Interactivity & Shortcuts, Request URL; in a manifest: settings.interactivity.request_url",
			*t.ActionsURL.AttrFunctionUrl())
	}
	out("SendSample", "Sends a sample finding, within five minutes; other types: leave out --finding-types",
		"aws guardduty create-sample-findings --detector-id "+
			`"$(aws guardduty list-detectors --query 'DetectorIds[0]' --output text)"`+
			" --finding-types Backdoor:EC2/DenialOfService.Tcp")
	out("SendHandMade", "Sends an event of your own, at once",
		"aws sqs send-message --queue-url "+*t.Queue.QueueUrl()+" --message-body file://event.json")
	out("Pause", "Findings wait in the queue, for 14 days at most",
		"aws lambda update-event-source-mapping --no-enabled --uuid "+*mapping.Ref())
	out("Resume", "Tells what waits", "aws lambda update-event-source-mapping --enabled --uuid "+*mapping.Ref())
}

// fillCommand reads the webhook without echo and hands it over by standard input: on a command line
// it would be in the shell's history and in the list of processes.
func fillCommand(secret string, slacks []instance) string {
	put := " | aws secretsmanager put-secret-value --secret-id " + secret + " --secret-string file:///dev/stdin"
	if len(slacks) == 1 {
		return `read -rs URL && printf %s "$URL"` + put
	}
	var reads, format, values []string
	for _, i := range slacks {
		reads = append(reads, "read -rs "+i.name)
		format = append(format, `"`+i.name+`":"%s"`)
		values = append(values, `"$`+i.name+`"`)
	}
	return strings.Join(slices.Concat(reads,
		[]string{"printf '{" + strings.Join(format, ",") + "}' " + strings.Join(values, " ") + put}), " && ")
}
