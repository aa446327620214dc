package tocsin

import "github.com/tocsin-sec/tocsin/pkg/report"

// series is one metric as a statistic shows it.
type series struct {
	namespace, metric, statistic string
	dimensions                   dimensions
}

// metricActionsRefused counts the requests that the function that answers buttons has refused.
const metricActionsRefused = "ActionsRefused"

// own returns a metric that the function writes for all sinks together. It counts by itself, for all
// stacks of an account and region together.
func own(metric, statistic string) series {
	return series{namespace: report.Namespace, metric: metric, statistic: statistic}
}
