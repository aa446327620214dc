// Package metricreader reads metrics out of a log as CloudWatch does, and refuses what CloudWatch would
// drop without a word. It knows the rules from their page alone, and nothing of who writes the log:
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
package metricreader

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

const (
	maxEvent      = 256 << 10 // bytes; 1 MiB since 2025, but not for everything that a log passes through
	maxMetrics    = 100       // in one directive
	maxValues     = 100       // of one metric in one line
	maxDimensions = 30
	maxName       = 255
	maxDimension  = 1024
	// How far off the time of a log event may be:
	// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
	maxAge, maxAhead = 14 * 24 * time.Hour, 2 * time.Hour
)

// Metric is what is known of one metric.
type Metric struct {
	Unit   string
	Values []float64
}

// Metrics are all metrics of a log, by namespace, name and dimensions: "Tocsin Delivered Sink=slack".
type Metrics map[string]Metric

// Sum returns the sum of a metric's values; 0 where it is not known.
func (m Metrics) Sum(name string) (sum float64) {
	for _, value := range m[name].Values {
		sum += value
	}
	return sum
}

// Read returns the metrics of a log that is read at the given time. The error is that of the first line
// that holds metrics which CloudWatch would not take, or that is no JSON.
func Read(log string, now time.Time) (Metrics, error) {
	all := Metrics{}
	for line := range strings.Lines(log) {
		if err := all.add(strings.TrimSuffix(line, "\n"), now); err != nil {
			return nil, fmt.Errorf("%w: %.300s", err, line)
		}
	}
	return all, nil
}

// document is a line of a log.
type document struct {
	members map[string]json.RawMessage
	meta    struct {
		Timestamp         *int64
		CloudWatchMetrics []directive
	}
}

type directive struct {
	Namespace  string
	Dimensions [][]string
	Metrics    []definition
}

type definition struct {
	Name, Unit        string
	StorageResolution int
}

func (m Metrics) add(line string, now time.Time) error {
	d := document{members: map[string]json.RawMessage{}}
	if err := members(line, d.members); err != nil {
		return err
	}
	meta, holdsMetrics := d.members["_aws"]
	if !holdsMetrics {
		return nil
	}
	strict := json.NewDecoder(strings.NewReader(string(meta)))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&d.meta); err != nil {
		return fmt.Errorf("_aws: %w", err)
	}
	if len(line) > maxEvent {
		return fmt.Errorf("%d bytes are too many for an event of a log", len(line))
	}
	if d.meta.Timestamp == nil || len(d.meta.CloudWatchMetrics) == 0 {
		return errors.New("_aws: Timestamp and CloudWatchMetrics are required")
	}
	if age := now.Sub(time.UnixMilli(*d.meta.Timestamp)); age > maxAge || age < -maxAhead {
		return fmt.Errorf("_aws: the time is %v ago", age)
	}
	seen := map[string]bool{}
	for _, of := range d.meta.CloudWatchMetrics {
		if err := m.extract(d, of, seen); err != nil {
			return err
		}
	}
	return nil
}

// members takes an object apart, in which no name may stand twice.
func members(text string, into map[string]json.RawMessage) error {
	decoder := json.NewDecoder(strings.NewReader(text))
	if token, err := decoder.Token(); err != nil || token != json.Delim('{') {
		return errors.New("the line is no JSON object")
	}
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return fmt.Errorf("the line is no JSON: %w", err)
		}
		name, _ := token.(string)
		if _, isTwice := into[name]; isTwice {
			return fmt.Errorf("%q stands in it twice", name)
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return fmt.Errorf("the line is no JSON: %w", err)
		}
		into[name] = value
	}
	if !json.Valid([]byte(text)) {
		return errors.New("the line does not end with its object")
	}
	return nil
}

