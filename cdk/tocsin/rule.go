package tocsin

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/tocsin-sec/tocsin/events/guardduty"
	"github.com/tocsin-sec/tocsin/events/source"
)

// matched returns the source whose events the rules match.
func matched() source.Source { return guardduty.Source() }

// The most that EventBridge tries to hand an event over: seconds and tries.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html
const (
	ruleMaxAge   = 24 * 60 * 60
	ruleMaxTries = 185
)

// ruleSpec says what a rule does.
type ruleSpec struct {
	id, name, description string
	// bus is the bus's name; nil for the account's default bus.
	bus *string
	// target and deadLetters are ARNs; role is the ARN of the target's role, nil for a queue.
	target, deadLetters string
	role                *string
}

// newRule makes a rule for findings.
func newRule(scope constructs.Construct, c checked, spec ruleSpec) awsevents.CfnRule {
	return awsevents.NewCfnRule(scope, jsii.String(spec.id), &awsevents.CfnRuleProps{
		Name:         c.name(spec.name),
		Description:  jsii.String(spec.description),
		EventBusName: spec.bus,
		EventPattern: matched().Pattern(c.threshold),
		State:        jsii.String("ENABLED"),
		Targets: &[]any{&awsevents.CfnRule_TargetProperty{
			Id:               jsii.String("findings"),
			Arn:              jsii.String(spec.target),
			RoleArn:          spec.role,
			DeadLetterConfig: &awsevents.CfnRule_DeadLetterConfigProperty{Arn: jsii.String(spec.deadLetters)},
			RetryPolicy: &awsevents.CfnRule_RetryPolicyProperty{
				MaximumEventAgeInSeconds: jsii.Number(ruleMaxAge),
				MaximumRetryAttempts:     jsii.Number(ruleMaxTries),
			},
		}},
	})
}
