package report

import (
	"io"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/mute"
)

// Log writes lines of JSON. It is as safe for concurrent use as what it writes to.
type Log struct {
	to    io.Writer
	least Level
	now   func() time.Time
}

// NewLog returns the log that is written to w; nil stands for no log.
func NewLog(w io.Writer) Log { return Log{to: w} }

// From returns the log without the lines of a lower level. Metrics are of none: they are always written.
func (l Log) From(least Level) Log {
	l.least = least
	return l
}

// By returns the log with another clock; nil stands for the real one.
func (l Log) By(now func() time.Time) Log {
	l.now = now
	return l
}

// time returns what the clock says.
func (l Log) time() time.Time {
	if l.now == nil {
		return time.Now()
	}
	return l.now()
}

// typicalLine is as long as a line is as a rule, in bytes.
const typicalLine = 512

// Report writes one line for each finding, digest and unreadable record, and the lines of metrics, in
// one write.
func (l Log) Report(report Report) {
	if l.to == nil {
		return
	}
	now := l.time()
	p := page{report: &report, least: l.least, stamp: now.UTC().Format(time.RFC3339Nano)}
	for i := range report.Sinks {
		p.order = append(p.order, i)
	}
	slices.SortFunc(p.order, func(a, b int) int { return strings.Compare(report.Sinks[a], report.Sinks[b]) })
	p.text = make([]byte, 0, typicalLine*(len(report.Records)+1+2*len(report.Sinks)))
	for i := range report.Records {
		p.record(&report.Records[i])
	}
	p.said(report.Said, "")
	p.text = report.appendMetrics(p.text, now)
	_, _ = l.to.Write(p.text) // a log that cannot be written keeps no finding back
}

// page is the lines of one report.
type page struct {
	report *Report
	least  Level
	stamp  string
	order  []int // the sinks, by their names
	text   object
}

func (p *page) record(r *Record) {
	if r.Err != nil && p.begins(Error, "unreadable", r.Message) {
		p.text = p.text.text("reason", r.Err.Error()).end()
	}
	if r.Digest != nil && p.begins(levelOf(r.Digest.Result.Outcome), "digest", r.Message) {
		p.digest(r.Digest)
	}
	p.said(r.Said, r.Message)
	for i := range r.Findings {
		if f := &r.Findings[i]; p.begins(f.level(), "finding", r.Message) {
			p.finding(f)
		}
	}
}

// begins starts a line, and reports whether there is to be one.
func (p *page) begins(level Level, message, record string) bool {
	if level < p.least {
		return false
	}
	p.text = append(p.text, '{').text("time", p.stamp).text("level", level.String()).text("message", message)
	p.text = p.text.some("request", p.report.Invocation.Request).some("trace", p.report.Invocation.Trace).some("record", record)
	return true
}

func (p *page) digest(d *Digest) {
	p.text = p.text.text("digest", d.ID).text("sink", p.report.Sinks[d.Sink]).number("findings", int64(d.Findings))
	p.text = p.text.text("outcome", string(d.Result.Outcome))
	if d.Result.Err != nil {
		p.text = p.text.text("reason", d.Result.Err.Error())
	}
	if d.Result.Attempts > 0 {
		p.text = p.text.number("attempts", int64(d.Result.Attempts))
	}
	p.text = p.text.end()
}

// said writes what Tocsin was to say of itself.
func (p *page) said(all []Said, record string) {
	for _, s := range all {
		if !p.begins(levelOf(s.Result.Outcome), "said", record) {
			continue
		}
		p.text = p.text.text("word", s.Word).text("sink", s.sink(p.report.Sinks)).text("outcome", string(s.Result.Outcome))
		if s.Result.Err != nil {
			p.text = p.text.text("reason", s.Result.Err.Error())
		}
		if s.Result.Attempts > 0 {
			p.text = p.text.number("attempts", int64(s.Result.Attempts))
		}
		p.text = p.text.end()
	}
}