// extract adds the metrics of a directive, each once for every set of dimensions.
func (m Metrics) extract(d document, of directive, seen map[string]bool) error {
	switch {
	case of.Namespace == "" || len(of.Namespace) > maxName || strings.HasPrefix(of.Namespace, ":") || strings.HasPrefix(of.Namespace, "AWS/"):
		return fmt.Errorf("the namespace %q is none", of.Namespace)
	case len(of.Metrics) == 0 || len(of.Metrics) > maxMetrics:
		return fmt.Errorf("%d metrics in one directive", len(of.Metrics))
	case len(of.Dimensions) == 0:
		return errors.New("there is no set of dimensions; an empty one is written [[]]")
	}
	for _, set := range of.Dimensions {
		dimensions, err := d.dimensions(set)
		if err != nil {
			return err
		}
		for _, definition := range of.Metrics {
			values, err := d.values(definition)
			if err != nil {
				return fmt.Errorf("%s: %w", definition.Name, err)
			}
			name := strings.Join(append([]string{of.Namespace, definition.Name}, dimensions...), " ")
			if seen[name] {
				return fmt.Errorf("%s is declared twice", name)
			}
			seen[name] = true
			known := m[name]
			if known.Unit != "" && known.Unit != definition.Unit {
				return fmt.Errorf("%s comes in %s and in %s", name, known.Unit, definition.Unit)
			}
			m[name] = Metric{definition.Unit, append(known.Values, values...)}
		}
	}
	return nil
}

// dimensions returns the values of a set, sorted by their names: "Sink=slack".
func (d document) dimensions(set []string) ([]string, error) {
	if len(set) > maxDimensions {
		return nil, fmt.Errorf("%d dimensions are too many", len(set))
	}
	var all []string
	for _, name := range slices.Sorted(slices.Values(set)) {
		var value string
		isPlain := func(text string) bool {
			return strings.TrimSpace(text) != "" && !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' })
		}
		if err := json.Unmarshal(d.members[name], &value); err != nil || !isPlain(name) || !isPlain(value) || len(name) > maxName || len(value) > maxDimension {
			return nil, fmt.Errorf("the dimension %q has no value that is a text of ASCII", name)
		}
		if len(all) > 0 && all[len(all)-1] == name+"="+value {
			return nil, fmt.Errorf("the dimension %q stands in a set twice", name)
		}
		all = append(all, name+"="+value)
	}
	return all, nil
}

// values returns the number, or the numbers, that a metric has in the line.
func (d document) values(of definition) ([]float64, error) {
	switch {
	case of.Name == "" || len(of.Name) > maxName:
		return nil, errors.New("that is no name")
	case of.StorageResolution != 0 && of.StorageResolution != 1 && of.StorageResolution != 60:
		return nil, fmt.Errorf("a resolution of %d", of.StorageResolution)
	case !slices.Contains(units(), of.Unit):
		return nil, fmt.Errorf("the unit %q", of.Unit)
	}
	text := d.members[of.Name]
	if len(text) == 0 || string(text) == "null" {
		return nil, errors.New("the line does not have its value")
	}
	var list []*float64
	if text[0] != '[' {
		text = slices.Concat([]byte("["), text, []byte("]"))
	}
	if err := json.Unmarshal(text, &list); err != nil || slices.Contains(list, nil) {
		return nil, errors.New("the value is no number")
	}
	if len(list) == 0 || len(list) > maxValues {
		return nil, fmt.Errorf("a list of %d values", len(list))
	}
	all := make([]float64, len(list))
	for i, value := range list {
		all[i] = *value
	}
	return all, nil
}

// units returns those of CloudWatch, and none: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html
func units() []string {
	all := []string{"", "None", "Count", "Count/Second", "Percent", "Seconds", "Milliseconds", "Microseconds"}
	for _, size := range []string{"", "Kilo", "Mega", "Giga", "Tera"} {
		for _, of := range []string{"Bytes", "Bits"} {
			unit := size + of
			if size != "" {
				unit = size + strings.ToLower(of)
			}
			all = append(all, unit, unit+"/Second")
		}
	}
	return all
}
