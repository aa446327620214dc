package tocsin

import (
	"maps"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/tocsin-sec/tocsin/pkg/delivery"
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
}

// graph is one line in a graph.
type graph struct {
	namespace, metric, statistic string
	dimensions                   dimensions
}

// newDashboard shows the way of a finding from left to right: the rule, the queue, the function,
// what became of it; below, where it can get stuck.
func newDashboard(scope constructs.Construct, c checked, w watched) {
	stack := awscdk.Stack_Of(scope)
	var rules []graph
	for _, rule := range w.rules {
		rules = append(rules,
			graph{"AWS/Events", "TriggeredRules", "Sum", rule}, graph{"AWS/Events", "FailedInvocations", "Sum", rule})
	}
	var outcomes []string
	for _, outcome := range delivery.Outcomes() {
		outcomes = append(outcomes, outcome.Metric())
	}
	awscloudwatch.NewDashboard(scope, jsii.String("Dashboard"), &awscloudwatch.DashboardProps{
		DashboardName: c.name(*stack.Region()), // dashboards are the same in all regions
		Widgets: &[]*[]awscloudwatch.IWidget{
			{
				newGraph("1. Rule: findings matched", rules),
				newGraph("2. Queue: findings taken in and done", lines("AWS/SQS", "Sum", w.queue,
					"NumberOfMessagesSent", "NumberOfMessagesDeleted")),
				newGraph("3. Function: invocations", lines("AWS/Lambda", "Sum", w.function,
					"Invocations", "Errors", "Throttles")),
				// The function counts by itself, for all stacks of an account and region together.
				newGraph("4. Sinks: what became of each finding", lines("Tocsin", "Sum", nil, outcomes...)),
			},
			{
				newGraph("Waiting or being tried again", lines("AWS/SQS", "Maximum", w.queue,
					"ApproximateNumberOfMessagesVisible", "ApproximateNumberOfMessagesNotVisible")),
				newGraph("Age of the oldest finding (s)", lines("AWS/SQS", "Maximum", w.queue, "ApproximateAgeOfOldestMessage")),
				newGraph("Duration (ms) and ledger throttles", append(lines("AWS/Lambda", "Maximum", w.function, "Duration"),
					lines("AWS/DynamoDB", "Sum", w.table, "WriteThrottleEvents", "ReadThrottleEvents")...)),
				newGraph("Dead letters: sent to nobody", lines("AWS/SQS", "Maximum", w.deadLetters,
					"ApproximateNumberOfMessagesVisible")),
			},
		},
	})
}

// lines returns a line for each of the metrics.
func lines(namespace, statistic string, of dimensions, metrics ...string) []graph {
	var all []graph
	for _, metric := range metrics {
		all = append(all, graph{namespace, metric, statistic, of})
	}
	return all
}

func newGraph(title string, graphs []graph) awscloudwatch.IWidget {
	var metrics []awscloudwatch.IMetric
	for _, g := range graphs {
		dims := map[string]*string{}
		for _, name := range slices.Sorted(maps.Keys(g.dimensions)) {
			dims[name] = jsii.String(g.dimensions[name])
		}
		metrics = append(metrics, awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
			Namespace: jsii.String(g.namespace), MetricName: jsii.String(g.metric),
			Statistic: jsii.String(g.statistic), DimensionsMap: &dims,
		}))
	}
	return awscloudwatch.NewGraphWidget(&awscloudwatch.GraphWidgetProps{
		Title: jsii.String(title), Left: &metrics, Width: jsii.Number(graphWidth), Height: jsii.Number(graphHeight),
	})
}
