package tocsin

import (
	"maps"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/report"
)

// A dashboard is 24 units wide; four graphs stand in a row.
const (
	graphWidth  = 6
	graphHeight = 7
)

// watched are the dimensions of what the dashboard shows.
type watched struct {
	rules                               []dimensions
	queue, deadLetters, function, table dimensions
	front                               dimensions // nil where nothing answers buttons
}

// newDashboard shows the way of a finding from left to right: the rule, the queue, the function, what
// became of it; below, how the sinks do, where it can get stuck, and how buttons are answered.
func newDashboard(scope constructs.Construct, c checked, w watched) {
	rows := []*[]awscloudwatch.IWidget{w.way(), sinkGraphs(), w.delays()}
	if c.Ops.Drill != "" {
		rows = append(rows, &[]awscloudwatch.IWidget{
			newGraph("Drills: 1 where all came, 0 where not", lines(report.Namespace, "Minimum", nil, report.MetricDrill)),
		})
	}
	if w.front != nil {
		rows = append(rows, w.buttons())
	}
	awscloudwatch.NewDashboard(scope, jsii.String("Dashboard"), &awscloudwatch.DashboardProps{
		DashboardName: c.name(*awscdk.Stack_Of(scope).Region()), // dashboards are the same in all regions
		Widgets:       &rows,
	})
}

// way shows the way of a finding.
func (w watched) way() *[]awscloudwatch.IWidget {
	var rules []awscloudwatch.IMetric
	for _, rule := range w.rules {
		rules = append(rules, lines("AWS/Events", "Sum", rule, "TriggeredRules", "FailedInvocations")...)
	}
	var outcomes []string
	for _, outcome := range delivery.Outcomes() {
		outcomes = append(outcomes, outcome.Metric())
	}
	return &[]awscloudwatch.IWidget{
		newGraph("1. Rule: findings matched", rules),
		newGraph("2. Queue: findings taken in and done", lines("AWS/SQS", "Sum", w.queue,
			"NumberOfMessagesSent", "NumberOfMessagesDeleted")),
		newGraph("3. Function: invocations", lines("AWS/Lambda", "Sum", w.function,
			"Invocations", "Errors", "Throttles")),
		// The function counts by itself, for all stacks of an account and region together.
		newGraph("4. Sinks: what became of each finding", lines(report.Namespace, "Sum", nil, outcomes...)),
	}
}

// sinkGraphs show each sink by itself. Which there are is searched for when the dashboard is looked at:
// a configuration in a secret can name others than the stack knows.
func sinkGraphs() *[]awscloudwatch.IWidget {
	var outcomes []awscloudwatch.IMetric
	for _, outcome := range []delivery.Outcome{delivery.Delivered, delivery.Degraded, delivery.Retry, delivery.Dead} {
		outcomes = append(outcomes, search(outcome.Metric(), "Sum", report.DimensionSink))
	}
	return &[]awscloudwatch.IWidget{
		newGraph("Each sink: sent, tried again, dead", outcomes),
		newGraph("Each sink: calls that failed, by reason", []awscloudwatch.IMetric{
			search(report.MetricFailures, "Sum", report.DimensionSink, report.DimensionReason),
		}),
		newGraph("From event to sink (ms): p50, p95", append(
			lines(report.Namespace, "p50", nil, report.MetricLatency), lines(report.Namespace, "p95", nil, report.MetricLatency)...)),
		newGraph("Each sink: one call (ms), p95", []awscloudwatch.IMetric{search(report.MetricSendDuration, "p95", report.DimensionSink)}),
	}
}

// delays show where a finding can get stuck.
func (w watched) delays() *[]awscloudwatch.IWidget {
	return &[]awscloudwatch.IWidget{
		newGraph("Waiting or being tried again", lines("AWS/SQS", "Maximum", w.queue,
			"ApproximateNumberOfMessagesVisible", "ApproximateNumberOfMessagesNotVisible")),
		// SQS leaves out what was received often; the function counts that.
		newGraph("Age of the oldest finding (s)", append(lines("AWS/SQS", "Maximum", w.queue, "ApproximateAgeOfOldestMessage"),
			lines(report.Namespace, "Maximum", nil, report.MetricOldestRetry)...)),
		newGraph("Duration (ms) and ledger throttles", append(lines("AWS/Lambda", "Maximum", w.function, "Duration"),
			lines("AWS/DynamoDB", "Sum", w.table, "WriteThrottleEvents", "ReadThrottleEvents")...)),
		newGraph("Dead letters: sent to nobody; notices of it", append(lines("AWS/SQS", "Maximum", w.deadLetters,
			"ApproximateNumberOfMessagesVisible"), lines(report.Namespace, "Sum", nil, report.MetricNotices)...)),
	}
}

// buttons show how they are answered.
func (w watched) buttons() *[]awscloudwatch.IWidget {
	return &[]awscloudwatch.IWidget{
		newGraph("Buttons: requests", lines("AWS/Lambda", "Sum", w.front, "Invocations", "Errors", "Throttles")),
		newGraph("Buttons: requests refused", lines(report.Namespace, "Sum", nil, metricActionsRefused)),
		newGraph("Buttons: time to answer (ms), of 3,000", append(
			lines("AWS/Lambda", "Average", w.front, "UrlRequestLatency"), lines("AWS/Lambda", "Maximum", w.front, "UrlRequestLatency")...)),
		newGraph("Buttons: answers of 4xx and 5xx", lines("AWS/Lambda", "Sum", w.front, "Url4xxCount", "Url5xxCount")),
	}
}

// lines returns a line for each of the metrics.
func lines(namespace, statistic string, of dimensions, metrics ...string) []awscloudwatch.IMetric {
	dims := map[string]*string{}
	for _, name := range slices.Sorted(maps.Keys(of)) {
		dims[name] = jsii.String(of[name])
	}
	var all []awscloudwatch.IMetric
	for _, metric := range metrics {
		all = append(all, awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
			Namespace: jsii.String(namespace), MetricName: jsii.String(metric), Statistic: jsii.String(statistic), DimensionsMap: &dims,
		}))
	}
	return all
}

// search returns a line for each value that there is of the dimensions.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html
func search(metric, statistic string, by ...string) awscloudwatch.IMetric {
	schema, label := report.Namespace, ""
	for _, dimension := range by {
		schema += "," + dimension
		label += "${PROP('Dim." + dimension + "')} "
	}
	return awscloudwatch.NewMathExpression(&awscloudwatch.MathExpressionProps{
		Expression:   jsii.String(`SEARCH('{` + schema + `} MetricName="` + metric + `"', '` + statistic + `')`),
		UsingMetrics: &map[string]awscloudwatch.IMetric{},
		Label:        jsii.String(label + metric),
	})
}

func newGraph(title string, metrics []awscloudwatch.IMetric) awscloudwatch.IWidget {
	return awscloudwatch.NewGraphWidget(&awscloudwatch.GraphWidgetProps{
		Title: jsii.String(title), Left: &metrics, Width: jsii.Number(graphWidth), Height: jsii.Number(graphHeight),
	})
}
