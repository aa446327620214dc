package tocsin

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsscheduler"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/tocsin-sec/tocsin/pkg/report"
)

// A drill is an event of Tocsin's own for each rule, which the rule takes beside its findings. It goes
// the way that they go, so that a rule that is disabled, changed or cut off is missed though nothing
// happens that it would have found.

// The time after which the drills of a round are checked, and how late one of them may be.
const (
	checkAfter = 15 * time.Minute // the most that SQS keeps a message back
	drillsLate = 30 * time.Minute // by the hand of a clock that all schedules share
	roundsLate = 10 * time.Minute // beyond the time between two rounds
)

// alternatives returns a pattern that matches what either of the two does.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns-content-based-filtering.html
func alternatives(a, b map[string]any) map[string]any {
	return map[string]any{"$or": []any{a, b}}
}

// drillPattern returns what a rule matches of drills: its own, by its name, and where it stands on a
// hub's bus those of the members' rules for the same source.
func (r madeRule) drillPattern() map[string]any {
	detail := map[string]any{"rule": []any{r.drilled}}
	if r.kind == hubKind {
		detail = alternatives(detail, map[string]any{"source": []any{r.source.ID}})
	}
	return map[string]any{"source": []any{ownSource}, "detail-type": []any{drillDetailType}, "detail": detail}
}

// drilledName returns the name by which a rule is drilled: its own, or what it begins with where
// CloudFormation completes it. A rule's pattern cannot refer to the rule itself.
func (c checked) drilledName(r madeRule, name *string) string {
	if name != nil {
		return *name
	}
	return *awscdk.Aws_STACK_NAME() + "-" + *r.rule.LogicalId()
}

// addDrill makes the schedule that drills a rule.
func (s scheduler) addDrill(r madeRule, after ...constructs.IDependable) awsscheduler.CfnSchedule {
	detail := map[string]any{"rule": r.drilled, "drill": scheduledTime, "at": scheduledTime}
	if r.kind == memberKind {
		detail["source"] = r.source.ID // the hub's rule knows no member's by its name
	}
	made := s.add(schedule{
		id: r.id("Drill"), name: r.name("drill"), description: "Tocsin: drills the rule for " + r.source.Product,
		expression: s.options.Ops.Drill,
		target: awsscheduler.CfnSchedule_TargetProperty{
			Arn: jsii.String(r.bus), Input: awscdk.Stack_Of(s.scope).ToJsonString(detail, nil),
			EventBridgeParameters: &awsscheduler.CfnSchedule_EventBridgeParametersProperty{
				Source: jsii.String(ownSource), DetailType: jsii.String(drillDetailType),
			},
		},
	})
	// A rate begins when the schedule is made: not before its rule, and what that sends to.
	made.Node().AddDependency(append(after, r.rule)...)
	return made
}

// drilledNames returns the names by which rules are drilled.
func drilledNames(rules []madeRule) []string {
	names := make([]string, len(rules))
	for i, rule := range rules {
		names[i] = rule.drilled
	}
	return names
}

// addCheck makes the schedule that asks, later, whether the drills of these rules came. It is made
// after theirs, so that its rounds begin no earlier.
func (s scheduler) addCheck(queue awssqs.IQueue, rules []madeRule, drills []constructs.IDependable) {
	stack := awscdk.Stack_Of(s.scope)
	input := map[string]any{
		"QueueUrl": *queue.QueueUrl(), "DelaySeconds": checkAfter.Seconds(),
		"MessageBody": s.record(checkDetailType, map[string]any{"rules": drilledNames(rules), "within": s.options.within().String()}),
	}
	made := s.add(schedule{
		id: "DrillCheck", name: "drill-check", description: "Tocsin: asks whether all drills came", expression: s.options.Ops.Drill,
		target: awsscheduler.CfnSchedule_TargetProperty{
			// The target of a queue knows no delay; that of all calls does.
			// https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
			Arn:   jsii.String("arn:" + *stack.Partition() + ":scheduler:::aws-sdk:sqs:sendMessage"),
			Input: stack.ToJsonString(input, nil),
		},
	})
	made.Node().AddDependency(drills...)
}

// within returns how old the last drill of a rule may be when it is checked. By a cron all schedules
// have their rounds at the same time. By a rate each has its own, from when it was made: the last drill
// is no older than a round, and one that did not come leaves one that is older.
func (p *Props) within() time.Duration {
	if rate := rateOf(p.Ops.Drill); rate != 0 {
		return rate + roundsLate
	}
	return drillsLate
}

// An alarm on drills looks at hours.
const drillHour = 3600

// missed returns when the absence of drills is trouble: no round came whole since the longest time that
// there is between two, and two hours more. Values are filled in, since what CloudWatch does not find it
// looks for further back than the alarm says:
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
func (p *Props) missed() breach {
	hours := int((drillGap(p.Ops.Drill)+time.Hour-1)/time.Hour) + 2
	return breach{threshold: 1, isBelow: true, period: drillHour, periods: hours}
}

// drillAlarms warn where the drills are missed.
func (c checked) drillAlarms() []alarm {
	if c.Ops.Drill == "" {
		return nil
	}
	return []alarm{{
		id: "DrillMissed", name: "drill-missed", section: "drill-missed",
		description: "the drill of a rule did not come, or nothing looked for it: findings may be lost without a trace",
		expression:  "FILL(drill, 0)", over: map[string]series{"drill": own(report.MetricDrill, "Maximum")}, when: c.missed(),
	}}
}

// memberDrillAlarm warns where a member's rule let no event through, not even a drill. Whether that
// arrived is counted where the hub is.
func memberDrillAlarm(rule madeRule, when breach) alarm {
	return alarm{
		id: rule.id("DrillMissed"), name: rule.name("drill-missed"), section: "drill-missed",
		description: "the rule took no event, not even its drill: it is disabled or was changed, and findings are lost without a trace",
		expression:  "FILL(taken, 0)", over: map[string]series{"taken": {"AWS/Events", "TriggeredRules", "Sum", rule.metrics}},
		when: when,
	}
}
