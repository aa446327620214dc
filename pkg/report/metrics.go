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
	count("Findings", c.Findings)
	count("Nobody", c.Nobody)
	count("Digests", digests)
	count("Unreadable", c.Unreadable)
	count("LedgerUnavailable", r.LedgerUnavailable)
	count("HidingFailed", r.HidingFailed)
	count("ConditionErrors", c.ConditionErrors)
	gauges := map[string]int{} // CloudWatch wants each name once
	for _, record := range r.Records {
		maps.Copy(gauges, record.Gauges)
	}
	for _, name := range slices.Sorted(maps.Keys(gauges)) {
		count(name, gauges[name])
	}
	if len(r.Said) > 0 {
		count("Notices", r.notices())
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

// metric is one number of a line that CloudWatch counts.
type metric struct{ Name, Unit string }

// embedded returns a line with what makes metrics of its numbers.
func embedded(now time.Time, line map[string]any, declared []metric) map[string]any {
	line["_aws"] = map[string]any{
		"Timestamp": now.UnixMilli(),
		"CloudWatchMetrics": []any{map[string]any{
			"Namespace": "Tocsin", "Dimensions": [][]string{{}}, "Metrics": declared,
		}},
	}
	return line
}
