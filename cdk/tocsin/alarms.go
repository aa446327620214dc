package tocsin

import (
	"maps"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// alarmPeriod is the length of one period of an alarm, in seconds.
const alarmPeriod = 300

// dimensions of a metric: name and value.
type dimensions = map[string]string

// alarm is one alarm: the statistic of the metric is at or above the threshold in each of a number
// of periods.
type alarm struct {
	id, name, description string

	namespace, metric, statistic string
	dimensions                   dimensions

	threshold float64
	periods   int
}

// newAlarms makes the alarms. A metric without data is no trouble: nothing happened.
func newAlarms(scope constructs.Construct, c checked, topicArn string, alarms []alarm) {
	for _, a := range alarms {
		var dims []any
		for _, name := range slices.Sorted(maps.Keys(a.dimensions)) {
			dims = append(dims, &awscloudwatch.CfnAlarm_DimensionProperty{
				Name: jsii.String(name), Value: jsii.String(a.dimensions[name]),
			})
		}
		actions := &[]any{topicArn}
		awscloudwatch.NewCfnAlarm(scope, jsii.String(a.id), &awscloudwatch.CfnAlarmProps{
			AlarmName:          c.name(a.name),
			AlarmDescription:   jsii.String("Tocsin: " + a.description),
			Namespace:          jsii.String(a.namespace),
			MetricName:         jsii.String(a.metric),
			Dimensions:         &dims,
			Statistic:          jsii.String(a.statistic),
			Period:             jsii.Number(alarmPeriod),
			EvaluationPeriods:  jsii.Number(a.periods),
			Threshold:          jsii.Number(a.threshold),
			ComparisonOperator: jsii.String("GreaterThanOrEqualToThreshold"),
			TreatMissingData:   jsii.String("notBreaching"),
			AlarmActions:       actions,
			OkActions:          actions,
		})
	}
}

// The number of periods and the age at which waiting findings are trouble.
const (
	stuckPeriods = 6   // of alarmPeriod: 30 minutes
	oldAge       = 900 // seconds
	oldPeriods   = 3
)

// queueAlarms watch the queue and the function.
func queueAlarms(queue, function dimensions) []alarm {
	return []alarm{
		{
			id: "FunctionErrors", name: "function-errors",
			description: "the function failed as a whole (its configuration, a crash or its timeout); its log says why",
			namespace:   "AWS/Lambda", metric: "Errors", statistic: "Sum", dimensions: function, threshold: 1, periods: 1,
		},
		{
			id: "FunctionThrottles", name: "function-throttles",
			description: "the account's concurrency is used up, and findings wait; raise the quota or free some of it",
			namespace:   "AWS/Lambda", metric: "Throttles", statistic: "Sum", dimensions: function, threshold: 1, periods: oldPeriods,
		},
		{
			// Partial batch answers are no errors of the function, and the age of the oldest
			// message leaves out those that were received often: a broken sink shows here, and here
			// alone.
			id: "FindingsStuck", name: "findings-stuck",
			description: "findings were tried again and again for 30 minutes: a sink is down or refuses; the function's log names it",
			namespace:   "AWS/SQS", metric: "ApproximateNumberOfMessagesNotVisible", statistic: "Minimum",
			dimensions: queue, threshold: 1, periods: stuckPeriods,
		},
		{
			id: "FindingsWait", name: "findings-wait",
			description: "findings wait that nobody takes: the function is paused, throttled or far behind",
			namespace:   "AWS/SQS", metric: "ApproximateAgeOfOldestMessage", statistic: "Maximum",
			dimensions: queue, threshold: oldAge, periods: oldPeriods,
		},
	}
}

// deadLetterAlarm warns of every finding that was sent to nobody.
func deadLetterAlarm(queue dimensions) alarm {
	return alarm{
		id: "DeadLettersAlarm", name: "dead-letters",
		description: "a finding could not be sent and is in the dead-letter queue; repair the cause, then redrive the queue",
		namespace:   "AWS/SQS", metric: "ApproximateNumberOfMessagesVisible", statistic: "Maximum",
		dimensions: queue, threshold: 1, periods: 1,
	}
}

// ruleAlarm warns of events that a rule could not hand over.
func ruleAlarm(rule madeRule) alarm {
	return alarm{
		id: rule.alarmID, name: rule.alarmName,
		description: "the rule could not hand a finding over: look at the policy of the target and at the dead-letter queue",
		namespace:   "AWS/Events", metric: "FailedInvocations", statistic: "Sum",
		dimensions: rule.metrics, threshold: 1, periods: 1,
	}
}
