package tocsin_test

import (
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/jsii-runtime-go"

	"github.com/tocsin-sec/tocsin/cdk/tocsin"
)

func TestMember(t *testing.T) {
	template := synth(t, &tocsin.Props{Accounts: tocsin.Accounts{HubBusArn: hubBusArn}})
	expectation{
		has: []resource{
			{"AWS::Events::Rule", with(severityFrom(4), "Targets", list{object{
				"Arn": hubBusArn, "RoleArn": object{"Fn::GetAtt": list{like("Role"), "Arn"}},
				"DeadLetterConfig": object{"Arn": object{"Fn::GetAtt": list{like("DeadLetters"), "Arn"}}},
				"RetryPolicy":      object{"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185},
			}})},
			{"AWS::IAM::Role", object{"AssumeRolePolicyDocument": object{"Statement": list{object{
				"Principal": object{"Service": "events.amazonaws.com"},
				"Condition": object{"StringEquals": object{"aws:SourceAccount": object{"Ref": "AWS::AccountId"}}},
			}}}}},
			rights(object{"Action": "events:PutEvents", "Resource": hubBusArn}),
			{"AWS::SQS::Queue", object{"MessageRetentionPeriod": 1209600, "SqsManagedSseEnabled": true}},
			{"AWS::SQS::QueuePolicy", statement(object{
				"Action": "sqs:SendMessage", "Condition": object{
					"ArnEquals": object{"aws:SourceArn": list{object{"Fn::GetAtt": list{like("Rule"), "Arn"}}}},
				},
			})},
			metricAlarm("ApproximateNumberOfMessagesVisible", object{"AlarmActions": list{object{"Ref": like("Ops")}}}),
			metricAlarm("FailedInvocations", object{}),
		},
		count: map[string]int{
			"AWS::SQS::Queue": 1, "AWS::Lambda::Function": 0, "AWS::DynamoDB::Table": 0, "AWS::SNS::Topic": 1,
			"AWS::IAM::Role": 1, "AWS::CloudWatch::Alarm": 2, "AWS::GuardDuty::Detector": 0,
		},
	}.check(t, template)
	whole(t, template, "AWS::SQS::Queue", object{"DeletionPolicy": "Retain"})
}

// The hub's own options make the members' rule, so that both take the same findings.
func TestForMember(t *testing.T) {
	hub := everything()
	member := synth(t, hub.ForMember(hubBusArn))
	expectation{
		has: []resource{
			{"AWS::Events::Rule", with(severityFrom(1), "Name", "sec-findings-to-hub")}, // AUDIT_MIN_SEVERITY=low
			{"AWS::GuardDuty::Detector", object{"FindingPublishingFrequency": "ONE_HOUR"}},
			{"AWS::SNS::Subscription", object{"Endpoint": "ops@example.com"}},
			{"AWS::IAM::Role", object{"PermissionsBoundary": boundary}},
		},
		count: map[string]int{"AWS::EC2::SecurityGroup": 0, "AWS::SecretsManager::Secret": 0},
	}.check(t, member)
}

// The synthesis says when nobody would hear an alarm, and is silent when somebody does.
func TestWarning(t *testing.T) {
	for name, test := range map[string]struct {
		props *tocsin.Props
		warns bool
	}{
		"nobody":            {props(), true},
		"member's nobody":   {&tocsin.Props{Accounts: tocsin.Accounts{HubBusArn: hubBusArn}}, true},
		"e-mail":            {props(func(p *tocsin.Props) { p.Ops.Emails = []string{"ops@example.com"} }), false},
		"an existing topic": {props(func(p *tocsin.Props) { p.Ops.TopicArn = topicArn }), false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := warnings(built(t, test.props)) > 0; got != test.warns {
				t.Errorf("warns: %t, want %t", got, test.warns)
			}
		})
	}
}

// warnings counts the warnings of a stack's synthesis.
func warnings(stack awscdk.Stack) int {
	return len(*assertions.Annotations_FromStack(stack).FindWarning(jsii.String("*"), assertions.Match_AnyValue()))
}
