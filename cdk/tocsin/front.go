package tocsin

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

const (
	// frontMemory buys time: Lambda gives processor by memory, and almost every press finds no function running,
	// which then starts and makes its first calls within the three seconds that Slack waits. In MB.
	// https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
	frontMemory = 1024
	// frontTimeout is more than Slack waits, so that what has been written to the table gets to the queue too.
	// In seconds. https://docs.slack.dev/interactivity/handling-user-interaction
	frontTimeout = 5
)

// front is the function that answers the buttons of messages, and its URL. It is in no network of the operator's:
// it is called from outside anyway, and its way to Slack must not be longer for that.
type front struct {
	function awslambda.CfnFunction
	role     awsiam.Role
	url      awslambda.CfnUrl
}

// frontSpec is what the front may use.
type frontSpec struct {
	key          awskms.IKey
	wires        wiring
	queue, table string // by their ARNs
}

// newFront makes the front, where buttons are asked for; nil otherwise.
func newFront(scope constructs.Construct, c checked, spec frontSpec) *front {
	if !c.Actions.Actions {
		return nil
	}
	logs := newLogGroup(scope, c, logSpec{id: "ActionsLogs", name: "actions", key: spec.key})
	role := newFrontRole(scope, c, spec, *logs.AttrArn())
	props := functionProps(c, functionSpec{
		name: "actions", description: "Tocsin: answers the buttons of messages", role: role.RoleArn(), logGroup: logs.Ref(),
		key: spec.key, variables: c.frontVariables(spec.wires),
	})
	props.MemorySize, props.Timeout = jsii.Number(frontMemory), jsii.Number(frontTimeout)
	props.Code = functionCode(scope, "ActionsCode", c.Actions.Code())
	if c.Actions.Concurrency != 0 {
		props.ReservedConcurrentExecutions = jsii.Number(c.Actions.Concurrency)
	}
	function := awslambda.NewCfnFunction(scope, jsii.String("ActionsFunction"), props)
	return &front{function: function, role: role, url: newFrontURL(scope, function)}
}

// newFrontURL makes the URL, and lets everybody call the function by it, and by it alone. Slack signs its requests,
// and has no identity of AWS: the function refuses what is not signed.
// A new URL needs both rights: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
func newFrontURL(scope constructs.Construct, function awslambda.CfnFunction) awslambda.CfnUrl {
	const open, everybody = "NONE", "*"
	url := awslambda.NewCfnUrl(scope, jsii.String("ActionsUrl"), &awslambda.CfnUrlProps{
		TargetFunctionArn: function.AttrArn(), AuthType: jsii.String(open), InvokeMode: jsii.String("BUFFERED"),
	})
	byURL := awslambda.NewCfnPermission(scope, jsii.String("ActionsByUrl"), &awslambda.CfnPermissionProps{
		FunctionName: function.AttrArn(), Principal: jsii.String(everybody),
		Action: jsii.String("lambda:InvokeFunctionUrl"), FunctionUrlAuthType: jsii.String(open),
	})
	invoke := awslambda.NewCfnPermission(scope, jsii.String("ActionsByUrlInvoke"), &awslambda.CfnPermissionProps{
		FunctionName: function.AttrArn(), Principal: jsii.String(everybody),
		Action: jsii.String("lambda:InvokeFunction"), InvokedViaFunctionUrl: jsii.Bool(true),
	})
	for _, permission := range []awslambda.CfnPermission{byURL, invoke} {
		acceptPublic(permission, "Slack calls it, which signs its requests and has no identity of AWS; the function refuses what is not signed.")
	}
	return url
}

// newFrontRole makes the front's role: it has nothing in common with the other function's but the two resources.
func newFrontRole(scope constructs.Construct, c checked, spec frontSpec, logGroup string) awsiam.Role {
	stack := awscdk.Stack_Of(scope)
	role := awsiam.NewRole(scope, jsii.String("ActionsRole"), &awsiam.RoleProps{
		RoleName:            c.name("actions-" + *stack.Region()), // roles are the same in all regions
		Description:         jsii.String("Tocsin: what the function that answers buttons may do"),
		AssumedBy:           awsiam.NewServicePrincipal(jsii.String("lambda.amazonaws.com"), nil),
		PermissionsBoundary: c.boundary(scope.Node().FindChild(jsii.String("ActionsLogs")).(constructs.Construct)),
		InlinePolicies: &map[string]awsiam.PolicyDocument{
			"tocsin": awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{
				Minimize: jsii.Bool(false), Statements: c.frontStatements(spec, logGroup),
			}),
		},
	})
	if c.Platform.Tracing {
		accept(role, "AwsSolutions-IAM5", "X-Ray's actions have no resource to name "+
			"(https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html).", "Resource::*")
	}
	return role
}

// frontStatements are the front's rights.
func (c checked) frontStatements(spec frontSpec, logGroup string) *[]awsiam.PolicyStatement {
	statements := []awsiam.PolicyStatement{
		writeLogs(logGroup),
		allow("NoteActions", []string{"dynamodb:GetItem", "dynamodb:PutItem"}, spec.table),
		allow("AskForActions", []string{"sqs:SendMessage"}, spec.queue),
		readSecrets(c.frontSecretArns()),
	}
	if keys := c.keyArns(spec.key); len(keys) > 0 {
		statements = append(statements, useKeys(keys))
	}
	if c.Platform.Tracing {
		statements = append(statements, trace())
	}
	return &statements
}
