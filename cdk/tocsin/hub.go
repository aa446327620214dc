package tocsin

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// hub is the bus that takes the findings of other accounts and regions, and its rules.
type hub struct {
	bus   awsevents.CfnEventBus
	rules []madeRule
}

// newHub makes the bus, lets the organisation or the listed accounts put findings on it, and sends
// them to the queue. The bus stays under a key that AWS owns whatever kmsKey says: events of AWS
// services are never encrypted with another.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-event-bus-cmkey.html
func newHub(scope constructs.Construct, c checked, queue, deadLetters string) *hub {
	if !c.Accounts.Hub {
		return nil
	}
	name := c.name("hub")
	if name == nil {
		name = jsii.String(*awscdk.Aws_STACK_NAME() + "-hub")
	}
	made := awsevents.NewCfnEventBus(scope, jsii.String("HubBus"), &awsevents.CfnEventBusProps{
		Name: name, Description: jsii.String("Tocsin: findings of other accounts and regions"),
	})
	h := &hub{bus: made}
	if c.Accounts.OrgID != "" {
		h.admit(c, "HubOrganisation", "*", c.Accounts.OrgID)
	}
	if len(c.Accounts.MemberAccounts) > 0 {
		var accounts []string
		for _, account := range c.Accounts.MemberAccounts {
			accounts = append(accounts, "arn:"+*awscdk.Aws_PARTITION()+":iam::"+account+":root")
		}
		h.admit(c, "HubAccounts", map[string]any{"AWS": accounts}, "")
	}
	h.rules = newRules(scope, c, ruleSpec{
		kind: hubKind, name: "hub-findings", description: "Tocsin: findings of other accounts and regions to the queue",
		bus: busOf(made), target: queue, deadLetters: deadLetters,
	})
	return h
}

// admit lets principals put findings of the chosen sources, and nothing else, on the bus. The
// condition on the sources also holds for absent keys, so that Null asks for them. Nobody but a
// service publishes under its name: its name and another one's detail-type never come together.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-bus-example-policy-cross-account-custom-bus-source.html
func (h *hub) admit(c checked, id string, principals any, organisation string) {
	when := c.admitted()
	when["Null"] = map[string]any{"events:source": "false", "events:detail-type": "false"}
	if organisation != "" {
		when["StringEquals"] = map[string]any{"aws:PrincipalOrgID": organisation}
	}
	awsevents.NewCfnEventBusPolicy(h.bus, jsii.String(id), &awsevents.CfnEventBusPolicyProps{
		EventBusName: h.bus.AttrName(),
		StatementId:  jsii.String(id),
		Statement: map[string]any{
			"Effect": "Allow", "Principal": principals, "Action": "events:PutEvents",
			"Resource": h.bus.AttrArn(), "Condition": when,
		},
	})
}

// busOf returns a bus of the stack's own.
func busOf(made awsevents.CfnEventBus) bus { return bus{made.AttrName(), *made.AttrArn()} }

// nameOnBus returns a rule's name alone, out of arn:aws:events:REGION:ACCOUNT:rule/BUS/NAME: the
// reference to a rule on a bus of its own is "BUS|NAME", which is not what its metrics are under.
func nameOnBus(rule awsevents.CfnRule) *string {
	return awscdk.Fn_Select(jsii.Number(2), awscdk.Fn_Split(jsii.String("/"), rule.AttrArn(), nil))
}
