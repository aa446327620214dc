package tocsin

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsscheduler"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// What EventBridge Scheduler fills in when it calls a target. The time is the same for each try of one
// call, and the id is not.
// https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
const (
	scheduledTime = "<aws.scheduler.scheduled-time>"
	executionID   = "<aws.scheduler.execution-id>"
)

// What a record of Tocsin's own says that it is.
const (
	ownSource         = "tocsin"
	drillDetailType   = "Tocsin Drill"
	checkDetailType   = "Tocsin Drill Check"
	summaryDetailType = "Tocsin Summary"
)

// scheduler makes the schedules of a stack.
type scheduler struct {
	scope       constructs.Construct
	options     checked
	group       awsscheduler.CfnScheduleGroup
	role        awsiam.Role
	deadLetters awssqs.IQueue
}

// schedulerSpec says what the schedules may use. The queue is nil where nothing is put into it, and
// there are no buses where nothing is put on any.
type schedulerSpec struct {
	key                awskms.IKey
	queue, deadLetters awssqs.IQueue
	buses              []string
}

// newScheduler makes what all schedules of a stack have in common: a group, which has the tags that a
// schedule cannot have, and a role.
func newScheduler(scope constructs.Construct, c checked, spec schedulerSpec) scheduler {
	group := awsscheduler.NewCfnScheduleGroup(scope, jsii.String("Schedules"), &awsscheduler.CfnScheduleGroupProps{
		Name: c.name("schedules"),
	})
	stack := awscdk.Stack_Of(scope)
	// The ARN has to be the group's, and never a schedule's:
	// https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
	service := awsiam.NewServicePrincipal(jsii.String("scheduler.amazonaws.com"), &awsiam.ServicePrincipalOpts{
		Conditions: &conditions{"StringEquals": map[string]any{
			"aws:SourceAccount": *stack.Account(), "aws:SourceArn": *group.AttrArn(),
		}},
	})
	role := awsiam.NewRole(scope, jsii.String("SchedulerRole"), &awsiam.RoleProps{
		RoleName:            c.name("scheduler-" + *stack.Region()), // roles are the same in all regions
		Description:         jsii.String("Tocsin: puts drills on buses, and what asks for reports into the queue"),
		AssumedBy:           service,
		PermissionsBoundary: c.boundary(group), // the stack's other role has it by its name
		InlinePolicies: &map[string]awsiam.PolicyDocument{
			"tocsin": awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{
				Minimize: jsii.Bool(false), Statements: c.schedulerStatements(spec),
			}),
		},
	})
	return scheduler{scope, c, group, role, spec.deadLetters}
}

// schedulerStatements are the rights of the schedules.
func (c checked) schedulerStatements(spec schedulerSpec) *[]awsiam.PolicyStatement {
	statements := []awsiam.PolicyStatement{
		// https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
		allow("KeepDeadLetters", []string{"sqs:SendMessage"}, *spec.deadLetters.QueueArn()),
	}
	if len(spec.buses) > 0 {
		drills := allow("PutDrills", []string{"events:PutEvents"}, spec.buses...)
		drills.AddConditions(&conditions{
			"ForAllValues:StringEquals": map[string]any{"events:source": ownSource, "events:detail-type": drillDetailType},
			"Null":                      map[string]any{"events:source": "false", "events:detail-type": "false"},
		})
		statements = append(statements, drills)
	}
	if spec.queue != nil {
		statements = append(statements, allow("AskForReports", []string{"sqs:SendMessage"}, *spec.queue.QueueArn()))
	}
	if spec.key != nil {
		// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
		statements = append(statements, allow("UseKeyOfQueues", []string{"kms:Decrypt", "kms:GenerateDataKey"}, *spec.key.KeyArn()))
	}
	return &statements
}

// schedule is one schedule: what is called, with what, and when.
type schedule struct {
	id, name, description string
	expression            string
	target                awsscheduler.CfnSchedule_TargetProperty
}

// The most that a call is tried. A drill or a check that comes hours later says nothing of now.
const (
	scheduleMaxAge   = 60 * 60 // seconds
	scheduleMaxTries = 185
)

// add makes a schedule.
func (s scheduler) add(what schedule) awsscheduler.CfnSchedule {
	target := what.target
	target.RoleArn = s.role.RoleArn()
	target.DeadLetterConfig = &awsscheduler.CfnSchedule_DeadLetterConfigProperty{Arn: s.deadLetters.QueueArn()}
	target.RetryPolicy = &awsscheduler.CfnSchedule_RetryPolicyProperty{
		MaximumEventAgeInSeconds: jsii.Number(scheduleMaxAge), MaximumRetryAttempts: jsii.Number(scheduleMaxTries),
	}
	return awsscheduler.NewCfnSchedule(s.scope, jsii.String(what.id), &awsscheduler.CfnScheduleProps{
		Name:               s.options.name(what.name),
		Description:        jsii.String(what.description),
		GroupName:          s.group.Ref(),
		ScheduleExpression: jsii.String(what.expression),
		FlexibleTimeWindow: &awsscheduler.CfnSchedule_FlexibleTimeWindowProperty{Mode: jsii.String("OFF")},
		State:              jsii.String("ENABLED"),
		Target:             &target,
	})
}

// policyOf returns the policy of a queue, without which nobody may send to it.
func policyOf(queue awssqs.IQueue) constructs.IDependable {
	return queue.Node().FindChild(jsii.String("Policy"))
}

// record returns a record of Tocsin's own, as the queue takes it.
func (s scheduler) record(detailType string, detail map[string]any) string {
	stack := awscdk.Stack_Of(s.scope)
	return *stack.ToJsonString(map[string]any{
		"version": "0", "id": executionID, "source": ownSource, "detail-type": detailType, "account": *stack.Account(),
		"region": *stack.Region(), "time": scheduledTime, "detail": detail,
	}, nil)
}

// addSummary makes the schedule that asks for the summaries, where some sink has asked for one.
func (s scheduler) addSummary(queue awssqs.IQueue) {
	if expression := s.options.summarySchedule(); expression != "" {
		s.add(schedule{
			id: "Summary", name: "summary", description: "Tocsin: asks for the weekly summaries", expression: expression,
			target: awsscheduler.CfnSchedule_TargetProperty{
				Arn: queue.QueueArn(), Input: jsii.String(s.record(summaryDetailType, map[string]any{})),
			},
		})
	}
}
