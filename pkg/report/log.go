package report

import (
	"bytes"
	"encoding/json"
	"io"
	"time"

	findingjson "github.com/tocsin-sec/tocsin/formatter/json"
	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/mute"
)

// Log writes lines of JSON. It is as safe for concurrent use as what it writes to.
type Log struct{ to io.Writer }

// NewLog returns the log that is written to w; nil stands for no log.
func NewLog(w io.Writer) Log { return Log{w} }

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

// digestLine is the log line of a digest that was to be sent.
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

// saidLine is the log line of what Tocsin was to say of itself.
type saidLine struct {
	Time    time.Time `json:"time"`
	Message string    `json:"message"`
	Record  string    `json:"record,omitempty"`
	Word    string    `json:"word"`
	Sink    string    `json:"sink"`
	Outcome string    `json:"outcome"`
	Reason  string    `json:"reason,omitempty"`
}

// reasonLine is the log line of a record that holds no event, and of trouble.
type reasonLine struct {
	Time    time.Time `json:"time"`
	Message string    `json:"message"`
	Record  string    `json:"record,omitempty"`
	Reason  string    `json:"reason"`
}

// Report writes one line for each finding, digest and unreadable record, and one line of metrics.
func (l Log) Report(report Report) {
	now := time.Now().UTC()
	var lines []any
	for _, record := range report.Records {
		if record.Err != nil {
			lines = append(lines, reasonLine{now, "unreadable", record.Message, record.Err.Error()})
		}
		if d := record.Digest; d != nil {
			lines = append(lines, d.line(now, record.Message, report.Sinks))
		}
		for _, said := range record.Said {
			lines = append(lines, said.line(now, record.Message, report.Sinks))
		}
		for i := range record.Findings {
			lines = append(lines, record.Findings[i].line(now, record.Message, report.Sinks))
		}
	}
	for _, said := range report.Said {
		lines = append(lines, said.line(now, "", report.Sinks))
	}
	l.write(append(lines, report.metrics(now))...)
}

// Trouble writes what went wrong and kept nothing back.
func (l Log) Trouble(err error) {
	l.write(reasonLine{time.Now().UTC(), "trouble", "", err.Error()})
}

// ConfigurationRejected writes what is wrong with a new version of the configuration, which is not in
// force, and counts it.
func (l Log) ConfigurationRejected(mistakes []error) {
	now := time.Now().UTC()
	var lines []any
	for _, mistake := range mistakes {
		lines = append(lines, reasonLine{now, "configuration rejected: the one before stays in force", "", mistake.Error()})
	}
	l.write(lines...)
	l.Metric("configuration", MetricConfigurationRejected, 1)
}

// Mutes writes which of the mutes have ended, and can be taken off the list, and which somebody might
// not have meant as they are.
func (l Log) Mutes(list []mute.Mute) {
	if l.to == nil {
		return
	}
	now := time.Now().UTC()
	for _, warning := range mute.Warnings(list, now) {
		l.write(reasonLine{now, "warning", "", warning})
	}
	for _, m := range mute.Expired(list, now) {
		l.write(struct {
			Time    time.Time `json:"time"`
			Message string    `json:"message"`
			Mute    string    `json:"mute"`
			Until   string    `json:"until"`
			Reason  string    `json:"reason"`
			By      string    `json:"by,omitempty"`
		}{now, "mute expired", m.Name, m.End, m.Reason, m.By})
	}
}

func (d *Digest) line(now time.Time, record string, sinks []string) digestLine {
	line := digestLine{
		Time: now, Message: "digest", Record: record, Digest: d.ID, Sink: sinks[d.Sink],
		Findings: d.Findings, Outcome: string(d.Result.Outcome),
	}
	if d.Result.Err != nil {
		line.Reason = d.Result.Err.Error()
	}
	return line
}

func (s Said) line(now time.Time, record string, sinks []string) saidLine {
	line := saidLine{Time: now, Message: "said", Record: record, Word: s.Word, Sink: s.sink(sinks), Outcome: string(s.Result.Outcome)}
	if s.Result.Err != nil {
		line.Reason = s.Result.Err.Error()
	}
	return line
}

func (s Said) sink(sinks []string) string {
	if s.Sink < 0 {
		return "nobody"
	}
	return sinks[s.Sink]
}

func (f *Finding) line(now time.Time, record string, sinks []string) findingLine {
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

// write writes lines of JSON, in one write. A log that cannot be written keeps no finding back.
func (l Log) write(lines ...any) {
	if l.to == nil {
		return
	}
	var text bytes.Buffer
	text.Grow(512 * len(lines)) // as long as a line is as a rule
	encoder := json.NewEncoder(&text)
	for _, line := range lines {
		_ = encoder.Encode(line) // it writes nothing where it fails
	}
	_, _ = l.to.Write(findingjson.Escape(text.Bytes()))
}
