package tocsin

import (
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/tocsin-sec/tocsin/sinks/traits"
)

// grants are the ARNs that the function may use.
type grants struct {
	queue, deadLetters, table, logGroup string
	sinks                               []sinkGrant
	secrets, keys, archive              []string
}

// sinkGrant is a right that sinks need, and what they need it to.
type sinkGrant struct {
	traits.Grant
	arns []string
}

// newRole makes the function's one role. All rights stand in it, so that it is complete before the
// function and the queue's mapping, which AWS checks it for, are made.
func newRole(scope constructs.Construct, c checked, g grants) awsiam.Role {
	stack := awscdk.Stack_Of(scope)
	role := awsiam.NewRole(scope, jsii.String("Role"), &awsiam.RoleProps{
		RoleName:            c.name("function-" + *stack.Region()), // roles are the same in all regions
		Description:         jsii.String("Tocsin: what the function may do"),
		AssumedBy:           awsiam.NewServicePrincipal(jsii.String("lambda.amazonaws.com"), nil),
		PermissionsBoundary: c.boundary(scope),
		InlinePolicies: &map[string]awsiam.PolicyDocument{
			"tocsin": awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{
				// Merged statements would lose the sids, which say what each is for.
				Minimize:   jsii.Bool(false),
				Statements: c.statements(g),
			}),
		},
	})
	switch {
	case c.Platform.Tracing || len(c.Platform.Vpc.SubnetIDs) > 0:
		accept(role, "AwsSolutions-IAM5", "X-Ray's actions and the network interfaces of a function have no resource "+
			"to name (https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html); the function's own code is "+
			"denied the network's."+archiveReason(g), "Resource::*")
	case len(g.archive) > 0:
		accept(role, "AwsSolutions-IAM5", strings.TrimSpace(archiveReason(g)), "Resource::*")
	}
	return role
}

// archiveReason says why the rights to archive findings name no resource; it is empty without such.
func archiveReason(g grants) string {
	if len(g.archive) == 0 {
		return ""
	}
	return " The actions that archive findings have no resource to name " +
		"(https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonguardduty.html)."
}

// statements are the function's rights.
func (c checked) statements(g grants) *[]awsiam.PolicyStatement {
	statements := []awsiam.PolicyStatement{
		writeLogs(g.logGroup),
		allow("TakeFindings", []string{
			"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility",
			"sqs:SendMessage", // the record that flushes a digest later
		}, g.queue),
		allow("KeepDeadLetters", []string{"sqs:SendMessage"}, g.deadLetters),
		allow("KeepLedger", []string{
			"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:Query", "dynamodb:Scan",
		}, g.table),
	}
	for _, sink := range g.sinks {
		statements = append(statements, allow(sink.Name, sink.Actions, sink.arns...))
	}
	if len(g.secrets) > 0 {
		statements = append(statements, readSecrets(g.secrets))
	}
	if len(g.archive) > 0 {
		// They have no resource to name:
		// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonguardduty.html
		statements = append(statements, allow("ArchiveFindings", g.archive, "*"))
	}
	if len(g.keys) > 0 {
		statements = append(statements, useKeys(g.keys))
	}
	if c.Platform.Tracing {
		statements = append(statements, trace())
	}
	if len(c.Platform.Vpc.SubnetIDs) > 0 {
		statements = append(statements, networkStatements()...)
	}
	return &statements
}

func writeLogs(group string) awsiam.PolicyStatement {
	return allow("WriteLogs", []string{"logs:CreateLogStream", "logs:PutLogEvents"}, group)
}

func readSecrets(arns []string) awsiam.PolicyStatement {
	return allow("ReadSecrets", []string{"secretsmanager:GetSecretValue"}, arns...)
}

func useKeys(arns []string) awsiam.PolicyStatement {
	return allow("UseKeys", []string{"kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:DescribeKey"}, arns...)
}

// trace lets a function send to X-Ray, which has no resource to name for these two actions:
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
func trace() awsiam.PolicyStatement {
	return allow("Trace", []string{"xray:PutTraceSegments", "xray:PutTelemetryRecords"}, "*")
}

// networkStatements let Lambda attach the function to its subnets. The interfaces have no names
// before they are made, and Lambda checks for these actions on "*":
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
// The function's own code needs none of them, and is refused as AWS recommends there: calls of the
// code carry the function's ARN, those of the Lambda service do not.
func networkStatements() []awsiam.PolicyStatement {
	actions := []string{
		"ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets",
		"ec2:DeleteNetworkInterface", "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses",
	}
	return []awsiam.PolicyStatement{
		allow("AttachToNetwork", actions, "*"),
		awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
			Sid: jsii.String("CodeHasNoNetworkRights"), Effect: awsiam.Effect_DENY,
			Actions: jsii.Strings(actions...), Resources: jsii.Strings("*"),
			Conditions: &conditions{"Null": map[string]any{"lambda:SourceFunctionArn": "false"}},
		}),
	}
}

// boundary returns the managed policy that bounds the role; nil when none is asked for.
func (c checked) boundary(scope constructs.Construct) awsiam.IManagedPolicy {
	if c.Platform.PermissionsBoundary == "" {
		return nil
	}
	return awsiam.ManagedPolicy_FromManagedPolicyArn(scope, jsii.String("Boundary"), jsii.String(c.Platform.PermissionsBoundary))
}

// sinkGrants returns the rights that the sinks need in a stack at home; topic is the stack's own, or
// the existing one of the option.
func (c checked) sinkGrants(topic string, home traits.Home) []sinkGrant {
	var all []sinkGrant
	for _, kind := range c.table() {
		for _, grant := range kind.Grants {
			g := sinkGrant{Grant: grant}
			if grant.Setting == kind.Made(traits.Topic) && topic != "" {
				g.arns = append(g.arns, topic)
			}
			for _, i := range c.instances() {
				if i.kind.Name != kind.Name {
					continue
				}
				for _, arn := range c.resources(i, grant, home) {
					if !slices.Contains(g.arns, arn) {
						g.arns = append(g.arns, arn)
					}
				}
			}
			if len(g.arns) > 0 {
				all = append(all, g)
			}
		}
	}
	return all
}

// checkGrants sees that the right to what a setting names can be written down.
func (p *Props) checkGrants(found *mistakes) {
	for _, i := range p.instances() {
		for _, grant := range i.kind.Grants {
			variable := i.variable(grant.Setting)
			if grant.Resources != nil && unresolved(p.Env[variable]) {
				found.add(envPrefix+variable, "is known at deployment only, and the ARN that the function gets the right to is made of it; "+
					"write it out, such as %s", i.kind.Placeholders[grant.Setting])
			}
		}
	}
}

// resources returns the ARNs that an instance has a right to.
func (c checked) resources(i instance, grant traits.Grant, home traits.Home) []string {
	get := func(setting string) string { return c.value(i.variable(setting)) }
	switch {
	case get(grant.Setting) == "":
		return nil
	case grant.Resources == nil:
		return []string{get(grant.Setting)}
	}
	return grant.Resources(get, home)
}

// keyArns returns the keys that the function may use.
func (c checked) keyArns(own awskms.IKey) []string {
	var arns []string
	if own != nil {
		arns = append(arns, *own.KeyArn())
	}
	return append(arns, c.Platform.GrantKmsKeys...)
}
