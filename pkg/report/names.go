package report

// Namespace is that of all metrics.
const Namespace = "Tocsin"

// The metrics of each invocation, without a dimension: a count of each. Beside them stands one for each
// outcome, whose name is that of delivery.Outcome.Metric.
const (
	MetricFindings          = "Findings"          // what came
	MetricNobody            = "Nobody"            // findings that no sink takes
	MetricDigests           = "Digests"           // digests that were sent
	MetricUnreadable        = "Unreadable"        // records that hold no event
	MetricLedgerUnavailable = "LedgerUnavailable" // pairs for which the ledger could not be asked
	MetricHidingFailed      = "HidingFailed"      // records that could not be kept hidden in their queue
	MetricConditionErrors   = "ConditionErrors"   // pairs for which a condition could not be decided
)

// The metrics of time.
const (
	// MetricLatency is the milliseconds from the event's time to the acceptance by a sink: one value for
	// each pair that was delivered or degraded. It stands without a dimension and by DimensionSink.
	MetricLatency = "Latency"
	// MetricOldestRetry is the age in seconds of the oldest finding that is handed back, for each
	// invocation: 0 where none is. It has no dimension.
	MetricOldestRetry = "OldestRetry"
	// MetricSendDuration is the milliseconds that one call of a sink takes, by DimensionSink.
	MetricSendDuration = "SendDuration"
)

// The metrics that are written only where there is something to count.
const (
	// MetricFailures counts the calls of a sink that failed, by DimensionSink and DimensionReason.
	MetricFailures = "Failures"
	// MetricConfigurationRejected counts versions of the configuration that are not in force.
	MetricConfigurationRejected = "ConfigurationRejected"
	// MetricDrill is 1 where the drills of all rules came, and 0 where not; a check of them writes it.
	MetricDrill = "Drill"
	// MetricNotices counts the notices that were sent by the fallback sink.
	MetricNotices = "Notices"
	// MetricEscalations counts the findings of which another sink was told, since nobody had taken them on.
	MetricEscalations = "Escalations"
	// MetricEscalationsFailed counts the findings that were to be sent without anything that escalates them.
	MetricEscalationsFailed = "EscalationsFailed"
	// MetricActions counts what people did about findings, without a dimension and by DimensionAction.
	MetricActions = "Actions"
)

// WordEscalated is the name of the word by which a sink is told that nobody has taken a finding on.
const WordEscalated = "escalated"

// The dimensions.
const (
	// DimensionSink is the name of an instance. Beside the metrics of time, the outcomes that happened
	// stand by it, under the same names as without it.
	DimensionSink = "Sink"
	// DimensionReason is why a call failed: throttled, server, client, timeout, network or other.
	DimensionReason = "Reason"
	// DimensionAction is what was done: acknowledge, give_back, mute, unmute, archive or unarchive.
	DimensionAction = "Action"
)
