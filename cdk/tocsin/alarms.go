package tocsin

import (
	"maps"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// runbook is the page that says what to do; each alarm's description ends in the address of its
// section there.
const runbook = "https://github.com/tocsin-sec/tocsin/blob/main/docs/operations.md#"

// dimensions of a metric: name and value.
type dimensions = map[string]string

// alarm is one alarm: a series, or an expression over several, is at or above the threshold for some
// time.
type alarm struct {
	id, name string
	// section is the one of the runbook, by its anchor.
	section, description string

	series series
	// expression is metric math over series by their ids, in place of the one series.
	expression string
	over       map[string]series

	when breach
}

// breach says when an alarm goes off.
type breach struct {
	threshold float64
	// isBelow says that values below the threshold are trouble, and so is the absence of values. Else it
	// is those at or above it, and a metric without data is no trouble: nothing happened.
	isBelow bool
	// period is in seconds. Of so many periods, all have to be in breach, or the number of least.
	period, periods, least int
}

// alarmPeriod is the usual length of one period of an alarm, in seconds.
const alarmPeriod = 300

// from is trouble at or above a threshold in each of a number of usual periods.
func from(threshold float64, periods int) breach {
	return breach{threshold: threshold, period: alarmPeriod, periods: periods}
}

// newAlarms makes the alarms.
func newAlarms(scope constructs.Construct, c checked, topicArn string, alarms []alarm) {
	for _, a := range alarms {
		actions := &[]any{topicArn}
		props := &awscloudwatch.CfnAlarmProps{
			AlarmName:          c.name(a.name),
			AlarmDescription:   jsii.String("Tocsin: " + a.description + ". What to do: " + runbook + a.section),
			EvaluationPeriods:  jsii.Number(a.when.periods),
			Threshold:          jsii.Number(a.when.threshold),
			ComparisonOperator: jsii.String("GreaterThanOrEqualToThreshold"),
			TreatMissingData:   jsii.String("notBreaching"),
			AlarmActions:       actions,
			OkActions:          actions,
		}
		if a.when.isBelow {
			props.ComparisonOperator, props.TreatMissingData = jsii.String("LessThanThreshold"), jsii.String("breaching")
		}
		if a.when.least != 0 {
			props.DatapointsToAlarm = jsii.Number(a.when.least)
		}
		if a.expression == "" {
			a.watchSeries(props)
		} else {
			a.watchExpression(props)
		}
		awscloudwatch.NewCfnAlarm(scope, jsii.String(a.id), props)
	}
}

// watchSeries puts the one series into the properties of the alarm.
func (a alarm) watchSeries(props *awscloudwatch.CfnAlarmProps) {
	props.Namespace, props.MetricName = jsii.String(a.series.namespace), jsii.String(a.series.metric)
	props.Dimensions, props.Period = cfnDimensions(a.series.dimensions), jsii.Number(a.when.period)
	if a.series.statistic[0] == 'p' { // a percentile
		props.ExtendedStatistic = jsii.String(a.series.statistic)
		return
	}
	props.Statistic = jsii.String(a.series.statistic)
}

// watchExpression puts the expression and what it is over into the properties of the alarm.
func (a alarm) watchExpression(props *awscloudwatch.CfnAlarmProps) {
	queries := []any{&awscloudwatch.CfnAlarm_MetricDataQueryProperty{
		Id: jsii.String("trouble"), Expression: jsii.String(a.expression), ReturnData: jsii.Bool(true),
	}}
	for _, id := range slices.Sorted(maps.Keys(a.over)) {
		s := a.over[id]
		queries = append(queries, &awscloudwatch.CfnAlarm_MetricDataQueryProperty{
			Id: jsii.String(id), ReturnData: jsii.Bool(false),
			MetricStat: &awscloudwatch.CfnAlarm_MetricStatProperty{
				Metric: &awscloudwatch.CfnAlarm_MetricProperty{
					Namespace: jsii.String(s.namespace), MetricName: jsii.String(s.metric), Dimensions: cfnDimensions(s.dimensions),
				},
				Period: jsii.Number(a.when.period), Stat: jsii.String(s.statistic),
			},
		})
	}
	props.Metrics = &queries
}

// cfnDimensions returns dimensions in the form of a template; nil for none.
func cfnDimensions(of dimensions) *[]any {
	if len(of) == 0 {
		return nil
	}
	var all []any
	for _, name := range slices.Sorted(maps.Keys(of)) {
		all = append(all, &awscloudwatch.CfnAlarm_DimensionProperty{Name: jsii.String(name), Value: jsii.String(of[name])})
	}
	return &all
}
