package tocsin

import (
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
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

// The kinds of rules that there are beside those of the stack's own account.
const (
	hubKind    = "Hub"    // on the bus of a hub
	memberKind = "Member" // in a member, to the bus of the hub
)

// ruleSpec says what the rule of a source does.
type ruleSpec struct {
	source source.Source
	// name is that of the default source's rule.
	kind, name, description string
	// bus is where the rule stands.
	bus bus
	// target and deadLetters are ARNs; role is the ARN of the target's role, nil for a queue.
	target, deadLetters string
	role                *string
}

// bus is a bus of events; its name is nil for the account's default one.
type bus struct {
	name *string
	arn  string
}

// defaultBus returns the bus of the account and region, on which the services of AWS put their events.
func defaultBus(stack awscdk.Stack) bus { return bus{arn: arnOf(stack, "events", "event-bus/default")} }

// busesOf returns the buses on which the rules stand, each once.
func busesOf(rules []madeRule) []string {
	var arns []string
	for _, rule := range rules {
		if !slices.Contains(arns, rule.bus) {
			arns = append(arns, rule.bus)
		}
	}
	return arns
}

// madeRule is what the rest of the stack has to know of a rule.
type madeRule struct {
	kind    string
	source  source.Source
	rule    awsevents.CfnRule
	bus     string // ARN
	metrics dimensions
	// drilled is the name by which the rule is drilled; empty where it is not.
	drilled string
}

// id returns the id of a resource that belongs to the rule.
func (r madeRule) id(resource string) string {
	if r.kind == hubKind {
		resource = hubKind + resource
	}
	return idOf(resource, r.source)
}

// name returns the name, without the prefix, of a resource that belongs to the rule.
func (r madeRule) name(resource string) string {
	if r.kind == hubKind {
		resource = strings.ToLower(hubKind) + "-" + resource
	}
	return nameOf(resource, r.source)
}

// newRule makes a rule for the findings of a source, and for its drill where there are drills.
func newRule(scope constructs.Construct, c checked, spec ruleSpec) madeRule {
	made := madeRule{kind: spec.kind, source: spec.source, bus: spec.bus.arn}
	name := c.name(nameOf(spec.name, spec.source))
	pattern := c.pattern(spec.source)
	made.rule = awsevents.NewCfnRule(scope, jsii.String(made.id("Rule")), &awsevents.CfnRuleProps{
		Name:         name,
		Description:  jsii.String(spec.description),
		EventBusName: spec.bus.name,
		EventPattern: pattern,
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
	made.metrics = dimensions{"RuleName": *made.rule.Ref()}
	if spec.bus.name != nil {
		made.metrics = dimensions{"EventBusName": *spec.bus.name, "RuleName": *nameOnBus(made.rule)}
	}
	if c.Ops.Drill != "" {
		made.drilled = c.drilledName(made, name)
		made.rule.SetEventPattern(alternatives(pattern, made.drillPattern()))
	}
	return made
}

// newRules makes the rule of each chosen source on a bus.
func newRules(scope constructs.Construct, c checked, spec ruleSpec) []madeRule {
	var rules []madeRule
	description := spec.description
	for _, s := range c.chosen() {
		spec.source, spec.description = s, strings.Replace(description, "{product}", s.Product, 1)
		rules = append(rules, newRule(scope, c, spec))
	}
	return rules
}

func arnsOf(rules []madeRule) []string {
	arns := make([]string, len(rules))
	for i, rule := range rules {
		arns[i] = *rule.rule.AttrArn()
	}
	return arns
}
