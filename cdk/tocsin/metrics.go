package tocsin

// The metrics that the function writes, by the names that pkg/report gives them.
const (
	metricNamespace             = "Tocsin"
	metricDigests               = "Digests"               // digests that were sent
	metricLatency               = "Latency"               // ms from the event to the acceptance by a sink
	metricSendDuration          = "SendDuration"          // ms of one call of a sink, by sink
	metricOldestRetry           = "OldestRetry"           // age in s of the oldest finding that is handed back
	metricFailures              = "Failures"              // failed calls, by sink and reason
	metricConfigurationRejected = "ConfigurationRejected" // new versions that are not in force
	metricDrill                 = "Drill"                 // 1 where the drills of all rules came, 0 where not
	metricNotices               = "Notices"               // notices that were sent by the fallback sink

	dimensionSink   = "Sink"
	dimensionReason = "Reason"
)

// series is one metric as a statistic shows it.
type series struct {
	namespace, metric, statistic string
	dimensions                   dimensions
}

// own returns a metric that the function writes for all sinks together. It counts by itself, for all
// stacks of an account and region together.
func own(metric, statistic string) series {
	return series{namespace: metricNamespace, metric: metric, statistic: statistic}
}
