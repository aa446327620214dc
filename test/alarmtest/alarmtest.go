// Package alarmtest says whether an alarm of the CDK app would be on after what the function has written:
// it counts lines in CloudWatch's embedded metric format as CloudWatch does, and evaluates the small part
// of its alarms and metric math that ours use.
package alarmtest

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"time"
)

// Alarm is a metric alarm as a template has it.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-alarm.html
type Alarm struct {
	Namespace, MetricName        string
	Statistic, ExtendedStatistic string
	Metrics                      []Query

	Period, EvaluationPeriods, DatapointsToAlarm int

	Threshold                            float64
	ComparisonOperator, TreatMissingData string
}

// Query is an expression, or one of the metrics that it is over.
type Query struct {
	// ID is the name of the metric in the expression.
	ID         string `json:"Id"`
	Expression string
	MetricStat struct {
		Metric struct{ Namespace, MetricName string }
		Period int
		Stat   string
	}
}

// alarms are those of a stack with drills and a configuration in a secret. A test of the CDK app keeps them
// as they are synthesised.
//
//go:embed alarms.json
var alarms []byte

// Alarms returns the alarms on the function's own metrics by their ids, such as NothingDelivered.
func Alarms() (map[string]Alarm, error) {
	all := map[string]Alarm{}
	if err := json.Unmarshal(alarms, &all); err != nil {
		return nil, fmt.Errorf("alarms.json: %w", err)
	}
	return all, nil
}

// IsOn reports whether the alarm is on at a time, by the log that the function has written until then. Its
// periods end at that time.
func (a Alarm) IsOn(log []byte, now time.Time) (bool, error) {
	points, err := read(log, now)
	if err != nil {
		return false, err
	}
	wanted := a.DatapointsToAlarm
	if wanted == 0 {
		wanted = a.EvaluationPeriods
	}
	period, breaches := a.period(), 0
	for i := range a.EvaluationPeriods {
		end := now.Add(-time.Duration(i) * period)
		value, isKnown, err := a.value(points, span{end.Add(-period), end})
		if err != nil {
			return false, err
		}
		if a.isBreach(value, isKnown) {
			breaches++
		}
	}
	return breaches >= wanted, nil
}

// period returns the length of one period.
func (a Alarm) period() time.Duration {
	seconds := a.Period
	for _, query := range a.Metrics {
		seconds = max(seconds, query.MetricStat.Period)
	}
	return time.Duration(seconds) * time.Second
}

func (a Alarm) isBreach(value float64, isKnown bool) bool {
	switch {
	case !isKnown:
		return a.TreatMissingData == "breaching"
	case a.ComparisonOperator == "LessThanThreshold":
		return value < a.Threshold
	default:
		return value >= a.Threshold
	}
}

// value returns the value of the alarm's metric or expression in one period.
func (a Alarm) value(points []point, in span) (value float64, isKnown bool, err error) {
	if len(a.Metrics) == 0 {
		return statistic(a.Statistic+a.ExtendedStatistic, within(points, a.Namespace, a.MetricName, in))
	}
	expression, known := "", map[string]float64{}
	isThere := map[string]bool{}
	for _, query := range a.Metrics {
		if query.Expression != "" {
			expression = query.Expression
			continue
		}
		of := query.MetricStat
		value, isKnown, err := statistic(of.Stat, within(points, of.Metric.Namespace, of.Metric.MetricName, in))
		if err != nil {
			return 0, false, err
		}
		if isThere[query.ID] = true; isKnown {
			known[query.ID] = value
		}
	}
	return evaluate(expression, func(id string) (float64, bool, error) {
		if !isThere[id] {
			return 0, false, fmt.Errorf("%s: there is no metric %s", expression, id)
		}
		value, isKnown := known[id]
		return value, isKnown, nil
	})
}
