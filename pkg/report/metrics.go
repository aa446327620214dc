package report

import (
	"time"

	"github.com/tocsin-sec/tocsin/pkg/delivery"
)

// metrics gives the counters of an invocation in CloudWatch's embedded metric format
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html).
// Findings x Sinks is the sum of the outcomes.
func (r Report) metrics(now time.Time) map[string]any {
	type metric struct{ Name, Unit string }
	digests := 0
	line := map[string]any{
		"message": "metrics", "Findings": r.Findings(), "Unreadable": r.Unreadable(), "Sinks": len(r.Sinks),
		"LedgerUnavailable": r.LedgerUnavailable, "HidingFailed": r.HidingFailed, "ConditionErrors": r.conditionErrors(),
	}
	for sink := range r.Sinks {
		digests += r.Digests(sink, delivery.Delivered) + r.Digests(sink, delivery.Degraded)
	}
	line["Digests"] = digests
	declared := []metric{
		{"Findings", "Count"}, {"Digests", "Count"}, {"Unreadable", "Count"}, {"LedgerUnavailable", "Count"}, {"HidingFailed", "Count"},
		{"ConditionErrors", "Count"},
	}
	bySink := map[string]map[string]int{}
	for i, sink := range r.Sinks {
		bySink[sink] = map[string]int{}
		for _, outcome := range delivery.Outcomes() {
			bySink[sink][string(outcome)] = r.Count(i, outcome)
		}
	}
	for _, outcome := range delivery.Outcomes() {
		sum := 0
		for _, counts := range bySink {
			sum += counts[string(outcome)]
		}
		name := outcome.Metric()
		line[name] = sum
		declared = append(declared, metric{name, "Count"})
	}
	line["outcomes"] = bySink
	if mutes := r.mutes(); len(mutes) > 0 {
		line["mutes"] = mutes
	}
	line["_aws"] = map[string]any{
		"Timestamp": now.UnixMilli(),
		"CloudWatchMetrics": []any{map[string]any{
			"Namespace": "Tocsin", "Dimensions": [][]string{{}}, "Metrics": declared,
		}},
	}
	return line
}
