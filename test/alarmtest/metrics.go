package alarmtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// point is what a metric without a dimension was at a time.
type point struct {
	namespace, name string
	at              time.Time
	values          []float64
}

// read returns the metrics without a dimension in a log. Lines that declare no metrics are none.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
func read(log []byte) ([]point, error) {
	var points []point
	for line := range bytes.Lines(log) {
		var embedded struct {
			AWS struct {
				Timestamp         int64
				CloudWatchMetrics []struct {
					Namespace  string
					Dimensions [][]string
					Metrics    []struct{ Name string }
				}
			} `json:"_aws"`
		}
		var members map[string]json.RawMessage
		if json.Unmarshal(line, &embedded) != nil || json.Unmarshal(line, &members) != nil {
			continue
		}
		for _, directive := range embedded.AWS.CloudWatchMetrics {
			if !slices.ContainsFunc(directive.Dimensions, func(set []string) bool { return len(set) == 0 }) {
				continue
			}
			for _, metric := range directive.Metrics {
				values, err := valuesOf(members[metric.Name])
				if err != nil {
					return nil, fmt.Errorf("the metric %s: %w", metric.Name, err)
				}
				points = append(points, point{directive.Namespace, metric.Name, time.UnixMilli(embedded.AWS.Timestamp), values})
			}
		}
	}
	return points, nil
}

// valuesOf reads a number, or a list of them.
func valuesOf(text json.RawMessage) ([]float64, error) {
	var values []float64
	if json.Unmarshal(text, &values) == nil {
		return values, nil
	}
	var value float64
	err := json.Unmarshal(text, &value)
	return []float64{value}, err
}

// span is a time, without its end.
type span struct{ from, to time.Time }

// within returns the values of a metric in a time.
func within(points []point, namespace, name string, in span) []float64 {
	var values []float64
	for _, p := range points {
		if p.namespace == namespace && p.name == name && !p.at.Before(in.from) && p.at.Before(in.to) {
			values = append(values, p.values...)
		}
	}
	return values
}

// statistic returns a statistic of values; it is not known of none.
func statistic(name string, values []float64) (value float64, isKnown bool, err error) {
	if len(values) == 0 {
		return 0, false, nil
	}
	switch name {
	case "Sum":
		for _, v := range values {
			value += v
		}
		return value, true, nil
	case "Maximum":
		return slices.Max(values), true, nil
	case "Minimum":
		return slices.Min(values), true, nil
	}
	percent, err := strconv.ParseFloat(strings.TrimPrefix(name, "p"), 64)
	if err != nil || !strings.HasPrefix(name, "p") {
		return 0, false, fmt.Errorf("%s is no statistic that is understood", name)
	}
	slices.Sort(values)
	at := int(math.Ceil(percent/100*float64(len(values)))) - 1
	return values[max(at, 0)], true, nil
}