// finding writes the line of a finding. Of its text, the type alone is in it.
func (p *page) finding(f *Finding) {
	p.text = p.text.text("finding", f.Finding.Key()).text("type", f.Finding.Type).
		text("severity", f.Finding.Severity.String()).text("severityLevel", f.Finding.Severity.Level().String()).
		text("account", f.Finding.Account.String()).text("region", f.Finding.Region)
	p.bySink("outcomes", func(i int, sink string) { p.text = p.text.text(sink, string(f.Results[i].Outcome)) })
	p.bySink("reasons", func(i int, sink string) { p.text = p.text.some(sink, p.reason(f, i)) })
	p.bySink("attempts", func(i int, sink string) {
		if n := f.Results[i].Attempts; n > 0 {
			p.text = p.text.number(sink, int64(n))
		}
	})
	p.bySink("latencyMs", func(i int, sink string) {
		if latency, isKnown := f.latency(i); isKnown {
			p.text = p.text.number(sink, latency.Milliseconds())
		}
	})
	p.text = p.text.end()
}

// bySink adds an object with what add adds for each sink; none where that is nothing.
func (p *page) bySink(name string, add func(i int, sink string)) {
	before := len(p.text)
	p.text = append(p.text.name(name), '{')
	empty := len(p.text)
	for _, i := range p.order {
		add(i, p.report.Sinks[i])
	}
	if len(p.text) == empty {
		p.text = p.text[:before]
		return
	}
	p.text = append(p.text, '}')
}

// reason returns why a finding came to its outcome at a sink; "" for what was delivered, which only the
// level of debugging gives reasons for.
func (p *page) reason(f *Finding, i int) string {
	result := &f.Results[i]
	switch {
	case result.Err != nil:
		return result.Err.Error()
	case p.least <= Debug && result.Why != "":
		return strings.TrimSuffix(result.Why+"; "+f.Decisions[i].Reason, "; ")
	case p.least <= Debug, result.Outcome != delivery.Delivered, f.Decisions[i].Err != nil:
		return f.Decisions[i].Reason
	default:
		return ""
	}
}

// line writes a line of its own, if its level is high enough.
func (l Log) line(level Level, message string, rest func(object) object) {
	if l.to == nil || level < l.least {
		return
	}
	o := object{'{'}.text("time", l.time().UTC().Format(time.RFC3339Nano)).text("level", level.String()).text("message", message)
	_, _ = l.to.Write(rest(o).end())
}

// because writes a line that has nothing but its reason.
func (l Log) because(level Level, message, reason string) {
	l.line(level, message, func(o object) object { return o.text("reason", reason) })
}

// Trouble writes what went wrong and kept nothing back.
func (l Log) Trouble(err error) { l.because(Warn, "trouble", err.Error()) }

// NotEscalated writes why no other sink is told of a finding that a sink was sent.
func (l Log) NotEscalated(sink, finding, why string) {
	l.line(Info, "not escalated", func(o object) object { return o.text("finding", finding).text("sink", sink).text("reason", why) })
}

// EscalationFailed writes why nothing will escalate a finding that is sent, and counts it.
func (l Log) EscalationFailed(err error) {
	l.Trouble(err)
	l.Metric("escalation", MetricEscalationsFailed, 1)
}

// ConfigurationRejected writes what is wrong with a new version of the configuration, which is not in
// force, and counts it.
func (l Log) ConfigurationRejected(mistakes []error) {
	for _, mistake := range mistakes {
		l.because(Error, "configuration rejected: the one before stays in force", mistake.Error())
	}
	l.Metric("configuration", MetricConfigurationRejected, 1)
}

// Mutes writes which of the mutes have ended, and can be taken off the list, and which somebody might
// not have meant as they are.
func (l Log) Mutes(list []mute.Mute) {
	if l.to == nil {
		return
	}
	now := l.time()
	for _, warning := range mute.Warnings(list, now) {
		l.because(Warn, "warning", warning)
	}
	for _, m := range mute.Expired(list, now) {
		l.line(Info, "mute expired", func(o object) object {
			return o.text("mute", m.Name).text("until", m.End).text("reason", m.Reason).some("by", m.By)
		})
	}
}
