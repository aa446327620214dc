package report

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// Metrics are lines in CloudWatch's embedded metric format:
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html

// mostValues is how many numbers the list of one metric holds in one line, by the same page.
const mostValues = 100

// appendMetrics adds the lines of metrics of an invocation: one of each sink that came to an outcome, and
// more where there are more values than one takes; one of each reason for which calls of a sink failed;
// and at the end one of all sinks, whose counts balance: Findings x Sinks is the sum of the outcomes.
func (r *Report) appendMetrics(to object, now time.Time) object {
	var c Counts
	c.Add(*r)
	for i, sink := range r.Sinks {
		var calls []delivery.Call
		if i < len(r.Calls) {
			calls = r.Calls[i]
		}
		to = appendSink(to, sinkMetrics{sink: sink, outcomes: c.Outcomes[sink], latencies: r.latencies(i), sends: durations(calls)}, now)
		to = appendFailures(to, sink, calls, now)
	}
	return r.appendTotals(to, &c, now)
}

// appendTotals adds the line of all sinks.
func (r *Report) appendTotals(to object, c *Counts, now time.Time) object {
	d := directive{dimensions: "[[]]"}
	to = append(to, '{').text("message", "metrics").number("Sinks", int64(len(r.Sinks)))
	count := func(name string, n int) {
		to = to.number(name, int64(n))
		d.metrics = append(d.metrics, metric{name, "Count"})
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
	if len(r.Said) > 0 {
		count(MetricNotices, r.notices())
	}
	if n, isAny := r.escalations(); isAny {
		count(MetricEscalations, n)
	}
	for _, outcome := range delivery.Outcomes() {
		sum := 0
		for _, outcomes := range c.Outcomes {
			sum += outcomes[outcome]
		}
		count(outcome.Metric(), sum)
	}
	to = to.number(MetricOldestRetry, int64(r.oldestRetry(now).Seconds()))
	d.metrics = append(d.metrics, metric{MetricOldestRetry, "Seconds"})
	to = append(to.name("outcomes"), '{')
	for _, sink := range r.Sinks {
		to = append(to.name(sink), '{')
		for _, outcome := range delivery.Outcomes() { // one that did not happen is shown too
			to = to.number(string(outcome), int64(c.Outcomes[sink][outcome]))
		}
		to = append(to, '}')
	}
	to = append(to, '}')
	to = to.counts("mutes", c.Mutes).counts("tableMutes", c.TableMutes)
	return to.embedded(now, d).end()
}

// counts adds an object of numbers, whose names can be anything; one without members is left out.
func (o object) counts(name string, counts map[string]int) object {
	if len(counts) == 0 {
		return o
	}
	o = append(o.name(name), '{')
	for i, key := range slices.Sorted(maps.Keys(counts)) {
		if i > 0 {
			o = append(o, ',')
		}
		o = strconv.AppendInt(append(appendText(o, key), ':'), int64(counts[key]), 10)
	}
	return append(o, '}')
}

// sinkMetrics are the metrics of one sink, times in milliseconds.
type sinkMetrics struct {
	sink             string
	outcomes         map[delivery.Outcome]int
	latencies, sends []int64
}

// appendSink adds the lines of a sink; none where nothing came to an outcome and it was not called. The
// latencies count for the metric of all sinks too.
func appendSink(to object, s sinkMetrics, now time.Time) object {
	bySink := directive{dimensions: `[["` + DimensionSink + `"]]`}
	for isFirst := true; isFirst || len(s.latencies) > 0 || len(s.sends) > 0; isFirst = false {
		bySink.metrics = bySink.metrics[:0]
		before := len(to)
		to = append(to, '{').text("message", "metrics by sink").text(DimensionSink, s.sink)
		for _, outcome := range delivery.Outcomes() {
			if n := s.outcomes[outcome]; isFirst && n > 0 {
				to = to.number(outcome.Metric(), int64(n))
				bySink.metrics = append(bySink.metrics, metric{outcome.Metric(), "Count"})
			}
		}
		sends, latencies := s.sends[:min(len(s.sends), mostValues)], s.latencies[:min(len(s.latencies), mostValues)]
		s.sends, s.latencies = s.sends[len(sends):], s.latencies[len(latencies):]
		all := make([]directive, 0, 2)
		if len(sends) > 0 {
			bySink.metrics = append(bySink.metrics, metric{MetricSendDuration, "Milliseconds"})
		}
		if len(bySink.metrics) > 0 {
			all = append(all, bySink)
		}
		if len(latencies) > 0 {
			all = append(all, directive{`[[],["` + DimensionSink + `"]]`, []metric{{MetricLatency, "Milliseconds"}}})
		}
		if len(all) == 0 {
			return to[:before]
		}
		to = to.numbers(MetricSendDuration, sends).numbers(MetricLatency, latencies).embedded(now, all...).end()
	}
	return to
}

// appendFailures adds a line for each reason for which calls of a sink failed.
func appendFailures(to object, sink string, calls []delivery.Call, now time.Time) object {
	for _, reason := range notify.Reasons() {
		n := int64(0)
		for _, call := range calls {
			if call.Failed == reason {
				n++
			}
		}
		if n > 0 {
			to = append(to, '{').text("message", "metrics by reason").text(DimensionSink, sink).text(DimensionReason, string(reason)).
				number(MetricFailures, n).
				embedded(now, directive{`[["` + DimensionSink + `","` + DimensionReason + `"]]`, []metric{{MetricFailures, "Count"}}}).end()
		}
	}
	return to
}

// Metric writes a count that belongs to no payload as a metric without a dimension, in a line of its own with the
// given message.
func (l Log) Metric(message, name string, n int) {
	if l.to == nil {
		return
	}
	line := object{'{'}.text("message", message).number(name, int64(n)).
		embedded(l.time(), directive{"[[]]", []metric{{name, "Count"}}}).end()
	_, _ = l.to.Write(line)
}

// directive says of which numbers of a line CloudWatch makes metrics, by which dimensions.
type directive struct {
	dimensions string // as JSON
	metrics    []metric
}

// metric is one of them.
type metric struct{ name, unit string }

// embedded adds what makes metrics of a line's numbers.
func (o object) embedded(now time.Time, directives ...directive) object {
	o = append(append(o.name("_aws"), '{').number("Timestamp", now.UnixMilli()).name("CloudWatchMetrics"), '[')
	for i, d := range directives {
		if i > 0 {
			o = append(o, ',')
		}
		o = append(append(o, '{').text("Namespace", Namespace).name("Dimensions"), d.dimensions...)
		o = append(o.name("Metrics"), '[')
		for j, m := range d.metrics {
			if j > 0 {
				o = append(o, ',')
			}
			o = append(append(o, '{').text("Name", m.name).text("Unit", m.unit), '}')
		}
		o = append(o, ']', '}')
	}
	return append(o, ']', '}')
}
