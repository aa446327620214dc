package alarmtest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/test/alarmtest"
)

// night is when the alarms are looked at.
func night() time.Time { return time.Date(2026, 11, 29, 3, 0, 0, 0, time.UTC) }

// line is a line of the log so many minutes before the night, with metrics of one dimension set.
func line(minutes int, dimensions, values string) string {
	var names []string
	for member := range strings.SplitSeq(values, ";") {
		name, _, _ := strings.Cut(member, ":")
		names = append(names, `{"Name":`+name+`,"Unit":"Count"}`)
	}
	return fmt.Sprintf(`{"message":"metrics","Sink":"slack",%s,"_aws":{"Timestamp":%d,"CloudWatchMetrics":[{"Namespace":"Tocsin","Dimensions":%s,"Metrics":[%s]}]}}`+"\n",
		strings.ReplaceAll(values, ";", ","), night().Add(-time.Duration(minutes)*time.Minute).UnixMilli(), dimensions, strings.Join(names, ","))
}

func TestIsOn(t *testing.T) {
	const all, bySink = "[[]]", `[["Sink"]]`
	for name, test := range map[string]struct {
		alarm, log string
		isOn       bool
	}{
		"dead":                      {"SinkDead", line(1, all, `"Dead":1;"Delivered":3`), true},
		"dead before":               {"SinkDead", line(6, all, `"Dead":1`), false},
		"dead, by sink alone":       {"SinkDead", line(1, bySink, `"Dead":1`), false},
		"of both":                   {"SinkDead", line(1, `[[],["Sink"]]`, `"Dead":1`), true},
		"none":                      {"SinkDead", line(1, all, `"Dead":0`), false},
		"an empty log":              {"SinkDead", "", false},
		"other lines":               {"SinkDead", "no JSON\n" + `{"message":"finding","Dead":1}` + "\n", false},
		"old":                       {"OldestRetry", line(2, all, `"OldestRetry":4000`) + line(1, all, `"OldestRetry":0`), true},
		"not old":                   {"OldestRetry", line(2, all, `"OldestRetry":3599`), false},
		"late twice":                {"LateDelivery", line(2, all, `"Latency":[100,400000]`) + line(20, all, `"Latency":300000`), true},
		"late once":                 {"LateDelivery", line(2, all, `"Latency":[100,400000]`) + line(20, all, `"Latency":[1,2]`), false},
		"one of twenty is late":     {"LateDelivery", strings.Repeat(line(2, all, `"Latency":[1,2,3,4,5,6,7,8,9,10]`), 2) + line(20, all, `"Latency":900000`), false},
		"a bad configuration":       {"ConfigurationRejected", line(14, all, `"ConfigurationRejected":1`), true},
		"no drill":                  {"DrillMissed", "", true},
		"a drill":                   {"DrillMissed", line(25*60, all, `"Drill":1`), false},
		"a drill that was not kept": {"DrillMissed", line(25*60, all, `"Drill":0`) + line(27*60, all, `"Drill":1`), true},
	} {
		t.Run(name, func(t *testing.T) {
			alarms, err := alarmtest.Alarms()
			if err != nil {
				t.Fatal(err)
			}
			alarm, isThere := alarms[test.alarm]
			if !isThere {
				t.Fatalf("there is no alarm %s", test.alarm)
			}
			if isOn, err := alarm.IsOn([]byte(test.log), night()); err != nil || isOn != test.isOn {
				t.Errorf("it is on: %t, want %t; %v", isOn, test.isOn, err)
			}
		})
	}
}

// What is not understood is no silence.
func TestWhatIsNotUnderstood(t *testing.T) {
	log := []byte(line(1, "[[]]", `"Dead":1`))
	query := func(expression string) alarmtest.Alarm {
		dead := alarmtest.Query{ID: "dead"}
		dead.MetricStat.Metric.Namespace, dead.MetricStat.Metric.MetricName = "Tocsin", "Dead"
		dead.MetricStat.Stat, dead.MetricStat.Period = "Sum", 300
		return alarmtest.Alarm{EvaluationPeriods: 1, Threshold: 1, Metrics: []alarmtest.Query{{ID: "trouble", Expression: expression}, dead}}
	}
	if isOn, err := query("IF(dead < 1, 0, dead + 1)").IsOn(log, night()); !isOn || err != nil {
		t.Errorf("%t, %v", isOn, err)
	}
	for _, expression := range []string{"alive", "dead * 2", "RATE(dead)", "IF(dead)", "dead +", "-dead"} {
		if _, err := query(expression).IsOn(log, night()); err == nil {
			t.Errorf("%s: want an error", expression)
		}
	}
	if _, err := (alarmtest.Alarm{Namespace: "Tocsin", MetricName: "Dead", Statistic: "Mode", Period: 300, EvaluationPeriods: 1}).IsOn(log, night()); err == nil {
		t.Error("an unknown statistic: want an error")
	}
}
