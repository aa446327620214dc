package metricreader_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/test/metricreader"
)

func now() time.Time { return time.UnixMilli(1_574_109_732_004) }

// line returns a line of a log with these directives and further members, each a text of JSON.
func line(directives string, members ...string) string {
	return fmt.Sprintf(`{"_aws":{"Timestamp":1574109732004,"CloudWatchMetrics":[%s]},%s}`, directives, strings.Join(members, ","))
}

const one = `{"Namespace":"N","Dimensions":[[],["Sink"]],"Metrics":[{"Name":"Time","Unit":"Milliseconds"}]}`

func TestRead(t *testing.T) {
	log := "{\"message\":\"no metrics\"}\n" + line(one, `"Sink":"slack"`, `"Time":[1,2.5]`, `"other":{"a":[]}`) + "\n" + line(one, `"Sink":"sns"`, `"Time":3`) + "\n"
	got, err := metricreader.Read(log, now().Add(time.Hour))
	if diff := cmp.Diff(metricreader.Metrics{
		"N Time":            {Unit: "Milliseconds", Values: []float64{1, 2.5, 3}},
		"N Time Sink=slack": {Unit: "Milliseconds", Values: []float64{1, 2.5}},
		"N Time Sink=sns":   {Unit: "Milliseconds", Values: []float64{3}},
	}, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if got.Sum("N Time") != 6.5 || got.Sum("N Space") != 0 {
		t.Errorf("the sums: got %v and %v", got.Sum("N Time"), got.Sum("N Space"))
	}
}

// What CloudWatch would drop in silence is refused.
func TestRefused(t *testing.T) {
	const sink, value = `"Sink":"slack"`, `"Time":1`
	with := func(replace ...string) string { return strings.NewReplacer(replace...).Replace(line(one, sink, value)) }
	many := strings.TrimSuffix(strings.Repeat("1,", 101), ",")
	for name, text := range map[string]string{
		"no JSON":                     "hello",
		"text after it":               with() + "}",
		"cut off":                     with()[:50],
		"a list":                      "[]",
		"no time":                     with(`"Timestamp":1574109732004,`, ""),
		"a time that is a text":       with("1574109732004", `"1574109732004"`),
		"a time in seconds":           with("1574109732004", "1574109732"),
		"too far ahead":               with("1574109732004", "1574129732004"),
		"no directive":                line("", sink, value),
		"an unknown member":           with(`"Namespace"`, `"namespace2":1,"Namespace"`),
		"no namespace":                with(`"N"`, `""`),
		"the namespace of AWS":        with(`"N"`, `"AWS/Lambda"`),
		"no set of dimensions":        with(`[[],["Sink"]]`, "[]"),
		"dimensions without a set":    with(`[[],["Sink"]]`, `["Sink"]`),
		"a dimension that is not":     line(one, value),
		"a dimension that is none":    line(one, `"Sink":7`, value),
		"an empty dimension":          line(one, `"Sink":" "`, value),
		"a dimension that is foreign": line(one, `"Sink":"スラック"`, value),
		"a dimension twice":           with(`["Sink"]`, `["Sink","Sink"]`),
		"a set twice":                 with(`[[],["Sink"]]`, `[["Sink"],["Sink"]]`),
		"a metric twice":              line(one+","+one, sink, value),
		"no metric":                   with(`{"Name":"Time","Unit":"Milliseconds"}`, ""),
		"101 metrics":                 with(`{"Name":"Time","Unit":"Milliseconds"}`, strings.Repeat(`{"Name":"Time","Unit":"Milliseconds"},`, 100)+`{"Name":"Time"}`),
		"a unit that is none":         with("Milliseconds", "milliseconds"),
		"no value":                    line(one, sink),
		"a value that is a text":      line(one, sink, `"Time":"1"`),
		"a value that is null":        line(one, sink, `"Time":null`),
		"a value that is an object":   line(one, sink, `"Time":{"Max":1}`),
		"a list with a null":          line(one, sink, `"Time":[1,null]`),
		"a list of nothing":           line(one, sink, `"Time":[]`),
		"101 values":                  line(one, sink, `"Time":[`+many+`]`),
		"a name twice":                line(one, sink, value, `"Time":2`),
		"more than an event holds":    line(one, sink, value, `"x":"`+strings.Repeat("x", 256<<10)+`"`),
		"two units":                   with() + "\n" + with("Milliseconds", "Seconds"),
	} {
		if got, err := metricreader.Read(text, now()); err == nil {
			t.Errorf("%s: got %v", name, got)
		}
	}
}
