package tocsin

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/jsii-runtime-go"

	"github.com/tocsin-sec/tocsin/sinks/traits"
)

// conditions of a policy statement: operator, key, value.
type conditions = map[string]any

// allow returns a statement for a role. No action and no resource in this package is "*" unless a
// comment beside it says which AWS document leaves no other way.
func allow(sid string, actions []string, resources ...string) awsiam.PolicyStatement {
	return awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid: jsii.String(sid), Actions: jsii.Strings(actions...), Resources: jsii.Strings(resources...),
	})
}

// serviceGrant lets an AWS service use a resource, in the resource's own policy.
type serviceGrant struct {
	sid, service string
	when         conditions
	actions      []string
	resource     string
}

func (g serviceGrant) statement() awsiam.PolicyStatement {
	return awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid:        jsii.String(g.sid),
		Principals: &[]awsiam.IPrincipal{awsiam.NewServicePrincipal(jsii.String(g.service), nil)},
		Conditions: &g.when,
		Actions:    jsii.Strings(g.actions...), Resources: jsii.Strings(g.resource),
	})
}

// arnOf returns the ARN of something in the stack's own partition, region and account.
func arnOf(stack awscdk.Stack, service, resource string) string {
	return "arn:" + *stack.Partition() + ":" + service + ":" + *stack.Region() + ":" + *stack.Account() + ":" + resource
}

// homeOf returns where the functions of a stack run, as far as it is known before deployment.
func homeOf(stack awscdk.Stack) traits.Home {
	return traits.Home{Partition: *stack.Partition(), Region: *stack.Region(), Account: *stack.Account()}
}
