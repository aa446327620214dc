package app

import (
	"bytes"
	"encoding/json"
	"time"

	findingjson "github.com/tocsin-sec/tocsin/formatter/json"
	"github.com/tocsin-sec/tocsin/pkg/delivery"
)

// findingLine is the log line of one finding.
type findingLine struct {
	Time     time.Time         `json:"time"`
	Message  string            `json:"message"`
	Record   string            `json:"record,omitempty"`
	Finding  string            `json:"finding"`
	Type     string            `json:"type"`
	Severity string            `json:"severity"`
	Account  string            `json:"account"`
	Region   string            `json:"region"`
	Outcomes map[string]string `json:"outcomes"`
	Reasons  map[string]string `json:"reasons,omitempty"`
}

// digestLine is the log line of a digest that was to be told.
type digestLine struct {
	Time     time.Time `json:"time"`
	Message  string    `json:"message"`
	Record   string    `json:"record,omitempty"`
	Digest   string    `json:"digest"`
	Sink     string    `json:"sink"`
	Findings int       `json:"findings"`
	Outcome  string    `json:"outcome"`
	Reason   string    `json:"reason,omitempty"`
}

func (d *DigestReport) line(now time.Time, record string, sinks []string) digestLine {
	line := digestLine{
		Time: now, Message: "digest", Record: record, Digest: d.flush.Digest, Sink: sinks[d.Sink],
		Findings: d.Findings, Outcome: string(d.Result.Outcome),
	}
	if d.Result.Err != nil {
		line.Reason = d.Result.Err.Error()
	}
	return line
}

// unreadableLine is the log line of a record that holds no event.
type unreadableLine struct {
	Time    time.Time `json:"time"`
	Message string    `json:"message"`
	Record  string    `json:"record,omitempty"`
	Reason  string    `json:"reason"`
}

// logReport writes one line for each finding or unreadable record, and one line of metrics.
func (a *App) logReport(report Report) {
	now := time.Now().UTC()
	var lines []any
	for _, record := range report.Records {
		if record.Err != nil {
			lines = append(lines, unreadableLine{now, "unreadable", record.Message, record.Err.Error()})
		}
		if d := record.Digest; d != nil {
			lines = append(lines, d.line(now, record.Message, report.Sinks))
		}
		for i := range record.Findings {
			lines = append(lines, record.Findings[i].line(now, record.Message, report.Sinks))
		}
	}
	a.logLines(append(lines, report.metrics(now))...)
}

// logTrouble logs what went wrong and kept nothing back.
func (a *App) logTrouble(err error) {
	a.logLines(struct {
		Time    time.Time `json:"time"`
		Message string    `json:"message"`
		Reason  string    `json:"reason"`
	}{time.Now().UTC(), "trouble", err.Error()})
}

// logUnreadable logs a payload that is no event at all.
func (a *App) logUnreadable(err error) {
	now := time.Now().UTC()
	report := Report{Sinks: a.SinkNames(), Records: []RecordReport{{Err: err}}}
	a.logLines(unreadableLine{now, "unreadable", "", err.Error()})
	a.logLines(report.metrics(now))
}

func (f *FindingReport) line(now time.Time, record string, sinks []string) findingLine {
	line := findingLine{
		Time: now, Message: "finding", Record: record,
		Finding: f.Finding.Key(), Type: f.Finding.Type, Severity: f.Finding.Severity.String(),
		Account: f.Finding.Account.String(), Region: f.Finding.Region,
		Outcomes: make(map[string]string, len(sinks)), Reasons: map[string]string{},
	}
	for i, sink := range sinks {
		result := f.Results[i]
		line.Outcomes[sink] = string(result.Outcome)
		switch {
		case result.Err != nil:
			line.Reasons[sink] = result.Err.Error()
		case result.Outcome != delivery.Delivered, f.Decisions[i].Err != nil:
			line.Reasons[sink] = f.Decisions[i].Reason
		}
	}
	return line
}

// metrics gives the counters of an invocation in CloudWatch's embedded metric format
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html).
// Findings x Sinks is the sum of the outcomes.
func (r Report) metrics(now time.Time) map[string]any {
	type metric struct{ Name, Unit string }
	digests := 0
	line := map[string]any{
		"message": "metrics", "Findings": r.Findings(), "Unreadable": r.Unreadable(), "Sinks": len(r.Sinks),
		"LedgerUnavailable": r.ledgerUnavailable, "HidingFailed": r.hidingFailed, "ConditionErrors": r.conditionErrors(),
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

// usualLine is how long a line is as a rule, in bytes.
const usualLine = 512

// logLines writes lines of JSON, in one write. A log that cannot be written does not keep a finding back.
func (a *App) logLines(lines ...any) {
	if a.log == nil {
		return
	}
	var text bytes.Buffer
	text.Grow(usualLine * len(lines))
	encoder := json.NewEncoder(&text)
	for _, line := range lines {
		_ = encoder.Encode(line) // it writes nothing where it fails
	}
	_, _ = a.log.Write(findingjson.Escape(text.Bytes()))
}
