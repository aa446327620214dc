package cloudwatch

import (
	"cmp"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// The names of the facts.
const (
	factState       = "alarm_state"
	factBefore      = "previous_state"
	factEvaluation  = "evaluation_state"
	factDescription = "alarm_description"
	factChanged     = "changed"
	factContributor = "contributor"
	factMetric      = "metric"
	factDimensions  = "dimensions"
	factStatistic   = "statistic"
	factThreshold   = "threshold"
	factPeriods     = "periods"
	factValue       = "value"
	factRule        = "alarm_rule"
	factQuery       = "query"
	factLogGroups   = "log_groups"
	factLogLines    = "log_lines"
	factMutedBy     = "muted_by"
	factMutedUntil  = "muted_until"
	factSuppressed  = "suppressed_by"
	factTagsStatus  = "alarm_tags_status"
	factOddSeverity = "unread_severity"
)

// parse reads what CloudWatch says of an alarm, in any of the forms that open knows.
func parse(e source.Envelope, d lenient.Document, raw json.RawMessage) finding.Finding {
	a := open(d)
	for _, resource := range e.Resources {
		if a.arn == "" && strings.Contains(resource, ":alarm:") {
			a.arn = resource
		}
	}
	if _, name, isAlarm := strings.Cut(a.arn, ":alarm:"); isAlarm {
		a.name = cmp.Or(a.name, name)
	}
	f := finding.Finding{
		Source:      cmp.Or(e.Source, sourceName),
		Type:        cmp.Or(a.sort(), e.DetailType, detailState),
		Title:       a.title(e),
		Description: cmp.Or(a.detail.Pick("state.reason", "NewStateReason", "StateReason"), a.description()),
		Place:       a.place(e, d),
		Activity:    a.activity(e, d),
		Resource:    finding.Resource{Type: a.kind(), ID: a.name, ARN: a.arn, Tags: a.tags},
		Matter:      finding.Matter{Facts: a.facts()},
		Origin:      e.Origin(raw),
	}
	f.ID = cmp.Or(a.id(f.Place), e.ID)
	f.Severity, f.State = a.grade()
	f.Part = a.part(f.Updated)
	f.Related = a.related()
	f.About.Aliases = lenient.AppendNew(lenient.AppendNew(nil, a.arn), f.ID)
	return f
}

// title says the state and the alarm, and which of its time series it is about.
func (a alarm) title(e source.Envelope) string {
	title := strings.TrimSuffix(cmp.Or(a.sort(), e.DetailType, detailState)+": "+a.name, ": ")
	if a.contributor == "" {
		return title
	}
	return lenient.JoinWords(title, cmp.Or(pairs(a.contributorAttributes()), a.contributor))
}

// contributorAttributes are the names and values by which a time series is told from the others.
func (a alarm) contributorAttributes() lenient.Document {
	return a.detail.At("alarmContributor.attributes", "alarmContributor.contributorAttributes", "AlarmContributorAttributes")
}

// description returns what the operator has written about the alarm.
func (a alarm) description() string {
	return cmp.Or(a.config.Text("description"), a.detail.Text("AlarmDescription"))
}

// facts returns what a responder needs to know of the alarm.
func (a alarm) facts() finding.Attributes {
	mute := a.detail.Get("muteDetail")
	facts := finding.Attributes{}.
		With(factState, a.value).
		With(factBefore, a.before).
		With(factEvaluation, a.evaluation()).
		With(factDescription, a.description()).
		With(factChanged, strings.Join(a.changes(), ", ")).
		With(factContributor, pairs(a.contributorAttributes())).
		With(factMetric, strings.Join(a.metrics(), ", ")).
		With(factDimensions, strings.Join(a.dimensions(), ", ")).
		With(factStatistic, a.statistic()).
		With(factThreshold, a.threshold()).
		With(factPeriods, a.periods()).
		With(factValue, a.lastValue()).
		With(factRule, cmp.Or(a.config.Text("alarmRule"), a.detail.Text("alarmRule"))).
		With(factQuery, a.scheduled().Text("queryString")).
		With(factLogGroups, strings.Join(a.scheduled().Get("logGroupIdentifiers").Texts(), ", ")).
		With(factMutedBy, lenient.ResourceName(mute.Text("mutedByArn"))).
		With(factMutedUntil, mute.Text("muteWindowEnd")).
		With(factSuppressed, a.suppressedBy()).
		With(factOddSeverity, a.oddTag())
	if n := a.logLines(); n > 0 {
		facts = facts.With(factLogLines, strconv.Itoa(n))
	}
	if status := a.detail.Text("alarmTagsStatus"); status != "SUCCESS" {
		facts = facts.With(factTagsStatus, status)
	}
	return facts
}

// scheduled returns the query of a log alarm.
func (a alarm) scheduled() lenient.Document {
	query := a.config.At("scheduledQueryConfiguration")
	if query.Absent() {
		query = a.detail.At("scheduledQueryConfiguration")
	}
	if query.Absent() {
		return a.config
	}
	return query
}

// logLines returns how many lines of logs came with a log alarm. The lines themselves are told
// nobody: whoever writes to the log writes them, and they can hold personal data.
func (a alarm) logLines() int {
	for _, place := range []lenient.Document{a.detail, a.detail.Get("state"), a.config, a.reasonData} {
		for _, name := range []string{"logLines", "logEvents", "actionLogLines"} {
			if lines := place.List(name); len(lines) > 0 {
				return len(lines)
			}
		}
	}
	return 0
}

// metricStats returns the metrics that an alarm watches: one in the form for topics, a list of
// metrics and expressions elsewhere.
func (a alarm) metricStats() []lenient.Document {
	if a.config.Text("metricName") != "" {
		return []lenient.Document{a.config}
	}
	if a.detail.Text("metricName") != "" {
		return []lenient.Document{a.detail}
	}
	return a.config.List("metrics")
}

// dimensions returns what the metrics are of: "InstanceId=i-0a1b2c3d".
func (a alarm) dimensions() []string {
	var all []string
	for _, m := range a.metricStats() {
		all = lenient.AppendNew(all, pairs(dimensionsOf(m)))
	}
	return all
}

func dimensionsOf(metric lenient.Document) lenient.Document {
	return metric.At("metricStat.metric.dimensions", "dimensions")
}

// each calls do for the names and values of an object, or of a list of such.
func each(d lenient.Document, do func(name, value string)) {
	if d.Kind() == '{' {
		for _, m := range d.Each() {
			do(m.Name, m.Value.Text())
		}
		return
	}
	for _, pair := range d.Elements() {
		do(pair.Text("name", "key"), pair.Text("value"))
	}
}

// pairs returns "InstanceId=i-0a1b2c3d, Zone=a".
func pairs(d lenient.Document) string {
	var all []string
	each(d, func(name, value string) {
		if name != "" && value != "" {
			all = append(all, name+"="+value)
		}
	})
	return strings.Join(all, ", ")
}
