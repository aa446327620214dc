package report

import (
	"maps"
	"slices"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/delivery"
)

// metrics returns the counters of an invocation in CloudWatch's embedded metric format
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html).
// Findings x Sinks is the sum of the outcomes.
func (r Report) metrics(now time.Time) map[string]any {
	var c Counts
	c.Add(r)
	line := map[string]any{"message": "metrics", "Sinks": len(r.Sinks)}
	var declared []metric
	count := func(name string, n int) {
		line[name] = n
		declared = append(declared, metric{name, "Count"})
	}
	digests := 0
	for _, n := range c.Digests {
		digests += n
	}
	count(MetricFindings, c.Findings)
	count(MetricNobody, c.Nobody)
	count(MetricDigests, digests)
	count(MetricUnreadable, c.Unreadable)
	count(MetricLedgerUnavailable, r.LedgerUnavailable)
	count(MetricHidingFailed, r.HidingFailed)
	count(MetricConditionErrors, c.ConditionErrors)
	gauges := map[string]int{} // CloudWatch wants each name once
	for _, record := range r.Records {
		maps.Copy(gauges, record.Gauges)
	}
	for _, name := range slices.Sorted(maps.Keys(gauges)) {
		count(name, gauges[name])
	}
	for _, outcome := range delivery.Outcomes() {
		sum := 0
		for _, outcomes := range c.Outcomes {
			outcomes[outcome] += 0 // one that did not happen is shown too
			sum += outcomes[outcome]
		}
		count(outcome.Metric(), sum)
	}
	line["outcomes"] = c.Outcomes
	if len(c.Mutes) > 0 {
		line["mutes"] = c.Mutes
	}
	if len(c.TableMutes) > 0 {
		line["tableMutes"] = c.TableMutes
	}
	return embedded(now, line, declared)
}

// Metric writes one number of its own as a metric without a dimension, in a line with the given message: a
// count, as of MetricNotices and MetricDrill.
func (l Log) Metric(message, name string, n int) {
	l.write(embedded(time.Now().UTC(), map[string]any{"message": message, name: n}, []metric{{name, "Count"}}))
}

// metric is one number of a line that CloudWatch counts.
type metric struct{ Name, Unit string }

// embedded returns a line with what makes metrics of its numbers.
func embedded(now time.Time, line map[string]any, declared []metric) map[string]any {
	line["_aws"] = map[string]any{
		"Timestamp": now.UnixMilli(),
		"CloudWatchMetrics": []any{map[string]any{
			"Namespace": Namespace, "Dimensions": [][]string{{}}, "Metrics": declared,
		}},
	}
	return line
}
