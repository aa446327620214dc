package tocsin

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/tocsin-sec/tocsin/events/source"
)

// The most that EventBridge tries to hand an event over: seconds and tries.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html
const (
	ruleMaxAge   = 24 * 60 * 60
	ruleMaxTries = 185
)

// ruleSpec says what the rule of a source does.
type ruleSpec struct {
	source source.Source
	// id and name are those of the default source's rule.
	id, name, description string
	// bus is the bus's name; nil for the account's default bus.
	bus *string
	// target and deadLetters are ARNs; role is the ARN of the target's role, nil for a queue.
	target, deadLetters string
	role                *string
}

// newRule makes a rule for the findings of a source.
func newRule(scope constructs.Construct, c checked, spec ruleSpec) awsevents.CfnRule {
	return awsevents.NewCfnRule(scope, jsii.String(idOf(spec.id, spec.source)), &awsevents.CfnRuleProps{
		Name:         c.name(nameOf(spec.name, spec.source)),
		Description:  jsii.String(spec.description),
		EventBusName: spec.bus,
		EventPattern: c.pattern(spec.source),
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

// madeRule is what the rest of the stack has to know of a rule.
type madeRule struct {
	arn                string
	metrics            dimensions
	alarmID, alarmName string
}

// newRules makes the rule of each chosen source on the account's default bus. The description says
// where its findings go: "to the queue".
func newRules(scope constructs.Construct, c checked, spec ruleSpec) []madeRule {
	var rules []madeRule
	to := spec.description
	for _, s := range c.chosen() {
		spec.source, spec.description = s, "Tocsin: "+s.Product+" findings "+to
		rule := newRule(scope, c, spec)
		rules = append(rules, madeRule{
			arn: *rule.AttrArn(), metrics: dimensions{"RuleName": *rule.Ref()},
			alarmID: idOf("RuleFails", s), alarmName: nameOf("rule-fails", s),
		})
	}
	return rules
}

func arnsOf(rules []madeRule) []string {
	arns := make([]string, len(rules))
	for i, rule := range rules {
		arns[i] = rule.arn
	}
	return arns
}
