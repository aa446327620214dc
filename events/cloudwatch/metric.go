package cloudwatch

import (
	"cmp"
	"strings"

	"github.com/tocsin-sec/tocsin/events/lenient"
)

// metrics returns the names of the metrics: "AWS/EC2 CPUUtilization", or an expression. What the alarm
// is held against comes first, and what an expression calls by its id has that: "m1 = AWS/EC2 NetworkIn".
func (a alarm) metrics() []string {
	var first, rest []string
	stats := a.metricStats()
	hasExpression := false
	for _, m := range stats {
		hasExpression = hasExpression || m.Text("expression") != ""
	}
	for _, m := range stats {
		metric := m.At("metricStat.metric")
		if metric.Absent() {
			metric = m
		}
		name := strings.TrimSpace(metric.Text("namespace") + " " + metric.Text("metricName", "name"))
		if id := m.Text("id"); name != "" && id != "" && hasExpression {
			name = id + " = " + name
		}
		name = cmp.Or(name, lenient.JoinWords(m.Text("label"), m.Text("expression")))
		if m.Get("returnData").IsTrue() {
			first = lenient.AppendNew(first, name)
		} else {
			rest = lenient.AppendNew(rest, name)
		}
	}
	return lenient.AppendNew(append(first, rest...), a.config.Pick("evaluationCriteria.promQLCriteria.query", "evaluationCriteria.query"))
}

// statistic returns what is made of the values of a metric, and of how long a time: "Average of 300 s".
// Of metrics with several it is what the state was made of.
func (a alarm) statistic() string {
	var all []string
	for _, m := range a.metricStats() {
		stat := m.At("metricStat")
		if stat.Absent() {
			stat = m
		}
		all = lenient.AppendNew(all, ofPeriod(stat.Text("stat", "extendedStatistic", "statistic"), stat.Text("period")))
	}
	if len(all) != 1 {
		return ofPeriod(a.reasonData.Text("statistic"), a.reasonData.Text("period"))
	}
	return all[0]
}

func ofPeriod(statistic, seconds string) string {
	if statistic == "" || seconds == "" {
		return statistic
	}
	return statistic + " of " + seconds + " s"
}

// periods returns how many of the last periods have to be bad: "3 of 5".
func (a alarm) periods() string {
	of := a.config
	if of.Text("evaluationPeriods") == "" {
		of = a.detail
	}
	all := of.Text("evaluationPeriods")
	if all == "" {
		return ""
	}
	return cmp.Or(of.Text("datapointsToAlarm"), all) + " of " + all
}

// threshold returns "> 50", or the number alone where nothing says how it is compared.
func (a alarm) threshold() string {
	limit, operator := a.config.Text("threshold"), a.config.Text("comparisonOperator")
	if limit == "" {
		limit, operator = a.detail.Text("threshold"), a.detail.Text("comparisonOperator")
	}
	if limit == "" {
		limit = a.reasonData.Text("threshold")
	}
	if limit == "" {
		return ""
	}
	return strings.TrimSpace(cmp.Or(sign(operator), a.reasonSign()) + " " + limit)
}

// sign returns the sign of a comparison, and any other text as it is.
func sign(operator string) string {
	switch operator {
	case "GreaterThanThreshold":
		return ">"
	case "GreaterThanOrEqualToThreshold":
		return ">="
	case "LessThanThreshold":
		return "<"
	case "LessThanOrEqualToThreshold":
		return "<="
	}
	return operator
}

// reasonSign returns how the values are compared with the threshold, from the sentence that says why
// the alarm is in its state: on EventBridge nothing else does.
func (a alarm) reasonSign() string {
	reason := a.detail.Pick("state.reason", "NewStateReason", "StateReason")
	for _, known := range [...]struct{ words, sign string }{
		{"greater than or equal to the threshold", ">="}, {"greater than the threshold", ">"},
		{"less than or equal to the threshold", "<="}, {"less than the threshold", "<"},
	} {
		if strings.Contains(reason, known.words) {
			return known.sign
		}
	}
	return ""
}

// lastValue returns the newest of the numbers that the state was made of.
func (a alarm) lastValue() string {
	points := a.reasonData.Get("recentDatapoints").Texts()
	if len(points) == 0 {
		return ""
	}
	return points[len(points)-1]
}
