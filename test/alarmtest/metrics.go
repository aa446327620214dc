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

	"github.com/tocsin-sec/tocsin/test/metricreader"
)

// point is what a metric without a dimension was at a time.
type point struct {
	namespace, name string
	at              time.Time
	values          []float64
}

// read returns the metrics without a dimension in a log that is read at a time. The error is that of a line
// that holds metrics which CloudWatch would not take.
func read(log []byte, now time.Time) ([]point, error) {
	var points []point
	for line := range bytes.Lines(log) {
		var embedded struct {
			AWS struct{ Timestamp int64 } `json:"_aws"`
		}
		if json.Unmarshal(line, &embedded) != nil || embedded.AWS.Timestamp == 0 {
			continue // without metrics
		}
		metrics, err := metricreader.Read(string(line), now)
		if err != nil {
			return nil, err
		}
		for name, metric := range metrics {
			namespace, name, _ := strings.Cut(name, " ")
			if !strings.Contains(name, " ") { // else it has dimensions
				points = append(points, point{namespace, name, time.UnixMilli(embedded.AWS.Timestamp), metric.Values})
			}
		}
	}
	return points, nil
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
